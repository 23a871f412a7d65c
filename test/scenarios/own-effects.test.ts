// No change is lost, and nothing is decided twice: what opens the gate after an action, and what does not.
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type DecidedHome, decidedHome } from '../support/home-cli.ts';

const paths = (record: Awaited<ReturnType<DecidedHome['beat']>>) => record.changes.map(({ path }) => path);

test.each([
  { action: 'write_goal', id: 'notes', body: '# Notes\n\nNothing yet.\n' },
  { action: 'write_playbook', body: '# Playbook\n\nBe brief.\n' },
  { action: 'ask_human', question: 'Which one?' },
  { action: 'write_schedule', name: 'later', every_s: 3_600, note: 'look again' },
  { action: 'send_notification', message: 'Look here.' },
])('what $action wrote does not wake the decider', async (decision) => {
  const home = await decidedHome();
  home.decides(decision);
  expect(await home.beat()).toMatchObject({ id: 1, did: 'acted' });
  expect(await home.beat()).toMatchObject({ id: null, did: 'rested', gate: { reason: 'unchanged' } });
  expect(home.asked()).toBe(1);
});

test("a goal that the decider removed from sight does not wake it; the person's own edit of what it wrote does", async () => {
  const home = await decidedHome({ files: { 'goals/old.md': '# Old\n' } });
  home.decides({ action: 'archive_goal', id: 'old' });
  await home.beat();
  expect(await home.beat()).toMatchObject({ did: 'rested' });
  home.stir();
  home.decides({ action: 'write_goal', id: 'new', body: '# New\n' });
  await home.beat();
  expect(await home.beat()).toMatchObject({ did: 'rested' });
  home.write('goals/new.md', '# New, and mine\n');
  home.decides({ action: 'noop' });
  const woken = await home.beat();
  expect(woken).toMatchObject({ did: 'acted', gate: { reason: 'changed' } });
  expect(paths(woken)).toEqual(['/goals/new']);
  expect(home.asked()).toBe(3);
});

test('the effect of a shell command is seen by a sensor and is a change like any other', async () => {
  const home = await decidedHome();
  home.write('sensors/there.sh', '#!/bin/sh\nif [ -e made ]; then echo \'{"signal":true}\'; else echo \'{"signal":false}\'; fi\n', 0o700);
  home.decides({ action: 'run_shell', cmd: 'touch made; echo and said' });
  await home.beat();
  home.decides({ action: 'noop' });
  const next = await home.beat();
  expect(next).toMatchObject({ did: 'acted', gate: { reason: 'changed' } });
  expect(paths(next)).toEqual(['/readings/there/signal']);
  expect(home.read('.flyball/beats/2/prompt.md')).toContain('and said');
});

test('two things change and a rule takes one: the other still reaches the decider, and neither is decided twice', async () => {
  const rule = `rules: [{name: tick-two, when: 'readings.tick.signal == 2', do: {action: send_notification, message: two}}]`;
  const home = await decidedHome({ config: `autonomy: full\n${rule}` });
  expect(await home.beat()).toMatchObject({ by: { kind: 'decider' }, did: 'acted' });
  home.stir();
  home.write('goals/other.md', '# The other change\n');
  expect(await home.beat()).toMatchObject({ by: { kind: 'rule', name: 'tick-two' }, did: 'acted' });
  const second = await home.beat();
  expect(second).toMatchObject({ by: { kind: 'decider' }, did: 'acted', gate: { reason: 'changed' } });
  expect(paths(second)).toEqual(expect.arrayContaining(['/goals/other', '/readings/tick/signal']));
  expect(await home.beat()).toMatchObject({ did: 'rested' });
  expect(home.asked()).toBe(2);
});

test('a rule that stays true neither repeats itself nor hides the rule and the decider below it', async () => {
  const rules = `rules:
  - {name: always, when: 'true', do: {action: send_notification, message: always}}
  - {name: below, when: 'readings.tick.signal >= 2', do: {action: send_notification, message: below}}`;
  const home = await decidedHome({ config: rules });
  expect(await home.beat()).toMatchObject({ by: { kind: 'rule', name: 'always' } });
  expect(await home.beat()).toMatchObject({ by: { kind: 'decider' } });
  home.stir();
  expect(await home.beat()).toMatchObject({ by: { kind: 'rule', name: 'below' } });
  expect(await home.beat()).toMatchObject({ by: { kind: 'decider' } });
  expect(await home.beat()).toMatchObject({ did: 'rested' });
});

test('a decision that fails leaves its changes unseen: they are shown again, with what went wrong', async () => {
  const home = await decidedHome();
  await home.beat();
  home.stir();
  home.decides({ action: 'write_goal', id: 'x' });
  expect(await home.beat()).toMatchObject({ exit: 1, did: 'refused' });
  home.decides({ action: 'noop' });
  expect(await home.beat()).toMatchObject({ gate: { open: false, reason: 'backing-off' }, did: 'rested' });
  const again = await home.beat('--force');
  expect(again).toMatchObject({ did: 'acted', gate: { reason: 'asked' } });
  expect(paths(again)).toEqual(['/readings/tick/signal']);
  expect(home.read('.flyball/beats/3/prompt.md')).toContain('the field "body" is missing');
});

/** As if so much time had gone by: what guards.json holds lies that much further back. */
function age(home: DecidedHome, seconds: number): void {
  const path = `${home.home}/.flyball/guards.json`;
  const guards = JSON.parse(readFileSync(path, 'utf8')) as { wakes: Record<string, string> };
  for (const [reason, at] of Object.entries(guards.wakes)) guards.wakes[reason] = new Date(Date.parse(at) - seconds * 1_000).toISOString();
  writeFileSync(path, JSON.stringify(guards));
}

test('a model that always asks to be woken soon falls silent in an unchanged world', async () => {
  const home = await decidedHome();
  home.decides({ action: 'noop', next_interval_s: 5 });
  expect(await home.beat()).toMatchObject({ did: 'acted' });
  age(home, 6);
  expect(await home.beat()).toMatchObject({ did: 'acted', gate: { reason: 'nap-over' } });
  for (const _ of [1, 2, 3]) {
    age(home, 301);
    expect(await home.beat()).toMatchObject({ did: 'rested', gate: { reason: 'unchanged' } });
  }
  expect(home.asked()).toBe(2);
});
