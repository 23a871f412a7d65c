// Undo, from the built CLI: every reversible kind to the byte, an undo of an undo, what others wrote since, and
// everything that it refuses with its reason.
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openJournal } from '../../src/store/journal.ts';
import { checkJournal } from '../../src/store/journal-check.ts';
import { layout } from '../../src/store/layout.ts';
import { type DecidedHome, decidedHome, historyOf } from '../support/home-cli.ts';

const SCRIPT = '#!/bin/sh\n# flyball: interval=1h\necho \'{"signal":"old"}\'\n';
const NEW_SCRIPT = SCRIPT.replace('old', 'new');
const GOAL = '---\npriority: 2\n---\n# House\n\nPaint it.\n';
const SCHEDULE =
  '{"v":1,"name":"weekly","at":null,"every_s":604800,"cron":null,"tz":null,"misfire":"once","note":"n","created_at":"2026-03-02T12:00:00.000Z"}\n';
const FILES = {
  'PLAYBOOK.md': '# Playbook\n\nBe kind.\n',
  'goals/House.md': GOAL,
  'goals/archive/old.md': 'An old goal.\n',
  'sensors/mine.sh': SCRIPT,
  '.flyball/schedules/weekly.json': SCHEDULE,
};

/** What undo is about: every file of the person's, and the schedules, with its executable bit. */
function snapshot(home: DecidedHome): Record<string, string> {
  const paths = WATCHED.filter((path) => existsSync(join(home.home, path)));
  return Object.fromEntries(paths.map((path) => [path, `${(statSync(join(home.home, path)).mode & 0o100) !== 0} ${home.read(path)}`]));
}

const WATCHED = [
  'PLAYBOOK.md',
  'goals/House.md',
  'goals/new.md',
  'goals/old.md',
  'goals/archive/old.md',
  'goals/archive/house.md',
  'sensors/mine.sh',
  'sensors/disk',
  '.flyball/schedules/weekly.json',
  '.flyball/schedules/daily.json',
];

type Answer = Record<'id' | 'status' | 'note', string>;

async function undo(home: DecidedHome, ...args: string[]): Promise<Answer> {
  const ended = await home.flyball(['undo', ...args, '--yes', '--json']);
  if (ended.code !== 0) throw new Error(`undo ${args.join(' ')} gave ${ended.code}: ${ended.stderr}`);
  return ended.json() as Answer;
}

async function refusal(home: DecidedHome, ...args: string[]): Promise<{ code: number; message: string; hint: string | null }> {
  const ended = await home.flyball(['undo', ...args, '--yes', '--json']);
  expect(ended.stdout).toBe('');
  expect(ended.code).toBe(ended.error().code);
  return ended.error();
}

/** One beat that does it. */
async function does(home: DecidedHome, decision: Record<string, unknown>): Promise<void> {
  home.stir();
  home.decides(decision);
  const record = await home.beat('--force');
  expect(record).toMatchObject({ did: 'acted', outcome: { status: 'done' } });
}

const KINDS: (Record<string, unknown> & { action: string })[] = [
  { action: 'write_goal', id: 'new', body: 'A new goal.' },
  { action: 'write_goal', id: 'house', body: '# House\n\nPainted. Now the roof.\n' },
  { action: 'archive_goal', id: 'house' },
  { action: 'restore_goal', id: 'old' },
  { action: 'write_playbook', body: '# Playbook\n\nBe kinder.\n' },
  { action: 'write_sensor', name: 'disk', script: NEW_SCRIPT },
  { action: 'write_schedule', name: 'daily', every_s: 86_400, note: 'look' },
  { action: 'write_schedule', name: 'weekly', every_s: 3_600, note: 'look at it' },
  { action: 'drop_schedule', name: 'weekly' },
];

