import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/lib/digest.ts';
import { type SensorHome, sensorHome } from '../support/sensor-home.ts';
import { until } from '../support/wait.ts';

let home: SensorHome;
beforeEach(() => {
  home = sensorHome();
});
afterEach(() => home.end());

const FAST = '# flyball: timeout=300ms\n';

/** Every way in which a sensor can misbehave, and the signal that it is read as. */
const HOSTILE: Record<string, { body: string; signal: unknown }> = {
  nothing: { body: ':', signal: { error: 'invalid-json' } },
  huge: { body: 'head -c 100000000 /dev/zero', signal: { error: 'too-large' } },
  endless: { body: 'yes', signal: { error: 'too-large' } },
  'too-much': { body: 'head -c 8193 /dev/zero; exit 3', signal: { error: 'too-large' } },
  nul: { body: 'printf \'{"a":1}\\0\'', signal: { error: 'invalid-json' } },
  'not-utf8': { body: 'printf \'{"a":"\\377"}\'', signal: { error: 'invalid-json' } },
  two: { body: "echo '{}'; echo '{}'", signal: { error: 'invalid-json' } },
  exits: { body: "echo '{}'; echo boom $$ $(date +%N) >&2; exit 7", signal: { error: 'exit', code: 7 } },
  dies: { body: 'kill -KILL $$', signal: { error: 'signal', signal: 'SIGKILL' } },
  hangs: { body: `${FAST}sleep 1000`, signal: { error: 'timeout' } },
  stubborn: { body: `${FAST}trap "" TERM HUP INT; while :; do sleep 1000; done`, signal: { error: 'timeout' } },
  escapes: { body: `${FAST}setsid sh -c 'trap "" TERM; sleep 1000' & sleep 1000`, signal: { error: 'timeout' } },
  'half-said': { body: `${FAST}echo '{}'; sleep 1000`, signal: { error: 'timeout' } },
  daemon: { body: 'echo \'{"signal":"ok"}\'; sleep 1000 & exit 0', signal: 'ok' },
  'quiet-daemon': { body: 'echo \'{"signal":"ok"}\'; setsid sleep 1000 </dev/null >/dev/null 2>&1 & exit 0', signal: 'ok' },
  interpreter: { body: '#!/no/such/interpreter\n', signal: { error: 'spawn' } },
  'no-shebang': { body: '#! \n', signal: { error: 'spawn' } },
};

