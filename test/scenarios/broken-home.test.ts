// A home with something wrong in it: files that do not parse, an owner that is somebody else, a repository of the
// person's around it. Each gets one clear line, and nothing is lost.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { BeatRecord } from '../../src/world/record.ts';
import { type DecidedHome, decidedHome, differing, filesUnder, statusOf, upAndBeaten } from '../support/home-cli.ts';
import { saysOnce } from './says-once.ts';

const GOAL = { action: 'write_goal', id: 'x', body: '# X\n' };

// ── files that do not parse ────────────────────────────────────────────────────────────────────────

test('a goal that does not parse is Invalid with line, column and suggestion; it and the beat go on', async () => {
  const home = await decidedHome({ files: { 'goals/good.md': '# Good\n' } });
  const text = '---\ngoal: Broken\nprioritty: 1\npriority: [1\n---\nMy notes.\n';
  home.write('goals/broken.md', text);
  const record = await home.beat();
  expect(record).toMatchObject({ did: 'acted' });
  const world = JSON.parse(home.read('.flyball/beats/1/world.json')) as { goals: Record<string, { status: string; conditions: object[] }> };
  expect(world.goals.broken?.conditions).toContainEqual(
    expect.objectContaining({ type: 'Invalid', status: 'True', message: expect.stringMatching(/\b[45]:\d+|line [45]/) }),
  );
  expect(world.goals.good?.conditions).toContainEqual(expect.objectContaining({ type: 'Invalid', status: 'False' }));
  const check = await home.flyball(['check']);
  expect(check.code).toBe(1);
  expect(check.stdout).toMatch(/goals\/broken\.md:[45]:\d+/);
  home.write('goals/broken.md', '---\nprioritty: 1\n---\n# Typo\n');
  expect((await home.flyball(['check'])).stdout).toMatch(/goals\/broken\.md:2:1.*prioritty.*priority/);
  expect(home.read('goals/broken.md')).toBe('---\nprioritty: 1\n---\n# Typo\n');
});

test('an unreadable goal, a goal that is a folder, and two of one slug are Invalid and never absent', async () => {
  const home = await decidedHome({ files: { 'goals/Learn Rust.md': '# One\n', 'goals/learn-rust.md': '# Two\n' } });
  symlinkSync('/nowhere/at/all', join(home.home, 'goals/gone.md'));
  mkdirSync(join(home.home, 'goals/folder.md'));
  writeFileSync(join(home.home, 'goals/latin.md'), Buffer.from([0x23, 0x20, 0xe9, 0x0a]));
  await home.beat();
  const goals = (await home.flyball(['get', 'goals', '-o', 'json'])).json() as {
    items: { name: string; status: { conditions: { type: string }[] } }[];
  };
  for (const name of ['learn-rust', 'gone', 'folder', 'latin']) {
    const conditions = goals.items.find((goal) => goal.name === name)?.status.conditions ?? [];
    expect(conditions, name).toContainEqual(expect.objectContaining({ type: 'Invalid', status: 'True' }));
  }
  home.stir();
  home.decides({ action: 'write_goal', id: 'learn-rust', body: '# Three\n' });
  expect(await home.beat()).toMatchObject({ did: 'refused', problem: expect.stringMatching(/learn-rust/) });
  expect(home.read('goals/learn-rust.md')).toBe('# Two\n');
});

test('a flyball.yaml that does not parse leaves the last good one in force, also for a pulse that starts; status says so first', async () => {
  const home = await decidedHome();
  const good = home.read('flyball.yaml');
  await home.beat();
  home.write('flyball.yaml', `${good}intervall: 5s\n`);
  home.stir();
  home.decides(GOAL);
  expect(await home.beat()).toMatchObject({ did: 'acted', by: { name: 'command' } });
  const [first] = (await home.flyball(['status'])).stdout.split('\n');
  expect(first).toMatch(/flyball\.yaml:\d+:\d+.*intervall.*interval.*last good/);
  const pid = await upAndBeaten(home);
  expect((await statusOf(home)).pulse.pid).toBe(pid);
  expect((await statusOf(home)).problems[0]?.what).toMatch(/intervall/);
  home.write('flyball.yaml', good);
  expect((await statusOf(home)).problems).toEqual([]);
});

