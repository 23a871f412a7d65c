// Where the journal ends, and which intents are open there: read from the tail, never the whole.
import { closeSync, fstatSync, openSync } from 'node:fs';
import { TerminalError } from '../errors.ts';
import { digest, isPlainObject } from '../lib/digest.ts';
import { errorCode } from '../lib/error-code.ts';
import { readText } from '../lib/files.ts';
import { type Line, lastLinesOf, linesBefore, readAt } from '../lib/lines.ts';
import type { IntentRecord } from '../world/journal.ts';
import { fromLine } from './journal-lines.ts';
import { closedSegments } from './journal-segments.ts';
import type { Layout } from './layout.ts';

export interface Tail {
  /** Of the last record; 0 and null when there is none at all. */
  seq: number;
  digest: string | null;
  /** Where the last whole line begins, and where it ends (its line break included), in the current segment. */
  start: number;
  end: number;
  /** Intents without an outcome, oldest first, by id, with the place of their line. */
  open: Map<string, { intent: IntentRecord; start: number }>;
  /** The file that this speaks of. */
  inode: number;
}

/** journal.head: the last record that was written down here. It may be behind the journal, never ahead. */
export interface Head {
  seq: number;
  digest: string;
  /** Place of that line in the current segment, and of the lines of open intents. */
  start: number;
  open: number[];
}

export function readHead(layout: Layout): Head | null {
  const text = readText(layout.journalHead);
  if (text === null) return null;
  let head: unknown;
  try {
    head = JSON.parse(text);
  } catch {
    return null; // it is only a shortcut and a witness: a torn one is no witness
  }
  const whole =
    isPlainObject(head) &&
    Number.isSafeInteger(head.seq) &&
    typeof head.digest === 'string' &&
    Number.isSafeInteger(head.start) &&
    Array.isArray(head.open) &&
    head.open.every((it) => Number.isSafeInteger(it));
  return whole ? (head as unknown as Head) : null; // each field was looked at above
}

/** The tail of the open file, going on from what is known of it (or from journal.head). */
export function readTail(layout: Layout, fd: number, known: Tail | null): Tail {
  const { ino, size } = fstatSync(fd);
  if (known && known.inode === ino && known.end === size) return known;
  const last = lastRecord(fd, size);
  if (!last) return tailOfClosed(layout, ino);
  const from = startingPoint(layout, { fd, ino, size, known });
  const end = last.line.start + last.line.bytes.length + 1;
  const open = new Map(from.open);
  settleLines(readAt(fd, from.end, end - from.end), from.end, open);
  return { seq: last.seq, digest: digest(last.line.bytes), start: last.line.start, end, open, inode: ino };
}

interface Last {
  line: Line;
  seq: number;
}

function lastRecord(fd: number, size: number): Last | null {
  return recordIn(linesBefore(fd, size, 1)[0], 'journal.jsonl');
}

function lastClosed(layout: Layout): Last | null {
  const closed = closedSegments(layout).at(-1);
  return closed === undefined ? null : recordIn(lastLinesOf(closed, 1)[0], closed);
}

function recordIn(line: Line | undefined, file: string): Last | null {
  if (!line) return null;
  const record = fromLine(line.bytes);
  if (!record) throw new TerminalError(`the last line of ${file} is damaged; \`flyball check --journal\` says where`);
  return { line, seq: record.seq };
}

/** The current segment is empty: the last closed one says how the chain goes on. It was closed with no intent open. */
function tailOfClosed(layout: Layout, inode: number): Tail {
  const last = lastClosed(layout);
  return { seq: last?.seq ?? 0, digest: last && digest(last.line.bytes), start: 0, end: 0, open: new Map(), inode };
}

/** Throws when the journal's last line cannot be read. Cheaper than the tail: for who only wants to know that. */
export function lookAtEnd(layout: Layout): void {
  const fd = openToRead(layout.journal);
  if (fd === null) return;
  try {
    if (!lastRecord(fd, fstatSync(fd).size)) lastClosed(layout);
  } finally {
    closeSync(fd);
  }
}

type Opened = Pick<Tail, 'end' | 'open'>;

/** From where on lines have to be read to know what is open. */
function startingPoint(layout: Layout, at: { fd: number; ino: number; size: number; known: Tail | null }): Opened {
  const { fd, ino, size, known } = at;
  if (known && known.inode === ino && known.end <= size && known.end > 0) return known;
  const head = readHead(layout);
  return (head && fromHead(head, fd)) ?? { end: 0, open: new Map() };
}

/** Null unless the head speaks of a line that stands where it says. */
function fromHead(head: Head, fd: number): Opened | null {
  const line = lineAt(fd, head.start);
  if (!line || digest(line) !== head.digest) return null;
  const open: Tail['open'] = new Map();
  for (const start of head.open) {
    const bytes = lineAt(fd, start);
    const intent = bytes && fromLine(bytes);
    if (intent?.type !== 'intent') return null;
    open.set(intent.id, { intent, start });
  }
  return { end: head.start + line.length + 1, open };
}

/** More than the longest line. */
const LINE_BYTES = 32 * 1024;

function lineAt(fd: number, start: number): Buffer | null {
  const bytes = readAt(fd, start, LINE_BYTES);
  const end = bytes.indexOf(0x0a);
  return end < 0 ? null : bytes.subarray(0, end);
}

const INTENT = Buffer.from('"type":"intent"');
const OUTCOME = Buffer.from('"type":"outcome"');

/** Folds the whole lines in `bytes`, which begin at `offset` of the file, into what is open. */
function settleLines(bytes: Buffer, offset: number, open: Tail['open']): void {
  for (let start = 0; start < bytes.length; ) {
    const cut = bytes.indexOf(0x0a, start);
    const line = bytes.subarray(start, cut < 0 ? bytes.length : cut);
    // Inside a string these words would have their quotes escaped, so only a line of one of the two types (or a nested object) has them.
    const record = line.includes(INTENT) || line.includes(OUTCOME) ? fromLine(line) : null;
    if (record?.type === 'intent') open.set(record.id, { intent: record, start: offset + start });
    else if (record?.type === 'outcome') open.delete(record.id);
    start += line.length + 1;
  }
}

/** The file opened for reading, or null when there is none. */
function openToRead(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** The tail as it is now, or null when there is no journal. */
export function lookAtTail(layout: Layout, known: Tail | null): Tail | null {
  const fd = openToRead(layout.journal);
  if (fd === null) return null;
  try {
    return readTail(layout, fd, known);
  } finally {
    closeSync(fd);
  }
}