describe('a sensor that misbehaves', () => {
  test('has a reading of fixed shape, loses nobody else theirs, and leaves no process', async () => {
    for (const [name, { body }] of Object.entries(HOSTILE)) home.sensor(`${name}.sh`, body);
    home.sensor('good.sh', 'echo \'{"signal":"well"}\'');
    const signals = async () => Object.fromEntries(Object.entries(await home.look(true)).map(([name, { signal }]) => [name, signal]));
    const first = await signals();
    expect(first).toEqual({ good: 'well', ...Object.fromEntries(Object.entries(HOSTILE).map(([name, { signal }]) => [name, signal])) });
    expect(canonicalJson(await signals())).toBe(canonicalJson(first));
    await home.sensors.close();
    expect(await home.processes()).toBe(0);
  });

  test('says why in its detail, with the last of its stderr', async () => {
    home.sensor('exits.sh', 'head -c 5000 /dev/zero | tr "\\0" "x" >&2; echo " the end" >&2; exit 7');
    const { detail, failed, error } = (await home.look()).exits ?? {};
    expect({ failed, error }).toEqual({ failed: true, error: 'exit' });
    expect(detail).toEqual({ message: 'it ended with exit code 7', stderr_tail: expect.stringMatching(/^x{1000,}.* the end\n$/s) });
    expect(JSON.stringify(detail).length).toBeLessThan(1_200);
  });

  test('that left a quiet process behind has it ended soon, without anybody closing', async () => {
    home.sensor('quiet.sh', HOSTILE['quiet-daemon']?.body ?? '');
    await home.look();
    await until(async () => (await home.processes()) === 0, 'the leftover to be ended');
  });

  test('is ended when the look is called off, and keeps its former reading', async () => {
    home.sensor('ci.sh', '[ -e hang ] && { echo x > hangs; sleep 1000; }\necho \'{"signal":1}\'');
    await home.look();
    writeFileSync(home.layout.at('hang'), '');
    const stop = new AbortController();
    const looking = home.sensors.look({ all: true, signal: stop.signal });
    await until(() => readdirSync(home.layout.home).includes('hangs'), 'the sensor to hang');
    stop.abort();
    await looking;
    expect(home.sensors.readings(home.clock.now()).ci).toMatchObject({ signal: 1, failed: false });
    await home.sensors.close();
    expect(await home.processes()).toBe(0);
  });

  test('closing ends what runs and what waits its turn', async () => {
    for (let n = 0; n < 20; n++) home.sensor(`hang${n}.sh`, 'echo x >> started; sleep 1000');
    const looking = home.sensors.look({ all: false, signal: home.never });
    await until(() => readdirSync(home.layout.home).includes('started'), 'one to start');
    await home.sensors.close();
    await looking;
    expect(await home.processes()).toBe(0);
    expect(home.sensors.nextDueAt(home.clock.now())).toBeNull();
  });

  test('at most eight run at a time', async () => {
    mkdirSync(home.layout.at('now'));
    const body = 'touch now/$$; ls now | wc -l >> counts; while [ ! -e go ]; do sleep 0.01; done; rm now/$$; echo {}';
    for (let n = 0; n < 24; n++) home.sensor(`s${n}.sh`, body);
    const looking = home.look();
    const counted = () =>
      existsSync(home.layout.at('counts')) ? readFileSync(home.layout.at('counts'), 'utf8').trim().split('\n').map(Number) : [];
    await until(() => readdirSync(home.layout.at('now')).length >= 8 && counted().length >= 8, 'eight to run, and to have counted');
    writeFileSync(home.layout.at('go'), '');
    await looking;
    const counts = counted();
    expect(counts).toHaveLength(24);
    expect(Math.max(...counts)).toBe(8);
  });
});

