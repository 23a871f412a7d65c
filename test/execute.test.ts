// The executor on real files: every kind, the order of its steps, and what stands in its way.
import { chmodSync, existsSync, readFileSync, rmSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Prepared } from '../src/actions/define.ts';
import { createExecutor } from '../src/execute.ts';
import { checkJournal } from '../src/store/journal-check.ts';
import { raiseEpoch } from '../src/store/owner.ts';
import type { JournalRecord } from '../src/world/journal.ts';
import { type HomeRig, makeHome, TEST_UID } from './support/home-rig.ts';

let rig: HomeRig;
beforeEach(() => {
  rig = makeHome({ 'PLAYBOOK.md': 'Be kind.\n', 'goals/learn.md': 'Learn Rust\n\nnotes\n' });
});
afterEach(() => rig.remove());

const records = (): JournalRecord[] => rig.ports.journal.newest(100).reverse();
const journal = (): string => rig.read('journal.md') ?? '';

test('a goal is written, journalled for machine and person, and kept as two commits of two authors', async () => {
  const { executed } = await rig.act({ action: 'write_goal', id: 'learn', body: 'Learn Rust well', journal: 'the notes\nwere thin' });
  expect(executed).toMatchObject({ outcome: { status: 'done', note: 'changed goals/learn.md' }, ask: null, problem: null });
  expect(rig.read('goals/learn.md')).toBe('Learn Rust well\n');
  expect(records().map((record) => record.type)).toEqual(['segment', 'intent', 'outcome']);
  expect(journal()).toMatch(/^- \d{4}-\d\d-\d\d \d\d:\d\d the notes were thin\n$/);
  expect(await rig.ports.history.patch('b1')).toContain('-Learn Rust\n-\n-notes\n+Learn Rust well');
  expect(checkJournal(rig.layout)).toMatchObject({ ok: true, head: 'ok', open: [] });
});

test('each kind does what it says and nothing else', async () => {
  const done = async (decision: Record<string, unknown>, person = false) =>
    (await rig.act(decision, { person })).executed.outcome?.status ?? 'nothing';
  expect(await done({ action: 'noop', reason: 'all well' })).toBe('done');
  expect(await done({ action: 'send_notification', message: 'Look!' })).toBe('done');
  expect(JSON.parse(rig.read('.flyball/notices/b2.json') ?? '')).toMatchObject({
    id: 'b2',
    message: 'Look!',
    urgency: 'normal',
    state: 'new',
  });
  expect(
    await done({ action: 'ask_human', question: 'Which?', options: ['a', { label: 'b', do: { action: 'noop' } }], default: 'a' }),
  ).toBe('done');
  expect(rig.ports.asks.all()).toMatchObject([
    { id: '1', kind: 'question', options: ['a', 'b'], actions: { b: { action: 'noop' } }, default: 'a', ref: 'b3', state: 'open' },
  ]);
  expect(await done({ action: 'write_goal', id: 'new', body: 'A new goal' })).toBe('done');
  expect(await done({ action: 'archive_goal', id: 'new' })).toBe('done');
  expect([rig.read('goals/new.md'), rig.read('goals/archive/new.md')]).toEqual([null, 'A new goal\n']);
  expect(await done({ action: 'restore_goal', id: 'new' })).toBe('done');
  expect([rig.read('goals/new.md'), rig.read('goals/archive/new.md')]).toEqual(['A new goal\n', null]);
  expect(await done({ action: 'write_playbook', body: 'Be kinder.' })).toBe('done');
  expect(rig.read('PLAYBOOK.md')).toBe('Be kinder.\n');
  expect(await done({ action: 'write_sensor', name: 'disk', script: '#!/bin/sh\necho {}' })).toBe('done');
  expect(statSync(join(rig.home, 'sensors/disk')).mode & 0o777).toBe(0o700);
  expect(await done({ action: 'remove_sensor', name: 'disk' })).toBe('done');
  expect(existsSync(join(rig.home, 'sensors/disk'))).toBe(false);
  expect(await done({ action: 'write_schedule', name: 'weekly', cron: '0 9 * * 1', tz: 'Europe/Berlin', note: 'review' })).toBe('done');
  expect(rig.ports.schedules.all()).toMatchObject([{ name: 'weekly', cron: '0 9 * * 1', tz: 'Europe/Berlin', misfire: 'once' }]);
  expect(await done({ action: 'drop_schedule', name: 'weekly' })).toBe('done');
  expect(rig.ports.schedules.all()).toEqual([]);
  expect(await done({ action: 'run_shell', cmd: 'echo hello > reached && pwd' })).toBe('done');
  expect(rig.read('reached')).toBe('hello\n');
  expect(rig.read('.flyball/beats/12/shell.out')).toBe(`${rig.home}\n`);
  expect(checkJournal(rig.layout)).toMatchObject({ ok: true, records: 25, open: [] });
});

