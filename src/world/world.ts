// World: everything known at one instant, as one plain value. Its shape is public: CEL sees it, `because`
// points into it, and it is kept with each beat as `world.json`.
import type { Condition } from './condition.ts';

export type Trust = 'trusted' | 'untrusted';

export interface WorldGoal {
  goal: string;
  ready: boolean;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  /** False when nobody and nothing will work on it (DESIGN 10, condition Unattended). */
  attended: boolean;
  priority: number;
  paused: boolean;
  autonomy: string | null;
  /** The whole file as the decider is shown it: cut at 8 KiB, then `cut` is true. */
  text: string;
  /** Digest of the whole file, not of the cut text. */
  digest: string;
  cut: boolean;
  generation: number;
  conditions: Condition[];
}

export interface WorldReading {
  signal: unknown;
  detail: unknown;
  failed: boolean;
  error: string | null;
  age_s: number | null;
  observed_at: string | null;
  stale: boolean;
  flapping: boolean;
  trust: Trust;
}

export interface WorldWorker {
  generation: number;
  state: string;
  mine: boolean;
  silent_s: number | null;
  usd: number | null;
  reason: string | null;
  /** `live|waiting|stuck|frozen|ended:<state>` */
  signal: string;
  agent: string | null;
  goal: string | null;
  started_at: string | null;
  idle_s: number | null;
  verify: 'passed' | 'failed' | 'none' | 'pending';
}

export interface WorldAsk {
  kind: string;
  worker: string | null;
  /** The goal that waits for the answer. */
  goal?: string | null;
  question: string;
  options: string[] | null;
  signal: 'open' | 'answered' | 'stranded';
  /** What the person said, once `signal` is `answered`. */
  answer?: string | null;
  at: string;
}

export interface WorldSchedule {
  note: string;
  next: string | null;
  /** The slot that has come and has no receipt yet. */
  due: string | null;
}

export interface World {
  v: 1;
  at: string;
  playbook: { text: string; digest: string; cut: boolean };
  goals: Record<string, WorldGoal>;
  readings: Record<string, WorldReading>;
  workers: Record<string, WorldWorker>;
  asks: Record<string, WorldAsk>;
  schedules: Record<string, WorldSchedule>;
  leases: Record<string, { owner: string; generation: number }>;
  spend: Record<string, { usd: number; limit: number | null; signal: 'ok' | 'warn' | 'over' }>;
  /** The last 20 lines of journal.md. */
  journal: string[];
}

/** One item that differs between two worlds. */
export interface Change {
  /** JSON Pointer into the world, e.g. `/readings/ci/signal/main`. */
  path: string;
  op: 'added' | 'changed' | 'gone';
  /** The values as compact JSON (text as itself), capped. */
  old: string | null;
  new: string | null;
}
