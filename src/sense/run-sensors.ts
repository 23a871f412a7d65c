// The person's sensors: which are due, run together, each with a deadline; and what they last said.
import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import { describeError } from '../errors.ts';
import type { Standstill } from '../lib/standstill.ts';
import type { Clock, Events, Sensors } from '../ports.ts';
import type { Layout } from '../store/layout.ts';
import { type Directives, FLAPPING_FROM, type Observation } from '../world/reading.ts';
import type { WorldReading } from '../world/world.ts';
import { Leftovers } from './leftovers.ts';
import { onPathDigest } from './on-path.ts';
import { pending, present } from './present.ts';
import { ReadingBook, type Seen } from './reading-book.ts';
import { faultObservation, nextMark, type RunPorts, runnerOf, runOnce, type SensorBox } from './run-one.ts';
import { runners } from './runners/index.ts';
import { checkSensorText, type SensorFile, type SensorFiles, type SensorProblem, sensorFolder } from './sensor-files.ts';
import { type TriedSensor, trySensor } from './try-sensor.ts';
import { Watchers } from './watchers.ts';

export interface SensorsOptions {
  layout: Layout;
  clock: Clock;
  events: Events;
  /** The whole environment of a sensor; asked for at each start. */
  env(): Readonly<Record<string, string>>;
  /** `<home id>/<epoch>/<id>` for FLYBALL_RUN. */
  mark(id: string): string;
  /** Without it nothing can be sandboxed. */
  box?: SensorBox;
  /** While it is held no sensor starts, and no deadline comes. */
  still?: Standstill;
  /** A signal changed, or a run that took longer than a beat waits has ended: look soon. */
  onReading?(reading: { name: string; changed: boolean }): void;
}

/** The port, and what the person's verbs ask beyond it. */
export interface HomeSensors extends Sensors {
  /** Each sensor with how it is run and what it last said. */
  list(now: Date): ListedSensor[];
  /** What is wrong with the files in sensors/. */
  problems(): SensorProblem[];
  /** What would be wrong with a file of that name in sensors/ if it had this text. */
  check(file: string, text: string): SensorProblem[];
  /** Runs one now and writes nothing; null when there is none of that name. */
  try(name: string, signal: AbortSignal): Promise<TriedSensor | null>;
}

export interface ListedSensor {
  name: string;
  /** Absolute. */
  path: string;
  directives: Directives;
  digest: string;
  reading: WorldReading;
  ms: number | null;
  bytes: number | null;
  /** Since when a changed signal waits for its `for` to pass. */
  pendingSince: string | null;
}

/** Sensors that run at one time. */
const AT_A_TIME = 8;
/** A beat waits this long for sensors; what takes longer wakes the pulse when it ends. */
const SLOW_MS = 1_000;
/** How often `on=PATH` is looked at, and the least time between two runs that it causes. */
const ON_PATH_MS = 1_000;
/** Different troubles told in the life of a process. */
const WARNINGS = 1_000;

const FORMATS = runners.map((runner) => runner.name);

export function createSensors(options: SensorsOptions): HomeSensors {
  return new SensorSet(options);
}

class SensorSet implements HomeSensors {
  readonly #options: SensorsOptions;
  readonly #ports: RunPorts;
  readonly #files: () => SensorFiles;
  readonly #book: ReadingBook;
  readonly #leftovers: Leftovers;
  readonly #watchers: Watchers;
  readonly #limit = pLimit(AT_A_TIME);
  readonly #running = new Map<string, { promise: Promise<void>; end: AbortController }>();
  /** What the watching sensors last said, to be counted once it has held. */
  readonly #lastLines = new Map<string, { script: string; observation: Observation }>();
  readonly #warned = new Set<string>();
  #closed = false;

