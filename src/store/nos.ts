// The memory of no against the home as it is: what the person has edited since is taken back, and what the
// person has deleted of an agent's own is found in history.git.
import { makeFolder } from '../lib/files.ts';
import { withLock } from '../lib/lock.ts';
import type { Nos } from '../ports/asks.ts';
import type { No } from '../world/no.ts';
import { type FileHistory, openHistory } from './history.ts';
import { isPolicyPath, type Layout } from './layout.ts';
import { leaveNo, readNos, stampOf, takeBack, writeNos } from './nos-file.ts';

const LOCK_PATIENCE_MS = 10_000;

export function openNos(layout: Layout, history: Pick<FileHistory, 'isOwn' | 'deletedFrom'> = openHistory(layout)): Nos {
  const locked = <T>(work: () => T): T => {
    makeFolder(layout.machine);
    return withLock(layout.writeLock, LOCK_PATIENCE_MS, work);
  };
  /** The person has written the file since. Its deletion is no such edit, and neither is an agent's own writing. */
  const editedSince = (no: No): boolean => {
    if (no.path === null) return false;
    const now = stampOf(layout, no.path);
    return now !== null && now !== no.digest && !history.isOwn(no.path);
  };
  return {
    all: () => readNos(layout).filter((no) => !no.forgotten && !editedSince(no)),
    stamp: (path) => stampOf(layout, path),
    add: (no) => locked(() => leaveNo(layout, no)),
    forget: (id) => locked(() => takeBack(layout, [id])),
    settle: () => {
      const over = readNos(layout).filter((no) => !no.forgotten && editedSince(no));
      if (over.length === 0) return;
      const ids = new Set(over.map(({ id }) => id));
      locked(() =>
        writeNos(
          layout,
          readNos(layout).filter(({ id }) => !ids.has(id)),
        ),
      );
    },
    deletion: (kind, place) => {
      if (place.path === null || !isPolicyPath(place.path) || stampOf(layout, place.path) !== null) return null;
      const from = history.deletedFrom(place.path);
      if (from === null) return null;
      const id = `deleted:${from.commit}:${place.path}`;
      const forgotten = readNos(layout).some((no) => no.id === id && no.forgotten);
      return forgotten ? null : { kind, ...place, what: null, why: 'deleted', id, at: from.at, digest: null };
    },
  };
}
