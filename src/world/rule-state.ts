// What is remembered of each rule between beats, in .flyball/rules.json: episodes, firings, failures.
export interface RuleState {
  /** Digest of the rule's text: an edit begins it anew. */
  text: string;
  /** Per item of `for_each` (key "" without one). */
  episodes: Record<string, Episode>;
  failures: number;
  /** Until when it backs off after a failure. */
  until: string | null;
  /** Why it is held until the person answers, or null. */
  held: string | null;
  /** `once`: it has fired. */
  spent: boolean;
  /** `at`: the last slot that fired or passed. */
  slot: string | null;
}

export interface Episode {
  /** Since when `when` is true without a break. */
  since: string;
  /** When it last fired in this episode, or null. */
  fired: string | null;
}

export type RuleStates = Record<string, RuleState>;
