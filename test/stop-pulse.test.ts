// STOP with a pulse or a single beat alive: the decider is ended, all else stands still and goes on.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type ProcessRow, processRows, variablesOf } from '../src/lib/process-table.ts';
import { crowd, isForeground } from './support/crowd.ts';
import { type DecidedHome, decidedHome, statusOf, upAndBeaten } from './support/home-cli.ts';
import type { Begun } from './support/rig.ts';
import { until } from './support/wait.ts';

const STOP = 'STOP';
const idOf = (home: DecidedHome) => (JSON.parse(home.read('.flyball/owner.json')) as { id: string }).id;

/** What this home has running, by its mark. */
function runs(home: DecidedHome): ProcessRow[] {
  return processRows().filter(({ pid }) => variablesOf(pid, ['FLYBALL_RUN'])?.FLYBALL_RUN?.startsWith(`${idOf(home)}/`));
}

/** Those of one script, which names itself in its command line. */
function of(home: DecidedHome, word: string): ProcessRow[] {
  return runs(home).filter(({ pid }) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(word);
    } catch {
      return false; // it ended meanwhile
    }
  });
}

const allStopped = (rows: readonly ProcessRow[]) => rows.length > 0 && rows.every(({ state }) => state === 'T');
const foreground = (home: DecidedHome): Begun => home.begin(['up', '--foreground', '--json']);
const outcomes = (home: DecidedHome) => home.journal().filter((record) => record.type === 'outcome');

/** A heartbeat says when the last beat was: so many more under STOP, and that long has passed. */
async function frozenBeats(home: DecidedHome, count: number): Promise<void> {
  const heartbeat = () => JSON.parse(home.read('.flyball/heartbeat.json')) as { at: string; gate: { reason: string } };
  const seen = new Set<string>();
  await until(() => {
    if (!existsSync(join(home.home, '.flyball/heartbeat.json'))) return false;
    const { at, gate } = heartbeat();
    return gate.reason === 'frozen' && seen.add(at).size >= count;
  }, `${count} beats under STOP`);
}

/** A decider with a child in another session that ignores signals and would write a goal once told to. */
function thinking(home: DecidedHome): { began(): Promise<unknown> } {
  const started = home.beside('started');
  rmSync(started, { force: true });
  home.runs(`trap '' TERM INT HUP; setsid sleep 1000 & touch ${started}; while :; do sleep 0.02; done`);
  return { began: () => until(() => existsSync(started), 'the decider') };
}

/** run_shell: says that it began, waits for the word, says that it is done. */
function command(home: DecidedHome): { began(): Promise<unknown>; go(): void; done(): boolean } {
  const [began, go, done] = ['began', 'go', 'done'].map((name) => home.beside(name)) as [string, string, string]; // three in, three out
  home.decides({
    action: 'run_shell',
    cmd: `: the-command; echo x >> ${began}; while [ ! -e ${go} ]; do sleep 0.02; done; echo x >> ${done}`,
  });
  return {
    began: () => until(() => existsSync(began), 'the command'),
    go: () => mkdirSync(go),
    done: () => existsSync(done) && readFileSync(began, 'utf8') === 'x\n' && readFileSync(done, 'utf8') === 'x\n',
  };
}

test('the decider is ended without a failure, nothing begins, and when STOP goes the world is decided anew', async () => {
  const home = await decidedHome();
  const pulse = foreground(home);
  await until(() => pulse.stdout().includes('"did":"acted"'), 'the first beat');
  const decider = thinking(home);
  home.write('goals/mine.md', '# Mine\n');
  await decider.began();
  home.write(STOP, 'lunch\n');
  await until(() => runs(home).length === 0, 'the decider to be ended');
  expect(await statusOf(home)).toMatchObject({ stop: { reason: 'lunch', keep_workers: false }, gate: { open: false, reason: 'frozen' } });
  expect((JSON.parse(home.read('.flyball/guards.json')) as { failures: number }).failures).toBe(0);
  home.decides({ action: 'write_goal', id: 'frozen', body: '# F\n' });
  const asked = home.asked();
  home.stir();
  expect(await home.beat('--force')).toMatchObject({ id: null, did: 'rested', gate: { reason: 'frozen' } });
  expect(home.asked()).toBe(asked);
  rmSync(join(home.home, STOP));
  await until(() => existsSync(join(home.home, 'goals/frozen.md')), 'the next action');
  expect(home.journal().flatMap((record) => (record.type === 'note' ? [record.event] : []))).toEqual(
    expect.arrayContaining(['stopped', 'resumed']),
  );
  expect(pulse.child.exitCode).toBeNull();
});

test('a single beat watches for STOP too: its decider is ended, and the beat with it', async () => {
  const home = await decidedHome();
  const decider = thinking(home);
  const beat = home.begin(['beat', '--json']);
  await decider.began();
  home.write(STOP, '');
  expect((await beat.ended).json()).toMatchObject({ did: 'overtaken', problem: expect.stringContaining('STOP') });
  expect(runs(home)).toEqual([]);
});

