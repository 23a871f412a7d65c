// Settings: defaults < file < environment < flags, and what happens when the file is wrong.
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../src/config.ts';
import { checkConfig } from '../src/config-check.ts';
import { layout } from '../src/store/layout.ts';
import { makeRig, type Rig } from './support/rig.ts';

const load = (rig: Rig, env: Record<string, string> = {}, flags: Record<string, string> = {}) =>
  loadConfig({ layout: layout(rig.home), env, flags, version: 'test' });

describe('sources', () => {
  test('a flag goes over the environment, that over the file, that over the default; each says where it is from', async () => {
    const rig = await makeRig({ 'flyball.yaml': 'interval: 15s\nautonomy: propose\n' });
    const { settings } = await load(rig, { FLYBALL_INTERVAL: '20s', FLYBALL_AUTONOMY: 'full' }, { interval: '30s' });
    expect(settings).toMatchObject({ interval: 30_000, autonomy: 'full', hire: true });

    const shown = await rig.flyball(['config', '--set', 'interval=30s', '--json'], { env: { FLYBALL_AUTONOMY: 'full' } });
    const { fields } = shown.json() as { fields: { path: string; source: string; sentence: string }[] };
    const sources = Object.fromEntries(fields.map(({ path, source }) => [path, source]));
    expect(sources).toMatchObject({ interval: 'flag', autonomy: 'environment', hire: 'default', 'decider.use': 'default' });
    expect(fields.filter(({ sentence }) => sentence === '').map(({ path }) => path)).toEqual([]);
  });

  test.each([
    ['FLYBALL_INTERVAL', { FLYBALL_INTERVAL: 'soon' }, []],
    ['--set interval', {}, ['--set', 'interval=soon']],
    ['--set intervall', {}, ['--set', 'intervall=1s']],
  ])('a wrong %s is asked wrongly, by its name', async (name, env, flags) => {
    const rig = await makeRig();
    const refused = await rig.flyball(['config', '--json', ...flags], { env });
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.error().message).toContain(name);
  });
});

describe('a file that does not parse', () => {
  test('leaves the last good settings in force, and is the first line of status with place and cure', async () => {
    const rig = await makeRig({ 'flyball.yaml': 'interval: 15s\n' });
    await rig.flyball(['config']);
    rig.write('flyball.yaml', 'interval: 15s\nautonmy: full\n');
    expect(await load(rig)).toMatchObject({ from: 'last-good', settings: { interval: 15_000 } }); // also by another version
    const seen = await rig.flyball(['status', '--json']);
    expect(seen.json()).toMatchObject({
      pulse: { interval_s: 15 },
      problems: [{ where: 'flyball.yaml:2:1', what: expect.stringContaining('autonomy') }, expect.anything()],
    });
    expect((await rig.flyball(['status'])).stdout.split('\n')[0]).toMatch(/flyball\.yaml:2:1.*edit config/);
  });

  test('with no former one, nothing is run by defaults', async () => {
    const rig = await makeRig({ 'flyball.yaml': 'interval: [\n' });
    const refused = await rig.flyball(['beat', '--json']);
    expect(refused.stdout).toBe('');
    expect(refused.code).toBe(2);
    expect(refused.error().message).toContain('flyball.yaml:');
  });
});

describe('what is wrong is told with line, column and suggestion', () => {
  test.each([
    ['interval: [', { line: 1 }],
    ['- a', { line: 1, what: expect.stringContaining('no map') }],
    ['intervall: 5s', { line: 1, column: 1, next: 'did you mean "interval"?' }],
    ['interval: 5 parsecs', { line: 1, column: 11, what: expect.stringContaining('no duration') }],
    ['interval: 1ms', { line: 1, what: expect.stringContaining('at least 1s') }],
    ['autonomy: actt', { line: 1, column: 11, next: 'did you mean "act"?' }],
    ['tz: Mars/Olympus', { line: 1, what: expect.stringContaining('no time zone') }],
    ['decider:\n  use: claud', { line: 2, column: 8, next: 'did you mean "claude"?' }],
    ['decider:\n  claude: { modl: x }', { line: 2, next: 'did you mean "model"?' }],
    ['rules:\n  - { name: a, when: "true", do: { action: noop } }\n  - { name: a, when: "true", do: { action: noop } }', { line: 3 }],
    [
      'rules:\n  - { name: a, when: "true", do: { action: noop }, every: 1m, once: true }',
      { line: 2, what: expect.stringContaining('at most one') },
    ],
    [
      'rules:\n  - { name: a, when: readings.my-x == 1, do: { action: noop } }',
      { line: 2, what: expect.stringContaining('readings["my-x"]') },
    ],
    ['rules:\n  - { name: a, when: "true", at: nope, do: { action: noop } }', { line: 2, what: expect.stringContaining('no cron line') }],
    ['rules:\n  - { name: a, when: "true", do: { action: nop } }', { line: 2, next: 'did you mean "noop"?' }],
    ['rules:\n  - { name: a, when: "true", do: { action: noop, why: x } }', { line: 2, what: expect.stringContaining('no field why') }],
    ['allow_commands:\n  - git log **\n  - make | sh', { line: 3, what: expect.stringContaining('no single simple command') }],
    ['allow_commands: ["**"]', { line: 1, what: expect.stringContaining('every command') }],
    ['policies:\n  - { name: a, when: readings.x, then: ask }', { line: 2, what: expect.stringContaining('"readings"') }],
  ])('%s', (text, expected) => {
    expect(checkConfig(text)[0]).toMatchObject({ file: 'flyball.yaml', ...expected });
  });

  test('an empty file, and the example, are well', async () => {
    expect(checkConfig('')).toEqual([]);
    const rig = await makeRig();
    expect((await rig.flyball(['check', '--json'])).json()).toMatchObject({ ok: true, problems: [] });
  });

  test('anchors that blow up are refused, not expanded', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
      .split('')
      .map((name, index) => `${name}: &${name} [${`*${'abcdefgh'[index]},`.repeat(9)}]`)
      .join('\n')}\n`;
    expect(checkConfig(bomb).length).toBeGreaterThan(0);
  });
});
