// The sensors as verbs see them: listed, and tried once. Their kept readings stay as they are.
import { PersonError } from '../errors.ts';
import { createSensors, type HomeSensors } from '../sense/run-sensors.ts';
import { sensorBox } from '../store/shell-box.ts';
import type { Door, SensorItem, TriedSensor } from '../verbs/hands.ts';
import { childEnv } from './child-env.ts';

export async function readOnlySensors(door: Door): Promise<HomeSensors> {
  const { settings } = await door.config();
  return createSensors({
    layout: door.layout,
    clock: door.clock,
    events: { emit: () => {} },
    env: () => childEnv(door, settings),
    mark: (id) => `try/0/${id}-${process.pid}`,
    box: sensorBox({ layout: door.layout, settings: () => settings, person: door.env, mark: `try/0/sandbox-${process.pid}` }),
  });
}

export async function sensorItems(door: Door): Promise<SensorItem[]> {
  const sensors = await readOnlySensors(door);
  return sensors.list(door.clock.now()).map((sensor) => ({
    name: sensor.name,
    spec: {
      path: sensor.path,
      mode: sensor.directives.mode,
      format: sensor.directives.format,
      interval_s: sensor.directives.mode === 'watch' ? null : sensor.directives.intervalMs / 1_000,
      timeout_s: sensor.directives.timeoutMs / 1_000,
      for_s: sensor.directives.forMs === null ? null : sensor.directives.forMs / 1_000,
      trust: sensor.directives.trust,
      get digest() {
        return sensor.digest; // taken when it is asked for
      },
    },
    status: { ...sensor.reading, ms: sensor.ms, bytes: sensor.bytes, pending_since: sensor.pendingSince },
  }));
}

export async function trySensor(door: Door, name: string): Promise<TriedSensor> {
  const sensors = await readOnlySensors(door);
  const tried = await sensors.try(name, door.signal);
  if (tried) return tried;
  throw new PersonError(`there is no sensor "${name}" in ${door.layout.sensors}`, { hint: `${door.command} get sensors`, code: 1 });
}
