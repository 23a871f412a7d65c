// What every sensor last said, and when: the readings on disk with the times that only this process knows.
import { describeError } from '../errors.ts';
import { readText } from '../lib/files.ts';
import { isMapOf, isShaped, isText } from '../lib/shape.ts';
import type { Clock } from '../ports.ts';
import type { Layout } from '../store/layout.ts';
import type { Directives, Observation, Reading } from '../world/reading.ts';
import { type KeptReadings, keptReadings } from './kept-readings.ts';
import { ObservationTimes } from './observation-times.ts';
import type { SensorFile } from './sensor-files.ts';
import { sameContent, sameValue, settle } from './settle.ts';

/** One observation, as it comes from a run, a watching sensor's line, or a file that cannot be run. */
export interface Seen {
  observation: Observation;
  onDigest: string | null;
  ms: number | null;
  bytes: number | null;
}

export interface Taken {
  former: Reading | null;
  reading: Reading;
  /** The signal that counts is another one now. */
  changed: boolean;
}

const tellsTimes = isShaped<{ observed_at: Record<string, string> }>({ observed_at: isMapOf(isText) });

export class ReadingBook {
  readonly #layout: Layout;
  readonly #clock: Clock;
  readonly #trouble: (what: string) => void;
  readonly #kept: KeptReadings;
  readonly #heldSinceMs = new Map<string, number>();
  #readings: Map<string, Reading> | null = null;
  #times: ObservationTimes;
  #ours = false;

  constructor(ports: { layout: Layout; clock: Clock; trouble(what: string): void }) {
    this.#layout = ports.layout;
    this.#clock = ports.clock;
    this.#trouble = ports.trouble;
    this.#kept = keptReadings(ports.layout.readings, ports.trouble);
    this.#times = new ObservationTimes(ports.clock);
  }

  /** Brings it up to date: as long as this process takes no readings itself, another one may. */
  refresh(): void {
    if (this.#readings === null || !this.#ours) this.#load();
  }

  /** From now on this process takes the readings. */
  own(): void {
    this.refresh();
    this.#ours = true;
  }

  get(name: string): Reading | null {
    return this.#readings?.get(name) ?? null;
  }

  names(): string[] {
    return [...(this.#readings?.keys() ?? [])];
  }

  ageMs(name: string, now: Date): number | null {
    return this.#times.ageMs(name, now);
  }

  observedAt(name: string): string | null {
    return this.#times.at(name);
  }

  /** Milliseconds until a signal that is held back may count; Infinity when none is. */
  heldForMs(name: string, { forMs }: Directives): number {
    const reading = this.get(name);
    return reading?.held && forMs !== null ? forMs - this.#heldMs(reading) : Number.POSITIVE_INFINITY;
  }

  take(sensor: SensorFile, seen: Seen): Taken {
    const { name, directives, script } = sensor;
    const former = this.get(name);
    const at = this.#clock.now().toISOString();
    const reading = settle(former, { ...seen, name, directives, script, at, heldMs: former ? this.#heldMs(former) : 0 });
    if (reading.held === null) this.#heldSinceMs.delete(name);
    else if (reading.held !== former?.held) this.#heldSinceMs.set(name, this.#clock.monotonicMs());
    this.#times.take(name);
    this.#readings?.set(name, reading);
    if (!former || !sameContent(former, reading)) this.#kept.save(reading);
    return { former, reading, changed: !former || !sameValue(former.signal, reading.signal) };
  }

  /** Removes the readings of sensors that are no more. */
  forgetAllBut(names: ReadonlySet<string>): void {
    for (const name of this.names().filter((it) => !names.has(it))) {
      this.#readings?.delete(name);
      this.#times.forget(name);
      this.#heldSinceMs.delete(name);
    }
    this.#kept.prune((name) => names.has(name));
  }

  #heldMs({ name, held }: Reading): number {
    if (!held) return 0;
    const since = this.#heldSinceMs.get(name);
    if (since !== undefined) return this.#clock.monotonicMs() - since;
    return Math.max(0, this.#clock.now().getTime() - Date.parse(held.since)); // it began before this process did
  }

  #load(): void {
    const readings = this.#kept.all();
    const times = new ObservationTimes(this.#clock);
    for (const [name, at] of Object.entries(this.#recalled())) if (readings.has(name)) times.recall(name, at);
    this.#readings = readings;
    this.#times = times;
  }

  /** When an earlier process observed them. Without it they are simply observed again. */
  #recalled(): Record<string, string> {
    try {
      const text = readText(this.#layout.heartbeat);
      if (text === null) return {};
      const heartbeat: unknown = JSON.parse(text);
      if (tellsTimes(heartbeat)) return heartbeat.observed_at;
      throw new Error('it has no map of times');
    } catch (error) {
      this.#trouble(`heartbeat.json does not say when sensors were observed: ${describeError(error)}`);
      return {};
    }
  }
}
