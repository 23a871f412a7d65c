// The watching sensors that run now, each for the script that it was started from.
import type { Observation } from '../world/reading.ts';
import { type RunPorts, runOn } from './run-one.ts';
import type { SensorFile } from './sensor-files.ts';
import { type Watcher, watch } from './watch.ts';

export interface WatchersPorts extends RunPorts {
  monotonicMs(): number;
  observe(sensor: SensorFile, observation: Observation): void;
}

export class Watchers {
  readonly #ports: WatchersPorts;
  readonly #running = new Map<string, { script: string; watcher: Watcher }>();
  readonly #ending = new Set<Promise<void>>();

  constructor(ports: WatchersPorts) {
    this.#ports = ports;
  }

  has(sensor: SensorFile): boolean {
    return this.#running.get(sensor.name)?.script === sensor.script;
  }

  /** Starts those that do not run yet, and ends those whose file is gone or another one now. */
  tend(sensors: readonly SensorFile[]): void {
    const meant = new Map(sensors.map((sensor) => [sensor.name, sensor.script]));
    for (const [name, { script }] of this.#running) if (meant.get(name) !== script) this.#end(name);
    for (const sensor of sensors) if (!this.#running.has(sensor.name)) this.#start(sensor);
  }

  /** Ends all, and resolves when none is left. */
  async close(): Promise<void> {
    for (const name of this.#running.keys()) this.#end(name);
    await Promise.all(this.#ending);
  }

  #start(sensor: SensorFile): void {
    const watcher = watch({
      run: (run) => runOn(sensor, this.#ports, { ...run, timeoutMs: null }),
      observe: (observation) => this.#ports.observe(sensor, observation),
      monotonicMs: () => this.#ports.monotonicMs(),
    });
    this.#running.set(sensor.name, { script: sensor.script, watcher });
  }

  #end(name: string): void {
    const ended = this.#running.get(name)?.watcher.close();
    this.#running.delete(name);
    if (!ended) return;
    this.#ending.add(ended);
    void ended.finally(() => this.#ending.delete(ended)); // a watcher's end does not reject
  }
}
