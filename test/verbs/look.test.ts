// The verbs that look, each asked of the real CLI in a home of its own.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { GOAL, levelRig } from '../support/level-home.ts';
import { until } from '../support/wait.ts';

describe('beat and why', () => {
  test('a beat that acted can be asked why: by number, by goal, by rule, by kind, and without a name', async () => {
    const rig = await levelRig('bad');
    const beat = await rig.flyball(['beat', '--json']);
    expect(beat.code).toBe(0);
    expect(beat.json()).toMatchObject({ v: 1, id: 1, did: 'acted', by: { kind: 'rule', name: 'told' }, outcome: { status: 'done' } });
    expect((await rig.flyball(['why', '1', '--json'])).json()).toEqual(beat.json());
    expect((await rig.flyball(['why', 'beats/1'])).stdout).toMatch(/beat 1.*acted[\s\S]*decided by rule told[\s\S]*outcome done/);
    expect((await rig.flyball(['why', 'level', '--json'])).json()).toMatchObject({
      v: 1,
      goal: { name: 'level' },
      beats: expect.any(Array),
    });

    const rule = await rig.flyball(['why', 'told', '--json']);
    expect(rule.code).toBe(1); // it has spoken in this episode
    expect(rule.json()).toMatchObject({
      v: 1,
      subject: 'rules/told',
      reasons: [{ step: 'rule', beat: null, message: expect.any(String) }],
    });
    const kind = await rig.flyball(['why', 'send_notification', '--json']);
    expect(kind.json()).toMatchObject({ v: 1, subject: 'send_notification' });
  });

  test('an unchanged world rests without a beat, and why says which gate', async () => {
    const rig = await levelRig('good');
    await rig.flyball(['beat']);
    const second = await rig.flyball(['beat', '--json']);
    expect(second.json()).toMatchObject({ id: null, did: 'rested', gate: { open: false, reason: 'unchanged' } });
    expect((await rig.flyball(['why', '--json'])).json()).toMatchObject({ v: 1, id: null, did: 'rested', gate: { reason: 'unchanged' } });
    expect((await rig.flyball(['get', 'beats', '--json'])).json()).toMatchObject({ items: [{ name: '1' }] });
  });

  test('a rule that does not match names its first false part with the value', async () => {
    const rig = await levelRig('good');
    await rig.flyball(['beat']);
    const { reasons } = (await rig.flyball(['why', 'told', '--json'])).json() as { reasons: { message: string }[] };
    expect(reasons[0]?.message).toContain('readings.state.signal.level');
    expect(reasons[0]?.message).toContain('good');
  });
});

describe('status', () => {
  test('says what does not hold and the verb to type; JSON in the shape that is promised', async () => {
    const rig = await levelRig('bad');
    await rig.flyball(['beat']);
    const seen = await rig.flyball(['status', '--json']);
    expect(seen.code).toBe(1);
    expect(seen.json()).toMatchObject({
      v: 1,
      home: rig.home,
      pulse: { running: false, pid: null, since: null, interval_s: 60, busy: null },
      host: { running: false, pid: null, since: null, sessions: 0 },
      stop: null,
      last_beat: { id: 1, did: 'acted', action: 'send_notification' },
      goals: { total: 1, ready: 0, blocked: 0, stalled: 0, invalid: 0, paused: 0 },
      workers: { live: 0, pending: 0, waiting: 0, stuck: 0, frozen: 0 },
      asks: { open: 0, approvals: 0, stranded: 0, oldest_at: null },
      sensors: { total: 1, failing: [], flapping: [] },
      spend: { today_usd: 0, estimated: false, limit_usd: 5 },
      problems: expect.arrayContaining([
        { what: expect.stringContaining('no pulse'), where: rig.home, next: expect.stringContaining('up') },
      ]),
    });
    expect((await rig.flyball(['status'])).stdout).toMatch(/0 of 1 hold[\s\S]*why level/);
  });

  test('STOP is seen, however it got there', async () => {
    const rig = await levelRig('good', { STOP: 'away for lunch\nkeep-workers\n' });
    expect((await rig.flyball(['status', '--json'])).json()).toMatchObject({
      stop: { reason: 'away for lunch', keep_workers: true },
      gate: { open: false, reason: 'frozen' },
    });
  });

  test('a running, untroubled house is 0', async () => {
    const rig = await levelRig('good');
    await rig.flyball(['up']);
    await rig.flyball(['beat']);
    const seen = await rig.flyball(['status', '--json']);
    expect(seen.json()).toMatchObject({ problems: [], goals: { ready: 1 } });
    expect(seen.code).toBe(0);
  });

  test('looking changes nothing that decides', async () => {
    const rig = await levelRig('bad');
    for (const verb of [
      'status',
      'get goals',
      'get sensors',
      'get rules',
      'describe level',
      'check',
      'doctor',
      'config',
      'try level',
      'try state',
    ])
      await rig.flyball(verb.split(' '));
    expect(existsSync(join(rig.home, '.flyball', 'beats'))).toBe(false);
    expect(existsSync(join(rig.home, '.flyball', 'journal.jsonl'))).toBe(false);
    expect((await rig.flyball(['beat', '--json'])).json()).toMatchObject({ id: 1, gate: { reason: 'first-beat' } });
  });
});

