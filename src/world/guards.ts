// Guards: remembered failures, caps and wakes that feed the gate. Kept in .flyball/guards.json.
import type { Did } from './record.ts';

export interface Guards {
  v: 1;
  /** Consecutive failures; only success clears. */
  failures: number;
  /** When the last of them was; the back-off counts from here. */
  failed_at: string | null;
  /** Digest of the policy files then: an edit by the person cuts the wait. */
  failed_policy: string | null;
  /** What the decider is told as LAST FAILURE. */
  last_failure: { beat: number; problem: string; at: string } | null;
  /** Launches in the last rolling hour, written before each launch. */
  attempts: { at: string; costs: boolean }[];
  /** All future wakes: reason → time. Reasons: nap, noop, limited, rule:NAME, schedule:NAME, shell, settle, back-off. */
  wakes: Record<string, string>;
  /** A usage limit's reset time, and whether it has been said. */
  limited: { until: string; said: boolean } | null;
  /** Digests that flyball itself wrote since the baseline: such a change does not open the gate by itself. */
  own: { path: string; digest: string | null }[];
  /** Beats in a row that were opened only by what flyball itself wrote. */
  own_streak: number;
  /** Overtaken beats in a row. */
  overtaken: number;
  /** The policy files' digest, and since when it is what it is (the gate's `settling`). */
  policy: { digest: string; since: string } | null;
  /** The last shell output, shown to the decider once. */
  last_output: { beat: number; text: string } | null;
  last_did: Did | null;
  /** The last beat that left a folder, and the last whose record has been folded into these guards. */
  last_beat: number;
}

export const NO_GUARDS: Guards = {
  v: 1,
  failures: 0,
  failed_at: null,
  failed_policy: null,
  last_failure: null,
  attempts: [],
  wakes: {},
  limited: null,
  own: [],
  own_streak: 0,
  overtaken: 0,
  policy: null,
  last_output: null,
  last_did: null,
  last_beat: 0,
};
