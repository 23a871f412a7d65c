// What the steps of one beat hand to each other: the ports, the one look, and who has which move.
import type { Executor } from '../execute.ts';
import type { LookPorts } from '../look.ts';
import type { Nos, Policies } from '../ports/asks.ts';
import type { BeatStore, Decider, DecisionFile, Events, Notices, State } from '../ports.ts';
import type { Guards } from '../world/guards.ts';
import { type BeatFacts, type BeatRecord, type By, type Cost, FREE, type Gate } from '../world/record.ts';
import type { RuleStates } from '../world/rule-state.ts';
import type { Change, World } from '../world/world.ts';
import { parseDecision } from './parse.ts';

export interface BeatPorts extends LookPorts {
  state: State;
  beats: BeatStore;
  nos: Nos;
  policies: Policies;
  notices: Notices;
  events: Events;
  decision: DecisionFile;
  decider: Decider | null;
  executor: Executor;
  epoch: number;
  /** FLYBALL_RUN of what this beat starts. */
  mark(id: string): string;
  /** Digest of flyball.yaml. */
  configDigest: string;
  /** Why no command can be run in the sandbox, as was found last; null when it can. */
  sandboxProblem?: string | null;
  /** STOP is there. */
  frozen(): boolean;
  /** Until when the policy files have not been still for 10 s, or null. */
  settlingUntil(now: Date): Date | null;
  /** Calls `listener` whenever something has changed while the beat runs; returns how to stop that. */
  onWake(listener: () => void): () => void;
}

export interface BeatRequest {
  /** Opens a gate that is closed by `unchanged` or `backing-off`. */
  force: boolean;
  /** Ends the decider and lets no further effect begin. */
  signal: AbortSignal;
  /** Ends an effect that is under way. */
  effects: AbortSignal;
}

/** What a beat looks at: one read of the world, and what follows from it. */
export interface Sight {
  world: World;
  changes: Change[];
  guards: Guards;
  /** What was remembered of the rules before this look. */
  states: RuleStates;
  /** What was approved, the first eligible rule's move, or hire's; null when none has one. */
  own: Move | null;
  policy: string;
  gate: Gate;
}

export interface Errand {
  request: BeatRequest;
  ports: BeatPorts;
  sight: Sight;
}

export type OpenRecord = BeatRecord & { id: number; facts: BeatFacts };
export type Decision = Record<string, unknown> & { action: string };

/** Who has a move, and which. */
export type Move =
  | { move: 'none' }
  | { move: 'act'; by: By; decision: Decision; evidence: BeatRecord['evidence']; cost: Cost; approved?: Approved }
  | { move: 'lost'; by: By; did: 'refused' | 'failed' | 'overtaken'; problem: string; cost: Cost; facts?: Partial<BeatFacts> };

/** A move that somebody has made. */
export type Made = Exclude<Move, { move: 'none' }>;

/** A decision's text, from a rule or a decider, as a move: what cannot be read is lost, with the words for whoever wrote it. */
export function moveFrom(
  text: string,
  by: By,
  options: { world: World; beat: number | null; evidence: 'optional' | 'required'; cost?: Cost },
): Made {
  const cost = options.cost ?? FREE;
  const parsed = parseDecision(text, options);
  if (!parsed.ok) return { move: 'lost', by, did: 'refused', problem: parsed.problem, cost };
  return { move: 'act', by, decision: parsed.decision, evidence: parsed.evidence, cost };
}

/** What an approval brings along from the beat that asked. */
export interface Approved {
  ask: string;
  answer: string;
  /** The merge base: the world as its decider was shown it. */
  base: World;
  /** Whose decision it was. */
  whose: By;
  /** The line that `always` adds to flyball.yaml. */
  always: string | null;
}

/** The goal that a decision serves: the one that it is about, whatever it names beside it, or the one that it names. */
export function goalOf(decision: Decision): string | null {
  if (/^(write|archive|restore)_goal$/.test(decision.action) && typeof decision.id === 'string') return decision.id;
  return typeof decision.goal === 'string' ? decision.goal : null;
}