describe('get and describe', () => {
  test('goals carry their front matter and text, and all seven conditions', async () => {
    const rig = await levelRig('bad');
    await rig.flyball(['beat']);
    const { items } = (await rig.flyball(['get', 'goals', 'level', '--json'])).json() as {
      items: { spec: object; status: { conditions: { type: string }[] } }[];
    };
    expect(items[0]?.spec).toMatchObject({ goal: 'The level is good', priority: 1, text: GOAL });
    expect(items[0]?.status).toMatchObject({ generation: 1, observedGeneration: 1, workers: [], spend_usd: 0 });
    expect(items[0]?.status.conditions.map(({ type }) => type).sort()).toEqual(
      ['Ready', 'Progressing', 'Blocked', 'Stalled', 'OverBudget', 'Invalid', 'Unattended'].sort(),
    );
  });

  test('sensors carry their directives and reading', async () => {
    const rig = await levelRig('bad');
    await rig.flyball(['beat']);
    expect((await rig.flyball(['get', 'sensors', '--json'])).json()).toMatchObject({
      items: [
        {
          name: 'state',
          spec: {
            mode: 'poll',
            format: 'json',
            interval_s: 1,
            timeout_s: 60,
            for_s: null,
            trust: 'trusted',
            digest: expect.stringMatching(/^sha256:/),
          },
          status: {
            signal: { level: 'bad' },
            detail: { seen: 1 },
            failed: false,
            error: null,
            ms: expect.any(Number),
            bytes: expect.any(Number),
            pending_since: null,
          },
        },
      ],
    });
    expect((await rig.flyball(['describe', 'state'])).stdout).toMatch(/^sensor state\nspec\n[\s\S]*status\n[\s\S]*level/);
    expect((await rig.flyball(['describe', 'rules/told', '--json'])).json()).toMatchObject({ kind: 'rules', item: { name: 'told' } });
    expect((await rig.flyball(['describe', 'stat', '--json'])).error()).toMatchObject({ code: 1, hint: 'did you mean "state"?' });
  });
});

describe('get -w and -o wide', () => {
  test('each item that changes comes as a line, and what is gone says so', async () => {
    const rig = await levelRig('bad');
    const watch = rig.begin(['get', 'goals', '-w', '--json']);
    const lines = () =>
      watch
        .stdout()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as { name: string; gone?: true; spec: { text: string } });
    await until(() => lines().length === 1, 'the list');
    rig.write('goals/second.md', 'Be second.\n');
    await until(() => lines().length === 2, 'the new goal');
    rig.write('goals/second.md', 'Be second, at last.\n');
    await until(() => lines().length === 3, 'the edit');
    rmSync(join(rig.home, 'goals/second.md'));
    await until(() => lines().length === 4, 'that it is gone');
    expect(lines().map(({ name, gone }) => [name, gone ?? false])).toEqual([
      ['level', false],
      ['second', false],
      ['second', false],
      ['second', true],
    ]);
    watch.child.kill('SIGINT');
    expect((await watch.ended).code).toBe(0);
  });

  test('wide adds columns to every kind that has items', async () => {
    const rig = await levelRig('bad');
    await rig.flyball(['beat']);
    for (const [kind, column] of [
      ['goals', 'GENERATION'],
      ['sensors', 'TRUST'],
      ['beats', 'OUTCOME'],
      ['rules', 'DOES'],
    ] as const) {
      const [plain, wide] = [await rig.flyball(['get', kind]), await rig.flyball(['get', kind, '-o', 'wide'])];
      expect(plain.stdout).not.toContain(column);
      expect(wide.stdout).toContain(column);
      expect(wide.stdout.split('\n').length).toBe(plain.stdout.split('\n').length);
    }
  });
});
