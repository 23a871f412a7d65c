// A disk in memory under the real adapters, on which our process can die at any call: before it, after it, or in
// the middle of a write. What others do (the person, a child) goes past the calls that are counted.
import { createFsFromVolume, type IFs, Volume } from 'memfs';

/** Thrown at the call at which the process died, and at every one after it. */
export class Death extends Error {}

/** As Linux has it. */
const O_CREAT = 0o100;
type Call = (...args: never[]) => unknown;
export type Manner = 'before' | 'after' | 'torn';

/** What changes the disk, and what makes it durable. */
const CHANGES = new Set(
  'writeSync writeFileSync appendFileSync renameSync linkSync unlinkSync rmSync mkdirSync mkdtempSync symlinkSync chmodSync fsyncSync ftruncateSync truncateSync utimesSync copyFileSync'.split(
    ' ',
  ),
);

export class Disk {
  fs: IFs = createFsFromVolume(new Volume());
  #left = Number.POSITIVE_INFINITY;
  #manner: Manner = 'before';
  dead = false;

  /** An empty one. */
  clear(): void {
    this.fs = createFsFromVolume(new Volume());
    this.revive();
  }

  /** The process dies at its nth change from now. */
  arm(calls: number, manner: Manner): void {
    this.#left = calls;
    this.#manner = manner;
  }

  revive(): void {
    this.dead = false;
    this.#left = Number.POSITIVE_INFINITY;
  }

  call(name: string, args: unknown[]): unknown {
    if (this.dead) throw new Death(name);
    const own = Reflect.get(this.fs, name) as Call; // one of node:fs, which memfs has whole
    const perform = (given: unknown[]) => own.apply(this.fs, given as never[]);
    const changes = CHANGES.has(name) || (name === 'openSync' && typeof args[1] === 'number' && (args[1] & O_CREAT) !== 0);
    if (!changes || --this.#left > 0) return quietly(() => perform(args));
    this.dead = true;
    if (this.#manner === 'after') perform(args);
    if (this.#manner === 'torn' && name === 'writeSync')
      perform([args[0], (args[1] as Uint8Array).subarray(0, (args[1] as Uint8Array).length >> 1)]);
    throw new Death(name);
  }
}

/** "Not found" is an everyday answer: a stack for each would be most of the time. */
function quietly<T>(work: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

export const disk = new Disk();

/** Stands for `node:fs`. */
export function mockedFs(real: object): Record<string, unknown> {
  const names = Object.keys(real).filter((name) => typeof Reflect.get(real, name) === 'function' && name.endsWith('Sync'));
  const calls = Object.fromEntries(names.map((name) => [name, (...args: unknown[]) => disk.call(name, args)]));
  const whole = { ...real, ...calls };
  return { ...whole, default: whole };
}