  constructor(options: SensorsOptions) {
    const { layout, clock, env, mark, still, box } = options;
    const trouble = (what: string) => this.#warn(what);
    this.#options = options;
    this.#ports = { home: layout.home, env, mark, ...(still && { still }), ...(box && { box }) };
    this.#files = sensorFolder(layout.sensors, FORMATS);
    this.#book = new ReadingBook({ layout, clock, trouble });
    this.#leftovers = new Leftovers(trouble);
    this.#watchers = new Watchers({
      ...this.#ports,
      monotonicMs: () => clock.monotonicMs(),
      observe: (sensor, observation) => this.#hear(sensor, observation),
    });
  }

  /** Aborting `signal` also ends the runs that this call started; a run that is ended so leaves its former reading. */
  async look({ all, signal }: { all: boolean; signal: AbortSignal }): Promise<void> {
    if (this.#closed || signal.aborted) return;
    this.#book.own();
    const { sensors, unreadable } = this.#files();
    if (unreadable !== null) return this.#warn(unreadable);
    this.#forgetAllBut(new Set(sensors.map((sensor) => sensor.name)));
    this.#watchers.tend(sensors.filter(watches));
    const now = this.#options.clock.now();
    const started = sensors
      .filter((sensor) => !watches(sensor) && this.#isToRun(sensor, { all, now }))
      .map((sensor) => this.#start(sensor));
    for (const sensor of sensors.filter(watches)) this.#countHeld(sensor);
    const awaited = all ? [...this.#running.values()] : started;
    if (awaited.length === 0) return;
    const abort = () => {
      for (const { end } of started) end.abort();
    };
    setMaxListeners(0, signal); // looks overlap while slow sensors run, and each takes its listener off again
    signal.addEventListener('abort', abort, { once: true });
    await Promise.all(awaited.map(({ promise }) => promise));
    signal.removeEventListener('abort', abort);
  }

  readings(now: Date): Record<string, WorldReading> {
    this.#book.refresh();
    const { sensors, unreadable } = this.#files();
    const seen = unreadable === null ? sensors : this.#book.names().map((name) => ({ name, directives: null }));
    return Object.fromEntries(seen.map((sensor) => [sensor.name, this.#present(sensor, now)]));
  }

  nextDueAt(now: Date): Date | null {
    if (this.#closed) return null;
    this.#book.refresh();
    const waits = this.#files()
      .sensors.filter(({ name }) => !this.#running.has(name))
      .map((sensor) => (watches(sensor) ? this.#watcherDueInMs(sensor) : this.#nextLookInMs(sensor, now)));
    const soonest = Math.min(...waits);
    return Number.isFinite(soonest) ? new Date(now.getTime() + Math.max(0, Math.ceil(soonest))) : null;
  }

  observedAt(): Record<string, string> {
    this.#book.refresh();
    return Object.fromEntries(
      this.#book.names().flatMap((name) => [this.#book.observedAt(name)].flatMap((at) => (at ? [[name, at]] : []))),
    );
  }

  list(now: Date): ListedSensor[] {
    this.#book.refresh();
    return this.#files().sensors.map((sensor) => {
      const { name, path, directives } = sensor;
      const { ms, bytes, held } = this.#book.get(name) ?? { ms: null, bytes: null, held: null };
      const reading = this.#present(sensor, now);
      return {
        name,
        path,
        directives,
        reading,
        ms,
        bytes,
        pendingSince: held?.since ?? null,
        get digest() {
          return sensor.script;
        },
      };
    });
  }

  problems(): SensorProblem[] {
    return this.#files().problems;
  }

  check(file: string, text: string): SensorProblem[] {
    return checkSensorText(file, text, FORMATS);
  }

  async try(name: string, signal: AbortSignal): Promise<TriedSensor | null> {
    const sensor = this.#files().sensors.find((candidate) => candidate.name === name);
    if (!sensor) return null;
    this.#book.refresh();
    const ports = { ...this.#ports, now: () => this.#options.clock.now() };
    return trySensor(sensor, ports, { kept: this.#book.get(name), signal });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const running = [...this.#running.values()];
    for (const { end } of running) end.abort();
    await Promise.all([this.#watchers.close(), ...running.map(({ promise }) => promise)]);
    await this.#leftovers.end();
  }

  #present({ name, directives }: { name: string; directives: Directives | null }, now: Date): WorldReading {
    const reading = this.#book.get(name);
    if (!reading) return pending(directives);
    return present(reading, { ageMs: this.#book.ageMs(name, now), observedAt: this.#book.observedAt(name), directives });
  }

  #isToRun(sensor: SensorFile, { all, now }: { all: boolean; now: Date }): boolean {
    return !this.#running.has(sensor.name) && (all || this.#dueInMs(sensor, now) <= 0);
  }

  /** Milliseconds until it is to run again; 0 or less is now. */
  #dueInMs(sensor: SensorFile, now: Date): number {
    const { name, script, directives } = sensor;
    const reading = this.#book.get(name);
    const ageMs = this.#book.ageMs(name, now);
    if (!reading || ageMs === null || reading.script !== script) return 0;
    const { on, intervalMs } = directives;
    const touched = on !== null && onPathDigest(this.#ports.home, on) !== reading.onDigest;
    return Math.min(intervalMs - ageMs, this.#book.heldForMs(name, directives), touched ? ON_PATH_MS - ageMs : Number.POSITIVE_INFINITY);
  }

  #nextLookInMs(sensor: SensorFile, now: Date): number {
    const wait = this.#dueInMs(sensor, now);
    return sensor.directives.on === null ? wait : Math.min(wait, ON_PATH_MS);
  }

  #watcherDueInMs(sensor: SensorFile): number {
    if (!this.#watchers.has(sensor)) return 0;
    return this.#lastLines.get(sensor.name)?.script === sensor.script
      ? this.#book.heldForMs(sensor.name, sensor.directives)
      : Number.POSITIVE_INFINITY;
  }

  #start(sensor: SensorFile): { promise: Promise<void>; end: AbortController } {
    const end = new AbortController();
    const promise = this.#limit(() => this.#run(sensor, end.signal))
      .catch((error: unknown) => this.#warn(`the sensor "${sensor.name}" could not be read: ${describeError(error)}`))
      .finally(() => this.#running.delete(sensor.name));
    const run = { promise, end };
    this.#running.set(sensor.name, run);
    return run;
  }

  async #run(sensor: SensorFile, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { on } = sensor.directives;
    const onDigest = on === null ? null : onPathDigest(this.#ports.home, on); // before the run: what changes during it is seen by the next
    if (sensor.fault !== null) return this.#take(sensor, { observation: faultObservation(sensor.fault), onDigest, ms: null, bytes: null });
    const mark = nextMark(this.#ports, sensor.name);
    const end = await runOnce(sensor, this.#ports, { mark, signal });
    if (end.end !== 'spawn') this.#leftovers.add(mark);
    if (end.survivors > 0) this.#warn(`processes of the sensor "${sensor.name}" could not be ended`);
    const observation = signal.aborted ? null : runnerOf(sensor).observe(end);
    if (observation) this.#take(sensor, { observation, onDigest, ms: end.ms, bytes: end.stdout.total });
  }

  #hear(sensor: SensorFile, observation: Observation): void {
    if (!this.#watchers.has(sensor)) return; // a last word of the script before the edit
    this.#lastLines.set(sensor.name, { script: sensor.script, observation });
    this.#take(sensor, { observation, onDigest: null, ms: null, bytes: null });
  }

  /** A watching sensor that says nothing more goes on meaning its last line. */
  #countHeld(sensor: SensorFile): void {
    const last = this.#lastLines.get(sensor.name);
    if (last?.script !== sensor.script || this.#book.heldForMs(sensor.name, sensor.directives) > 0) return;
    this.#take(sensor, { observation: last.observation, onDigest: null, ms: null, bytes: null });
  }

  #take(sensor: SensorFile, seen: Seen): void {
    const { former, reading, changed } = this.#book.take(sensor, seen);
    const { name } = sensor;
    if (former && former.flaps < FLAPPING_FROM && reading.flaps >= FLAPPING_FROM)
      this.#options.events.emit({ event: 'sensor-flapping', name });
    if (changed || (seen.ms ?? 0) >= SLOW_MS) this.#options.onReading?.({ name, changed });
  }

  #forgetAllBut(names: ReadonlySet<string>): void {
    this.#book.forgetAllBut(names);
    for (const name of this.#lastLines.keys()) if (!names.has(name)) this.#lastLines.delete(name);
    for (const [name, { end }] of this.#running) if (!names.has(name)) end.abort();
  }

  /** Said once: the same trouble at every look would bury all else. */
  #warn(what: string): void {
    if (this.#warned.has(what) || this.#warned.size >= WARNINGS) return;
    this.#warned.add(what);
    this.#options.events.emit({ event: 'sensors-trouble', what });
  }
}

/** One that cannot be started at all is treated like the others that cannot. */
function watches({ directives, fault }: SensorFile): boolean {
  return directives.mode === 'watch' && fault === null;
}
