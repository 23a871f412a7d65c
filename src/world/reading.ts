// Reading: what one sensor last printed, as kept in .flyball/readings/NAME.json.
import type { Trust } from './world.ts';

export type SensorError = 'exit' | 'timeout' | 'signal' | 'invalid-json' | 'too-large' | 'spawn' | 'pending';

/** What a sensor's first 20 lines say (DESIGN 3). Times in ms. */
export interface Directives {
  intervalMs: number;
  timeoutMs: number;
  forMs: number | null;
  /** Home-relative or absolute path whose change runs the sensor at once. */
  on: string | null;
  mode: 'poll' | 'watch';
  /** Name of a runner in sense/runners. */
  format: string;
  trust: Trust;
  /** In which it sees the home and no more of the person's, and changes nothing: `auto` where there is one, `required` there or not at all. */
  sandbox: 'auto' | 'off' | 'required';
  /** Left to it in the sandbox. */
  network: 'on' | 'off';
}

/** What one run of a sensor yields, before it is compared with the former reading. */
export interface Observation {
  signal: unknown;
  detail: unknown;
  /** Null when it went well; else the words for `error` in the world. */
  error: SensorError | null;
}

/** The kept reading. It is rewritten only when its content changes, so times that move live in the heartbeat. */
export interface Reading {
  v: 1;
  name: string;
  /** The signal that counts: a changed one replaces it only after it has held for the directive `for`. */
  signal: unknown;
  detail: unknown;
  error: SensorError | null;
  trust: Trust;
  /** A new signal that has not held long enough yet, and since when. */
  held: { signal: unknown; since: string } | null;
  /** +1 per changed run, -1 per unchanged one, never below 0; flapping from 5 on. */
  flaps: number;
  /** Digest of the script that printed it. */
  script: string;
  /** Digest of what `on=` names, when the directive is there. */
  onDigest: string | null;
  ms: number | null;
  bytes: number | null;
}

export const FLAPPING_FROM = 5;
