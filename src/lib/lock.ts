// A kernel lock on a file: freed by the kernel when its holder dies in any way, so it is never stale.
import { closeSync, constants, openSync } from 'node:fs';
import { createRequire } from 'node:module';

interface LockCalls {
  tryLock(fd: number): boolean;
}

export interface Lock {
  release(): void;
}

/** Takes the lock, or returns null when another process (or another holder in this one) has it. The file itself is never removed: a new inode would allow two holders. */
export function tryLock(path: string): Lock | null {
  const calls = createRequire(import.meta.url)('fs-native-extensions') as LockCalls; // untyped package: these two calls are its documented API
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    if (calls.tryLock(fd)) return { release: () => closeSync(fd) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  closeSync(fd);
  return null;
}

/** Between two tries: short against the milliseconds for which the lock is held. */
const RETRY_MS = 2;

/** Runs `work` under the lock; gives up with an error after `patienceMs`. `work` is synchronous: the lock is held for milliseconds. */
export function withLock<T>(path: string, patienceMs: number, work: () => T): T {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; waited <= patienceMs; waited += RETRY_MS) {
    const lock = tryLock(path);
    if (lock) {
      try {
        return work();
      } finally {
        lock.release();
      }
    }
    Atomics.wait(pause, 0, 0, RETRY_MS);
  }
  throw new Error(`the lock ${path} was held by another process for ${patienceMs} ms`);
}
