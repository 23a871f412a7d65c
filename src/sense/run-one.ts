// One sensor as one child: what both the regular look and `flyball try` start.
import type { Boxed } from '../lib/bubblewrap.ts';
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
  /** Without it nothing can be sandboxed. */
  box?: SensorBox;
  /** While it is held no sensor starts, and no deadline comes. */
  still?: Standstill;
}

/** The sandbox of a sensor. */
export interface SensorBox {
  /** The command line that runs `argv` inside. */
  boxed(argv: readonly string[], network: 'on' | 'off'): Boxed;
  /** Why it does not work here; null when it does. What was found is kept. */
  problem(): Promise<string | null>;
  /** The whole environment inside. */
  env(): Readonly<Record<string, string>>;
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
export async function runOnce(sensor: SensorFile, ports: RunPorts, run: { mark: string; signal: AbortSignal }): Promise<ChildEnd> {
  const launch = await launchOf(sensor, ports);
  if ('problem' in launch) return notStarted(launch.problem);
  return runChild({
    ...launch,
    ...run,
    timeoutMs: sensor.directives.timeoutMs,
    stdout: { part: 'head', bytes: OUTPUT_BYTES },
    endAboveBytes: FLOOD_BYTES,
    leftovers: 'caller',
  });
}

/** Runs a watching sensor until it ends or is ended. */
export async function runOn(
  sensor: SensorFile,
  ports: RunPorts,
  run: { signal: AbortSignal; onStdout(chunk: Buffer): void; timeoutMs: number | null },
): Promise<ChildEnd> {
  const launch = await launchOf(sensor, ports);
  if ('problem' in launch) return notStarted(launch.problem);
  const mark = nextMark(ports, sensor.name);
  return runChild({ ...launch, ...run, mark, stdout: { part: 'head', bytes: 0 } });
}

/** Where and how it is started; in the sandbox when its directive says so, `required` there or not at all. */
async function launchOf(sensor: SensorFile, ports: RunPorts) {
  const { sandbox, network } = sensor.directives;
  const argv = runnerOf(sensor).argv(sensor.path);
  const shared = {
    cwd: ports.home,
    ...(ports.still && { still: ports.still }),
    stderr: { part: 'tail', bytes: STDERR_TAIL_BYTES } as const,
  };
  if (sandbox === 'off') return { ...shared, argv, env: ports.env() };
  const problem = ports.box ? await ports.box.problem() : 'there is no sandbox here';
  const inside = ports.box && problem === null ? ports.box.boxed(argv, network) : { problem: problem ?? '' };
  if (ports.box && 'argv' in inside) return { ...shared, argv: inside.argv, env: ports.box.env() };
  if (sandbox === 'auto') return { ...shared, argv, env: ports.env() };
  return { problem: 'problem' in inside ? inside.problem : 'there is no sandbox here' };
}

function notStarted(problem: string): ChildEnd {
  const nothing = { bytes: Buffer.alloc(0), total: 0 };
  const message = `its sandbox could not be set up: ${problem}`;
  return { end: 'spawn', code: 'SANDBOX', message, stdout: nothing, stderr: nothing, ms: 0, survivors: 0 };
}

/** The reading of a sensor that cannot be started at all. */
export function faultObservation(fault: string): Observation {
  return failed('spawn', { message: fault });
}
