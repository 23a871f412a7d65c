import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lines } from '../../src/sense/watch.ts';
import { type SensorHome, sensorHome } from '../support/sensor-home.ts';
import { until } from '../support/wait.ts';

const WATCH = '# flyball: mode=watch\n';
const UP = `echo '{"signal":"up"}'\n`;
/** Stays until a line is put into `next`, prints it, and so on. */
const PRINTS_NEXT = 'while :; do if [ -e next ]; then cat next; rm next; fi; sleep 0.01; done';

let home: SensorHome;
beforeEach(() => {
  home = sensorHome({ clock: 'machine' });
});
afterEach(() => home.end());

const signal = (name = 'w') => home.sensors.readings(new Date())[name]?.signal;
const becomes = (expected: unknown, name = 'w') =>
  until(() => JSON.stringify(signal(name)) === JSON.stringify(expected), `${name} to become ${JSON.stringify(expected)}`);
const print = async (line: string) => {
  await until(() => !existsSync(home.layout.at('next')), 'the former line to be taken');
  writeFileSync(home.layout.at('next-tmp'), line);
  renameSync(home.layout.at('next-tmp'), home.layout.at('next')); // whole, or not there
};

describe('a watching sensor', () => {
  test('runs on, and each line replaces its reading and wakes', async () => {
    home.sensor('w.sh', `${WATCH}${UP}${PRINTS_NEXT}`);
    await home.look();
    await becomes('up');
    await print('{"signal":"changed"}\n');
    await becomes('changed');
    expect(home.heard).toEqual([
      { name: 'w', changed: true },
      { name: 'w', changed: true },
    ]);
    expect(home.sensors.readings(new Date()).w).toMatchObject({ stale: false, failed: false });
    await home.look(true);
    expect(signal()).toBe('changed');
  });

  test('is coalesced to the last line of each second', async () => {
    home.sensor('w.sh', `${WATCH}i=0; while [ $i -lt 200 ]; do i=$((i+1)); echo "{\\"signal\\":$i}"; done; exec sleep 1000`);
    await home.look();
    await becomes(200);
    expect(home.heard.length).toBeLessThanOrEqual(3);
  });

  test('is read as an error where a line is none, and goes on', async () => {
    home.sensor('w.sh', `${WATCH}${UP}${PRINTS_NEXT}`);
    await home.look();
    await becomes('up');
    await print('oops\n');
    await becomes({ error: 'invalid-json' });
    await print(`{"signal":"${'x'.repeat(9000)}"}\n`);
    await becomes({ error: 'too-large' });
    await print('{"signal":"again"}\n');
    await becomes('again');
  });

  test('is an error while it is down, and is started again', async () => {
    home.sensor('w.sh', `${WATCH}echo x >> starts\n[ -e well ] && { ${UP}exec sleep 1000; }\nexit 4`);
    await home.look();
    await becomes({ error: 'exit', code: 4 });
    writeFileSync(home.layout.at('well'), '');
    await becomes('up');
    expect(readFileSync(home.layout.at('starts'), 'utf8').length / 2).toBeLessThanOrEqual(3);
  });

  test('that floods is ended', async () => {
    home.sensor('w.sh', `${WATCH}exec yes '{"signal":1}'`);
    await home.look();
    await becomes({ error: 'too-large' });
  });

  test('is started anew when its script is edited, and ended when it is removed', async () => {
    home.sensor('w.sh', `${WATCH}${UP}exec sleep 1000`);
    await home.look();
    await becomes('up');
    home.sensor('w.sh', `${WATCH}echo '{"signal":"new"}'; exec sleep 1001`);
    await home.look();
    await becomes('new');
    await until(async () => (await home.processes()) === 1, 'the former one to be gone');
    rmSync(join(home.layout.sensors, 'w.sh'));
    expect(await home.look()).toEqual({});
    await until(async () => (await home.processes()) === 0, 'it to be gone');
  });

  test('is ended with its whole tree on closing', async () => {
    home.sensor('w.sh', `${WATCH}setsid sleep 1000 & trap "" TERM; ${UP}while :; do sleep 1000; done`);
    await home.look();
    await becomes('up');
    await home.sensors.close();
    expect(await home.processes()).toBe(0);
  });

  test('with `for`, its last line counts once it has held', async () => {
    home.sensor('w.sh', `# flyball: mode=watch for=1s\n${UP}${PRINTS_NEXT}`);
    await home.look();
    await becomes('up');
    await print('{"signal":"changed"}\n');
    await until(() => home.sensors.list(new Date())[0]?.pendingSince, 'the change to be held');
    const held = Date.parse(home.sensors.list(new Date())[0]?.pendingSince ?? '');
    expect(signal()).toBe('up');
    const due = () => (home.sensors.nextDueAt(new Date())?.getTime() ?? Number.POSITIVE_INFINITY) <= Date.now();
    await until(async () => due() && (await home.look()) && signal() === 'changed', 'it to count once its time has come');
    expect(Date.now() - held).toBeGreaterThanOrEqual(999); // the two clocks are not of one phase
  });
});

describe('lines of a stream', () => {
  const cut = (...chunks: string[]) => {
    const taken: (string | null)[] = [];
    const take = lines((line) => taken.push(line === null ? null : String(line)));
    for (const chunk of chunks) take(Buffer.from(chunk));
    return taken;
  };
  test('are put together over chunks, the last whole one of each chunk is taken', () => {
    expect(cut('a\nb\nc', 'd\n', '\n', 'e')).toEqual(['b', 'cd']);
    expect(cut('a', '', 'b', '\n')).toEqual(['ab']);
    expect(cut('a\n\n \n')).toEqual(['a']);
    expect(cut('begun', ' more\n\n')).toEqual(['begun more']);
    expect(cut('\n\n\n')).toEqual([]);
  });

  test('that are too long are told, and forgotten as they come', () => {
    const half = 'x'.repeat(5_000);
    expect(cut(half, half, half, '\n', 'a\n')).toEqual([null, 'a']);
    expect(cut(`${half}${half}\n`)).toEqual([null]);
    expect(cut('x'.repeat(8192), '\n')).toEqual(['x'.repeat(8192)]);
  });
});