test('a flyball.yaml that never parsed runs nothing', async () => {
  const home = await decidedHome();
  rmSync(join(home.home, '.flyball/config.json'), { force: true });
  home.write('flyball.yaml', 'decider: {use: command\nrules: [\n');
  saysOnce(await home.flyball(['beat', '--json']), 2, /flyball\.yaml:\d+:\d+/);
  saysOnce(await home.flyball(['up', '--json']), 2, /flyball\.yaml:\d+:\d+/);
  expect(home.asked()).toBe(0);
});

// ── somebody else's ────────────────────────────────────────────────────────────────────────────────

function changeOwner(home: DecidedHome, change: object): void {
  const path = join(home.home, '.flyball/owner.json');
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(home.read('.flyball/owner.json')) as object), ...change }));
}

test("another user's home is refused by every verb, also to root", async () => {
  const home = await decidedHome();
  await home.beat();
  changeOwner(home, { uid: 54_321 });
  const before = filesUnder(home.home);
  for (const verb of ['beat', 'up', 'status', 'why', 'check', 'journal', 'down', 'config'])
    saysOnce(await home.flyball([verb, '--json']), 2, /uid 54321/);
  expect(differing(before, filesUnder(home.home))).toEqual([]);
});

test("another machine's home does not pulse until it is taken over, which raises the epoch", async () => {
  const home = await decidedHome();
  await home.beat();
  changeOwner(home, { machine: 'a'.repeat(32), epoch: 7 });
  for (const verb of [['up'], ['up', '--foreground'], ['beat']]) saysOnce(await home.flyball([...verb, '--json']), 1, /another machine/);
  expect(JSON.parse(home.read('.flyball/owner.json'))).toMatchObject({ machine: 'a'.repeat(32), epoch: 7 });
  const taken = await home.flyball(['up', '--take-over', '--yes', '--json']);
  expect(taken.stderr).toBe('');
  expect((taken.json() as { epoch: number }).epoch).toBeGreaterThan(7);
});

test('a damaged owner.json stops every beat, and says which file', async () => {
  const home = await decidedHome();
  home.write('.flyball/owner.json', '{"id": 7}');
  saysOnce(await home.flyball(['beat', '--json']), 1, /owner\.json/);
});

// ── inside a repository of the person's ────────────────────────────────────────────────────────────

test("a home inside a person's repository leaves its index, refs and objects alone, whatever git is told by the environment", async () => {
  const home = await decidedHome({ files: { 'goals/mine.md': '# Mine\n' } });
  const git = (...args: string[]) => execFileSync('git', ['-C', home.home, ...args], { env: home.env, encoding: 'utf8' });
  git('init', '-q', '-b', 'trunk');
  git('-c', 'user.name=me', '-c', 'user.email=me@example.org', 'add', 'goals');
  git('-c', 'user.name=me', '-c', 'user.email=me@example.org', 'commit', '-qm', 'mine');
  home.write('goals/staged.md', '# Staged\n');
  git('add', 'goals/staged.md');
  const before = filesUnder(join(home.home, '.git'));
  home.decides(GOAL);
  const env = { GIT_DIR: join(home.home, '.git'), GIT_INDEX_FILE: join(home.home, '.git/index'), GIT_WORK_TREE: home.home };
  const record = (await home.flyball(['beat', '--json'], { env })).json() as BeatRecord;
  expect(record).toMatchObject({ did: 'acted', outcome: { status: 'done' } });
  expect(differing(before, filesUnder(join(home.home, '.git')))).toEqual([]);
  expect(git('status', '--porcelain', '--untracked-files=all')).not.toMatch(/\.flyball/);
  expect(statSync(join(home.home, '.flyball')).mode & 0o777).toBe(0o700);
});