test('under STOP nothing begins, and what was prepared leaves no trace', async () => {
  const { executed } = await rig.act({ action: 'write_goal', id: 'learn', body: 'x' }, { meanwhile: () => rig.write('STOP', '') });
  expect(executed).toMatchObject({ outcome: null, problem: expect.stringContaining('STOP') });
  expect(rig.read('goals/learn.md')).toBe('Learn Rust\n\nnotes\n');
  expect(records()).toEqual([]);
});

test('a pulse whose epoch is over cannot begin anything', async () => {
  const { executed } = await rig.act({ action: 'noop' }, { meanwhile: () => raiseEpoch(rig.layout, TEST_UID) });
  expect(executed).toMatchObject({ outcome: null, problem: expect.stringContaining('epoch 1 is over') });
});

test('without a pre-image there is no write', async () => {
  const { ports } = rig;
  const broken = createExecutor({
    ...ports,
    history: {
      ...ports.history,
      keep: () => {
        throw new Error('git is gone');
      },
    },
  });
  const decision = { action: 'write_goal', id: 'learn', body: 'x' };
  const prepared: Prepared = {
    prepared: 'files',
    changes: [{ path: 'goals/learn.md', before: 'Learn Rust\n\nnotes\n', after: 'x\n' }],
    note: '',
  };
  const errand = { beat: 1, by: { kind: 'decider', name: null }, goal: null, epoch: 1, mark: 'm', signal: ports.signal } as const;
  expect(await broken.carryOut(decision, prepared, errand)).toMatchObject({ outcome: null, problem: 'nothing was done: git is gone' });
  expect(records()).toEqual([]);
});

test('intent stands before the effect, the effect before the outcome, the outcome before the roll-forward', async () => {
  const order: string[] = [];
  const { ports } = rig;
  const spying = createExecutor({
    ...ports,
    history: { ...ports.history, keep: () => void order.push('keep'), commit: () => void order.push('commit') },
    journal: {
      ...ports.journal,
      append: (entry, epoch) => {
        order.push(entry.type);
        return ports.journal.append(entry, epoch);
      },
      line: () => void order.push('line'),
    },
    writer: {
      ...ports.writer,
      change: (change, tag) => {
        order.push('effect');
        return ports.writer.change(change, tag);
      },
    },
  });
  const prepared: Prepared = { prepared: 'files', changes: [{ path: 'goals/x.md', before: null, after: 'x\n' }], note: '' };
  const errand = { beat: 1, by: { kind: 'decider', name: null }, goal: null, epoch: 1, mark: 'm', signal: ports.signal } as const;
  await spying.carryOut({ action: 'write_goal', id: 'x', body: 'x' }, prepared, errand);
  expect(order).toEqual(['keep', 'intent', 'effect', 'outcome', 'line', 'commit']);
});

test('a roll-forward that fails is a warning, never a failed action', async () => {
  rig.write('journal.md/in-the-way', '');
  const { executed } = await rig.act({ action: 'noop' });
  expect(executed.outcome?.status).toBe('done');
  expect(rig.read('.flyball/events.ndjson')).toContain('roll-forward-failed');
});

test('a command that fails is a failure with its text, and what it leaves running is ended', async () => {
  const { executed } = await rig.act({ action: 'run_shell', cmd: 'echo why; sleep 1000 & exit 3' });
  expect(executed).toMatchObject({ outcome: { status: 'failed', note: 'exited 3 (unconfined); it printed: why' }, output: 'why\n' });
  expect(await rig.living()).toEqual([]);
});

