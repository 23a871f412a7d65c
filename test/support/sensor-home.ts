// A temporary home with real sensor scripts, and the real Sensors over it.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { markedProcesses } from '../../src/lib/process-table.ts';
import type { Clock } from '../../src/ports.ts';
import { createSensors, type HomeSensors } from '../../src/sense/run-sensors.ts';
import { type Layout, layout } from '../../src/store/layout.ts';
import type { Reading } from '../../src/world/reading.ts';
import type { WorldReading } from '../../src/world/world.ts';
import { NOON } from './builders.ts';

/** Two clocks that the test moves, together or apart. */
export class TwoClocks implements Clock {
  wallMs = NOON.getTime();
  monoMs = 1_000;
  now = () => new Date(this.wallMs);
  monotonicMs = () => this.monoMs;
  pass(ms: number): void {
    this.wallMs += ms;
    this.monoMs += ms;
  }
}

export interface SensorHome {
  layout: Layout;
  clock: TwoClocks;
  sensors: HomeSensors;
  emitted: Record<string, unknown>[];
  heard: { name: string; changed: boolean }[];
  /** Every mark begins with this. */
  prefix: string;
  never: AbortSignal;
  /** Writes an executable sensor; a body without a shebang is a shell script. */
  sensor(file: string, body: string): void;
  /** Looks, waits for all that was started, and returns the readings. */
  look(all?: boolean): Promise<Record<string, WorldReading>>;
  kept(name: string): Reading;
  /** A process that starts on the same home, as after a crash. */
  another(clock?: Clock): HomeSensors;
  /** How many processes with a mark of this home there are. */
  processes(): Promise<number>;
  end(): Promise<void>;
}

let homes = 0;

/** `clock`: `machine` for the real one, where a test waits for what the machine does. */
export function sensorHome(options: { clock?: 'machine' } = {}): SensorHome {
  homes += 1;
  const paths = layout(mkdtempSync(join(tmpdir(), 'sensors-')));
  mkdirSync(paths.sensors);
  mkdirSync(paths.machine);
  const prefix = `home-${process.pid}-${homes}/1/`;
  const clock = new TwoClocks();
  const machine: Clock = { now: () => new Date(), monotonicMs: () => performance.now() };
  const emitted: Record<string, unknown>[] = [];
  const heard: { name: string; changed: boolean }[] = [];
  const opened: HomeSensors[] = [];
  const another = (its: Clock = options.clock === 'machine' ? machine : clock): HomeSensors => {
    const sensors = createSensors({
      layout: paths,
      clock: its,
      events: { emit: (event) => emitted.push(event) },
      env: () => ({ PATH: '/usr/local/bin:/usr/bin:/bin', FLYBALL_HOME: paths.home }),
      mark: (id) => `${prefix}${id}`,
      onReading: (reading) => heard.push(reading),
    });
    opened.push(sensors);
    return sensors;
  };
  const sensors = another();
  const never = new AbortController().signal;
  return {
    layout: paths,
    clock,
    sensors,
    emitted,
    heard,
    prefix,
    never,
    another,
    sensor(file, body) {
      const path = join(paths.sensors, file);
      writeFileSync(path, body.startsWith('#!') ? body : `#!/bin/sh\n${body}\n`);
      chmodSync(path, 0o755);
    },
    async look(all = false) {
      await sensors.look({ all, signal: never });
      return sensors.readings((options.clock === 'machine' ? machine : clock).now());
    },
    kept: (name) => JSON.parse(readFileSync(join(paths.readings, `${name}.json`), 'utf8')),
    processes: async () => (await markedProcesses()).filter(({ mark }) => mark.startsWith(prefix)).length,
    async end() {
      for (const each of opened) await each.close();
      rmSync(paths.home, { recursive: true });
    },
  };
}
