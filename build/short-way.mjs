// The esbuild plugin of the short way: what its verbs need is in it, slower modules of Node are loaded when they are
// first called, and whatever else is touched ends it (src/lib/short-way.ts).
import { isBuiltin } from 'node:module';
import { resolve } from 'node:path';

/** What its verbs import when they are called. */
const PARTS = /\/(verbs\/(status|get)|store\/(state|beats|journal|asks|schedules|spend|stop)|compose\/(goal-list|sensors)|socket\/client)\.ts$/;
/** Packages small enough to be in it. */
const SMALL = /^(p-limit|yocto-queue|#async_hooks)$/;
/** Modules of Node that take about a millisecond or more to load. */
const SLOW = /^node:(child_process|crypto|net|tty|fs\/promises|timers\/promises|readline|readline\/promises)$/;

export const shortWay = {
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
