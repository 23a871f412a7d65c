// Verifies the journal: that no line was changed, lost or added since it was written (by anybody but a forger).
import { readFileSync } from 'node:fs';
import { digest } from '../lib/digest.ts';
import { errorCode } from '../lib/error-code.ts';
import type { JournalRecord } from '../world/journal.ts';
import { fromLine } from './journal-lines.ts';
import { closedSegments } from './journal-segments.ts';
import { type Head, readHead } from './journal-tail.ts';
import type { Layout } from './layout.ts';

/** Public shape (DESIGN 19). `behind` is well; `ahead` means that the journal's tail was cut. */
export interface JournalCheck {
  v: 1;
  ok: boolean;
  records: number;
  segments: number;
  first_seq: number | null;
  last_seq: number | null;
  head: 'ok' | 'behind' | 'ahead';
  /** The sequence number at which the chain does not hold, or null. */
  broken_at: number | null;
  /** Ids of intents without an outcome. */
  open: string[];
}

interface Walk {
  records: number;
  first: number | null;
  last: { seq: number; digest: string } | null;
  broken: number | null;
  open: Set<string>;
  /** Digest of the line that the head speaks of, once it was passed. */
  witness: string | null;
}

export function checkJournal(layout: Layout): JournalCheck {
  const head = readHead(layout);
  const walk: Walk = { records: 0, first: null, last: null, broken: null, open: new Set(), witness: null };
  const files = [...closedSegments(layout), layout.journal].map(readWhole).filter((bytes) => bytes !== null);
  for (const bytes of files) walkSegment(bytes, walk, head);
  const at = headState(head, walk);
  const lied = at !== 'ahead' && head !== null && walk.witness !== head.digest && head.seq >= (walk.first ?? 0);
  const broken = walk.broken ?? (lied ? head.seq : null);
  return {
    v: 1,
    ok: broken === null && at !== 'ahead',
    records: walk.records,
    segments: files.length,
    first_seq: walk.first,
    last_seq: walk.last?.seq ?? null,
    head: at,
    broken_at: broken,
    open: [...walk.open],
  };
}

/** Stops at the first line that does not hold: what follows it proves nothing. A torn last line was never acknowledged and is none. */
function walkSegment(bytes: Buffer, walk: Walk, head: Head | null): void {
  let first = true;
  for (let start = 0; start < bytes.length && walk.broken === null; ) {
    const cut = bytes.indexOf(0x0a, start);
    if (cut < 0) return;
    const line = bytes.subarray(start, cut);
    const record = fromLine(line);
    if (!record || !follows(record, walk.last) || (record.type === 'segment') !== first) {
      walk.broken = walk.last === null ? (record?.seq ?? 1) : walk.last.seq + 1;
      return;
    }
    take(record, line, walk);
    if (record.seq === head?.seq) walk.witness = walk.last?.digest ?? null;
    first = false;
    start = cut + 1;
  }
}

function follows(record: JournalRecord, last: Walk['last']): boolean {
  // The oldest kept segment goes on from one that is gone: what it says of that one has no witness.
  if (last === null) return record.type === 'segment' && record.first_seq === record.seq && (record.seq === 1) === (record.prev === null);
  return record.seq === last.seq + 1 && record.prev === last.digest;
}

function take(record: JournalRecord, line: Buffer, walk: Walk): void {
  walk.records += 1;
  walk.first ??= record.seq;
  walk.last = { seq: record.seq, digest: digest(line) };
  if (record.type === 'intent') walk.open.add(record.id);
  if (record.type === 'outcome') walk.open.delete(record.id);
}

function headState(head: Head | null, walk: Walk): JournalCheck['head'] {
  const last = walk.last?.seq ?? 0;
  if (head === null) return last === 0 ? 'ok' : 'behind';
  if (head.seq > last && walk.broken === null) return 'ahead';
  return head.seq === last ? 'ok' : 'behind';
}

function readWhole(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
