// The beat record: what one beat saw, decided and did. Public shape (DESIGN 19).
import type { Stamp } from './journal.ts';
import type { Outcome } from './outcome.ts';
import type { Change } from './world.ts';

export type OpenReason = 'approved' | 'asked' | 'first-beat' | 'changed' | 'due' | 'rule' | 'nap-over' | 'noop-expired';
export type ClosedReason = 'frozen' | 'no-journal' | 'over-budget' | 'capped' | 'limited' | 'settling' | 'backing-off' | 'unchanged';
export type Gate = { open: true; reason: OpenReason; until: null } | { open: false; reason: ClosedReason; until: string | null };

export type Did = 'rested' | 'acted' | 'asked' | 'denied' | 'refused' | 'overtaken' | 'failed';

export interface By {
  kind: 'rule' | 'hire' | 'decider' | 'approval' | 'none';
  name: string | null;
  model?: string;
  /** The item of `for_each` that the rule speaks of. */
  item?: string;
}

export type VerdictResult = 'allow' | 'ask' | 'deny';

export interface VerdictReason {
  step: 'norms' | 'policy' | 'autonomy' | 'taint' | 'budget' | 'memory';
  result: VerdictResult;
  name: string | null;
  message: string;
}

export interface Verdict {
  result: VerdictResult;
  reasons: VerdictReason[];
  ask: string | null;
  /** Of a command: whether it is to run in the sandbox. */
  sandbox?: 'on' | 'off';
}

export interface Cost {
  usd: number | null;
  estimated: boolean;
  tokens_in: number | null;
  tokens_out: number | null;
}

export interface BeatRecord {
  v: 1;
  /** Null when the gate was closed: such a beat leaves nothing on disk. */
  id: number | null;
  at: string;
  ended_at: string | null;
  epoch: number;
  did: Did;
  gate: Gate;
  by: By;
  changes: Change[];
  decision: Record<string, unknown> | null;
  evidence: { pointer: string; value: unknown }[];
  verdict: Verdict | null;
  outcome: Outcome | null;
  /** The words that the decider will see as LAST FAILURE. */
  problem: string | null;
  cost: Cost;
  /** The goal that the action named or wrote, for FAIRNESS. */
  goal_acted?: string;
  /** What follows from this beat for the guards; with it a killed roll-forward can be done again from the record alone. */
  facts?: BeatFacts;
}

export interface BeatFacts {
  /** Files that the action wrote, as they were to be afterwards. */
  after: Stamp[];
  /** Digest of the policy files. */
  policy: string;
  /** The decider said that it is limited or not logged in: until when, and what it said. */
  limited: { until: string; message: string } | null;
  /** Cancelled by the person or by a rule that began to match: nobody failed. */
  cancelled: boolean;
  /** The shell's output, when there was one. */
  output: string | null;
}

/** Unknown. */
export const NO_COST: Cost = { usd: null, estimated: false, tokens_in: null, tokens_out: null };
/** Nobody was asked. */
export const FREE: Cost = { usd: 0, estimated: false, tokens_in: null, tokens_out: null };
