// What an action is about to write: noted before it begins, so that words of an agent are never taken for the
// person's, whatever becomes of the action's own commit (a crash, a git that failed, a person's save in between).
import { isPlainObject } from '../lib/digest.ts';
import { readText, writeAtomic } from '../lib/files.ts';
import type { FileChange } from '../ports.ts';
import { isPolicyPath, type Layout } from './layout.ts';

export interface Coming {
  path: string;
  before: string;
  after: string;
  executable: boolean;
}

export function noteComing(layout: Layout, changes: readonly FileChange[]): void {
  const coming = changes.flatMap(({ path, before, after, mode = 0 }): Coming[] =>
    after !== null && isPolicyPath(path) ? [{ path, before: before ?? '', after, executable: (mode & 0o100) !== 0 }] : [],
  );
  if (coming.length > 0) writeAtomic(layout.historyComing, `${JSON.stringify({ v: 1, coming })}\n`, { durable: false });
}

/** Null when there is a note that cannot be read: then nobody knows whose the words are. */
export function readComing(layout: Layout): Coming[] | null {
  const text = readText(layout.historyComing);
  if (text === null) return [];
  try {
    const note: unknown = JSON.parse(text);
    return isPlainObject(note) && Array.isArray(note.coming) ? (note.coming as Coming[]) : null; // written whole, by rename
  } catch {
    return null;
  }
}

/** Did any line that the action brought get into this text? */
export function arrivedIn(text: string, { before, after }: Coming): boolean {
  const former = new Set(before.split(/\r?\n/));
  const now = new Set(text.split(/\r?\n/));
  return after.split(/\r?\n/).some((line) => line.trim() !== '' && !former.has(line) && now.has(line));
}
