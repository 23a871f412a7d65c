// A folder of a run's own, outside the home: 0700, ours, empty at the start, gone at the end, and of the same
// name each time, since some clients put it into the prompt and a new name would miss the provider's cache.
import { lstatSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { digest } from '../../lib/digest.ts';
import { errorCode } from '../../lib/error-code.ts';
import { type Lock, tryLock } from '../../lib/lock.ts';

export interface PrivateFolder {
  readonly path: string;
  /** Removes it; what a killed run left is removed by the next. */
  release(): void;
}

/** So many deciders of one home at a time (a beat, a replay, a person's trial). */
const MOST_AT_ONCE = 8;

export function takeFolder(home: string, temporary: string): PrivateFolder {
  const base = ourFolder(join(temporary, `flyball-${uid()}-${digest(home).slice(7, 19)}`), temporary);
  for (let number = 0; number < MOST_AT_ONCE; number++) {
    const lock = tryLock(join(base, `${number}.lock`)); // held by the living only: what a dead run left may be wiped
    if (lock) return emptied(join(base, String(number)), lock);
  }
  throw new Error(`${MOST_AT_ONCE} deciders of this home are at work already`);
}

function emptied(path: string, lock: Lock): PrivateFolder {
  try {
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    lock.release();
    throw error;
  }
  const release = (): void => {
    try {
      rmSync(path, { recursive: true, force: true });
    } finally {
      lock.release();
    }
  };
  return { path, release };
}

/** The folder at `path` when it is a folder of ours that nobody else can enter; somebody else's is left alone for a new one. */
function ourFolder(path: string, temporary: string): string {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
  const found = lstatSync(path);
  const ours = found.isDirectory() && found.uid === uid() && (found.mode & 0o077) === 0;
  return ours ? path : mkdtempSync(join(temporary, 'flyball-'));
}

function uid(): number {
  return process.getuid?.() ?? 0;
}
