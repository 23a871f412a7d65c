// How the story reaches what the person is asked and has refused: the asks, and the memory of no.
import type { Ask } from '../world/ask.ts';
import type { No, Place } from '../world/no.ts';

/** An ask before it has a number. */
export type NewAsk = Omit<Ask, 'id' | 'state' | 'answer' | 'answered_at' | 'answered_by'>;

/** An answer, whoever gives it. */
export interface Answer {
  text: string;
  by: 'person' | 'default';
  at: Date;
  /** Replaces an answer that nothing has come of yet. */
  force?: boolean;
}

export type Answered =
  | { answered: 'taken'; ask: Ask }
  /** No ask has that number. */
  | { answered: 'unknown'; problem: string }
  /** Somebody was first, or it is open to no answer any more. */
  | { answered: 'late'; ask: Ask; problem: string }
  /** It stays open. */
  | { answered: 'not-understood'; ask: Ask; problem: string };

/** Every step of an ask's life is taken under the write lock, and is on disk before it returns. */
export interface Asks {
  all(): Ask[];
  /** Null when there is none of that number. */
  get(id: string): Ask | null;
  /** Creates it unless one with the same `ref` exists; returns its id either way. Throws when 50 are open. */
  raise(ask: NewAsk): string;
  /** Takes the next number for good and returns the file that the ask is to become. Throws when 50 are open. */
  reserve(ask: NewAsk): { id: string; file: { path: string; before: null; after: string } };
  /** First answer wins. A refused approval is closed and leaves a no; a yes takes that no back. */
  answer(id: string, answer: Answer): Answered;
  /** answered → executing: what that answer carries is about to begin. False when it says anything else now. */
  begin(id: string, answer: string): boolean;
  /** executing → answered: nothing began, and it may run again. */
  release(id: string): void;
  /** It needs no answer any more. What is closed stays closed with its first reason. */
  close(id: string, reason: string, at: Date): void;
  /** What became of a closed one has been in view of a whole decision: it leaves the world. */
  seen(id: string): void;
  /** Whoever asked is gone. Only an open one can be stranded. */
  strand(id: string): void;
  /** An open one is not shown again before then. False when it is not open. */
  postpone(id: string, until: Date): boolean;
  /** Closes the open approvals whose time is over; returns them. */
  lapse(now: Date): Ask[];
}

/** The person's policies in flyball.yaml. */
export interface Policies {
  /** One more entry, on one line under a comment; `there` when the same line stands there already, `impossible` when the file is not such that it can be added to. */
  add(entry: { line: string; comment: string }): 'added' | 'there' | 'impossible';
}

/** The memory of no (DESIGN 7). */
export interface Nos {
  /** Those that hold now: not taken back, and the person has not edited the target since. */
  all(): No[];
  /** Once for each id. The file is remembered as it is now. */
  add(no: No): void;
  /** The person takes it back. */
  forget(id: string): void;
  /** Forgets for good what an edit by the person has taken back. Before an action is judged. */
  settle(): void;
  /** Digest of that file of the home now, null when there is none. */
  stamp(path: string | null): string | null;
  /** The no that a deletion has left: an agent wrote the file last, and the person removed it. */
  deletion(kind: string, place: Place): No | null;
}
