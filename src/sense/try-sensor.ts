// Runs one sensor now and says what it would be read as. Writes nothing.

import { endMarked } from '../lib/end-processes.ts';
import type { Observation, Reading } from '../world/reading.ts';
import type { WorldReading } from '../world/world.ts';
import { failed, parseOutput, tooLarge } from './parse.ts';
import { faultObservation, nextMark, type RunPorts, runnerOf, runOn, runOnce } from './run-one.ts';
import type { SensorFile } from './sensor-files.ts';
import { sameValue } from './settle.ts';
import { lines } from './watch.ts';

export interface TriedSensor {
  reading: WorldReading;
  ms: number;
  bytes: number;
  /** Its signal differs from the kept one, or nothing is kept: taken for real it would wake the loop. */
  wakes: boolean;
}

export async function trySensor(
  sensor: SensorFile,
  ports: RunPorts & { now(): Date },
  { kept, signal }: { kept: Reading | null; signal: AbortSignal },
): Promise<TriedSensor> {
  const { observation, ms, bytes } = await observeOnce(sensor, ports, signal);
  const reading: WorldReading = {
    signal: observation.signal,
    detail: observation.detail,
    failed: observation.error !== null,
    error: observation.error,
    age_s: 0,
    observed_at: ports.now().toISOString(),
    stale: false,
    flapping: false,
    trust: sensor.directives.trust,
  };
  return { reading, ms, bytes, wakes: kept === null || !sameValue(kept.signal, observation.signal) };
}

interface Observed {
  observation: Observation;
  ms: number;
  bytes: number;
}

async function observeOnce(sensor: SensorFile, ports: RunPorts, signal: AbortSignal): Promise<Observed> {
  if (sensor.fault !== null) return { observation: faultObservation(sensor.fault), ms: 0, bytes: 0 };
  if (sensor.directives.mode === 'watch') return firstLine(sensor, ports, signal);
  const mark = nextMark(ports, sensor.name);
  const end = await runOnce(sensor, ports, { mark, signal });
  await endMarked((found) => found === mark);
  const observation = runnerOf(sensor).observe(end) ?? failed('timeout', { message: 'it was ended before it was done' });
  return { observation, ms: end.ms, bytes: end.stdout.total };
}

/** A watching sensor has said enough with its first line; without one within its timeout it has said nothing. */
async function firstLine(sensor: SensorFile, ports: RunPorts, signal: AbortSignal): Promise<Observed> {
  const enough = new AbortController();
  const stop = () => enough.abort();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  let said: Observation | null = null;
  let bytes = 0;
  const onStdout = lines((line) => {
    said ??= line === null ? tooLarge() : parseOutput(line);
    bytes = line?.length ?? bytes;
    enough.abort();
  });
  const end = await runOn(sensor, ports, { signal: enough.signal, onStdout, timeoutMs: sensor.directives.timeoutMs });
  signal.removeEventListener('abort', stop);
  const observation = said ?? runnerOf(sensor).observe(end) ?? failed('timeout', { message: 'it was ended before it was done' });
  return { observation, ms: end.ms, bytes };
}
