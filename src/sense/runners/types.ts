// What a sensor runner is: how a file becomes a process, and what the end of that process says.
import type { ChildEnd } from '../../lib/child.ts';
import type { Observation } from '../../world/reading.ts';

export interface SensorRunner {
  /** The word in `format=`. */
  readonly name: string;
  /** One sentence for help and docs. */
  readonly summary: string;
  /** What is started for the sensor at this absolute path. */
  argv(path: string): readonly [string, ...string[]];
  /** What the ended run says; null when it was called off and says nothing. Never throws. */
  observe(end: ChildEnd): Observation | null;
}
