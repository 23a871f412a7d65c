// What is asked of a replay, what it would cost, and what came of it.

export interface ReplayWhat {
  since: Date;
  /** Another PLAYBOOK.md, as text. */
  playbook?: string;
  /** Other rules: the text of a flyball.yaml, or of a list of rules. */
  rules?: string;
  /** Another decider, as `decider.use` names it. */
  decider?: string;
}

export interface ReplayPlan {
  /** Beats that are decided anew. */
  beats: number;
  /** For how many of them a decider is asked. */
  asks: number;
  decider: string | null;
  costs: boolean;
  /** About so many dollars. */
  usd: number;
}

interface ReplayChoice {
  by: { kind: string; name: string | null };
  decision: Record<string, unknown> | null;
  problem: string | null;
}

export interface ReplayedBeat {
  beat: number;
  at: string;
  was: ReplayChoice;
  now: ReplayChoice;
  differs: boolean;
}

export interface ReplayDone {
  replayed: ReplayedBeat[];
  cost: { usd: number; estimated: boolean };
  /** Why it ended before the last beat; null when it did not. */
  ended: string | null;
}

export interface ReplayWork {
  planReplay(what: ReplayWhat): Promise<ReplayPlan>;
  replay(what: ReplayWhat, onBeat: (done: number) => void): Promise<ReplayDone>;
}
