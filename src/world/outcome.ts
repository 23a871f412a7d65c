// Outcome: how an action ended.
import type { OutcomeStatus } from './journal.ts';

export interface Outcome {
  status: OutcomeStatus;
  note: string;
  ms: number;
}
