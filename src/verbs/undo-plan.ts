// What is asked of an undo, what it would do, and what came of it.
import type { OutcomeStatus } from '../world/journal.ts';

/** One action by its id (`b12`, `p7`), all policy files as of a time, or the latest action that can be undone. */
export interface UndoWhat {
  id?: string;
  to?: Date;
}

export interface UndoPlan {
  undoes: string[];
  to: string | null;
  goal: string | null;
  /** What it would be called in the journal. */
  title: string;
  /** Newer actions that cannot be undone. */
  passed: string[];
  diff: string;
  /** Stands for exactly this effect. */
  key: string;
}

/** How a person's verb that acts came out (DESIGN 19). */
export interface Acted {
  id: string;
  status: OutcomeStatus;
  note: string;
}

export interface UndoWork {
  /** What an undo would do now; throws PersonError with the reason when it cannot be done. */
  planUndo(what: UndoWhat): Promise<UndoPlan>;
  /** Does what was shown, and refuses when that has changed since. */
  undo(what: UndoWhat & { key: string }): Promise<Acted>;
}