test('a running command stands still, and after resume it goes on and settles as if nothing had been', async () => {
  const home = await decidedHome();
  const shell = command(home);
  foreground(home);
  await shell.began();
  home.write(STOP, '');
  await until(() => allStopped(runs(home)), 'the command to stand still');
  shell.go();
  expect((await home.flyball(['beat'])).stderr).toContain('everything is frozen');
  expect(outcomes(home)).toEqual([]);
  home.decides({ action: 'noop' });
  expect(await home.flyball(['resume', '--yes'])).toMatchObject({ code: 0 });
  await until(() => outcomes(home).length > 0, 'its outcome');
  expect(outcomes(home)[0]).toMatchObject({ id: 'b1', status: 'done', recovered: false });
  expect(shell.done()).toBe(true);
});

test('sensors, watching ones and verifies stand still, and none of their deadlines comes', async () => {
  const home = await decidedHome({ config: 'autonomy: full\ninterval: 1s' });
  const go = home.beside('go');
  const waits = (name: string) => `: ${name}; while [ ! -e ${go} ]; do sleep 0.02; done`;
  home.write('sensors/slow.sh', `#!/bin/sh\n# flyball: interval=1h timeout=3s\n${waits('slow')}\necho '{"signal":"well"}'\n`, 0o700);
  home.write(
    'sensors/eye.sh',
    `#!/bin/sh\n# flyball: mode=watch\necho '{"signal":1}'\n${waits('eye')}\necho '{"signal":2}'\nsleep 1000\n`,
    0o700,
  );
  home.write('goals/held.md', `---\nverify: '${waits('verify')}'\nverify_timeout: 3s\n---\n# Held\n`);
  foreground(home);
  const three = () => [of(home, 'slow.sh'), of(home, 'eye.sh'), of(home, 'verify')];
  await until(() => three().every((rows) => rows.length > 0), 'all three to run');
  home.write(STOP, '');
  await until(() => three().every(allStopped), 'all three to stand still');
  await frozenBeats(home, 5);
  expect(three().every(allStopped)).toBe(true);
  mkdirSync(go);
  rmSync(join(home.home, STOP));
  const signalOf = async (name: string) => {
    const { items } = (await home.flyball(['get', 'sensors', name, '--json'])).json() as { items: { status: { signal: unknown } }[] };
    return items[0]?.status.signal;
  };
  await until(async () => (await signalOf('slow')) === 'well', 'the slow sensor to end well');
  await until(async () => (await signalOf('eye')) === 2, 'the next line of the watching one');
  const ready = async () => (await home.flyball(['get', 'goals', 'held', '--json'])).stdout.includes('"type":"Ready","status":"True"');
  await until(ready, 'the verify to pass');
});

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'a pulse that ends by %s under STOP leaves its command to the next one, also if that begins under STOP',
  async (how) => {
    const home = await decidedHome({ config: 'autonomy: full\ninterval: 1s' });
    const shell = command(home);
    const first = foreground(home);
    await shell.began();
    home.write(STOP, '');
    await until(() => allStopped(runs(home)), 'the command to stand still');
    first.child.kill(how);
    await first.ended;
    home.decides({ action: 'noop' });
    rmSync(join(home.home, '.flyball/heartbeat.json'), { force: true });
    foreground(home);
    await frozenBeats(home, 2);
    expect(allStopped(runs(home))).toBe(true);
    expect(outcomes(home)).toEqual([]);
    shell.go();
    expect(await home.flyball(['resume', '--yes'])).toMatchObject({ code: 0 });
    await until(() => outcomes(home).length > 0, 'its outcome');
    expect(outcomes(home)[0]).toMatchObject({ id: 'b1', status: 'done', recovered: true });
    expect(shell.done()).toBe(true);
  },
);

test('STOP that was there at the start lets nothing begin, not even a sensor', async () => {
  const home = await decidedHome();
  home.write('sensors/trace.sh', `#!/bin/sh\necho ran >> ${home.beside('trace')}\necho '{}'\n`, 0o700);
  home.write(STOP, '');
  expect(await home.beat('--force')).toMatchObject({ did: 'rested', gate: { reason: 'frozen' } });
  expect((await home.flyball(['up'])).code).toBe(0);
  await until(async () => (await statusOf(home)).gate.reason === 'frozen', 'the frozen gate');
  expect(existsSync(home.beside('trace'))).toBe(false);
  expect(home.asked()).toBe(0);
});

test('with a pulse alive the file alone freezes every kind of process, and its removal gives each back to its terminal', async () => {
  const home = await decidedHome();
  await upAndBeaten(home);
  const all = await crowd(`${idOf(home)}/1`);
  const by = all.rows('stopped').filter(({ state }) => state === 'T');
  home.write(STOP, '');
  await until(() => all.running().length === 0, 'all to stand still');
  rmSync(join(home.home, STOP));
  await until(() => all.rows().every(({ pid, state }) => (state === 'T') === by.some((row) => row.pid === pid)), 'all but one to go on');
  const terminal = all.rows('terminal');
  expect(terminal.filter((row) => row.name === 'sleep' && isForeground(row, terminal))).toHaveLength(1);
});
