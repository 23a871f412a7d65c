// journal.jsonl: the truth of what was done. Append-only, hash-chained, fsynced, rotated; one writer at a time.
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  renameSync,
  statfsSync,
  unlinkSync,
} from 'node:fs';
import { describeError, TerminalError } from '../errors.ts';
import { digest } from '../lib/digest.ts';
import { makeFolder, removeIfThere, syncFolder, writeAll, writeAtomic } from '../lib/files.ts';
import { lastLinesOf, readAt } from '../lib/lines.ts';
import { withLock } from '../lib/lock.ts';
import type { Journal } from '../ports.ts';
import type { Entry, JournalRecord } from '../world/journal.ts';
import { fromLine, toLine } from './journal-lines.ts';
import { CLOSED_SEGMENTS, closedName, closedSegments } from './journal-segments.ts';
import { foldStamps, unfoldStamps } from './journal-stamps.ts';
import { lookAtEnd, lookAtTail, readHead, readTail, type Tail } from './journal-tail.ts';
import { journalText } from './journal-text.ts';
import type { Layout } from './layout.ts';
import { readOwner } from './owner.ts';

const SEGMENT_BYTES = 5 * 1024 * 1024;
/** The lock is held for milliseconds; a writer that had to wait this long has met a stopped machine. */
const LOCK_PATIENCE_MS = 10_000;
/** Room for an intent, its outcome and the state that follows: less than this is a full disk. */
const ROOM_BYTES = 256 * 1024;

export interface JournalOptions {
  layout: Layout;
  now(): Date;
  /** Bytes after which a segment is closed; 5 MiB unless a test needs less. */
  segmentBytes?: number;
}

export function openJournal(options: JournalOptions): Journal {
  const { layout } = options;
  const writer: Writer = { ...options, tail: null, compared: false, failure: null };
  return {
    append: (entry, epoch) => withLock(lockPath(layout), LOCK_PATIENCE_MS, () => append(writer, entry, epoch)),
    open: () => {
      const tail = lookAtTail(layout, writer.tail);
      writer.tail = tail;
      return tail ? [...tail.open.values()].map(({ intent }) => unfoldStamps(layout, intent)) : [];
    },
    newest: (limit) => newest(layout, limit),
    problem: () => problem(writer),
    ...journalText(layout),
  };
}

interface Writer extends JournalOptions {
  /** What is known of the journal's end; only ever a shortcut. */
  tail: Tail | null;
  /** The head was compared with what is there; after that we write both ourselves. */
  compared: boolean;
  /** Why the last append failed: until the disk is seen to take bytes again, the journal cannot be written. */
  failure: string | null;
}

function lockPath(layout: Layout): string {
  makeFolder(layout.machine);
  return layout.writeLock;
}

function append(writer: Writer, entry: Entry, epoch: number): JournalRecord {
  if (entry.type === 'intent') fence(writer.layout, epoch);
  try {
    const record = appendUnfenced(writer, foldStamps(writer.layout, entry), epoch);
    writer.failure = null;
    return entry.type === 'intent' && record.type === 'intent' ? { ...record, before: entry.before, after: entry.after } : record;
  } catch (error) {
    writer.tail = null;
    writer.failure = describeError(error);
    throw error;
  }
}

/** Nothing begins under STOP, and nothing of an epoch that is over. Anything but a definite "no" stands in the way. */
function fence(layout: Layout, epoch: number): void {
  if (lstatSync(layout.stop, { throwIfNoEntry: false }))
    throw new TerminalError('STOP is in the home: nothing begins until `flyball resume`');
  const owner = readOwner(layout);
  if (!owner) throw new TerminalError('owner.json is gone: nothing begins in a home that nobody owns');
  if (owner.epoch !== epoch) throw new TerminalError(`epoch ${epoch} is over, another pulse has epoch ${owner.epoch}: nothing begins here`);
}

function appendUnfenced(writer: Writer, entry: Entry, epoch: number): JournalRecord {
  const { layout, segmentBytes = SEGMENT_BYTES } = writer;
  let fd = openForAppend(layout.journal);
  try {
    const found = readTail(layout, fd, writer.tail);
    const before = [...cutTornLine(fd, found), ...missingTail(writer, found)];
    let tail = found;
    if (found.end > segmentBytes && found.open.size === 0) {
      closeSegment(layout, fd);
      const next = openForAppend(layout.journal);
      closeSync(fd);
      fd = next;
      tail = { ...found, start: 0, end: 0, inode: fstatSync(fd).ino };
    }
    if (tail.end === 0) before.unshift({ type: 'segment', first_seq: tail.seq + 1 });
    const written = writeRecords(fd, tail, { entries: [...before, entry], epoch, at: writer.now().toISOString() });
    if (tail.end === 0) syncFolder(layout.machine);
    writer.tail = written.tail;
    writer.compared = true;
    saveHead(layout, written.tail);
    return written.record;
  } finally {
    closeSync(fd);
  }
}

