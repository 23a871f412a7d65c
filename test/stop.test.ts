// STOP with no daemon alive: what is frozen, what is not, and that exactly what was stopped goes on.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { processRows } from '../src/lib/process-table.ts';
import { type Crowd, crowd, isForeground, KINDS } from './support/crowd.ts';
import { makeRig, type Rig } from './support/rig.ts';
import { until } from './support/wait.ts';

const idOf = (rig: Rig) => (JSON.parse(rig.read('.flyball/owner.json')) as { id: string }).id;

/** Which processes of the crowd a person had stopped before anything else. */
function stoppedByHand(of: Crowd): number[] {
  return of
    .rows('stopped')
    .filter(({ state }) => state === 'T')
    .map(({ pid }) => pid);
}

/** All but those go on, and each job has its terminal. */
async function goesOn(of: Crowd, but: readonly number[]): Promise<void> {
  await until(
    () => of.rows().every(({ pid, state }) => (state === 'T') === but.includes(pid)),
    `all to go on but ${but.join(' ')}: ${of.rows().map(({ pid, name, state }) => `${pid} ${name} ${state}`)}`,
  );
  const terminal = of.rows('terminal');
  expect(terminal.filter((row) => row.name === 'sleep' && isForeground(row, terminal))).toHaveLength(1);
}

function goesOnAll(of: Crowd): Promise<boolean> {
  return until(() => of.running().length === of.rows().length, 'all to go on');
}

test('with no pulse alive the verb freezes processes of every kind, and resume gives each one back as it was', async () => {
  const rig = await makeRig();
  const all = await crowd(`${idOf(rig)}/1`);
  const by = stoppedByHand(all);
  const stop = await rig.flyball(['stop', 'back', 'at', 'two', '--json']);
  expect(all.running()).toEqual([]);
  expect(stop.json()).toMatchObject({ v: 1, stop: { reason: 'back at two', keep_workers: false }, left: [], settled: true });
  expect((stop.json() as { frozen: number }).frozen).toBeGreaterThanOrEqual(all.rows().length);
  const resume = await rig.flyball(['resume', '--yes', '--json']);
  expect(resume).toMatchObject({ code: 0 });
  expect(resume.json()).toMatchObject({ v: 1, resumed: true, left: by.map((pid) => ({ pid })) });
  await goesOn(all, by);
  expect(existsSync(join(rig.home, 'STOP'))).toBe(false);
  expect(readdirSync(join(rig.home, '.flyball/frozen'))).toEqual(['spans.ndjson']);
});

test('both verbs may be asked twice, and a second stop keeps the reason and makes nothing weaker', async () => {
  const rig = await makeRig();
  const all = await crowd(`${idOf(rig)}/1`, ['plain', 'stopped', 'terminal']);
  const by = stoppedByHand(all);
  expect((await rig.flyball(['stop', '--keep-workers', 'first'])).code).toBe(0);
  expect((await rig.flyball(['stop', '--json'])).json()).toMatchObject({ stop: { reason: 'first', keep_workers: false } });
  expect((await rig.flyball(['stop', '--keep-workers', '--json'])).json()).toMatchObject({
    stop: { reason: 'first', keep_workers: false },
  });
  expect(all.running()).toEqual([]);
  expect((await rig.flyball(['resume', '--yes'])).code).toBe(0);
  await goesOn(all, by);
  expect(await rig.flyball(['resume'])).toMatchObject({ code: 0, stdout: 'nothing is stopped\n' });
});

test('a home with a broken flyball.yaml, a damaged owner.json or no .flyball/ can be stopped', async () => {
  const rig = await makeRig();
  const id = idOf(rig);
  const env = { FLYBALL_HOME: rig.home };
  const all = await crowd(`${id}/1`, ['plain', 'setsid'], env);
  rig.write('flyball.yaml', 'rules: [{{{');
  expect(await rig.flyball(['stop'])).toMatchObject({ code: 0 });
  expect(all.running()).toEqual([]);
  expect(await rig.flyball(['resume', '--yes'])).toMatchObject({ code: 0 });
  await goesOnAll(all);
  rig.write('.flyball/owner.json', '{"id":');
  expect(await rig.flyball(['stop'])).toMatchObject({ code: 0, stderr: expect.stringContaining('owner.json is damaged') });
  expect(all.running()).toEqual([]);
  expect(await rig.flyball(['resume', '--yes'])).toMatchObject({ code: 0 });
  await goesOnAll(all);
  rmSync(join(rig.home, '.flyball'), { recursive: true });
  expect(await rig.flyball(['stop'])).toMatchObject({ code: 0 });
  expect(rig.read('STOP')).toBe('\n');
});

