// One record as one line of journal.jsonl: at most 16 KiB, long strings as digests.
import { digest, isPlainObject } from '../lib/digest.ts';
import { cutText } from '../lib/text.ts';
import { type Entry, type JournalRecord, PERSON_ID } from '../world/journal.ts';

const LINE_CAP = 16 * 1024;
const STRING_CAP = 1024;
/** A note that says why something failed needs no more. */
const NOTE_CAP = 4 * 1024;

export interface LineHead {
  seq: number;
  at: string;
  epoch: number;
  prev: string | null;
}

/** The record as it is kept, and its line without the line break. */
export function toLine(head: LineHead, entry: Entry): { record: JournalRecord; line: string } {
  const record: JournalRecord = { v: 1, ...head, ...shortened(entry, head.seq) };
  const line = JSON.stringify(record);
  if (Buffer.byteLength(line) <= LINE_CAP) return { record, line };
  const smaller: JournalRecord = { v: 1, ...head, ...smallest(shortened(entry, head.seq)) };
  return { record: smaller, line: JSON.stringify(smaller) };
}

/** The record that a line holds; null when it is none. */
export function fromLine(bytes: Uint8Array): JournalRecord | null {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return null;
  }
  const whole = isPlainObject(value) && value.v === 1 && Number.isSafeInteger(value.seq) && typeof value.type === 'string';
  return whole ? (value as unknown as JournalRecord) : null; // what we wrote ourselves; `check` verifies that nobody else did
}

function shortened(entry: Entry, seq: number): Entry {
  if (entry.type === 'outcome') return { ...entry, note: cutText(entry.note, NOTE_CAP).text };
  if (entry.type !== 'intent') return entry;
  const id = entry.id === PERSON_ID ? `${PERSON_ID}${seq}` : entry.id;
  return { ...entry, id, action: shortStrings(entry.action) as typeof entry.action }; // an object stays one, and its kind is short
}

function shortStrings(value: unknown): unknown {
  if (typeof value === 'string') {
    const bytes = Buffer.byteLength(value);
    return bytes > STRING_CAP ? { digest: digest(value), bytes } : value;
  }
  if (Array.isArray(value)) return value.map(shortStrings);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shortStrings(inner)]));
}

/** Many short strings make a long line too; then the action's digest stands for it. The beat's folder has it whole. */
function smallest(entry: Entry): Entry {
  const text = JSON.stringify(entry);
  const stands = { digest: digest(text), bytes: Buffer.byteLength(text) };
  if (entry.type === 'intent') return { ...entry, action: { action: entry.action.action, ...stands } };
  if (entry.type === 'note') return { type: 'note', event: entry.event, ...stands };
  return entry;
}
