// What each kind refuses, in words for whoever chose it; and that everything derives from the one list.
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, expectTypeOf, test } from 'vitest';
import { type Action, actionDocs, actionJsonSchema, actionSchema, kindNamed, kinds } from '../../src/actions/index.ts';
import { aWorld } from '../support/builders.ts';
import { type HomeRig, makeHome } from '../support/home-rig.ts';

let rig: HomeRig;
beforeEach(() => {
  rig = makeHome({ 'goals/a.md': 'A\n', 'sensors/mine.sh': '#!/bin/sh\necho 1\n' });
});
afterEach(() => rig.remove());

const refusal = async (decision: Record<string, unknown>, person = false) => {
  const { prepared, executed } = await rig.act(decision, { person });
  return executed.problem ?? prepared;
};

test('the type, the JSON Schema and the docs are those of the list', () => {
  expectTypeOf<Action['action']>().toEqualTypeOf<(typeof kinds)[number]['kind']>();
  expectTypeOf<Extract<Action, { action: 'write_goal' }>['body']>().toEqualTypeOf<string>();
  const names = kinds.map(({ kind }) => kind);
  const schema = actionJsonSchema() as { oneOf: { properties: { action: { const: string } }; additionalProperties: boolean }[] };
  expect(schema.oneOf.map((it) => it.properties.action.const)).toEqual(names);
  expect(schema.oneOf.every((it) => it.additionalProperties === false)).toBe(true);
  for (const name of names) expect(actionDocs()).toContain(`### ${name}\n`);
  for (const name of names) expect(kindNamed(name).kind).toBe(name);
  expect(() => kindNamed('start_worker')).toThrow('start_worker');
});

test('what may ride along is taken on every kind, and a senseless nap is no reason to refuse', () => {
  const along = { journal: 'why', because: ['/goals/a/text'], goal: 'a', beat: 3, next_interval_s: 0.5 };
  expect(actionSchema.parse({ action: 'noop', ...along })).toEqual({ action: 'noop', ...along });
  expect(actionSchema.parse({ action: 'noop', next_interval_s: 'soon' })).toEqual({ action: 'noop' });
  expect(actionSchema.safeParse({ action: 'noop', why: 'x' }).error?.issues[0]).toMatchObject({ code: 'unrecognized_keys', keys: ['why'] });
});

test('an action that hangs on an answer is checked like any other', () => {
  const ask = (chosen: object) => actionSchema.safeParse({ action: 'ask_human', question: '?', options: [{ label: 'a', do: chosen }] });
  expect(ask({ action: 'archive_goal', id: 'a' }).success).toBe(true);
  expect(ask({ action: 'archive_goal', id: '../a' }).error?.issues[0]?.path).toEqual(['options', 0, 'do', 'id']);
  expect(ask({ action: 'explode' }).success).toBe(false);
});

test('a question with the same option twice, or a default that is none of them, is refused', async () => {
  expect(await refusal({ action: 'ask_human', question: '?', options: ['a', 'a'] })).toContain('same label');
  expect(await refusal({ action: 'ask_human', question: '?', options: ['a', 'b'], default: 'c' })).toContain('none of the options: a, b');
});

test('what is not there cannot be archived, restored, removed or dropped; to a rule it has been done', async () => {
  expect(await refusal({ action: 'archive_goal', id: 'none' })).toBe('there is no goal none');
  expect(await refusal({ action: 'restore_goal', id: 'none' })).toBe('there is no archived goal none');
  expect(await refusal({ action: 'remove_sensor', name: 'none' })).toBe('there is no sensor none');
  expect(await refusal({ action: 'drop_schedule', name: 'none' })).toBe('there is no schedule none');
  expect(await refusal({ action: 'remove_sensor', name: 'none' }, true)).toBe('unchanged');
  expect(await refusal({ action: 'drop_schedule', name: 'none' }, true)).toBe('unchanged');
});

