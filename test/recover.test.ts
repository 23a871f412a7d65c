// Recovery: what a dead pulse left is settled by looking, and nothing is ever run again.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digest } from '../src/lib/digest.ts';
import { recover } from '../src/recover.ts';
import { checkJournal } from '../src/store/journal-check.ts';
import type { Intent } from '../src/world/journal.ts';
import { aRecord } from './support/builders.ts';
import { type HomeRig, makeHome, openHome } from './support/home-rig.ts';
import { until } from './support/wait.ts';

let rig: HomeRig;
beforeEach(() => {
  rig = makeHome({ 'goals/a.md': 'before\n' });
});
afterEach(async () => {
  await rig.ports.marks.end((mark) => mark.startsWith(`${rig.ports.mark('').split('/')[0]}/`));
  rig.remove();
});

const stamp = (text: string | null) => [{ path: 'goals/a.md', digest: text === null ? null : digest(text) }];

/** A beat whose pulse died after the intent. */
function dangling(action: Intent['action'], parts: Partial<Intent> = {}): number {
  const record = aRecord({ id: null, ended_at: null, did: 'failed', outcome: null, decision: action });
  const beat = rig.ports.beats.open(record, 0);
  const intent: Intent = {
    type: 'intent',
    id: `b${beat}`,
    beat,
    by: { kind: 'decider', name: 'x' },
    goal: null,
    action,
    before: [],
    after: [],
    line: 'did it',
    ...parts,
  };
  rig.ports.journal.append(intent, rig.epoch);
  return beat;
}

/** The next pulse. */
async function restart() {
  rig = openHome(rig.home);
  return rig.recover();
}

const write = { action: 'write_goal', id: 'a', body: 'after' };

test('an effect that is there is done, and rolled forward', async () => {
  dangling(write, { before: stamp('before\n'), after: stamp('after\n') });
  rig.write('goals/a.md', 'after\n');
  expect(await restart()).toEqual({ settled: [{ id: 'b1', status: 'done' }], running: null });
  expect(rig.ports.journal.newest(1)).toMatchObject([{ type: 'outcome', id: 'b1', status: 'done', recovered: true }]);
  expect(rig.read('journal.md')).toMatch(/did it\n$/);
  expect(await rig.ports.history.patch('b1')).toContain('+after');
  expect(rig.ports.beats.read(1)).toMatchObject({ did: 'acted', outcome: { status: 'done' }, ended_at: expect.any(String) });
});

test('an effect that did not begin is void: nobody failed, and the world is decided anew', async () => {
  dangling(write, { before: stamp('before\n'), after: stamp('after\n') });
  expect(await restart()).toMatchObject({ settled: [{ status: 'void' }] });
  expect(rig.read('journal.md')).toBeNull();
  expect(rig.ports.beats.read(1)).toMatchObject({ did: 'failed', outcome: { status: 'void' }, facts: { cancelled: true } });
});

test('a file that is neither as it was nor as it was to be is interrupted, and stays', async () => {
  dangling(write, { before: stamp('before\n'), after: stamp('after\n') });
  rig.write('goals/a.md', 'the person went on\n');
  expect(await restart()).toMatchObject({ settled: [{ status: 'interrupted' }] });
  expect(rig.read('goals/a.md')).toBe('the person went on\n');
  expect(rig.read('journal.md')).toContain('interrupted: did it');
  expect(rig.ports.beats.read(1)).toMatchObject({ did: 'failed', problem: expect.stringContaining('not done again') });
});

test('a person’s text that was set aside when the pulse died comes back, and they are asked', async () => {
  dangling(write, { before: stamp('before\n'), after: stamp('after\n') });
  rig.write('goals/a.md', 'after\n');
  const aside = `.flyball-tmp-aside-b1-${digest('a.md').slice(7, 19)}`;
  rig.write(`goals/${aside}`, 'saved in that instant\n');
  expect(await restart()).toMatchObject({ settled: [{ status: 'failed' }] });
  expect(rig.read('goals/a.md')).toBe('saved in that instant\n');
  expect(rig.ports.asks.all()).toMatchObject([{ kind: 'conflict', ref: 'b1', decision: write }]);
  expect(readdirSync(join(rig.home, 'goals'))).toEqual(['a.md']);
});

test('what nobody can place is moved to stray and never removed; our own temporary files go', async () => {
  rig.write('goals/.flyball-tmp-aside-b9-0123456789ab', 'whose is this?\n');
  rig.write('goals/.flyball-tmp-0123456789ab', 'half written');
  rig.write('.flyball/.flyball-tmp-old', 'half written');
  rig.write('.flyball/.flyball-tmp-live', 'another process is writing this');
  utimesSync(join(rig.layout.machine, '.flyball-tmp-old'), 1, 1);
  await restart();
  expect(readdirSync(join(rig.home, 'goals'))).toEqual(['a.md']);
  expect(readdirSync(rig.layout.machine).filter((name) => name.startsWith('.flyball-tmp'))).toEqual(['.flyball-tmp-live']);
  expect(readdirSync(rig.layout.stray).map((name) => rig.read(`.flyball/stray/${name}`))).toEqual(['whose is this?\n']);
});

test('a command that ended while nobody looked is settled by its exit code', async () => {
  const failed = dangling({ action: 'run_shell', cmd: 'false' });
  rig.write(`.flyball/beats/${failed}/shell.pid`, '1\n');
  rig.write(`.flyball/beats/${failed}/shell.out`, 'why\n');
  rig.write(`.flyball/beats/${failed}/shell.exit`, '3\n');
  expect(await restart()).toMatchObject({ settled: [{ status: 'failed' }] });
  expect(rig.ports.beats.read(failed)).toMatchObject({
    outcome: { note: 'exited 3 (unconfined); it printed: why' },
    facts: { output: 'why\n' },
  });
});

