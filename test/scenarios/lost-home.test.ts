// A home that goes away, or is wanted twice: a disk that is full or takes no writes, a folder that vanishes under
// its pulse, two pulses and two beats. Each gets one clear line, and nothing is lost.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type DecidedHome, decidedHome, pidOf, upAndBeaten } from '../support/home-cli.ts';
import { until } from '../support/wait.ts';
import { saysOnce } from './says-once.ts';

const GOAL = { action: 'write_goal', id: 'x', body: '# X\n' };

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

// ── a disk that does not take it ───────────────────────────────────────────────────────────────────

function shell(line: string): void {
  execFileSync('sh', ['-c', line], { stdio: 'ignore' });
}

/** Whether this machine lets us mount a file system of our own; else these tests are not run. */
function canMount(): boolean {
  try {
    shell('unshare -m true');
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
}

/** Moves the home onto a small file system of its own. */
function onDiskOf(home: DecidedHome, size: string): { mount(options: string): void } {
  const aside = home.beside('aside');
  cpSync(home.home, aside, { recursive: true });
  shell(`mount -t tmpfs -o size=${size},mode=700 tmpfs ${home.home}`);
  onTestFinished(async () => {
    await home.flyball(['--home', home.home, 'down']);
    shell(`umount -l ${home.home}`);
  });
  cpSync(aside, home.home, { recursive: true });
  return { mount: (options) => shell(`mount -o ${options} ${home.home}`) };
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
  const pid = await upAndBeaten(home);
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

test('a pulse whose home vanishes ends by itself, and makes nothing where it was', async () => {
  const home = await decidedHome();
  const pid = await upAndBeaten(home);
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
  const pid = await upAndBeaten(home);
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
  const pid = await upAndBeaten(home);
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
