import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type SensorHome, sensorHome } from '../support/sensor-home.ts';
import { until } from '../support/wait.ts';

let home: SensorHome;
beforeEach(() => {
  home = sensorHome();
});
afterEach(() => home.end());

/** A sensor that leaves a line per run in the file `runs`. */
const counted = (print: string, directives = '') => `# flyball: ${directives}\necho x >> runs\n${print}`;
const runs = () => readFileSync(home.layout.at('runs'), 'utf8').length / 2;
const says = (text: string) => writeFileSync(home.layout.at('says'), text);
const SAYS = 'cat says';

describe('a reading', () => {
  test('is what the sensor printed, run in the home with the environment it was given', async () => {
    home.sensor(
      'ci.sh',
      '# flyball: trust=trusted\nprintf \'{"signal":{"home":"%s","cwd":"%s","in":"%s"},"detail":1}\' "$FLYBALL_HOME" "$(pwd -P)" "$(cat)"',
    );
    expect((await home.look()).ci).toEqual({
      signal: { home: home.layout.home, cwd: home.layout.home, in: '' },
      detail: 1,
      failed: false,
      error: null,
      age_s: 0,
      observed_at: home.clock.now().toISOString(),
      stale: false,
      flapping: false,
      trust: 'trusted',
    });
    expect(home.sensors.observedAt()).toEqual({ ci: home.clock.now().toISOString() });
  });

  test('is pending before the first run', () => {
    home.sensor('ci.sh', 'echo {}');
    expect(home.sensors.readings(home.clock.now()).ci).toMatchObject({
      signal: { error: 'pending' },
      failed: true,
      error: 'pending',
      age_s: null,
      observed_at: null,
    });
    expect(existsSync(home.layout.readings)).toBe(false);
  });

  test('ages, and is stale past three intervals', async () => {
    home.sensor('ci.sh', '# flyball: interval=1m\necho {}');
    await home.look();
    home.clock.pass(180_000);
    expect(home.sensors.readings(home.clock.now()).ci).toMatchObject({ age_s: 180, stale: false });
    home.clock.pass(1_000);
    expect(home.sensors.readings(home.clock.now()).ci).toMatchObject({ age_s: 181, stale: true });
  });

  test('is written again only when its content changes', async () => {
    says('{"signal":1,"detail":1}');
    home.sensor('ci.sh', SAYS);
    const inode = () => statSync(join(home.layout.readings, 'ci.json')).ino;
    await home.look(true);
    const first = inode();
    await home.look(true);
    expect(inode()).toBe(first);
    says('{"signal":1,"detail":2}');
    await home.look(true);
    expect(inode()).not.toBe(first);
    expect(home.kept('ci')).toMatchObject({ v: 1, signal: 1, detail: 2 });
  });

  test('goes when its sensor goes', async () => {
    home.sensor('ci.sh', 'echo {}');
    home.sensor('disk.sh', 'echo {}');
    await home.look();
    rmSync(join(home.layout.sensors, 'ci.sh'));
    expect(Object.keys(home.sensors.readings(home.clock.now()))).toEqual(['disk']);
    await home.look();
    expect(existsSync(join(home.layout.readings, 'ci.json'))).toBe(false);
    expect(home.sensors.observedAt()).toHaveProperty('disk');
    expect(home.sensors.observedAt()).not.toHaveProperty('ci');
  });

  test('survives a restart, with the time from the heartbeat', async () => {
    home.sensor('ci.sh', counted('echo \'{"signal":1}\'', 'interval=1m'));
    await home.look();
    writeFileSync(home.layout.heartbeat, JSON.stringify({ at: '', observed_at: home.sensors.observedAt() }));
    home.clock.pass(50_000);
    const next = home.another();
    expect(next.readings(home.clock.now()).ci).toMatchObject({ signal: 1, age_s: 50, stale: false });
    expect(next.nextDueAt(home.clock.now())?.getTime()).toBe(home.clock.wallMs + 10_000);
    await next.look({ all: false, signal: home.never });
    expect(runs()).toBe(1);
  });

  test('that is damaged on disk is taken anew', async () => {
    home.sensor('ci.sh', 'echo \'{"signal":1}\'');
    await home.look();
    writeFileSync(join(home.layout.readings, 'ci.json'), '{"v":1,');
    const next = home.another();
    expect(next.readings(home.clock.now()).ci?.error).toBe('pending');
    await next.look({ all: false, signal: home.never });
    expect(next.readings(home.clock.now()).ci?.signal).toBe(1);
    expect(home.emitted).toMatchObject([{ event: 'sensors-trouble', what: expect.stringContaining('"ci"') }]);
  });

  test('that cannot be kept is still known, and a home that vanished is not made again', async () => {
    home.sensor('ci.sh', 'echo \'{"signal":1}\'');
    rmSync(home.layout.machine, { recursive: true });
    expect((await home.look()).ci?.signal).toBe(1);
    expect(existsSync(home.layout.machine)).toBe(false);
  });
});

