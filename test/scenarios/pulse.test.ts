// The pulse as a process: how it starts, what wakes it, and that nothing of it is left however it ends.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { BeatRecord } from '../../src/world/record.ts';
import { type DecidedHome, decidedHome, differing, filesUnder, statusOf } from '../support/home-cli.ts';
import type { Begun } from '../support/rig.ts';
import { until } from '../support/wait.ts';

/** Processes that carry this home's mark or have it as their environment's home: what a pulse may have left. */
function processesOf(home: DecidedHome): { pid: number; cmd: string }[] {
  const owner = JSON.parse(home.read('.flyball/owner.json')) as { id: string };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        const environment = readFileSync(`/proc/${name}/environ`, 'latin1').split('\0');
        const ours = environment.some((it) => it.startsWith(`FLYBALL_RUN=${owner.id}/`)) || environment.includes(`HOME=${home.env.HOME}`);
        return ours ? [{ pid: Number(name), cmd: readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ') }] : [];
      } catch {
        return []; // it ended meanwhile
      }
    });
}

async function isEmpty(home: DecidedHome): Promise<void> {
  expect(processesOf(home)).toEqual([]);
  expect((await statusOf(home)).pulse.running).toBe(false);
  expect((await home.flyball(['check', '--journal'])).code).toBe(0);
}

/** A pulse in the foreground that has beaten once. */
async function foreground(home: DecidedHome): Promise<Begun> {
  const pulse = home.begin(['up', '--foreground', '--json']);
  await until(() => records(pulse).some(({ did }) => did === 'acted'), 'the first beat');
  return pulse;
}

/** What the pulse has printed of its beats. */
function records(pulse: Begun): BeatRecord[] {
  return pulse
    .stdout()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as BeatRecord)
    .filter((record) => 'did' in record);
}

/** A decider with a child of its own in another session, that thinks until the test says go. */
function thinking(home: DecidedHome): { began(): Promise<unknown>; go(): void } {
  const [started, go] = [home.beside('started'), home.beside('go')];
  for (const path of [started, go]) rmSync(path, { force: true });
  writeFileSync(home.beside('answer'), JSON.stringify({ action: 'write_goal', id: 'late', body: '# Late\n' }));
  home.runs(
    `trap '' TERM INT HUP
setsid sh -c 'while :; do sleep 0.05; done' </dev/null >/dev/null 2>&1 &
touch ${started}; while [ ! -e ${go} ]; do sleep 0.02; done; cat ${home.beside('answer')} > .decision.json`,
  );
  return { began: () => until(() => existsSync(started), 'the decider'), go: () => writeFileSync(go, '') };
}

function guards(home: DecidedHome): { failures: number } {
  return JSON.parse(home.read('.flyball/guards.json')) as { failures: number };
}

test('up is seen alive before it says so, a second up says that it runs, and down leaves nothing', async () => {
  const home = await decidedHome();
  const first = await home.flyball(['up', '--json']);
  const { pid, epoch } = first.json() as { pid: number; epoch: number };
  expect((await statusOf(home)).pulse).toMatchObject({ running: true, pid, epoch });
  const second = await home.flyball(['up']);
  expect(second).toMatchObject({ code: 0, stdout: expect.stringContaining(`runs already, pid ${pid}`) });
  const down = await home.flyball(['down']);
  expect(down.code).toBe(0);
  await isEmpty(home);
  expect((await home.flyball(['down'])).code).toBe(0);
});

test("beat beside a pulse is the pulse's own: over its socket, in its epoch", async () => {
  const home = await decidedHome();
  const pulse = await foreground(home);
  home.stir();
  home.decides({ action: 'send_notification', message: 'hello' });
  const record = await home.beat();
  expect(record).toMatchObject({ exit: 0, did: 'acted', epoch: (await statusOf(home)).pulse.epoch });
  await until(() => records(pulse).some(({ id }) => id === record.id), 'the same record from the pulse');
  expect(home.asked()).toBe(2);
});

test('saving a goal starts a beat, and so do the playbook, a sensor, and a goal that goes', async () => {
  const home = await decidedHome();
  const pulse = await foreground(home);
  const edits: [path: string, edit: () => void][] = [
    ['/goals/mine', () => home.write('goals/mine.md', '# Mine\n')],
    ['/goals/mine/text', () => home.write('goals/mine.md', '# Mine, again\n')],
    ['/playbook/text', () => home.write('PLAYBOOK.md', '# Be brief\n')],
    ['/readings/other', () => home.write('sensors/other.sh', '#!/bin/sh\necho \'{"signal":1}\'\n', 0o700)],
    ['/goals/mine', () => rmSync(join(home.home, 'goals/mine.md'))],
  ];
  for (const [path, edit] of edits) {
    const before = records(pulse).length;
    edit();
    await until(() => records(pulse).length > before, `a beat for ${path}`);
    const record = records(pulse)[before];
    expect(record).toMatchObject({ did: 'acted', gate: { reason: 'changed' } });
    expect(record?.changes.map((change) => change.path)).toContain(path);
  }
});

