// The verbs that try, check and change, each asked of the real CLI in a home of its own.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { levelRig } from '../support/level-home.ts';

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
      'e.json': '{"action":"write_sensor","name":"fresh","script":"#!/bin/sh"}',
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

  test('all that is wrong with a file is said at once, an interpreter that is not there too', async () => {
    const rig = await levelRig('bad');
    rig.write('goals/two.md', '---\npriority: high\npaused: perhaps\n---\nTwo.\n');
    rig.write('sensors/lost.py', '#!/usr/bin/env no-such-python\nprint("{}")\n', 0o700);
    const goal = await rig.flyball(['check', 'goals/two.md']);
    expect(goal.code).toBe(1);
    expect(goal.stdout).toMatch(/^goals\/two\.md:2:.*priority[\s\S]*^goals\/two\.md:3:.*paused/m);
    expect((await rig.flyball(['check', 'sensors/lost.py'])).stdout).toContain('its interpreter no-such-python is not there');
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
