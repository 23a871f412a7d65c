// Bundles src/ into dist/: cli.cjs (and cli.mjs, the same), which loads one of two programs. The whole one is ESM with
// code splitting, so that a verb loads only what it needs. The short way is the same source as one CommonJS file, for the verbs that are typed
// most: without packages, and abandoned for the whole one when a package is needed after all.
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import Module, { createRequire, isBuiltin } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { build } from 'esbuild';

if (process.argv[2] === 'keep-code') {
  await keepCode(process.argv[3], process.argv[4]);
  process.exit();
}

const common = { bundle: true, metafile: true, minify: true, sourcemap: 'linked', platform: 'node', target: 'node20', outdir: 'dist' };
// Over what is there: a flyball that runs from the former build still finds its files, whose names carry digests.
const named = { entryNames: 'c/[name]-[hash]', chunkNames: 'c/[name]-[hash]', external: ['fs-native-extensions'] };

// ── the short way: what its verbs need is in it, and whatever else is touched ends it (src/lib/short-way.ts) ──

/** What its verbs import when they are called. */
const PARTS =
  /\/(verbs\/(status|get)|store\/(state|beats|journal|asks|schedules|spend|stop)|compose\/(goal-list|sensors)|socket\/client)\.ts$/;
/** Packages small enough to be in it. */
const SMALL = /^(p-limit|yocto-queue|#async_hooks)$/;
/** Modules of Node that take about a millisecond or more to load. */
const SLOW = /^node:(child_process|crypto|net|tty|fs\/promises|timers\/promises|readline|readline\/promises)$/;

const shortWay = {
  name: 'short-way',
  setup(build) {
    build.onResolve({ filter: /./ }, ({ path, kind, namespace, resolveDir }) => {
      if (kind === 'entry-point' || namespace !== 'file') return null;
      if (SLOW.test(path)) return { path, namespace: 'slow', sideEffects: false };
      if (isBuiltin(path) || path === 'fs-native-extensions') return null;
      const isIn = /^\.{1,2}\//.test(path) ? kind !== 'dynamic-import' || PARTS.test(resolve(resolveDir, path)) : SMALL.test(path);
      return isIn ? null : { path, namespace: 'left-out', sideEffects: false };
    });
    build.onLoad({ filter: /./, namespace: 'slow' }, async ({ path }) => ({ contents: await calledLate(path) }));
    build.onLoad({ filter: /./, namespace: 'left-out' }, async ({ path }) => ({
      contents: await leftOut(path),
      resolveDir: resolve('src'),
    }));
  },
};

// ── the build ──

const whole = await build({
  ...common,
  ...named,
  entryPoints: ['src/program/whole.ts'],
  format: 'esm',
  splitting: true,
  outExtension: { '.js': '.mjs' },
  // CommonJS packages inside an ESM bundle look for these three names at run time.
  banner: {
    js: "import{createRequire as __cr}from'node:module';import{fileURLToPath as __fu}from'node:url';const require=__cr(import.meta.url),__filename=__fu(import.meta.url),__dirname=__fu(new URL('.',import.meta.url));",
  },
});
const wholeEntry = entryOf(whole, 'src/program/whole.ts');

const quick = await build({
  ...common,
  ...named,
  entryPoints: ['src/program/quick.ts'],
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  define: { 'import.meta.url': '__url' },
  banner: { js: "const __url=require('node:url').pathToFileURL(__filename).href;" },
  plugins: [shortWay],
});
const quickEntry = entryOf(quick, 'src/program/quick.ts');

const brake = await build({
  ...common,
  ...named,
  entryPoints: ['src/compose/stop-first.ts'],
  format: 'esm',
  outExtension: { '.js': '.mjs' },
});
const brakeEntry = entryOf(brake, 'src/compose/stop-first.ts');

// Node starts a CommonJS file in less of its own time, so that is what `flyball` is on the PATH.
await buildCli('mjs', { format: 'esm' }, '');
await buildCli(
  'cjs',
  { format: 'cjs', define: { 'import.meta.url': '__url' } },
  "\nconst __url=require('node:url').pathToFileURL(__filename).href;",
);
await compileQuick(quickEntry);
await removeOld(new Set([...[whole, quick, brake].flatMap(({ metafile }) => Object.keys(metafile.outputs)), `${quickEntry}.cache`]));

async function buildCli(extension, { format, define = {} }, first) {
  const places = [
    ['whole', wholeEntry],
    ['stop-first', brakeEntry],
  ];
  await build({
    ...common,
    entryPoints: ['src/cli.ts'],
    format,
    outExtension: { '.js': `.${extension}` },
    banner: { js: `#!/usr/bin/env node${first}` },
    define: { ...define, QUICK: JSON.stringify(besideCli(quickEntry)) },
    plugins: places.map(([name, place]) => ({
      name,
      setup: (it) => it.onResolve({ filter: new RegExp(`/${name}\\.ts$`) }, () => ({ path: besideCli(place), external: true })),
    })),
  });
  await chmod(`dist/cli.${extension}`, 0o755);
}

function entryOf({ metafile }, source) {
  return Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === source)[0];
}