test('a daemon that a command leaves in a session of its own is ended too, and what was printed is kept', async () => {
  const { executed } = await rig.act({ action: 'run_shell', cmd: 'setsid sleep 1000 & echo started' });
  expect(executed).toMatchObject({ outcome: { status: 'done' }, output: 'started\n' });
  expect(await rig.living()).toEqual([]);
});

test('a command that prints without end keeps 1 MiB and its last 2 KiB', async () => {
  const { executed } = await rig.act({ action: 'run_shell', cmd: 'head -c 3000000 /dev/zero | tr "\\0" x; echo end' });
  expect(executed.outcome?.status).toBe('done');
  expect(statSync(join(rig.home, '.flyball/beats/1/shell.out')).size).toBe(1024 * 1024);
  expect(executed.output).toHaveLength(2048);
  expect(executed.output?.endsWith('xend\n')).toBe(true);
});

test('a command that is ended on request is interrupted, with everything that it started', async () => {
  const end = new AbortController();
  const acting = rig.act({ action: 'run_shell', cmd: 'echo began; : > began; sleep 1000' }, { signal: end.signal });
  const { until } = await import('./support/wait.ts');
  await until(() => existsSync(join(rig.home, 'began')));
  end.abort();
  const { executed } = await acting;
  expect(executed.outcome).toMatchObject({ status: 'interrupted', note: expect.stringContaining('may have done a part') });
  expect(await rig.living()).toEqual([]);
});

test('a notice whose name is taken fails and leaves what is there', async () => {
  rig.write('.flyball/notices/b1.json', 'mine');
  const { executed } = await rig.act({ action: 'send_notification', message: 'x' });
  expect(executed.outcome?.status).toBe('failed');
  expect(rig.read('.flyball/notices/b1.json')).toBe('mine');
});

test('a goal that is a link, or whose folder is one, is refused and stays as it is', async () => {
  writeFileSync(join(rig.home, 'outside.md'), 'outside\n');
  symlinkSync(join(rig.home, 'outside.md'), join(rig.home, 'goals/linked.md'));
  expect((await rig.act({ action: 'write_goal', id: 'linked', body: 'x' })).executed.problem).toContain('is a link');
  rmSync(join(rig.home, 'sensors'), { recursive: true, force: true });
  symlinkSync('/tmp', join(rig.home, 'sensors'));
  expect((await rig.act({ action: 'write_sensor', name: 'x', script: '#!/bin/sh\n' })).executed.problem).toContain('sensors/ is a link');
  expect(readFileSync(join(rig.home, 'outside.md'), 'utf8')).toBe('outside\n');
});

test('a goal that is no UTF-8 text is refused, so that no byte of it is lost', async () => {
  writeFileSync(join(rig.home, 'goals/latin.md'), Buffer.from([0x63, 0x61, 0x66, 0xe9]));
  expect((await rig.act({ action: 'write_goal', id: 'latin', body: 'x' })).executed.problem).toContain('no UTF-8');
});

test('the bits of a goal stay what the person set', async () => {
  chmodSync(join(rig.home, 'goals/learn.md'), 0o640);
  await rig.act({ action: 'write_goal', id: 'learn', body: 'x' });
  expect(statSync(join(rig.home, 'goals/learn.md')).mode & 0o777).toBe(0o640);
});

test('at fifty open asks there is no fifty-first', async () => {
  for (let n = 0; n < 50; n++) await rig.act({ action: 'ask_human', question: `${n}?` });
  expect((await rig.act({ action: 'ask_human', question: 'one more?' })).executed.problem).toContain('50 asks are open');
});

test('the number of an ask is never given again, also when its file is gone', async () => {
  await rig.act({ action: 'ask_human', question: 'one?' });
  unlinkSync(join(rig.home, '.flyball/asks/1.json'));
  await rig.act({ action: 'ask_human', question: 'two?' });
  expect(rig.ports.asks.all().map((ask) => ask.id)).toEqual(['2']);
});