for (const decision of KINDS) {
  test(`${decision.action} ${decision.id ?? decision.name ?? ''}: undone to the byte, done again, undone again`, async () => {
    const home = await decidedHome({ files: FILES });
    const before = snapshot(home);
    await does(home, decision);
    const after = snapshot(home);
    expect(after).not.toEqual(before);
    const first = await undo(home);
    expect(first).toMatchObject({ v: 1, id: expect.stringMatching(/^p\d+$/), status: 'done' });
    expect(snapshot(home)).toEqual(before);
    expect((await home.flyball(['why', '1', '--json'])).json()).toMatchObject({ id: 1, undone_by: first.id });
    expect((await refusal(home, '1')).message).toBe(`b1 is undone already, by ${first.id}`);

    const again = await undo(home, first.id);
    expect(snapshot(home)).toEqual(after);
    expect((await home.flyball(['why', first.id, '--json'])).json()).toMatchObject({ undoes: ['b1'], undone_by: again.id });
    await undo(home, again.id);
    expect(snapshot(home)).toEqual(before);
    expect(checkJournal(layout(home.home))).toMatchObject({ ok: true, open: [] });
  });
}

test('a sensor that was written over or removed comes back, executable', async () => {
  // A decider may only touch what is flyball's own; a rule's word is the person's.
  const rules = (action: object) => `rules: [${JSON.stringify({ name: 'go', when: 'true', do: action })}]\ndecider: {use: rules}\n`;
  for (const action of [
    { action: 'write_sensor', name: 'mine', script: NEW_SCRIPT },
    { action: 'remove_sensor', name: 'mine' },
  ]) {
    const home = await decidedHome({ files: FILES });
    home.write('flyball.yaml', rules(action));
    const before = snapshot(home);
    expect(await home.beat()).toMatchObject({ did: 'acted' });
    expect(snapshot(home)).not.toEqual(before);
    const { id } = await undo(home);
    expect(snapshot(home)).toEqual(before);
    // It is the person's again, and no agent's own.
    expect(historyOf(home, 'log', '-1', '--format=%an %(trailers:key=Flyball-Id,valueonly)')).toBe(`person ${id}`);
  }
});

test('the latest that can be undone is named, what is newer and cannot be is said, and without a yes nothing is done', async () => {
  const home = await decidedHome({ files: FILES });
  await does(home, { action: 'write_goal', id: 'house', body: '# House\n\nPainted.\n' });
  await does(home, { action: 'run_shell', cmd: 'true' });
  await does(home, { action: 'send_notification', message: 'Look!' });
  const before = snapshot(home);
  const asked = await home.flyball(['undo']);
  expect(asked).toMatchObject({ code: 2, stdout: '' });
  expect(asked.stderr).toContain('b2 run_shell is newer and cannot be undone');
  expect(asked.stderr).toContain('-Painted.\n+Paint it.\n');
  expect(asked.stderr).toContain('Undo b1?');
  expect(snapshot(home)).toEqual(before);
  expect((await undo(home)).note).toBe('put goals/House.md back as it was');
  expect((await refusal(home)).message).toContain('there is nothing to undo');
});

test('what has no inverse, was not done or was never there is refused with its reason', async () => {
  const home = await decidedHome({ files: FILES });
  expect((await refusal(home)).message).toContain('there is no journal');
  await does(home, { action: 'run_shell', cmd: 'true' });
  await does(home, { action: 'send_notification', message: 'Look!' });
  await does(home, { action: 'noop' });
  home.stir();
  home.decides({ action: 'write_goal', id: 'x' });
  await home.beat('--force');
  expect(await refusal(home, '1')).toMatchObject({ code: 1, message: expect.stringContaining('nobody knows what a command has changed') });
  expect((await refusal(home, 'b2')).message).toContain('it only told you something');
  expect((await refusal(home, '3')).message).toContain('it did nothing');
  expect((await refusal(home, '4')).message).toContain('beat 4 changed nothing that could be undone: it refused');
  expect((await refusal(home, '99')).message).toContain('there is no action b99');
  expect(await refusal(home, 'goals/x')).toMatchObject({ code: 2 });
  expect(await refusal(home, '1', '--to', '1h')).toMatchObject({ code: 2 });
  expect(await refusal(home, '--to', 'yesterday')).toMatchObject({ code: 2 });
});

// ── what others wrote since ────────────────────────────────────────────────────────────────────────

