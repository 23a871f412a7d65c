// The port of history.git: every version of the policy files, and whose words they are.
import type { FileChange } from '../ports.ts';
import type { Stamp } from '../world/journal.ts';

/** Versions of the policy files, in .flyball/history.git. */
export interface History {
  /** Commits whatever is there now and not yet kept, as the person's, and notes what is about to be written and is not. Throws when it cannot: no pre-image, no write. */
  keep(coming?: readonly FileChange[]): void;
  /** Commits what an action wrote, as flyball's, with the trailer `Flyball-Id`: those of `after` that are still as they were written. Idempotent. */
  commit(options: { id: string; title: string; after: readonly Stamp[] }): void;
  /** What a file held when its digest was that one; null when that is not kept. Throws PersonError when the history is damaged. */
  version(stamp: Stamp): Version | null;
  /** What an action's commit changed, for one that the journal has forgotten; null when there is none. */
  changes(id: string): { at: string; before: Stamp[]; after: Stamp[] } | null;
  /** What differs between the files as they were kept at that time and as they are kept now; null when nothing was kept yet. */
  since(time: Date): Difference[] | null;
  /** What was written into the policy files, in the order in which it came; what is there now and not yet kept is the person's and comes last. Throws when it cannot be told. */
  written(): Iterable<Written>;
}

/** A passage of a policy file, and whose words it is. */
export interface Written {
  path: string;
  by: 'person' | 'agent';
  text: string;
}

export interface Version {
  text: string;
  executable: boolean;
}
/** One file, as it was kept then and now; null: there was none. */
export interface Difference {
  path: string;
  was: Version | null;
  now: Version | null;
}