test('an action that changes nothing says so', async () => {
  expect(await refusal({ action: 'write_goal', id: 'a', body: 'A' })).toBe('unchanged');
  expect(await refusal({ action: 'restore_goal', id: 'a' })).toBe('unchanged');
  await rig.act({ action: 'archive_goal', id: 'a' });
  expect(await refusal({ action: 'archive_goal', id: 'a' })).toBe('unchanged');
  const schedule = { action: 'write_schedule', name: 's', every_s: 60, note: 'n' };
  await rig.act(schedule);
  expect(await refusal(schedule)).toBe('unchanged');
});

test('archived goals of one id stand beside each other, and the latest comes back', async () => {
  for (const text of ['first\n', 'second\n', 'third\n']) {
    rig.write('goals/g.md', text);
    await rig.act({ action: 'archive_goal', id: 'g' });
  }
  expect(['g', 'g~2', 'g~3'].map((name) => rig.read(`goals/archive/${name}.md`))).toEqual(['first\n', 'second\n', 'third\n']);
  await rig.act({ action: 'restore_goal', id: 'g' });
  expect(rig.read('goals/g.md')).toBe('third\n');
});

test('a sensor of the person’s is asked about; one of flyball’s own is changed and removed', async () => {
  const script = '#!/bin/sh\necho 2\n';
  expect(await refusal({ action: 'write_sensor', name: 'mine', script })).toBe('conflict');
  expect(await refusal({ action: 'remove_sensor', name: 'mine' })).toBe('conflict');
  expect(rig.read('sensors/mine.sh')).toBe('#!/bin/sh\necho 1\n');
  expect(await refusal({ action: 'write_sensor', name: 'own', script })).toBe('files');
  expect(await refusal({ action: 'write_sensor', name: 'own', script: '#!/bin/sh\necho 3' })).toBe('files');
  rig.write('sensors/own', '#!/bin/sh\necho "mine now"\n');
  expect(await refusal({ action: 'remove_sensor', name: 'own' })).toBe('conflict');
  expect(await refusal({ action: 'write_sensor', name: 'mine', script }, true)).toBe('files');
  expect(rig.read('sensors/mine.sh')).toBe(script);
});

test('a script without a shebang is no sensor', () => {
  expect(actionSchema.safeParse({ action: 'write_sensor', name: 'x', script: 'echo 1' }).success).toBe(false);
});

test('a schedule says exactly one time, and one that comes', async () => {
  const schedule = (fields: object) => refusal({ action: 'write_schedule', name: 's', note: 'n', ...fields });
  expect(await schedule({})).toContain('exactly one of at, every_s and cron');
  expect(await schedule({ every_s: 60, cron: '* * * * *' })).toContain('this one has 2');
  expect(await schedule({ cron: '61 * * * *' })).toContain('is no cron line: Invalid value for minute');
  expect(await schedule({ cron: '* * * * * *' })).toContain('five fields');
  expect(await schedule({ cron: '0 0 31 2 *' })).toContain('never comes');
  expect(await schedule({ cron: '0 9 * * *', tz: 'Mars/Olympus' })).toContain('is no time zone');
  expect(await schedule({ every_s: 60, tz: 'Europe/Berlin' })).toContain('belongs to a cron line');
  expect(await schedule({ at: '2030-01-01T09:00:00+01:00' })).toBe('files');
  expect(rig.ports.schedules.all()).toMatchObject([{ at: '2030-01-01T08:00:00.000Z', every_s: null, cron: null }]);
  expect(actionSchema.safeParse({ action: 'write_schedule', name: 's', note: 'n', every_s: 59 }).success).toBe(false);
  expect(actionSchema.safeParse({ action: 'write_schedule', name: 's', note: 'n', at: 'tomorrow' }).success).toBe(false);
});

test('a folder that cannot be listed is not an empty one', async () => {
  renameSync(join(rig.home, 'goals'), join(rig.home, 'elsewhere'));
  rig.write('goals', 'a file where the folder should be');
  const { executed } = await rig.act({ action: 'write_goal', id: 'a', body: 'x' }, { seen: aWorld() });
  expect(executed.problem).toContain('ENOTDIR');
});
