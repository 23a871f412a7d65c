import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type SensorHome, sensorHome } from '../support/sensor-home.ts';

let home: SensorHome;
beforeEach(() => {
  home = sensorHome();
});
afterEach(() => home.end());

const says = (text: string) => writeFileSync(home.layout.at('says'), text);
const SAYS = 'cat says';

describe('`for`: a changed signal counts once it has held', () => {
  const at = async (ms: number, text: string) => {
    home.clock.pass(ms);
    says(text);
    return (await home.look()).ci;
  };
  beforeEach(() => home.sensor('ci.sh', `# flyball: interval=1m for=2m\n${SAYS}`));

  test('the first one counts at once, a change only after its time, with its own detail', async () => {
    expect(await at(0, '{"signal":"green","detail":1}')).toMatchObject({ signal: 'green' });
    expect(await at(60_000, '{"signal":"red","detail":2}')).toMatchObject({ signal: 'green', detail: 1 });
    expect(home.kept('ci').held).toEqual({ signal: 'red', since: home.clock.now().toISOString() });
    expect(await at(60_000, '{"signal":"red","detail":3}')).toMatchObject({ signal: 'green', detail: 1 });
    expect(await at(60_000, '{"signal":"red","detail":4}')).toMatchObject({ signal: 'red', detail: 4 });
    expect(home.kept('ci').held).toBeNull();
    expect(home.heard).toHaveLength(2);
  });

  test('one that goes back or on to another in between begins anew', async () => {
    await at(0, '{"signal":"green"}');
    await at(60_000, '{"signal":"red"}');
    await at(60_000, '{"signal":"green"}');
    await at(60_000, '{"signal":"red"}');
    expect(await at(60_000, '{"signal":"blue"}')).toMatchObject({ signal: 'green' });
    expect(await at(60_000, '{"signal":"blue"}')).toMatchObject({ signal: 'green' });
    expect(await at(60_000, '{"signal":"blue"}')).toMatchObject({ signal: 'blue' });
  });

  test('the sensor is run again when the time has come, however long its interval', async () => {
    home.sensor('ci.sh', `# flyball: interval=1h for=90s\n${SAYS}`);
    await at(0, '{"signal":"green"}');
    await at(3_600_000, '{"signal":"red"}');
    expect(home.sensors.nextDueAt(home.clock.now())?.getTime()).toBe(home.clock.wallMs + 90_000);
    expect(await at(90_000, '{"signal":"red"}')).toMatchObject({ signal: 'red' });
  });

  test('a failure has to hold too, and a set wall clock does not shorten the wait', async () => {
    await at(0, '{"signal":"green"}');
    await at(60_000, '');
    home.clock.wallMs += 86_400_000;
    expect(await at(60_000, '')).toMatchObject({ signal: 'green', failed: false });
    expect(await at(60_000, '')).toMatchObject({ signal: { error: 'invalid-json' }, failed: true, error: 'invalid-json' });
  });

  test('goes on over a restart', async () => {
    await at(0, '{"signal":"green"}');
    await at(60_000, '{"signal":"red"}');
    home.clock.pass(120_000);
    const next = home.another();
    await next.look({ all: true, signal: home.never });
    expect(next.readings(home.clock.now()).ci?.signal).toBe('red');
  });
});

describe('flapping', () => {
  test('is a signal that changed on five of its last runs, and is over when it rests', async () => {
    home.sensor('ci.sh', SAYS);
    const print = async (signal: number) => {
      says(JSON.stringify({ signal }));
      return (await home.look(true)).ci?.flapping;
    };
    expect(await print(0)).toBe(false);
    for (const signal of [1, 2, 3, 4]) expect(await print(signal)).toBe(false);
    expect(await print(5)).toBe(true);
    expect(await print(5)).toBe(false);
    expect(await print(6)).toBe(true);
    expect(home.emitted.filter(({ event }) => event === 'sensor-flapping')).toHaveLength(2);
    home.sensor('ci.sh', `${SAYS} # edited`);
    expect(await print(7)).toBe(false);
    expect(home.kept('ci').flaps).toBe(0);
  });
});
