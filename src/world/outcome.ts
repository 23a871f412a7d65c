// Outcome: how an action ended.
import type { OutcomeStatus } from './journal.ts';

export interface Outcome {
  status: OutcomeStatus;
  note: string;
  ms: number;
}

/** What is said of a command that was to run in the sandbox and did not. */
export const NOT_BOXED = 'it was not run, since the sandbox could not be set up';