describe('a sensor is due', () => {
  test('when its interval has passed, or all are asked for', async () => {
    home.sensor('ci.sh', counted('echo {}', 'interval=10s'));
    await home.look();
    await home.look();
    expect(runs()).toBe(1);
    expect(home.sensors.nextDueAt(home.clock.now())?.getTime()).toBe(home.clock.wallMs + 10_000);
    home.clock.pass(10_000);
    await home.look();
    await home.look(true);
    expect(runs()).toBe(3);
  });

  test('at once when its script was edited, though its times are the same', async () => {
    home.sensor('ci.sh', 'echo \'{"signal":1}\'');
    await home.look();
    home.sensor('ci.sh', 'echo \'{"signal":2}\'');
    utimesSync(join(home.layout.sensors, 'ci.sh'), 1, 1);
    expect(home.sensors.nextDueAt(home.clock.now())).toEqual(home.clock.now());
    expect((await home.look()).ci?.signal).toBe(2);
  });

  test('within a second when what `on=` names has changed, a file or something in a folder', async () => {
    mkdirSync(home.layout.at('reports'));
    home.sensor('page.sh', counted('echo {}', 'interval=1h on=reports'));
    await home.look();
    expect(home.sensors.nextDueAt(home.clock.now())?.getTime()).toBe(home.clock.wallMs + 1_000);
    home.clock.pass(1_000);
    await home.look();
    expect(runs()).toBe(1);
    writeFileSync(home.layout.at('reports/today.md'), 'x');
    await home.look();
    expect(runs()).toBe(2);
    rmSync(home.layout.at('reports'), { recursive: true });
    home.clock.pass(1_000);
    await home.look();
    expect(runs()).toBe(3);
  });

  test('also when the wall clock was set back, and once when it leapt ahead', async () => {
    home.sensor('ci.sh', counted('echo {}', 'interval=10s'));
    await home.look();
    home.clock.wallMs -= 86_400_000;
    home.clock.monoMs += 10_000;
    await home.look();
    expect(runs()).toBe(2);
    home.clock.wallMs += 2 * 86_400_000;
    await home.look();
    await home.look();
    expect(runs()).toBe(3);
  });

  test('also when the last process saw it at a time that is yet to come', async () => {
    home.sensor('ci.sh', counted('echo {}', 'interval=10s'));
    await home.look();
    writeFileSync(home.layout.heartbeat, JSON.stringify({ observed_at: { ci: '2999-01-01T00:00:00.000Z' } }));
    await home.another().look({ all: false, signal: home.never });
    expect(runs()).toBe(2);
  });

  test('not while it still runs', async () => {
    home.sensor('slow.sh', `echo x >> runs\nwhile [ ! -e go ]; do sleep 0.02; done\necho '{"signal":1}'`);
    const first = home.sensors.look({ all: false, signal: home.never });
    await until(() => existsSync(home.layout.at('runs')), 'the sensor to run');
    home.clock.pass(100_000);
    expect(home.sensors.nextDueAt(home.clock.now())).toBeNull();
    expect(await home.look()).toMatchObject({ slow: { error: 'pending' } });
    const all = home.sensors.look({ all: true, signal: home.never });
    writeFileSync(home.layout.at('go'), '');
    await Promise.all([first, all]);
    expect(runs()).toBe(1);
    expect(home.sensors.readings(home.clock.now()).slow?.signal).toBe(1);
  });
});

