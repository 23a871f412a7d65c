// The turn to act beside the pulse: a kernel lock that a person's verb holds from before its intent to the end of
// its roll-forward, so that recovery can tell a verb at work from one that died.
import { setTimeout as pause } from 'node:timers/promises';
import { PersonError } from '../errors.ts';
import { makeFolder } from '../lib/files.ts';
import { tryLock } from '../lib/lock.ts';
import type { PersonTurn } from '../ports.ts';
import type { Layout } from './layout.ts';

/** A verb acts for some tens of milliseconds. */
const PATIENCE_MS = 10_000;
const RETRY_MS = 10;

export function personTurn(layout: Layout): PersonTurn {
  const tryTake = () => {
    makeFolder(layout.machine);
    return tryLock(layout.personLock);
  };
  return {
    take: async () => {
      for (let waited = 0; waited <= PATIENCE_MS; waited += RETRY_MS) {
        const lock = tryTake();
        if (lock) return lock;
        await pause(RETRY_MS);
      }
      throw new PersonError(`another verb has been acting in ${layout.home} for ${PATIENCE_MS / 1_000} s`, {
        hint: 'end it, then try again',
        code: 1,
      });
    },
    unlessTaken: (work) => {
      const lock = tryTake();
      if (!lock) return false;
      try {
        work();
        return true;
      } finally {
        lock.release();
      }
    },
  };
}