const LONG = `${Array.from({ length: 40 }, (_, n) => `Line ${n}.`).join('\n')}\n`;

test('later edits elsewhere stay; in the same place the undo is refused and nothing is written', async () => {
  const home = await decidedHome({ files: { 'goals/long.md': LONG } });
  await does(home, { action: 'write_goal', id: 'long', body: LONG.replace('Line 3.', 'Line three.') });
  const separate = home.read('goals/long.md').replace('Line 30.', 'Line thirty, by me.');
  home.write('goals/long.md', separate);
  const { id, note } = await undo(home, '1');
  expect(note).toContain('your later edits stay');
  expect(home.read('goals/long.md')).toBe(LONG.replace('Line 30.', 'Line thirty, by me.'));
  await undo(home, id);
  expect(home.read('goals/long.md')).toBe(separate);

  const overlapping = separate.replace('Line three.', 'Line 3, by me.');
  home.write('goals/long.md', overlapping);
  expect(await refusal(home, '1')).toEqual({
    code: 1,
    message: 'goals/long.md was edited since in the same place',
    hint: expect.anything(),
  });
  expect(home.read('goals/long.md')).toBe(overlapping);
});

test('a later action of flyball is a later edit too', async () => {
  const home = await decidedHome({ files: { 'goals/long.md': LONG } });
  await does(home, { action: 'write_goal', id: 'long', body: LONG.replace('Line 3.', 'Line three.') });
  await does(home, { action: 'write_goal', id: 'long', body: home.read('goals/long.md').replace('Line 30.', 'Line thirty.') });
  await undo(home, '1');
  expect(home.read('goals/long.md')).toBe(LONG.replace('Line 30.', 'Line thirty.'));
  await undo(home, '2');
  expect(home.read('goals/long.md')).toBe(LONG);
});

test('a file that was made, then edited, renamed or removed by the person, is not removed or made again', async () => {
  const home = await decidedHome();
  const path = (name: string) => join(home.home, 'goals', name);
  await does(home, { action: 'write_goal', id: 'new', body: 'A new goal.' });
  writeFileSync(path('new.md'), 'A new goal. And mine.\n');
  expect((await refusal(home)).message).toContain('would lose what was written later');
  writeFileSync(path('new.md'), 'A new goal.\n');
  renameSync(path('new.md'), path('Other.md'));
  expect((await refusal(home)).message).toContain('(its text is in goals/Other.md now)');
  expect(readFileSync(path('Other.md'), 'utf8')).toBe('A new goal.\n');
  rmSync(path('Other.md'));
  expect((await refusal(home)).message).toContain('nothing to undo of b1: goals/new.md is as before already');
});

test('an archived goal comes back with what was written into it since, and never over one that is there again', async () => {
  const home = await decidedHome({ files: FILES });
  await does(home, { action: 'archive_goal', id: 'house' });
  home.write('goals/archive/house.md', `${GOAL}Kept for later.\n`);
  home.write('goals/house.md', 'The new house.\n');
  expect((await refusal(home)).message).toContain('goals/house.md is there again');
  rmSync(join(home.home, 'goals/house.md'));
  await undo(home);
  expect(home.read('goals/House.md')).toBe(`${GOAL}Kept for later.\n`);
  expect(existsSync(join(home.home, 'goals/archive/house.md'))).toBe(false);
});

test('a goal of 1 MB, and one that was turned into CRLF since', async () => {
  const big = `${Array.from({ length: 40_000 }, (_, n) => `Line ${n} of a goal.`).join('\n')}\n`;
  const crlf = LONG.replaceAll('\n', '\r\n');
  const home = await decidedHome({ files: { 'goals/big.md': big, 'goals/long.md': LONG } });
  await does(home, { action: 'write_goal', id: 'long', body: LONG.replace('Line 3.', 'Line three.') });
  home.write('goals/long.md', crlf.replace('Line 3.', 'Line three.').replace('Line 30.', 'Line thirty, by me.'));
  await undo(home, '1');
  expect(home.read('goals/long.md')).toBe(crlf.replace('Line 30.', 'Line thirty, by me.'));

  await does(home, { action: 'archive_goal', id: 'big' });
  await undo(home, '2');
  expect(home.read('goals/big.md')).toBe(big);
});