test('what is not of this home runs on: another home, a shell beside it, and whoever asked', async () => {
  const rig = await makeRig();
  const other = await crowd('another-home/1', ['plain', 'daemon', 'terminal']);
  const mine = await crowd(`${idOf(rig)}/1`, ['plain']);
  const command = `${process.execPath} ${join(import.meta.dirname, '../dist/cli.mjs')} stop; echo asked; exec sleep 1000`;
  const asker = spawn('/bin/sh', ['-c', command], { cwd: rig.home, env: rig.env, stdio: ['ignore', 'pipe', 'ignore'] });
  const said = new Promise<string>((resolve) => {
    let text = '';
    asker.stdout?.on('data', (bytes) => {
      text += String(bytes);
      if (text.includes('asked')) resolve(text);
    });
  });
  expect(await said).toContain('everything is frozen: 1 process stands still');
  expect(mine.running()).toEqual([]);
  expect(other.running()).toEqual(other.rows());
  asker.kill('SIGKILL');
});

test('with --keep-workers what a worker runs goes on, and without it does not', async () => {
  const rig = await makeRig();
  const worker = await crowd('no-run/1', ['plain', 'terminal'], { FLYBALL_WORKER: 'triage', FLYBALL_HOME: rig.home });
  const effect = await crowd(`${idOf(rig)}/1`, ['setsid']);
  await rig.flyball(['stop', '--keep-workers', 'lunch']);
  expect(rig.read('STOP')).toBe('lunch\nkeep-workers\n');
  expect(effect.running()).toEqual([]);
  expect(worker.running()).toEqual(worker.rows());
  await rig.flyball(['stop']);
  expect(worker.running()).toEqual([]);
  await rig.flyball(['resume', '--yes']);
  await goesOnAll(worker);
  await goesOnAll(effect);
});

test('a stop that was lifted by hand is ended by resume, and status says so until then', async () => {
  const rig = await makeRig();
  const all = await crowd(`${idOf(rig)}/1`, ['plain', 'groups']);
  await rig.flyball(['stop']);
  rmSync(join(rig.home, 'STOP'));
  const status = (await rig.flyball(['status', '--json'])).json() as { stop: null; problems: { what: string }[] };
  expect(status.stop).toBeNull();
  expect(status.problems.map(({ what }) => what)).toContainEqual(expect.stringContaining('STOP is gone, and'));
  expect(await rig.flyball(['resume', '--yes'])).toMatchObject({ code: 0, stdout: expect.stringContaining('everything goes on') });
  await goesOnAll(all);
});

test('resume asks where somebody can answer, and elsewhere needs --yes; it says what would run first', async () => {
  const rig = await makeRig({ 'flyball.yaml': "rules: [{ name: hello, when: 'true', do: { action: noop } }]\n" });
  const all = await crowd(`${idOf(rig)}/1`, ['plain']);
  await rig.flyball(['stop', 'lunch']);
  const asked = await rig.flyball(['resume']);
  expect(asked).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('--yes') });
  expect(asked.stderr).toContain('lunch');
  expect(asked.stderr).toContain('1 process (sleep)');
  expect(asked.stderr).toContain('the rule hello has the next move (first-beat)');
  expect(all.running()).toEqual([]);
  expect(existsSync(join(rig.home, 'STOP'))).toBe(true);
});

