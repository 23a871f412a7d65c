// A preload (`node --import`) that ends or hurts the process at its N-th call that changes the disk or starts a
// process. FLYBALL_CRASH_HOW: `count` (writes the calls' names to FLYBALL_CRASH_LOG), `kill`, or an error code.
import childProcess from 'node:child_process';
import fs from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';

// biome-ignore lint/suspicious/noExplicitAny: functions of any shape are wrapped and passed through as they are
type Call = (...args: any[]) => any;
type Owner = Record<string, Call>;

const at = Number(process.env.FLYBALL_CRASH_AT ?? 0);
const how = process.env.FLYBALL_CRASH_HOW ?? 'count';
const log = process.env.FLYBALL_CRASH_LOG;
const realWrite = fs.writeSync;
let calls = 0;
/** Node's own functions call each other by the names that are wrapped here: only the outer call counts. */
let inside = false;
const names: string[] = [];
if (how === 'count' && log) process.on('exit', () => fs.writeFileSync(log, names.join('\n')));

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  for (;;); // the signal is on its way
}

function failure(name: string): Error {
  return Object.assign(new Error(`${how}: injected, ${name}`), { code: how, syscall: name });
}

/** Counts the call; at the N-th it dies, or throws. Half of a write happens: a full disk and a kill both tear it. */
function point(name: string, args: unknown[]): void {
  calls += 1;
  names.push(name);
  if (calls !== at || how === 'count') return;
  if (name === 'writeSync' && ArrayBuffer.isView(args[1])) {
    const bytes = args[1] as Uint8Array;
    const from = typeof args[2] === 'number' ? args[2] : 0;
    realWrite(args[0] as number, bytes, from, Math.floor((bytes.length - from) / 2));
  }
  if (how === 'kill') die();
  throw failure(name);
}

function isForWriting(flags: unknown): boolean {
  if (typeof flags === 'number') return (flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR | fs.constants.O_CREAT)) !== 0;
  return typeof flags === 'string' && flags !== 'r';
}

function wrap(owner: Owner, name: string, counts: (args: unknown[]) => boolean = () => true): void {
  const real = owner[name];
  if (!real) return;
  owner[name] = function wrapped(this: unknown, ...args: unknown[]) {
    if (inside) return Reflect.apply(real, this, args);
    if (counts(args)) point(name, args);
    inside = true;
    try {
      return Reflect.apply(real, this, args);
    } finally {
      inside = false;
    }
  };
}

const CHANGES = [
  'write',
  'writeFile',
  'appendFile',
  'rename',
  'link',
  'unlink',
  'fsync',
  'mkdir',
  'ftruncate',
  'truncate',
  'rm',
  'chmod',
  'symlink',
];
for (const name of CHANGES) {
  wrap(fs as unknown as Owner, `${name}Sync`);
  wrap(fs.promises as unknown as Owner, name);
}
wrap(fs as unknown as Owner, 'openSync', (args) => isForWriting(args[1]));
for (const name of ['spawn', 'spawnSync', 'execFile']) wrap(childProcess as unknown as Owner, name);
// As the program itself would find it, wherever it is started.
wrap(createRequire(process.argv[1] ?? import.meta.url)('fs-native-extensions') as Owner, 'swapSync');
syncBuiltinESMExports();