function besideCli(path) {
  return path.replace(/^dist/, '.');
}

/** Compiling takes the longer part of what the short way takes, so its code is kept as V8 made it: in a small home that has beaten once. */
async function compileQuick(file) {
  const home = await mkdtemp(join(tmpdir(), 'flyball-build-'));
  const options = { stdio: 'pipe', env: { PATH: process.env.PATH, HOME: home } };
  try {
    for (const folder of ['goals', 'sensors', 'loops', 'workers']) await mkdir(join(home, folder));
    await writeFile(join(home, 'PLAYBOOK.md'), '');
    await writeFile(join(home, 'flyball.yaml'), 'interval: 60s\n');
    await writeFile(join(home, 'goals/one.md'), '---\ngoal: One\npriority: 1\ndone_when: readings.one.signal == 1\n---\n');
    await writeFile(join(home, 'sensors/one.sh'), '#!/bin/sh\n# flyball: interval=1m timeout=10s\necho \'{"signal":2}\'\n', {
      mode: 0o755,
    });
    const flyball = (...words) => execFileSync(process.execPath, ['dist/cli.cjs', ...words, '--home', home], options);
    flyball('init', home, '--yes');
    flyball('beat');
    flyball('get', 'goals'); // leaves parsed what is looked at below
    execFileSync(process.execPath, ['build.mjs', 'keep-code', resolve(file), home], options); // apart, because it prints
  } catch (error) {
    console.error(`the short way starts slower than it could: ${error.stderr || error.message}`); // test/surfaces/startup.test.ts fails then
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function removeOld(made) {
  /** A pulse of the former build that lives on for longer than this has loaded what it needs. */
  const keptMs = 3_600_000;
  for (const name of await readdir('dist/c')) {
    const path = `dist/c/${name}`;
    if (!made.has(path) && Date.now() - (await stat(path)).mtimeMs > keptMs) await rm(path);
  }
}

async function calledLate(path) {
  const late = `const late = (name) => function (...args) {
    const made = require('${path}')[name];
    return new.target ? new made(...args) : made.apply(this, args);
  };`;
  return `${late}\n${await exportsOf(path, (name) => `late('${name}')`)}`;
}

/** Schemas may be built, as modules do when they are loaded: only what is asked of one ends the short way. */
async function leftOut(path) {
  if (path.startsWith('.')) return `import { leftOut } from './lib/short-way.ts';\nleftOut('${path}');`;
  const absent = `import { leftOut } from './lib/short-way.ts';
    const asked = /${path === 'zod' ? '^(parse|safeParse|spa|decode|encode|to[A-Z]|prettify|treeify|flatten|format)' : '.*'}/;
    const absent = (name) => new Proxy(function () {}, {
      get: (_, key) => absent(String(key)),
      apply: () => (asked.test(name) ? leftOut('${path}') : absent('')),
      construct: () => leftOut('${path}'),
    });`;
  return `${absent}\n${await exportsOf(path, (name) => `absent('${name}')`)}`;
}

/** Every name that a module exports, with what stands for it. */
async function exportsOf(path, standIn) {
  const names = Object.keys(await import(path)).filter((name) => /^[A-Za-z_$][\w$]*$/.test(name));
  return names.map((name, at) => `const stand${at} = /* @__PURE__ */ ${standIn(name)};\nexport { stand${at} as ${name} };`).join('\n');
}

/** Runs the short way, without a pulse and beside what speaks like one, and keeps what V8 compiled for it beside its file. */
async function keepCode(file, home) {
  const script = new Script(Module.wrap(readFileSync(file, 'utf8')), { filename: file });
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(file), module, file);
  const ask = async (...words) => {
    const code = await module.exports.quick([...words, '--home', home], pathToFileURL(file).href);
    if (code === null) throw new Error(`the short way is not whole: ${words.join(' ')} needed more than it has`);
  };
  for (const words of [['status'], ['get', 'sensors'], ['get', 'goals']]) await ask(...words);
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const pulse = createServer((socket) => {
    socket.write(`${JSON.stringify({ flyball: 1, version })}\n`);
    const result = { pid: process.pid, epoch: 1, since: new Date().toISOString(), busy: null };
    socket.on('data', () => socket.write(`${JSON.stringify({ id: 1, result })}\n`));
  });
  await new Promise((listening) => pulse.listen(join(home, '.flyball/person.sock'), listening));
  await ask('status');
  writeFileSync(`${file}.new`, script.createCachedData());
  renameSync(`${file}.new`, `${file}.cache`);
}