describe('waking', () => {
  test('a changed signal is told, a changed detail is not', async () => {
    says('{"signal":1,"detail":1}');
    home.sensor('ci.sh', SAYS);
    await home.look(true);
    says('{"signal":1,"detail":2}');
    await home.look(true);
    says('{"signal":2,"detail":2}');
    await home.look(true);
    expect(home.heard).toEqual([
      { name: 'ci', changed: true },
      { name: 'ci', changed: true },
    ]);
  });

  test('a run that took longer than a beat waits is told when it ends', async () => {
    home.sensor('slow.sh', 'sleep 1.1\necho {}');
    await home.look();
    await home.look(true);
    expect(home.heard).toEqual([
      { name: 'slow', changed: true },
      { name: 'slow', changed: false },
    ]);
  });
});

describe('trying one', () => {
  test('says what it would be, and writes nothing', async () => {
    says('{"signal":1}');
    home.sensor('ci.sh', SAYS);
    expect(await home.sensors.try('ci', home.never)).toMatchObject({ reading: { signal: 1, failed: false }, bytes: 12, wakes: true });
    expect(existsSync(home.layout.readings)).toBe(false);
    await home.look();
    expect(await home.sensors.try('ci', home.never)).toMatchObject({ wakes: false });
    says('oops');
    expect(await home.sensors.try('ci', home.never)).toMatchObject({ reading: { signal: { error: 'invalid-json' } }, wakes: true });
    expect(home.kept('ci').signal).toBe(1);
    expect(await home.sensors.try('nobody', home.never)).toBeNull();
  });

  test('a watching one is read up to its first line', async () => {
    home.sensor('w.sh', '# flyball: mode=watch\necho \'{"signal":"up"}\'\nexec sleep 1000');
    expect(await home.sensors.try('w', home.never)).toMatchObject({ reading: { signal: 'up' }, wakes: true });
    expect(await home.processes()).toBe(0);
  });
});

test('a text can be checked before it is a file', () => {
  const check = (file: string, text: string) => home.sensors.check(file, text).map(({ line, what, warning }) => ({ line, what, warning }));
  expect(check('ci.sh', '#!/bin/sh\n# flyball: format=nagios\n')).toEqual([]);
  expect(check('Ci.sh', 'echo\n# flyball: format=xml\n')).toEqual([
    { line: null, what: '"Ci" is no name for a sensor', warning: false },
    { line: null, what: 'it cannot be run', warning: false },
    { line: 2, what: 'format=xml is not understood', warning: true },
  ]);
  expect(check('README.md', 'Sensors.')).toEqual([]);
});

test('`get sensors` shows how each is run', async () => {
  says('{"signal":1}');
  home.sensor('ci.sh', `# flyball: interval=5m for=1m\n${SAYS}`);
  await home.look();
  says('{"signal":2}');
  await home.look(true);
  expect(home.sensors.list(home.clock.now())).toMatchObject([
    {
      name: 'ci',
      path: join(home.layout.sensors, 'ci.sh'),
      directives: { intervalMs: 300_000, forMs: 60_000, mode: 'poll', format: 'json' },
      digest: expect.stringMatching(/^sha256:/),
      reading: { signal: 1 },
      ms: expect.any(Number),
      bytes: 12,
      pendingSince: home.clock.now().toISOString(),
    },
  ]);
});
