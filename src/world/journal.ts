// The journal's records (DESIGN 19): the truth of what was done, one JSON object a line.
export interface Stamp {
  /** Path relative to the home. */
  path: string;
  digest: string | null;
}

export type Actor = 'decider' | 'rule' | 'person' | 'approval' | 'controller';
export type OutcomeStatus = 'done' | 'failed' | 'interrupted' | 'void';

interface Chained {
  v: 1;
  seq: number;
  at: string;
  epoch: number;
  /** Digest of the previous line's bytes; null only in the very first record. */
  prev: string | null;
}

/** The id of a person's intent before it has its sequence number: the journal makes it `p<seq>`. */
export const PERSON_ID = 'p';

export interface Intent {
  type: 'intent';
  /** `b<beat>` for a beat's action, `p<seq>` for a person's verb (`p` until the journal knows its seq). */
  id: string;
  beat: number | null;
  by: { kind: Actor; name: string | null };
  approval?: string;
  goal: string | null;
  /** The action; a string over 1 KiB in it is `{digest, bytes}`. */
  action: { action: string } & Record<string, unknown>;
  before: Stamp[];
  after: Stamp[];
  /** What journal.md will say. */
  line?: string;
  /** Texts of `before` and `after` that no history keeps (schedules), for undo. */
  texts?: { path: string; text: string }[];
  /** Name of the file that holds `before` and `after` where they do not fit in a line; both are empty then. */
  stamps?: string;
}

export interface OutcomeRecord {
  type: 'outcome';
  id: string;
  status: OutcomeStatus;
  note: string;
  ms: number;
  recovered: boolean;
}

export interface Receipt {
  type: 'receipt';
  schedule: string;
  slot: string;
  result: 'ran' | 'late' | 'skipped';
  reason: string | null;
  count: number;
  beat: number | null;
}

export interface Segment {
  type: 'segment';
  first_seq: number;
}

export interface Note {
  type: 'note';
  event: string;
  [field: string]: unknown;
}

export type Entry = Intent | OutcomeRecord | Receipt | Segment | Note;
export type JournalRecord = Chained & Entry;
export type IntentRecord = Chained & Intent;