test('a command that vanished without an exit code is interrupted; one that never began is void', async () => {
  const began = dangling({ action: 'run_shell', cmd: 'x' });
  rig.write(`.flyball/beats/${began}/shell.pid`, '999999\n');
  dangling({ action: 'run_shell', cmd: 'x' });
  expect((await restart()).settled.map(({ status }) => status)).toEqual(['interrupted', 'void']);
});

test('a command that still runs is waited for, and not run again', async () => {
  const beat = dangling({ action: 'run_shell', cmd: 'slow' });
  const folder = rig.ports.beats.folder(beat);
  const script = `echo $$ > ${folder}/shell.pid; : > began; read x < gate; echo once >> trace; echo 0 > ${folder}/shell.exit`;
  const child = spawn('bash', ['-c', `mkfifo gate; ${script}`], {
    cwd: rig.home,
    detached: true,
    env: { PATH: process.env.PATH, FLYBALL_RUN: rig.ports.mark(`b${beat}`) },
  });
  await until(() => existsSync(join(rig.home, 'began')));
  rig = openHome(rig.home);
  const impatient = new AbortController();
  const waiting = recover({ ...rig.ports, signal: impatient.signal });
  impatient.abort();
  expect(await waiting).toEqual({ settled: [], running: 'b1' });
  expect(rig.ports.journal.open()).toHaveLength(1);
  const patient = rig.recover();
  writeFileSync(join(rig.home, 'gate'), 'go\n');
  expect(await patient).toEqual({ settled: [{ id: 'b1', status: 'done' }], running: null });
  expect(rig.read('trace')).toBe('once\n');
  child.unref();
});

test('a command past its deadline is ended and settled', async () => {
  const beat = dangling({ action: 'run_shell', cmd: 'slow' });
  rig.write(`.flyball/beats/${beat}/shell.pid`, '1\n');
  spawn('bash', ['-c', ': > began; sleep 1000'], {
    cwd: rig.home,
    detached: true,
    env: { PATH: process.env.PATH, FLYBALL_RUN: rig.ports.mark(`b${beat}`) },
  }).unref();
  await until(() => existsSync(join(rig.home, 'began')));
  rig = openHome(rig.home);
  const later = { ...rig.ports.clock, now: () => new Date(Date.now() + 301_000) };
  expect(await recover({ ...rig.ports, clock: later })).toMatchObject({ settled: [{ status: 'interrupted' }] });
  expect(await rig.living()).toEqual([]);
});

test('children of an earlier epoch are ended at the start, those of another home are not', async () => {
  const begin = (mark: string, file: string) =>
    spawn('bash', ['-c', `: > ${file}; sleep 1000`], { cwd: rig.home, detached: true, env: { PATH: process.env.PATH, FLYBALL_RUN: mark } });
  begin(rig.ports.mark('sensor-x'), 'ours').unref();
  const other = begin(`another-home-${process.pid}/1/b1`, 'theirs');
  await until(() => existsSync(join(rig.home, 'ours')) && existsSync(join(rig.home, 'theirs')));
  await restart();
  expect(await rig.living()).toEqual([]);
  expect(await rig.ports.marks.living()).toContain(`another-home-${process.pid}/1/b1`);
  if (other.pid !== undefined) process.kill(-other.pid, 'SIGKILL');
});

test('a notice and an ask are recognised by the action’s id', async () => {
  dangling(
    { action: 'send_notification', message: 'x' },
    { before: [{ path: '.flyball/notices/b1.json', digest: null }], after: [{ path: '.flyball/notices/b1.json', digest: digest('x') }] },
  );
  rig.write('.flyball/notices/b1.json', 'marked as sent since');
  dangling({ action: 'ask_human', question: '?' });
  expect((await restart()).settled.map(({ status }) => status)).toEqual(['done', 'void']);
});

test('an intent of a kind that this flyball does not know is interrupted, not guessed at', async () => {
  dangling({ action: 'brew_coffee' });
  expect(await restart()).toMatchObject({ settled: [{ status: 'interrupted' }] });
});

test('a roll-forward that the crash cut off is done at the next start, once', async () => {
  await rig.act({ action: 'write_goal', id: 'a', body: 'after', journal: 'said' });
  rig.write('journal.md', '');
  await restart();
  await restart();
  expect(rig.read('journal.md')?.split('\n').filter(Boolean)).toHaveLength(1);
});

test('a beat that left a folder and nothing else gets a record that says so', async () => {
  mkdirSync(join(rig.layout.beats, '1'), { recursive: true });
  await restart();
  expect(rig.ports.beats.read(1)).toMatchObject({
    id: 1,
    did: 'failed',
    problem: expect.stringContaining('nothing was done'),
    facts: { cancelled: true },
  });
  expect(rig.ports.state.guards()).toMatchObject({ last_beat: 1, failures: 0 });
});

test('while the journal cannot be written nothing is settled and nothing thrown', async () => {
  dangling(write, { before: stamp('before\n'), after: stamp('after\n') });
  writeFileSync(rig.layout.journal, 'garbage\n', { flag: 'a' });
  expect(await restart()).toEqual({ settled: [], running: null });
  expect(checkJournal(rig.layout).ok).toBe(false);
});