describe('a file that is no proper sensor', () => {
  const path = (file: string) => join(home.layout.sensors, file);
  const problems = () => home.sensors.problems().map(({ file, what, next }) => `${file}: ${what}; ${next}`);

  test('README.md, hidden files, `_` files and what editors leave are none, and no mistake', async () => {
    for (const file of ['README.md', '.hidden.sh', '_library.sh', 'ci.sh~', '#ci.sh#']) home.sensor(file, 'echo {}');
    expect(await home.look()).toEqual({});
    expect(problems()).toEqual([]);
  });

  test('one that cannot be started says so in its reading and in `check`, and is run once it can', async () => {
    home.sensor('ci.sh', 'echo \'{"signal":1}\'');
    chmodSync(path('ci.sh'), 0o644);
    writeFileSync(path('text'), 'echo hi\n', { mode: 0o755 });
    writeFileSync(path('dos.sh'), '#!/bin/sh\r\necho {}\r\n', { mode: 0o755 });
    symlinkSync('/no/such/file', path('dangling'));
    execFileSync('mkfifo', [path('fifo')]);
    const readings = await home.look();
    expect(Object.values(readings).map(({ signal, error }) => ({ signal, error }))).toEqual(
      Array(5).fill({ signal: { error: 'spawn' }, error: 'spawn' }),
    );
    expect(readings.ci?.detail).toEqual({ message: 'it is not executable; run: chmod +x sensors/ci.sh', stderr_tail: '' });
    expect(problems()).toEqual([
      'ci.sh: it cannot be run; it is not executable; run: chmod +x sensors/ci.sh',
      'dangling: it cannot be run; it is a link to a file that does not exist',
      'dos.sh: it cannot be run; its first line ends with a carriage return; save it with Unix line ends',
      'fifo: it cannot be run; it is no regular file',
      'text: it cannot be run; its first line must name its interpreter, for example #!/bin/sh',
    ]);
    chmodSync(path('ci.sh'), 0o755);
    expect((await home.look()).ci?.signal).toBe(1);
  });

  test('a link to a program is a sensor', async () => {
    writeFileSync(home.layout.at('real'), '#!/bin/sh\necho \'{"signal":1}\'\n', { mode: 0o755 });
    symlinkSync('../real', path('linked'));
    expect((await home.look()).linked?.signal).toBe(1);
  });

  test('folders, reserved names and names that are no id are problems', async () => {
    mkdirSync(path('more'));
    for (const file of ['goals.sh', 'Über.sh', 'a b.sh', 'pulse', 'x..y.sh']) home.sensor(file, 'echo {}');
    expect(await home.look()).toEqual({});
    expect(problems()).toEqual([
      'a b.sh: "a b" is no name for a sensor; use a-z 0-9 . _ - and begin with a letter or digit',
      'goals.sh: "goals" is a section of the world and cannot be a sensor\'s name; give it another name',
      'more: it is a folder, and a sensor is a file; begin its name with "_" if it is not meant to be one',
      'pulse: "pulse" is no name for a sensor; use a-z 0-9 . _ - and begin with a letter or digit',
      'x..y.sh: "x..y" is no name for a sensor; use a-z 0-9 . _ - and begin with a letter or digit',
      'Über.sh: "Über" is no name for a sensor; use a-z 0-9 . _ - and begin with a letter or digit',
    ]);
  });

  test('two of one name are both in doubt, unless only one can be run', async () => {
    home.sensor('ci.sh', 'echo \'{"signal":"sh"}\'');
    writeFileSync(path('ci.txt'), 'notes');
    expect((await home.look()).ci?.signal).toBe('sh');
    expect(problems()).toHaveLength(1);
    home.sensor('ci.py', 'echo \'{"signal":"py"}\'');
    const { signal, detail } = (await home.look()).ci ?? {};
    expect(signal).toEqual({ error: 'spawn' });
    expect(detail).toMatchObject({ message: 'sensors/ci.py and sensors/ci.sh and sensors/ci.txt have the same name "ci"; rename one' });
  });

  test('directives that are not understood are warnings', async () => {
    home.sensor('ci.sh', '# flyball: intervall=5m\necho \'{"signal":1}\'');
    expect((await home.look()).ci?.signal).toBe(1);
    expect(home.sensors.problems()).toEqual([
      { file: 'ci.sh', line: 2, what: '"intervall" is no directive', next: 'did you mean interval?', warning: true },
    ]);
  });

  test('a folder that cannot be read keeps the readings, which then are stale', async () => {
    home.sensor('ci.sh', 'echo \'{"signal":1}\'');
    await home.look();
    renameSync(home.layout.sensors, home.layout.at('gone'));
    writeFileSync(home.layout.sensors, 'no folder');
    expect(await home.look()).toMatchObject({ ci: { signal: 1, stale: true } });
    expect(problems()).toEqual([expect.stringContaining('.: sensors/ cannot be read')]);
    rmSync(home.layout.sensors);
    expect(await home.look()).toEqual({});
  });
});

describe('a Nagios plugin', () => {
  test('is a sensor', async () => {
    home.sensor('disk.sh', '# flyball: format=nagios\necho "DISK WARNING - 3 GB | /=1MB;2;3"; exit 1');
    home.sensor('odd.sh', '# flyball: format=nagios\nexit 9');
    expect(await home.look()).toMatchObject({
      disk: { signal: { state: 'warning' }, detail: { text: 'DISK WARNING - 3 GB', perf: '/=1MB;2;3' }, failed: false },
      odd: { signal: { error: 'exit', code: 9 }, failed: true },
    });
  });
});