test('a worker and what flyball runs may not pull the brake by the verb, and nothing that is asked wrongly does', async () => {
  const rig = await makeRig();
  expect(await rig.flyball(['stop'], { env: { FLYBALL_WORKER: 'triage' } })).toMatchObject({ code: 1 });
  expect(await rig.flyball(['stop'], { env: { FLYBALL_RUN: 'some/1/b1' } })).toMatchObject({ code: 1 });
  expect(await rig.flyball(['stop', '--keep-worker'])).toMatchObject({ code: 2 });
  expect(await rig.flyball(['stop', '--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('Freeze everything') });
  expect(await rig.flyball(['help', 'stop'])).toMatchObject({ code: 0 });
  expect(existsSync(join(rig.home, 'STOP'))).toBe(false);
  mkdirSync(join(rig.root, 'elsewhere'));
  expect(await rig.flyball(['stop', '--home', join(rig.root, 'elsewhere')])).toMatchObject({ code: 2 });
  expect(readdirSync(join(rig.root, 'elsewhere'))).toEqual([]);
});

const FORMS: readonly [string, (path: string) => void][] = [
  ['touch', (path: string) => writeFileSync(path, '')],
  ['a folder', (path: string) => mkdirSync(path)],
  ['a link to nothing', (path: string) => symlinkSync('/no/such/file', path)],
  ['a link to itself', (path: string) => symlinkSync(path, path)],
  ['a pipe that nobody writes to', (path: string) => void execFileSync('mkfifo', [path])],
];

test.each(FORMS)('STOP counts however it got there: %s', async (_how, make) => {
  const rig = await makeRig();
  const path = join(rig.home, 'STOP');
  make(path);
  expect((await rig.flyball(['status', '--json'])).json()).toMatchObject({ stop: { reason: '' }, gate: { open: false, reason: 'frozen' } });
  expect((await rig.flyball(['beat', '--json'])).json()).toMatchObject({ did: 'rested', gate: { reason: 'frozen' } });
  expect(await rig.flyball(['stop'])).toMatchObject({ code: 0 });
  expect(await rig.flyball(['resume', '--yes'])).toMatchObject({ code: 0 });
  expect(existsSync(path)).toBe(false);
  expect((await rig.flyball(['beat', '--json'])).json()).not.toMatchObject({ gate: { reason: 'frozen' } });
});

test('what is noted of another run of the machine, or of a number that somebody else has now, is left alone', async () => {
  const rig = await makeRig();
  const all = await crowd('another-home/1', ['stopped']);
  const [pid = 0] = stoppedByHand(all);
  const started = processRows().find((row) => row.pid === pid)?.started;
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const line = (of: object) => `${JSON.stringify({ v: 1, boot, at: '2026-01-01T00:00:00.000Z', ...of })}\n`;
  mkdirSync(join(rig.home, '.flyball/frozen'));
  rig.write(
    '.flyball/frozen/now.ndjson',
    `${line({ boot: 'another', processes: [[pid, started]] })}${line({ processes: [[pid, '1']] })}{"torn`,
  );
  expect(await rig.flyball(['beat'])).toMatchObject({ code: 0 });
  expect(stoppedByHand(all)).toEqual([pid]);
  expect(readdirSync(join(rig.home, '.flyball/frozen'))).toEqual(['spans.ndjson']);
});

test('stop and resume at the same moment leave either all frozen under STOP, or all going on without it', async () => {
  const rig = await makeRig();
  const all = await crowd(`${idOf(rig)}/1`, ['plain', 'terminal', 'groups', 'deaf']);
  await rig.flyball(['stop']);
  const seen = new Set<boolean>();
  for (let round = 0; round < 4; round++) {
    await Promise.all([rig.flyball(['resume', '--yes']), rig.flyball(['stop']), rig.flyball(['resume', '--yes'])]);
    const stopped = existsSync(join(rig.home, 'STOP'));
    seen.add(stopped);
    await until(
      () => (stopped ? all.running().length === 0 : all.rows().every(({ state }) => state !== 'T')),
      `all to ${stopped ? 'stand still' : 'go on'}`,
    );
    await rig.flyball([stopped ? 'resume' : 'stop', ...(stopped ? ['--yes'] : [])]);
  }
  expect(seen.size).toBeGreaterThan(0);
  await rig.flyball(['resume', '--yes']);
  await goesOn(all, []);
});

test('every kind of the crowd is one', () => {
  expect(KINDS.length).toBeGreaterThanOrEqual(10);
});