function openForAppend(path: string): number {
  return openSync(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
}

/** What stands behind the last line break was never acknowledged. It is cut, and the journal says so. */
function cutTornLine(fd: number, tail: Tail): Entry[] {
  const { size } = fstatSync(fd);
  if (size <= tail.end) return [];
  ftruncateSync(fd, tail.end);
  return [{ type: 'note', event: 'torn-line-cut', bytes: size - tail.end }];
}

/** The head is never ahead of the journal, unless somebody cut the journal's tail: said once, in the journal itself. */
function missingTail(writer: Writer, tail: Tail): Entry[] {
  if (writer.compared) return [];
  const head = readHead(writer.layout);
  if (!head || head.seq <= tail.seq) return [];
  return [{ type: 'note', event: 'tail-was-cut', head: { seq: head.seq, digest: head.digest }, found: tail.seq }];
}

function closeSegment(layout: Layout, fd: number): void {
  renameSync(layout.journal, closedName(layout, firstSeqOf(fd)));
  for (const old of closedSegments(layout).slice(0, -CLOSED_SEGMENTS)) unlinkSync(old);
}

/** The sequence number of the segment's first record. */
function firstSeqOf(fd: number): number {
  const bytes = readAt(fd, 0, 32 * 1024);
  const record = fromLine(bytes.subarray(0, Math.max(0, bytes.indexOf(0x0a))));
  if (!record) throw new TerminalError('the first line of journal.jsonl is damaged; `flyball check --journal` says where');
  return record.seq;
}

/** All lines in one write and one fsync: whole, or not there. The last is the record that was asked for. */
function writeRecords(
  fd: number,
  tail: Tail,
  { entries, epoch, at }: { entries: Entry[]; epoch: number; at: string },
): { tail: Tail; record: JournalRecord } {
  const next: Tail = { ...tail, open: new Map(tail.open) };
  const parts: Buffer[] = [];
  let last: JournalRecord | null = null;
  for (const entry of entries) {
    const { record, line } = toLine({ seq: next.seq + 1, at, epoch, prev: next.digest }, entry);
    const bytes = Buffer.from(`${line}\n`);
    parts.push(bytes);
    Object.assign(next, { seq: record.seq, digest: digest(line), start: next.end, end: next.end + bytes.length });
    if (record.type === 'intent') next.open.set(record.id, { intent: record, start: next.start });
    if (record.type === 'outcome') next.open.delete(record.id);
    last = record;
  }
  if (!last) throw new Error('nothing to write');
  try {
    writeAll(fd, Buffer.concat(parts));
    fsyncSync(fd);
  } catch (error) {
    unwrite(fd, tail.end);
    throw error;
  }
  return { tail: next, record: last };
}

/** A record that was not acknowledged must not be found later; if even this fails, its torn line is cut by the next append. */
function unwrite(fd: number, end: number): void {
  try {
    ftruncateSync(fd, end);
  } catch {
    // The caller throws the first failure, which says more.
  }
}

function saveHead(layout: Layout, tail: Tail): void {
  const head = { v: 1, seq: tail.seq, digest: tail.digest, start: tail.start, open: [...tail.open.values()].map(({ start }) => start) };
  try {
    writeAtomic(layout.journalHead, `${JSON.stringify(head)}\n`, { durable: false });
  } catch {
    // It may be behind: the next reader goes on from an older place, or from the segment's beginning.
  }
}

function newest(layout: Layout, limit: number): JournalRecord[] {
  const records: JournalRecord[] = [];
  for (const path of [layout.journal, ...closedSegments(layout).reverse()]) {
    const lines = lastLinesOf(path, limit - records.length);
    records.push(...lines.flatMap(({ bytes }) => shown(layout, fromLine(bytes))));
    if (records.length >= limit) break;
  }
  return records;
}

/** For displays and searches: where the list of files is lost the record shows none. */
function shown(layout: Layout, record: JournalRecord | null): JournalRecord[] {
  if (record?.type !== 'intent') return record ? [record] : [];
  try {
    return [unfoldStamps(layout, record)];
  } catch {
    return [record];
  }
}

function problem(writer: Writer): string | null {
  const { layout } = writer;
  try {
    makeFolder(layout.machine);
    closeSync(openForAppend(layout.journal));
    const { bavail, bfree, bsize } = statfsSync(layout.machine);
    const free = (process.getuid?.() === 0 ? bfree : bavail) * bsize;
    if (free < ROOM_BYTES) return `the disk is full: ${free} bytes are free where ${layout.machine} lies`;
    if (writer.failure !== null) proveRoom(layout);
    if (writer.tail === null) lookAtEnd(layout);
    else writer.tail = lookAtTail(layout, writer.tail);
    writer.failure = null;
    return null;
  } catch (error) {
    return `the journal cannot be written: ${describeError(error)}`;
  }
}

/** After a failure only bytes that were taken count: a quota says nothing beforehand. */
function proveRoom(layout: Layout): void {
  const probe = layout.journalProbe;
  try {
    writeAtomic(probe, Buffer.alloc(ROOM_BYTES / 4));
  } finally {
    removeIfThere(probe);
  }
}
