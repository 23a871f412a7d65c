// The policies of flyball.yaml, which the person's answer `always` adds to: between two saves of theirs, never over one.
import { makeFolder } from '../lib/files.ts';
import { withLock } from '../lib/lock.ts';
import { appendToList } from '../lib/yaml-edit.ts';
import type { Policies } from '../ports/asks.ts';
import { homeWriter } from './careful-write.ts';
import { CONFIG_PATH, type Layout } from './layout.ts';

const LOCK_PATIENCE_MS = 10_000;
/** Saves that come in between: an editor saves once, a script that saves without end is not waited for. */
const TRIES = 5;

export function openPolicies(layout: Layout): Policies {
  const writer = homeWriter(layout);
  return {
    add: (entry) => {
      makeFolder(layout.machine);
      return withLock(layout.writeLock, LOCK_PATIENCE_MS, () => {
        for (let tries = 0; tries < TRIES; tries++) {
          const before = writer.text(CONFIG_PATH);
          if (before?.split(/\r?\n/).some((line) => line.trim() === entry.line)) return 'there';
          const after = appendToList(before ?? '', 'policies', entry);
          if (after === null) return 'impossible';
          if (writer.change({ path: CONFIG_PATH, before, after, reach: 'person' }, 'always') === 'done') return 'added';
        }
        return 'impossible';
      });
    },
  };
}
