// An action on so many files that their digests do not fit in a line of the journal: they stand in a file of their
// own, named by its digest, so that the line's hash speaks for it too.
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { TerminalError } from '../errors.ts';
import { digest, isPlainObject } from '../lib/digest.ts';
import { listNames, makeFolder, readText, removeIfThere, syncFolder, writeAtomic } from '../lib/files.ts';
import type { Entry, Intent, Stamp } from '../world/journal.ts';
import type { Layout } from './layout.ts';

/** Half of what a line holds. */
const INLINE_BYTES = 8 * 1024;
/** Such actions are rare; an undo of an older one says that its files are no longer known. */
const KEPT = 50;

/** As it goes into the line. */
export function foldStamps(layout: Layout, entry: Entry): Entry {
  if (entry.type !== 'intent') return entry;
  const text = JSON.stringify({ v: 1, before: entry.before, after: entry.after });
  if (Buffer.byteLength(text) <= INLINE_BYTES) return entry;
  const name = digest(text).slice('sha256:'.length);
  makeFolder(layout.stamps);
  forgetOldest(layout);
  writeAtomic(join(layout.stamps, `${name}.json`), text);
  syncFolder(layout.machine);
  return { ...entry, before: [], after: [], stamps: name };
}

/** As it was. Throws when the file is gone or is not the one that was written: an action on nothing is another action. */
export function unfoldStamps<Record extends Intent>(layout: Layout, record: Record): Record {
  if (record.stamps === undefined) return record;
  const text = /^[0-9a-f]{64}$/.test(record.stamps) ? readText(join(layout.stamps, `${record.stamps}.json`)) : null;
  if (text === null || digest(text) !== `sha256:${record.stamps}`)
    throw new TerminalError(`the list of files that ${record.id} wrote is gone or damaged: .flyball/stamps/${record.stamps}.json`);
  const { before, after } = parse(text);
  return { ...record, before, after };
}

function parse(text: string): { before: Stamp[]; after: Stamp[] } {
  const value: unknown = JSON.parse(text);
  if (!isPlainObject(value) || !Array.isArray(value.before) || !Array.isArray(value.after)) return { before: [], after: [] };
  return { before: value.before as Stamp[], after: value.after as Stamp[] }; // its digest says that we wrote it
}

function forgetOldest(layout: Layout): void {
  const files = listNames(layout.stamps).map((name) => ({
    name,
    at: lstatSync(join(layout.stamps, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
  }));
  files.sort((a, b) => b.at - a.at);
  for (const { name } of files.slice(KEPT - 1)) removeIfThere(join(layout.stamps, name));
}
