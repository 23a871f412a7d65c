// Bundles src/ into dist/: cli.mjs, which loads one of two programs. The whole one is ESM with code splitting, so that
// a verb loads only what it needs. The short way is the same source as one CommonJS file, for the verbs that are typed
// most: without packages, and abandoned for the whole one when a package is needed after all.
import { execFileSync } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { shortWay } from './build/short-way.mjs';

const common = { bundle: true, metafile: true, minify: true, sourcemap: 'linked', platform: 'node', target: 'node20', outdir: 'dist' };
// Over what is there: a flyball that runs from the former build still finds its files, whose names carry digests.
const named = { entryNames: 'c/[name]-[hash]', chunkNames: 'c/[name]-[hash]', external: ['fs-native-extensions'] };

const whole = await build({
  ...common,
  ...named,
  entryPoints: ['src/whole.ts'],
  format: 'esm',
  splitting: true,
  outExtension: { '.js': '.mjs' },
  // CommonJS packages inside an ESM bundle look for these three names at run time.
  banner: {
    js: "import{createRequire as __cr}from'node:module';import{fileURLToPath as __fu}from'node:url';const require=__cr(import.meta.url),__filename=__fu(import.meta.url),__dirname=__fu(new URL('.',import.meta.url));",
  },
});
const wholeEntry = entryOf(whole, 'src/whole.ts');

const quick = await build({
  ...common,
  ...named,
  entryPoints: ['src/quick.ts'],
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  define: { 'import.meta.url': '__url' },
  banner: { js: "const __url=require('node:url').pathToFileURL(__filename).href;" },
  plugins: [shortWay],
});
const quickEntry = entryOf(quick, 'src/quick.ts');

const brake = await build({
  ...common,
  ...named,
  entryPoints: ['src/compose/stop-first.ts'],
  format: 'esm',
  outExtension: { '.js': '.mjs' },
});
const brakeEntry = entryOf(brake, 'src/compose/stop-first.ts');

const cli = await build({
  ...common,
  entryPoints: ['src/cli.ts'],
  format: 'esm',
  outExtension: { '.js': '.mjs' },
  banner: { js: '#!/usr/bin/env node' },
  define: { QUICK: JSON.stringify(besideCli(quickEntry)) },
  plugins: [
    { name: 'whole', setup: (it) => it.onResolve({ filter: /\/whole\.ts$/ }, () => ({ path: besideCli(wholeEntry), external: true })) },
    {
      name: 'brake',
      setup: (it) => it.onResolve({ filter: /\/stop-first\.ts$/ }, () => ({ path: besideCli(brakeEntry), external: true })),
    },
  ],
});
await chmod('dist/cli.mjs', 0o755);
await compileQuick(quickEntry);
await removeOld(new Set([...[whole, quick, brake, cli].flatMap(({ metafile }) => Object.keys(metafile.outputs)), `${quickEntry}.cache`]));

function entryOf({ metafile }, source) {
  return Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === source)[0];
}

function besideCli(path) {
  return path.replace(/^dist/, '.');
}

/** Compiling takes the longer part of what the short way takes, so its code is kept as V8 made it: in a home that rests. */
async function compileQuick(file) {
  const home = await mkdtemp(join(tmpdir(), 'flyball-build-'));
  try {
    for (const name of ['flyball.yaml', 'sensors']) await cp(name, join(home, name), { recursive: true });
    await mkdir(join(home, '.flyball'));
    const options = { stdio: 'pipe', env: { PATH: process.env.PATH, HOME: home } };
    execFileSync(process.execPath, ['dist/cli.mjs', 'get', 'goals', '--home', home], options); // leaves parsed what is looked at below
    execFileSync(process.execPath, ['build/code-cache.mjs', resolve(file), home], options);
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
