// flyball. The entry loads as little as it can: every file and every module of Node costs part of a millisecond, and
// `status` has but a few of them.

declare const QUICK: string; // build.mjs: where the short way is; running from source there is none

/** The verbs that it serves. They only look, so that beginning anew is harmless. */
const QUICK_VERBS: readonly string[] = ['status', 'get', 'ls'];

void run(process.argv.slice(2), import.meta.url); // what it throws is a fault of ours, and Node prints it

async function run(argv: readonly string[], entryUrl: string): Promise<never> {
  if (argv.includes('stop')) (await import('./compose/stop-first.ts')).stopFirst(argv); // the brake comes before all else
  const quickly = argv.length === 0 || argv.some((word) => QUICK_VERBS.includes(word));
  const code = quickly && typeof QUICK === 'string' ? await loadQuick(entryUrl).quick(argv, entryUrl) : null;
  process.exit(code ?? (await (await import('./program/whole.ts')).whole(argv, entryUrl)));
}

/** As `require` would, with the code that V8 made of it when it was built; another version of Node compiles it anew. */
function loadQuick(entryUrl: string): typeof import('./program/quick.ts') {
  const { readFileSync } = process.getBuiltinModule('node:fs');
  const { createRequire, wrap } = process.getBuiltinModule('node:module');
  const { Script } = process.getBuiltinModule('node:vm');
  const { fileURLToPath } = process.getBuiltinModule('node:url');
  const path = fileURLToPath(new URL(QUICK, entryUrl));
  let cachedData: Buffer | undefined;
  try {
    cachedData = readFileSync(`${path}.cache`);
  } catch {
    // Without it, it is only slower.
  }
  const script = new Script(wrap(readFileSync(path, 'utf8')), { filename: path, ...(cachedData && { cachedData }) });
  const module = { exports: {} as typeof import('./program/quick.ts') }; // filled by the next line
  script.runInThisContext()(module.exports, createRequire(path), module, path);
  return module.exports;
}