// ── after pruning ──────────────────────────────────────────────────────────────────────────────────

/** As months of beats would: the journal goes on, and its old segments are dropped. */
function forget(home: DecidedHome): void {
  const journal = openJournal({ layout: layout(home.home), now: () => new Date(), segmentBytes: 1 });
  for (let n = 0; n < 12; n++) journal.append({ type: 'note', event: 'time-passes' }, 1);
}

test('after its folder is pruned, and when the journal has forgotten it, an action is undone from the history or it says why not', async () => {
  const home = await decidedHome({ files: FILES });
  const before = snapshot(home);
  await does(home, { action: 'write_goal', id: 'house', body: '# House\n\nPainted.\n' });
  await does(home, { action: 'write_schedule', name: 'daily', every_s: 86_400, note: 'look' });
  await does(home, { action: 'archive_goal', id: 'house' });
  await does(home, { action: 'run_shell', cmd: 'true' });
  rmSync(join(home.home, '.flyball/beats'), { recursive: true });
  await undo(home, '2');
  forget(home);
  expect((await refusal(home)).message).toContain('there is nothing to undo');
  expect((await refusal(home, '4')).message).toContain('older than the journal');
  expect((await refusal(home, '2')).message).toContain('older than the journal');
  expect((await undo(home, '3')).status).toBe('done');
  expect((await undo(home, '1')).status).toBe('done');
  expect(snapshot(home)).toEqual(before);
});

// ── where it fails closed ──────────────────────────────────────────────────────────────────────────

test('without the history, or with a damaged one, nothing is written and the cure is said', async () => {
  const home = await decidedHome({ files: FILES });
  await does(home, { action: 'write_goal', id: 'house', body: '# House\n\nPainted.\n' });
  const after = snapshot(home);
  const kept = join(home.home, '.flyball/history.git');
  renameSync(join(kept, 'objects'), join(kept, 'aside'));
  mkdirSync(join(kept, 'objects'));
  const said = await refusal(home);
  expect(said).toMatchObject({ code: 1, message: expect.stringContaining('history'), hint: expect.stringContaining('history.git') });
  rmSync(join(kept, 'objects'), { recursive: true });
  renameSync(join(kept, 'aside'), join(kept, 'objects'));
  rmSync(join(kept, 'refs/heads/main'));
  expect((await home.flyball(['undo'])).code).toBe(2); // it is found again: only the yes is missing
  renameSync(kept, `${kept}.away`);
  expect(await refusal(home)).toMatchObject({ code: 1, message: expect.stringContaining('is not kept any more') });
  expect(snapshot(home)).toEqual(after);
  rmSync(kept, { recursive: true, force: true });
  renameSync(`${kept}.away`, kept);
  await undo(home);
});

test('under STOP, in a worker, in a folder without write permission and through a link nothing is undone', async () => {
  const home = await decidedHome({ files: FILES });
  await does(home, { action: 'write_goal', id: 'house', body: '# House\n\nPainted.\n' });
  const after = snapshot(home);
  home.write('STOP', '');
  expect(await refusal(home)).toMatchObject({ code: 1, message: expect.stringContaining('STOP'), hint: expect.stringContaining('resume') });
  rmSync(join(home.home, 'STOP'));
  const inWorker = await home.flyball(['undo', '--yes', '--json'], { env: { FLYBALL_WORKER: 'x' } });
  expect(inWorker.code).not.toBe(0);
  const goals = join(home.home, 'goals');
  chmodSync(goals, 0o500);
  const readOnly = await home.flyball(['undo', '--yes', '--json']);
  chmodSync(goals, 0o700);
  if (process.getuid?.() !== 0) expect(readOnly.code).toBe(1);
  else await undo(home, (readOnly.json() as Answer).id);
  expect(snapshot(home)).toEqual(after);
  renameSync(goals, `${goals}.real`);
  symlinkSync(`${goals}.real`, goals);
  expect(await refusal(home)).toMatchObject({ code: 1, message: expect.stringContaining('link') });
});
