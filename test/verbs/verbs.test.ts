// The verbs, each asked of the real CLI in a home of its own.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeRig, type Rig } from '../support/rig.ts';

const SENSOR = '#!/bin/sh\n# flyball: interval=1s trust=trusted\ncat state.json\n';
const RULE = `interval: 60s
rules:
  - name: told
    when: readings.state.signal.level == "bad"
    do: { action: send_notification, message: "It is {{ readings.state.signal.level }}." }
`;
const GOAL = '---\ngoal: The level is good\npriority: 1\ndone_when: readings.state.signal.level == "good"\n---\nProse.\n';

async function levelRig(level: string, files: Record<string, string> = {}): Promise<Rig> {
  return makeRig({
    'flyball.yaml': RULE,
    'sensors/state.sh': SENSOR,
    'state.json': JSON.stringify({ signal: { level }, detail: { seen: 1 } }),
    'goals/level.md': GOAL,
    ...files,
  });
}

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

describe('try', () => {
  test('a sensor, a goal, an expression, the prompt: each shown, nothing kept', async () => {
    const rig = await levelRig('bad');
    const sensor = await rig.flyball(['try', 'state', '--json']);
    expect(sensor.json()).toMatchObject({ signal: { level: 'bad' }, failed: false, wakes: true });
    const goal = await rig.flyball(['try', 'level', '--json']);
    expect(goal.json()).toMatchObject({ v: 1, name: 'level', conditions: expect.any(Array) });
    await rig.flyball(['beat']);
    expect((await rig.flyball(['try', 'readings.state.signal.level', '--json'])).json()).toEqual({ v: 1, value: 'bad' });
    expect((await rig.flyball(['try', 'goals.size() + 1', '--json'])).json()).toEqual({ v: 1, value: 2 });
    const prompt = (await rig.flyball(['try', 'prompt', '--json'])).json() as { prompt: string; bytes: number };
    expect(prompt).toMatchObject({ v: 1, gate: expect.anything(), bytes: Buffer.byteLength(prompt.prompt), cuts: [] });
    expect((await rig.flyball(['try', 'prompt'])).stdout).toContain('The level is good');
  });

  test('a decision is judged offline', async () => {
    const rig = await levelRig('good', {
      'd.json': '{"action":"noop"}',
      'e.json': '{"action":"run_shell","cmd":"curl example.org"}',
      'f.json': '{"action":"nop"}',
    });
    expect(await rig.flyball(['try', 'd.json', '--json'])).toMatchObject({ code: 0 });
    const denied = await rig.flyball(['try', 'e.json', '--json']);
    expect(denied.code).toBe(1);
    expect(denied.json()).toMatchObject({ v: 1, verdict: { result: expect.stringMatching(/ask|deny/) } });
    expect(await rig.flyball(['try', 'f.json', '--json'])).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('journal', () => {
  test('what was done, of one goal or all, and only what is new', async () => {
    const rig = await levelRig('bad');
    await rig.flyball(['beat']);
    const { records } = (await rig.flyball(['journal', '--json'])).json() as { records: { type: string; id?: string }[] };
    expect(records.filter(({ id }) => id === 'b1').map(({ type }) => type)).toEqual(['intent', 'outcome']);
    expect((await rig.flyball(['journal'])).stdout).toMatch(/b1 send_notification It is bad\. \(rule told\)\n.*b1 done/);
    await rig.flyball(['journal', '--new']);
    expect((await rig.flyball(['journal', '--new', '--json'])).json()).toEqual({ v: 1, records: [] });
    expect((await rig.flyball(['journal', 'level', '--json'])).json()).toEqual({ v: 1, records: [] });
    expect((await rig.flyball(['check', '--journal', '--json'])).json()).toMatchObject({
      v: 1,
      ok: true,
      head: 'ok',
      broken_at: null,
      open: [],
    });
  });

  test('a changed line is found, and the exit code says so', async () => {
    const rig = await levelRig('bad');
    await rig.flyball(['beat']);
    rig.write('.flyball/journal.jsonl', rig.read('.flyball/journal.jsonl').replace('It is bad', 'It is mad'));
    const found = await rig.flyball(['check', '--journal', '--json']);
    expect(found.code).toBe(1);
    expect(found.json()).toMatchObject({ ok: false, broken_at: expect.any(Number) });
    expect((await rig.flyball(['check'])).code).toBe(1);
  });
});

describe('check', () => {
  test('every file of the home is looked at, with line, column and what to do; nothing is changed', async () => {
    const rig = await levelRig('good', {
      'goals/broken.md': '---\ngoal: [\n---\n',
      'goals/typo.md': '---\ngoal: x\npriorty: 1\n---\n',
      'sensors/odd.sh': '#!/bin/sh\n# flyball: interval=never\necho {}\n',
      'loops/l.yaml': 'v: [\n',
    });
    const found = await rig.flyball(['check', '--json']);
    expect(found.code).toBe(1);
    const { problems } = found.json() as { problems: { file: string; line: number | null; next: string | null; warning?: boolean }[] };
    expect(problems.map(({ file }) => file)).toEqual(
      expect.arrayContaining(['goals/broken.md', 'goals/typo.md', 'sensors/odd.sh', 'loops/l.yaml']),
    );
    expect(problems.find(({ file }) => file === 'goals/typo.md')).toMatchObject({ line: 3, warning: true });
    expect((await rig.flyball(['check', 'goals/broken.md'])).stdout).toMatch(/^goals\/broken\.md:\d+:\d+: /);
    expect((await rig.flyball(['check', 'goals/level.md'])).code).toBe(0);
    expect(await rig.flyball(['check', 'goals/none.md', '--json'])).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('edit', () => {
  const editor = (script: string) => ({ env: { EDITOR: `sh -c '${script}' sh` } });

  test('a new goal begins with a template and is a file only when something was written', async () => {
    const rig = await levelRig('good');
    const left = await rig.flyball(['edit', 'fresh', '--json'], editor('true'));
    expect(left.json()).toEqual({ v: 1, path: 'goals/fresh.md', changed: false, problems: [] });
    expect(existsSync(join(rig.home, 'goals/fresh.md'))).toBe(false);
    const saved = await rig.flyball(['edit', 'fresh', '--json'], editor('echo more >> "$1"'));
    expect(saved.json()).toMatchObject({ path: 'goals/fresh.md', changed: true, problems: [] });
    expect(rig.read('goals/fresh.md')).toMatch(/^---\ngoal: [\s\S]*more\n$/);
  });

  test('what does not parse is told with its place, and kept', async () => {
    const rig = await levelRig('good');
    const saved = await rig.flyball(['edit', 'config', '--json'], editor('echo "intervall: 5s" >> "$1"'));
    expect(saved.code).toBe(1);
    expect(saved.json()).toMatchObject({ path: 'flyball.yaml', changed: true, problems: [{ next: 'did you mean "interval"?' }] });
    expect(rig.read('flyball.yaml')).toContain('intervall');
  });

  test('a new sensor may be run; a name that cannot be is refused before an editor opens', async () => {
    const rig = await levelRig('good');
    expect((await rig.flyball(['edit', 'sensors/fresh'], editor('echo >> "$1"'))).code).toBe(0);
    expect(statSync(join(rig.home, 'sensors/fresh.sh')).mode & 0o777).toBe(0o700);
    expect((await rig.flyball(['try', 'fresh', '--json'])).json()).toMatchObject({ failed: false });
    for (const name of ['../x', 'goals/../../x', 'Über', 'a/b/c'])
      expect(await rig.flyball(['edit', name, '--json'], editor('touch opened')), name).toMatchObject({ code: 2, stdout: '' });
  });

  test('an editor that is not there is one clear line', async () => {
    const rig = await levelRig('good');
    const refused = await rig.flyball(['edit', 'level', '--json'], { env: { EDITOR: 'no-such-editor' } });
    expect(refused.stdout).toBe('');
    expect(refused.error()).toMatchObject({ code: 1, message: expect.stringContaining('no-such-editor') });
  });
});

test('doctor names what is wrong and what to do', async () => {
  const rig = await levelRig('good');
  const well = await rig.flyball(['doctor', '--json']);
  expect(well.json()).toMatchObject({ v: 1, ok: true });
  rig.write('flyball.yaml', 'x: [\n');
  const ill = await rig.flyball(['doctor', '--json']);
  expect(ill.code).toBe(1);
  const { checks } = ill.json() as { checks: { name: string; state: string; next: string | null }[] };
  expect(checks.find(({ name }) => name === 'config')).toMatchObject({ state: 'bad', next: expect.stringContaining('edit config') });
});
