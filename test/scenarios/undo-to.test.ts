// undo --to: all policy files as they were kept at a time, as one action, all or nothing.
import { existsSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkJournal } from '../../src/store/journal-check.ts';
import { layout } from '../../src/store/layout.ts';
import { type DecidedHome, decidedHome, differing, filesUnder, historyOf } from '../support/home-cli.ts';
import { until } from '../support/wait.ts';

const SCRIPT = '#!/bin/sh\n# flyball: interval=1h\necho \'{"signal":"old"}\'\n';
const FILES = {
  'PLAYBOOK.md': '# Playbook\n\nBe kind.\n',
  'goals/house.md': '# House\n\nPaint it.\n',
  'goals/with space.md': 'Some space.\n',
  'sensors/mine.sh': SCRIPT,
  'loops/check.yaml': 'v: 1\nkind: check\n',
};

/** Policy files without inode and time: what they hold, and whether they can be run. */
function policy(home: DecidedHome): Record<string, string> {
  const paths = Object.keys(filesUnder(home.home, ['.flyball'])).filter((path) => /^(PLAYBOOK|flyball|goals|sensors|loops)/.test(path));
  return Object.fromEntries(paths.map((path) => [path, `${statSync(join(home.home, path)).mode & 0o100} ${home.read(path)}`]));
}

/** A moment of which the history can tell what was kept before it and after it: it counts whole seconds. */
async function moment(): Promise<string> {
  const now = new Date();
  await until(() => Math.floor(Date.now() / 1_000) > Math.floor(now.getTime() / 1_000), 'the next second');
  return now.toISOString();
}

const undo = (home: DecidedHome, ...args: string[]) => home.flyball(['undo', ...args, '--yes', '--json']);

async function does(home: DecidedHome, decision: Record<string, unknown>): Promise<void> {
  home.stir();
  home.decides(decision);
  expect(await home.beat('--force')).toMatchObject({ did: 'acted' });
}

test('all policy files go back at once, what the person had not kept comes first, and an undo of it brings all of it again', async () => {
  const home = await decidedHome({ files: FILES });
  await does(home, { action: 'write_playbook', body: '# Playbook\n\nBe kinder.\n' });
  const then = policy(home);
  const time = await moment();
  await does(home, { action: 'archive_goal', id: 'house' });
  await does(home, { action: 'write_goal', id: 'new', body: 'New.' });
  await does(home, { action: 'write_sensor', name: 'disk', script: SCRIPT });
  home.write('flyball.yaml', `${home.read('flyball.yaml')}# mine, and not kept yet\n`);
  home.write('loops/check.yaml', 'v: 1\nkind: check\ngoal: mine\n');
  rmSync(join(home.home, 'goals/with space.md'));
  rmSync(join(home.home, 'sensors/mine.sh'));
  const now = policy(home);

  const shown = await home.flyball(['undo', '--to', time]);
  expect(shown).toMatchObject({ code: 2, stdout: '' });
  expect(shown.stderr).toContain('-# mine, and not kept yet');
  expect(policy(home)).toEqual(now);

  const done = (await undo(home, '--to', time)).json() as { id: string; status: string };
  expect(done.status).toBe('done');
  expect(policy(home)).toEqual(then);
  expect(historyOf(home, 'log', '--format=%an', '-2').split('\n')[1]).toBe('person');
  expect((await home.flyball(['why', done.id, '--json'])).json()).toMatchObject({ undoes: ['b4', 'b3', 'b2'] });
  expect((await home.flyball(['journal'])).stdout).toContain(`(undone by ${done.id})`);

  const again = (await undo(home, done.id)).json() as { id: string };
  expect(policy(home)).toEqual(now);
  expect((await undo(home, again.id)).code).toBe(0);
  expect(policy(home)).toEqual(then);
  expect(checkJournal(layout(home.home))).toMatchObject({ ok: true, open: [] });
});

test('hundreds of files go back too, and come again', async () => {
  const goals = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`goals/goal-${n}.md`, `Goal ${n}.\n`]));
  const home = await decidedHome({ files: { ...FILES, ...goals } });
  await does(home, { action: 'noop' });
  await does(home, { action: 'write_goal', id: 'goal-1', body: 'Goal one.' });
  const then = policy(home);
  const time = await moment();
  rmSync(join(home.home, 'goals'), { recursive: true });
  const { id } = (await undo(home, '--to', time)).json() as { id: string };
  expect(policy(home)).toEqual(then);
  expect(checkJournal(layout(home.home))).toMatchObject({ ok: true, open: [] });
  expect((await undo(home, id)).code).toBe(0);
  expect(readdirSync(join(home.home, 'goals'))).toEqual([]);
});

test('a time before the history, one at which nothing was different, and a link: refused, and nothing is written', async () => {
  const home = await decidedHome({ files: FILES });
  await does(home, { action: 'write_goal', id: 'house', body: '# House\n\nPainted.\n' });
  expect((await undo(home, '--to', '2020-01-01')).error()).toMatchObject({
    code: 1,
    message: expect.stringContaining('nothing was kept yet'),
  });
  const time = await moment();
  expect((await undo(home, '--to', time)).error()).toMatchObject({ code: 1, message: expect.stringContaining('are as they were') });
  rmSync(join(home.home, 'sensors/mine.sh'));
  symlinkSync('/bin/true', join(home.home, 'sensors/mine.sh'));
  home.write('goals/house.md', 'Mine.\n');
  const before = filesUnder(home.home, ['.flyball']);
  expect((await undo(home, '--to', time)).error()).toMatchObject({ code: 1, message: expect.stringContaining('link') });
  expect(differing(before, filesUnder(home.home, ['.flyball']))).toEqual([]);
  expect(existsSync(join(home.home, '.flyball/stamps'))).toBe(false);
});
