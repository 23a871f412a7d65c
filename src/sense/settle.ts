// The kept reading and a new observation → the reading that is kept now. Pure.
import { isDeepStrictEqual } from 'node:util';
import type { Directives, Observation, Reading } from '../world/reading.ts';

export interface Run {
  name: string;
  observation: Observation;
  directives: Directives;
  /** Time of the observation, RFC 3339. */
  at: string;
  /** How long the signal that the former reading holds back has been held by now. */
  heldMs: number;
  script: string;
  onDigest: string | null;
  ms: number | null;
  bytes: number | null;
}

export function settle(former: Reading | null, run: Run): Reading {
  // A person who edits a sensor wants to see what it says now; its past says nothing about the new script.
  const past = former !== null && former.script === run.script ? former : null;
  const counted = countedNow(past, run);
  return {
    v: 1,
    name: run.name,
    ...counted,
    trust: run.directives.trust,
    flaps: past ? Math.max(0, past.flaps + (sameValue(lastSeen(past), run.observation.signal) ? -1 : 1)) : 0,
    script: run.script,
    onDigest: run.onDigest,
    ms: run.ms,
    bytes: run.bytes,
  };
}

/** The signal that counts, with the detail and error that belong to it, and what is held back. */
function countedNow(past: Reading | null, { observation, directives, at, heldMs }: Run): Observation & Pick<Reading, 'held'> {
  const now = { ...observation, held: null };
  if (past === null || directives.forMs === null || sameValue(past.signal, observation.signal)) return now;
  const goesOn = past.held !== null && sameValue(past.held.signal, observation.signal);
  if (goesOn && heldMs >= directives.forMs) return now;
  const held = goesOn ? past.held : { signal: observation.signal, since: at };
  return { signal: past.signal, detail: past.detail, error: past.error, held };
}

/** What the last run printed, whether it counts yet or not. */
function lastSeen(reading: Reading): unknown {
  return reading.held ? reading.held.signal : reading.signal;
}

/** The order of keys is no difference. */
export function sameValue(a: unknown, b: unknown): boolean {
  return a === b || isDeepStrictEqual(a, b);
}

const PLAIN = ['v', 'name', 'error', 'trust', 'flaps', 'script', 'onDigest'] as const satisfies readonly (keyof Reading)[];

/** True when nothing differs but how long the run took: then the file need not be written again. */
export function sameContent(a: Reading, b: Reading): boolean {
  return PLAIN.every((field) => a[field] === b[field]) && sameValue([a.signal, a.detail, a.held], [b.signal, b.detail, b.held]);
}