test('a pulse in an unchanged world rewrites its heartbeat and nothing else', async () => {
  const home = await decidedHome({ config: 'autonomy: full\ninterval: 1s' });
  await foreground(home);
  const heartbeat = () => JSON.parse(home.read('.flyball/heartbeat.json')) as { at: string; gate: { reason: string } };
  await until(() => heartbeat().gate.reason === 'unchanged', 'a beat that rests');
  const before = filesUnder(home.home);
  const seen = new Set([heartbeat().at]);
  await until(() => seen.add(heartbeat().at).size >= 4, 'three more beats');
  expect(differing(before, filesUnder(home.home))).toEqual(['.flyball/heartbeat.json']);
  expect(home.asked()).toBe(1);
});

test('Ctrl-C ends a resting pulse in under two seconds with nothing left, and the next start goes on', async () => {
  const home = await decidedHome();
  const pulse = await foreground(home);
  const began = performance.now();
  pulse.child.kill('SIGINT');
  expect((await pulse.ended).code).toBe(0);
  expect(performance.now() - began).toBeLessThan(2_000);
  await isEmpty(home);
  home.write('goals/mine.md', '# Mine\n');
  const next = await foreground(home);
  expect(records(next)[0]).toMatchObject({ id: 2, gate: { reason: 'changed' }, changes: [{ path: '/goals/mine' }] });
});

test.each(['SIGINT', 'SIGTERM'] as const)('%s while the decider thinks ends it and all its children, and is no failure', async (signal) => {
  const home = await decidedHome();
  const pulse = await foreground(home);
  const decider = thinking(home);
  home.write('goals/mine.md', '# Mine\n');
  await decider.began();
  expect((await statusOf(home)).pulse.busy).toBe('deciding');
  const began = performance.now();
  pulse.child.kill(signal);
  expect((await pulse.ended).code).toBe(0);
  expect(performance.now() - began).toBeLessThan(2_000);
  await isEmpty(home);
  expect(guards(home).failures).toBe(0);
  expect(existsSync(join(home.home, 'goals/late.md'))).toBe(false);
  home.decides({ action: 'noop' });
  expect(await home.beat()).toMatchObject({ did: 'acted', gate: { reason: 'changed' }, changes: [{ path: '/goals/mine' }] });
});

test('down while a sensor hangs and a shell command runs leaves no process of either', async () => {
  const home = await decidedHome();
  home.write('sensors/hangs.sh', '#!/bin/sh\ntrap "" TERM\nwhile :; do sleep 0.05; done\n', 0o700);
  home.decides({
    action: 'run_shell',
    cmd: `touch ${home.beside('running')}; setsid sleep 1000 & trap '' TERM; while :; do sleep 0.05; done`,
  });
  expect((await home.flyball(['up'])).code).toBe(0);
  await until(() => existsSync(home.beside('running')), 'the command');
  expect((await home.flyball(['down'])).code).toBe(0);
  expect(processesOf(home)).toEqual([]);
  home.decides({ action: 'noop' });
  await home.beat();
  expect(home.journal().filter((record) => record.type === 'outcome' && record.id === 'b1')).toMatchObject([{ status: 'interrupted' }]);
});

test('a pulse that is killed leaves nothing that the next start does not end and settle', async () => {
  const home = await decidedHome();
  const pulse = await foreground(home);
  const decider = thinking(home);
  home.write('goals/mine.md', '# Mine\n');
  await decider.began();
  pulse.child.kill('SIGKILL');
  await pulse.ended;
  expect(processesOf(home).length).toBeGreaterThan(0);
  home.decides({ action: 'noop' });
  const next = await foreground(home);
  expect(records(next)).toMatchObject([{ id: 3, did: 'acted', gate: { reason: 'changed' } }]);
  decider.go();
  expect(processesOf(home).filter(({ pid }) => pid !== next.child.pid)).toEqual([]);
  expect(existsSync(join(home.home, 'goals/late.md'))).toBe(false);
  expect(JSON.parse(home.read('.flyball/beats/2/record.json'))).toMatchObject({ ended_at: expect.any(String), outcome: null });
  expect((await home.flyball(['check', '--journal'])).code).toBe(0);
});
