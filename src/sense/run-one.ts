// One sensor as one child: what both the regular look and `flyball try` start.
import { type ChildEnd, runChild } from '../lib/child.ts';
import type { Standstill } from '../lib/standstill.ts';
import type { Observation } from '../world/reading.ts';
import { failed, OUTPUT_BYTES, STDERR_TAIL_BYTES } from './parse.ts';
import { executable } from './runners/executable.ts';
import { runners } from './runners/index.ts';
import type { SensorRunner } from './runners/types.ts';
import type { SensorFile } from './sensor-files.ts';

export interface RunPorts {
  home: string;
  /** The whole environment of a sensor. */
  env(): Readonly<Record<string, string>>;
  /** `<home id>/<epoch>/<id>` */
  mark(id: string): string;
  /** While it is held no sensor starts, and no deadline comes. */
  still?: Standstill;
}

/** A little over is drained, since the sensor may yet end by itself; beyond this it is a flood and is ended. */
const FLOOD_BYTES = 1024 * 1024;

let count = 0;

/** A mark that no other run has, of this or of another process. */
export function nextMark(ports: RunPorts, name: string): string {
  count += 1;
  return ports.mark(`s${process.pid}.${count}.${name}`);
}

export function runnerOf(sensor: SensorFile): SensorRunner {
  return runners.find((runner) => runner.name === sensor.directives.format) ?? executable;
}

/** Runs a polled sensor to its end. */
export function runOnce(sensor: SensorFile, ports: RunPorts, run: { mark: string; signal: AbortSignal }): Promise<ChildEnd> {
  return runChild({
    ...commonOptions(sensor, ports),
    ...run,
    timeoutMs: sensor.directives.timeoutMs,
    stdout: { part: 'head', bytes: OUTPUT_BYTES },
    endAboveBytes: FLOOD_BYTES,
    leftovers: 'caller',
  });
}

/** Runs a watching sensor until it ends or is ended. */
export function runOn(
  sensor: SensorFile,
  ports: RunPorts,
  run: { signal: AbortSignal; onStdout(chunk: Buffer): void; timeoutMs: number | null },
): Promise<ChildEnd> {
  const mark = nextMark(ports, sensor.name);
  return runChild({ ...commonOptions(sensor, ports), ...run, mark, stdout: { part: 'head', bytes: 0 } });
}

function commonOptions(sensor: SensorFile, ports: RunPorts) {
  return {
    argv: runnerOf(sensor).argv(sensor.path),
    cwd: ports.home,
    env: ports.env(),
    ...(ports.still && { still: ports.still }),
    stderr: { part: 'tail', bytes: STDERR_TAIL_BYTES } as const,
  };
}

/** The reading of a sensor that cannot be started at all. */
export function faultObservation(fault: string): Observation {
  return failed('spawn', { message: fault });
}
