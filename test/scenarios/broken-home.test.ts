// A home in trouble: a disk that is full or takes no writes, a home that vanishes, files that do not parse, homes
// of somebody else, and two of everything. Each gets one clear line, and nothing is lost.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { BeatRecord } from '../../src/world/record.ts';
import { type DecidedHome, decidedHome, differing, filesUnder } from '../support/home-cli.ts';
import type { Ended } from '../support/rig.ts';
import { until } from '../support/wait.ts';

const GOAL = { action: 'write_goal', id: 'x', body: '# X\n' };

/** One line, whole, that says what and what next. */
function saysOnce(ended: Ended, code: number, words: RegExp): void {
  expect(ended).toMatchObject({ code, stdout: '' });
  const lines = ended.stderr.trimEnd().split('\n');
  expect(lines).toHaveLength(1);
  expect(ended.error()).toMatchObject({ code, message: expect.stringMatching(words) });
  expect(ended.error().hint).toEqual(expect.any(String));
}

// ── a disk that does not take it ───────────────────────────────────────────────────────────────────

/** Whether this machine lets us mount a file system of our own; else these tests are not run. */
function canMount(): boolean {
  try {
    execFileSync('unshare', ['-m', 'true'], { stdio: 'ignore' });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
}

/** Moves the home onto a small file system of its own. */
function onDiskOf(home: DecidedHome, size: string): { mount(options: string): void } {
  const aside = home.beside('aside');
  cpSync(home.home, aside, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=700`, 'tmpfs', home.home]);
  onTestFinished(async () => {
    await home.flyball(['--home', home.home, 'down']);
    execFileSync('umount', ['-l', home.home]);
  });
  cpSync(aside, home.home, { recursive: true });
  return { mount: (options) => execFileSync('mount', ['-o', options, home.home]) };
}

function fill(home: DecidedHome): () => void {
  const path = join(home.home, 'filler');
  const { bavail, bsize } = statfsSync(home.home);
  try {
    writeFileSync(path, Buffer.alloc(bavail * bsize + bsize));
  } catch {} // full, as meant
  return () => rmSync(path);
}

const mounted = test.skipIf(!canMount()); // needs root and mounts

mounted('a full disk closes the gate with no-journal; what the person wrote stands, and with room it goes on', async () => {
  const home = await decidedHome();
  onDiskOf(home, '4m');
  await home.beat();
  home.write('goals/mine.md', '# Mine\n');
  home.stir();
  home.decides(GOAL);
  const free = fill(home);
  const asked = home.asked();
  for (const _ of [1, 2]) expect(await home.beat()).toMatchObject({ exit: 0, did: 'rested', gate: { open: false, reason: 'no-journal' } });
  expect(await home.beat('--force')).toMatchObject({ gate: { reason: 'no-journal' } });
  expect(home.asked()).toBe(asked);
  const status = await home.flyball(['status', '--json']);
  expect(status.json()).toMatchObject({ gate: { reason: 'no-journal' }, problems: [{ what: expect.stringMatching(/disk is full/) }, {}] });
  expect((await home.flyball(['check', '--journal', '--json'])).code).toBe(0);
  expect(home.read('goals/mine.md')).toBe('# Mine\n');
  free();
  expect(await home.beat()).toMatchObject({ did: 'acted', decision: GOAL });
  expect((await home.flyball(['check', '--journal', '--json'])).json()).toMatchObject({ ok: true, open: [] });
});

mounted('a disk that fills under a running pulse stops its effects, not the pulse', async () => {
  const home = await decidedHome();
  onDiskOf(home, '4m');
  const pid = await up(home);
  const free = fill(home);
  home.stir();
  expect(await home.beat()).toMatchObject({ gate: { reason: 'no-journal' } });
  free();
  home.decides(GOAL);
  expect(await home.beat()).toMatchObject({ did: 'acted', decision: GOAL });
  expect(await pidOf(home)).toBe(pid);
});

mounted('a home on a file system that takes no writes can be looked at, and says why nothing begins', async () => {
  const home = await decidedHome();
  const disk = onDiskOf(home, '4m');
  await home.beat();
  disk.mount('remount,ro');
  for (const verb of [['beat'], ['up'], ['up', '--foreground']]) saysOnce(await home.flyball([...verb, '--json']), 1, /EROFS|read-only/);
  expect((await home.flyball(['status', '--json'])).json()).toMatchObject({ gate: { reason: 'no-journal' } });
  for (const verb of [['why', '1'], ['get', 'goals'], ['journal'], ['check']])
    expect((await home.flyball(verb)).code, verb.join(' ')).toBe(0);
  disk.mount('remount,rw');
  home.stir();
  expect(await home.beat()).toMatchObject({ did: 'acted' });
});

// ── a home that goes away ──────────────────────────────────────────────────────────────────────────

async function up(home: DecidedHome): Promise<number> {
  const started = await home.flyball(['up', '--json']);
  if (started.code !== 0) throw new Error(started.stderr);
  await until(() => home.asked() > 0, 'the first decision');
  await until(async () => (await statusOf(home)).last_beat?.did === 'acted', 'the first beat');
  return pidOf(home);
}

async function statusOf(home: DecidedHome) {
  const ended = await home.flyball(['--home', home.home, 'status', '--json']);
  return ended.json() as { pulse: { pid: number; running: boolean }; last_beat: { did: string } | null; problems: { what: string }[] };
}

async function pidOf(home: DecidedHome): Promise<number> {
  return (await statusOf(home)).pulse.pid;
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

test('a pulse whose home vanishes ends by itself, and makes nothing where it was', async () => {
  const home = await decidedHome();
  const pid = await up(home);
  renameSync(home.home, `${home.home}.away`);
  await until(() => !isAlive(pid), 'the pulse to end');
  expect(existsSync(home.home)).toBe(false);
  renameSync(`${home.home}.away`, home.home);
  home.stir();
  expect(await home.beat()).toMatchObject({ did: 'acted' });
  expect((await home.flyball(['check', '--journal'])).code).toBe(0);
});

test('a pulse whose .flyball is taken away, or replaced, ends; the new one is not written to', async () => {
  const home = await decidedHome();
  const pid = await up(home);
  const machine = join(home.home, '.flyball');
  renameSync(machine, home.beside('machine'));
  mkdirSync(machine, { mode: 0o700 });
  writeFileSync(join(machine, 'note'), 'another');
  await until(() => !isAlive(pid), 'the pulse to end');
  expect(readdirSync(machine)).toEqual(['note']);
});

test('a decider that thinks while .flyball is taken away is ended with its pulse, and what it says is not done', async () => {
  const home = await decidedHome();
  writeFileSync(home.beside('answer'), JSON.stringify(GOAL));
  home.runs(`echo $$ > ${home.beside('pid')}; while :; do cat ${home.beside('answer')} > .decision.json; sleep 0.01; done`);
  expect((await home.flyball(['up'])).code).toBe(0);
  const decider = await until(() => (existsSync(home.beside('pid')) ? Number(readFileSync(home.beside('pid'), 'utf8')) : 0), 'the decider');
  const pid = await pidOf(home);
  renameSync(join(home.home, '.flyball'), home.beside('machine'));
  await until(() => !isAlive(pid), 'the pulse to end');
  expect(isAlive(decider)).toBe(false);
  expect(existsSync(join(home.home, 'goals/x.md'))).toBe(false);
  expect(existsSync(join(home.home, '.flyball/journal.jsonl'))).toBe(false);
});

// ── two of everything ──────────────────────────────────────────────────────────────────────────────

test('a second pulse is refused while the first lives, and the first goes on', async () => {
  const home = await decidedHome();
  const pid = await up(home);
  const second = await home.flyball(['up', '--foreground', '--json']);
  saysOnce(second, 1, /a pulse is running already/);
  expect(await pidOf(home)).toBe(pid);
});

test('of two beats at once one waits for nobody: it is refused, and the other is whole', async () => {
  const home = await decidedHome();
  home.runs(
    `touch ${home.beside('deciding')}; while [ ! -e ${home.beside('go')} ]; do sleep 0.01; done; cat ${home.beside('answer')} > .decision.json`,
  );
  const first = home.begin(['beat', '--json']);
  await until(() => existsSync(home.beside('deciding')), 'the decider');
  saysOnce(await home.flyball(['beat', '--json']), 1, /running already/);
  writeFileSync(home.beside('go'), '');
  expect((await first.ended).json()).toMatchObject({ id: 1, did: 'acted' });
  expect(home.asked()).toBe(1);
});

test('two pulses that start together leave one', async () => {
  const home = await decidedHome();
  const both = await Promise.all([home.flyball(['up', '--json']), home.flyball(['up', '--json'])]);
  expect(both.filter(({ code }) => code === 0).length).toBeGreaterThan(0);
  const pids = both.filter(({ code }) => code === 0).map((ended) => (ended.json() as { pid: number }).pid);
  expect(new Set(pids).size).toBe(1);
  expect(await pidOf(home)).toBe(pids[0]);
});

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
  expect(await home.beat()).toMatchObject({ did: 'denied', problem: expect.stringMatching(/learn-rust/) });
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
  const pid = await up(home);
  expect(isAlive(pid)).toBe(true);
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
