// Acceptance B of trust: a yes executes exactly the stored decision, once; after the world moved on it ends
// `overtaken`; a no is remembered; `always` writes one narrow line and the person's comments survive.
import { existsSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Ask } from '../src/world/ask.ts';
import { type DecidedHome, decidedHome } from './support/home-cli.ts';

/** Where no sandbox holds a command, it needs a yes. */
const ACT = 'autonomy: act\nshell: {sandbox: off}';
const PROPOSE = 'autonomy: propose';
const SHELL = { action: 'run_shell', cmd: 'echo ran >> trace' };

const asksOf = async (home: DecidedHome): Promise<Ask[]> => (await home.flyball(['asks', '--json'])).json() as Ask[];
const answer = (home: DecidedHome, ...words: string[]) => home.flyball(['answer', ...words]);
const traced = (home: DecidedHome): number => (existsSync(join(home.home, 'trace')) ? home.read('trace').split('\n').length - 1 : 0);

/** A home in which that decision has just become ask 1. */
async function asking(
  decision: Record<string, unknown>,
  options: { config?: string; files?: Record<string, string> } = {},
): Promise<DecidedHome> {
  const home = await decidedHome({ config: ACT, ...options });
  home.decides(decision);
  expect(await home.beat()).toMatchObject({ did: 'asked', verdict: { result: 'ask', ask: '1' }, outcome: null });
  return home;
}

test('a yes executes exactly the stored decision, once, as a beat of its own', async () => {
  const home = await asking({ ...SHELL, journal: 'A trace is needed.' });
  expect(await asksOf(home)).toMatchObject([
    { id: '1', kind: 'approval', state: 'open', options: ['yes', 'no', 'always'], decision: SHELL, ref: 'b1', answer: null },
  ]);
  const [ask] = await asksOf(home);
  expect(ask?.question).toContain('cmd: echo ran >> trace');
  expect(Date.parse(ask?.expires_at ?? '') - Date.parse(ask?.at ?? '')).toBe(24 * 3_600_000);
  home.decides({ action: 'run_shell', cmd: 'echo something else >> trace' });
  const asked = home.asked();
  expect(await home.beat()).toMatchObject({ id: null, gate: { open: false, reason: 'unchanged' } });
  expect(traced(home)).toBe(0);
  expect((await answer(home, '1', 'perhaps')).code).toBe(2);
  expect((await answer(home, '1', 'Approve')).code).toBe(0);
  expect((await answer(home, '1', 'no')).code).toBe(1);
  expect(await home.beat()).toMatchObject({
    did: 'acted',
    gate: { open: true, reason: 'approved' },
    by: { kind: 'approval', name: '1' },
    decision: SHELL,
    verdict: { result: 'allow', ask: '1' },
    outcome: { status: 'done' },
  });
  expect(home.asked()).toBe(asked);
  expect(home.read('trace')).toBe('ran\n');
  expect(await asksOf(home)).toMatchObject([{ state: 'closed', closed_reason: 'done', answer: 'yes', answered_by: 'person' }]);
  expect(home.journal().filter((record) => record.type === 'intent')).toMatchObject([
    { by: { kind: 'approval', name: '1' }, approval: '1' },
  ]);
  home.decides({ action: 'noop' });
  expect(await home.beat()).toMatchObject({ by: { kind: 'decider' }, changes: [{ path: '/asks/1/signal', new: 'answered' }] });
  expect(await home.beat()).toMatchObject({ id: null });
  expect(traced(home)).toBe(1);
});

test('STOP holds an approval back; a back-off and a spent budget do not', async () => {
  const home = await asking(SHELL);
  home.runs('exit 1');
  home.stir();
  expect(await home.beat()).toMatchObject({ did: 'failed' });
  home.stir();
  expect(await home.beat()).toMatchObject({ gate: { open: false, reason: 'backing-off' } });
  home.write('flyball.yaml', `${home.read('flyball.yaml')}spend: {day: 0}\n`);
  expect(await home.beat()).toMatchObject({ gate: { open: false, reason: 'over-budget' } });
  await answer(home, '1', 'yes');
  home.write('STOP', 'wait');
  expect(await home.beat()).toMatchObject({ gate: { open: false, reason: 'frozen' } });
  unlinkSync(join(home.home, 'STOP'));
  expect(await home.beat()).toMatchObject({ gate: { reason: 'approved' }, did: 'acted' });
  expect(traced(home)).toBe(1);
});

test('a no executes nothing and is remembered, until the person edits the target', async () => {
  const write = { action: 'write_goal', id: 'learn', body: 'Learn more.' };
  const home = await asking(write, { config: PROPOSE, files: { 'goals/learn.md': 'Learn Rust.\n' } });
  expect((await answer(home, '1', 'no')).code).toBe(0);
  expect(await asksOf(home)).toMatchObject([{ state: 'closed', closed_reason: 'refused', answer: 'no' }]);
  const config = home.read('flyball.yaml');
  home.write('flyball.yaml', config.replace(PROPOSE, 'autonomy: full'));
  home.decides({ ...write, body: 'Learn even more.' });
  expect(await home.beat()).toMatchObject({
    did: 'asked',
    verdict: { ask: '2', reasons: [{ step: 'memory', result: 'ask', name: 'ask:1' }] },
  });
  expect(home.read('goals/learn.md')).toBe('Learn Rust.\n');
  home.write('goals/learn.md', 'Learn Rust this year.\n');
  home.decides({ ...write, body: 'Learn Rust this year, and more.' });
  expect(await home.beat()).toMatchObject({ did: 'acted' });
});

test('what waits in an ask is not asked again', async () => {
  const home = await asking(SHELL);
  home.decides({ ...SHELL, journal: 'other words', next_interval_s: 60 });
  home.stir();
  expect(await home.beat()).toMatchObject({
    did: 'denied',
    verdict: {
      result: 'deny',
      reasons: expect.arrayContaining([
        expect.objectContaining({ step: 'memory', result: 'deny', message: expect.stringContaining('ask 1') }),
      ]),
    },
  });
  expect(await asksOf(home)).toHaveLength(1);
});

test('a policy holds rules too: the ask counts as spoken, and a yes does what the rule said', async () => {
  const rule = { name: 'trace', when: 'readings.tick.signal == 1', do: SHELL };
  const policy = `{name: shells, when: 'action.kind == "run_shell"', then: ask, message: "It is a shell."}`;
  const home = await decidedHome({ config: `rules: [${JSON.stringify(rule)}]\npolicies: [${policy}]` });
  expect(await home.beat()).toMatchObject({ did: 'asked', by: { kind: 'rule', name: 'trace' } });
  expect(await home.beat()).toMatchObject({ by: { kind: 'decider' } }); // the first look at the world; the rule has spoken
  expect(await asksOf(home)).toMatchObject([{ options: ['yes', 'no'] }]);
  expect((await answer(home, '1', 'always')).code).toBe(2); // no policy lifts another's ask
  await answer(home, '1', 'yes');
  expect(await home.beat()).toMatchObject({ did: 'acted', by: { kind: 'approval' } });
  expect(traced(home)).toBe(1);
});

test('an edit elsewhere in the goal is merged with what was approved', async () => {
  const text = 'One.\n\nTwo.\n\nThree.\n';
  const home = await asking(
    { action: 'write_goal', id: 'learn', body: text.replace('Three', 'Third') },
    { config: PROPOSE, files: { 'goals/learn.md': text } },
  );
  home.write('goals/learn.md', text.replace('One', 'First'));
  await answer(home, '1', 'yes');
  expect(await home.beat()).toMatchObject({ did: 'acted' });
  expect(home.read('goals/learn.md')).toBe('First.\n\nTwo.\n\nThird.\n');
});

interface Story {
  name: string;
  decision: Record<string, unknown>;
  config?: string;
  /** What happens between ask and yes. */
  moves(home: DecidedHome): void;
  reason: string;
}

const GOAL = { action: 'write_goal', id: 'learn', body: 'Learn more.' };
const OVERTAKEN: readonly Story[] = [
  {
    name: 'the person has edited the same place',
    decision: GOAL,
    config: PROPOSE,
    moves: (home) => home.write('goals/learn.md', 'Learn Zig.\n'),
    reason: 'edited since the decider read it',
  },
  {
    name: 'the goal is gone',
    decision: { action: 'archive_goal', id: 'learn' },
    config: PROPOSE,
    moves: (home) => rmSync(join(home.home, 'goals/learn.md')),
    reason: 'there is no goal learn',
  },
  {
    name: 'what it rested on has changed',
    decision: { ...SHELL, because: ['/readings/tick/signal'] },
    moves: (home) => home.stir(),
    reason: '/readings/tick/signal was 1 when you decided and is 2 now',
  },
  {
    name: 'a policy denies it now',
    decision: SHELL,
    moves: (home) => {
      const deny = "policies: [{name: never, when: 'action.kind == \"run_shell\"', then: deny, message: 'No shells.'}]\n";
      home.write('flyball.yaml', home.read('flyball.yaml') + deny);
    },
    reason: 'No shells.',
  },
  {
    name: 'the sensor that it would replace is another one now',
    decision: { action: 'write_sensor', name: 'disk', script: '#!/bin/sh\necho "{}"\n' },
    moves: (home) => home.write('sensors/disk', '#!/bin/sh\necho \'{"signal":1}\'\n', 0o700),
    reason: 'sensors/disk has changed since it was asked about',
  },
  {
    name: 'it was answered and then lay there for a day',
    decision: SHELL,
    moves: () => {},
    reason: 'it lapsed at',
  },
  {
    name: 'its stored decision was tampered with',
    decision: SHELL,
    moves: (home) => home.write('.flyball/asks/1.json', home.read('.flyball/asks/1.json').replace('"cmd":"echo ran', '"cmd":"echo run')),
    reason: 'not the one that was asked about',
  },
];

test.each(OVERTAKEN)('a yes is overtaken when $name', async ({ name, decision, config = ACT, moves, reason }) => {
  const home = await asking(decision, { config, files: { 'goals/learn.md': 'Learn Rust.\n' } });
  moves(home);
  expect((await answer(home, '1', 'yes')).code).toBe(0);
  const ask = home.read('.flyball/asks/1.json');
  if (name.includes('for a day'))
    home.write('.flyball/asks/1.json', ask.replace(/"expires_at":"[^"]*"/, '"expires_at":"2026-01-01T00:00:00.000Z"'));
  const before = existsSync(join(home.home, 'goals/learn.md')) ? home.read('goals/learn.md') : null;
  expect(await home.beat()).toMatchObject({
    did: 'overtaken',
    by: { kind: 'approval', name: '1' },
    outcome: null,
    problem: expect.stringContaining(reason),
  });
  expect(await asksOf(home)).toMatchObject([{ state: 'closed', closed_reason: expect.stringContaining(reason) }]);
  expect(traced(home)).toBe(0);
  expect(existsSync(join(home.home, 'goals/learn.md')) ? home.read('goals/learn.md') : null).toBe(before);
  expect(home.read('journal.md')).toContain('what you approved (ask 1) was not done');
  expect((await home.beat()).by.kind).not.toBe('approval');
});

test("always adds one narrow line under a comment; the person's own text stays to the byte", async () => {
  const mine =
    '# What I allow\nautonomy: act   # careful\nshell: {sandbox: off}\n\npolicies:\n  # never mind the weather\n  - name: weather\n    when: \'action.kind == "nothing"\'\n    then: deny\n\n# the end\ninterval: 60s';
  const home = await asking(SHELL, { config: mine });
  const before = home.read('flyball.yaml');
  expect((await answer(home, '1', 'always')).stdout).toContain('action.cmd == \\"echo ran >> trace\\"');
  expect(await home.beat()).toMatchObject({ did: 'acted', by: { kind: 'approval' } });
  const after = home.read('flyball.yaml');
  const added = after.split('\n').filter((line) => !before.split('\n').includes(line));
  expect(added).toEqual([
    expect.stringMatching(/^ {2}# You answered "always" to ask 1 on \d{4}-.*Z\.$/),
    expect.stringMatching(/^ {2}- \{ name: always-run_shell-[0-9a-f]{8}, when: "action\.kind == .*", then: allow \}$/),
  ]);
  expect(
    after
      .split('\n')
      .filter((line) => !added.includes(line))
      .join('\n'),
  ).toBe(before);
  expect((parse(after) as { policies: unknown[] }).policies).toHaveLength(2);
  home.decides(SHELL);
  home.stir();
  expect(await home.beat()).toMatchObject({ did: 'acted', by: { kind: 'decider' }, verdict: { result: 'allow' } });
  expect(traced(home)).toBe(2);
  home.decides({ ...SHELL, cmd: `${SHELL.cmd} && true` });
  home.stir();
  expect(await home.beat()).toMatchObject({ did: 'asked' });
});

test('an option that does something: choosing it executes exactly that, once', async () => {
  const options = [{ label: 'Leave a trace', do: SHELL }, 'Leave it'];
  const home = await decidedHome({ config: ACT });
  home.decides({ action: 'ask_human', question: 'Which?', options });
  expect(await home.beat()).toMatchObject({ did: 'acted' });
  home.decides({ action: 'noop' });
  expect((await answer(home, '1', 'leave a trace')).code).toBe(0);
  expect(await home.beat()).toMatchObject({
    did: 'acted',
    gate: { reason: 'approved' },
    by: { kind: 'approval', name: '1' },
    decision: SHELL,
  });
  expect(traced(home)).toBe(1);
  expect(await asksOf(home)).toMatchObject([{ state: 'closed', answer: 'Leave a trace' }]);
  await home.beat();
  expect(traced(home)).toBe(1);
});

test('an option that would do what norms deny is never offered', async () => {
  const home = await decidedHome();
  home.decides({ action: 'ask_human', question: 'Which?', options: [{ label: 'a', do: { action: 'run_shell', cmd: 'rm -rf /' } }] });
  expect(await home.beat()).toMatchObject({ did: 'denied', verdict: { reasons: [{ step: 'norms', name: 'destructive' }] } });
  expect(await asksOf(home)).toEqual([]);
});

test('what an agent wrote and the person deleted is asked about before it is written again', async () => {
  const home = await decidedHome();
  home.decides({ action: 'write_goal', id: 'tidy', body: 'Tidy up.' });
  expect(await home.beat()).toMatchObject({ did: 'acted' });
  rmSync(join(home.home, 'goals/tidy.md'));
  home.stir();
  home.decides({ action: 'write_goal', id: 'tidy', body: 'Tidy up, please.' });
  expect(await home.beat()).toMatchObject({
    did: 'asked',
    verdict: { reasons: [{ step: 'memory', message: expect.stringContaining('you deleted') }] },
  });
  expect(existsSync(join(home.home, 'goals/tidy.md'))).toBe(false);
});

test('a yes that was replaced before it ran does nothing', async () => {
  const home = await asking(SHELL);
  await answer(home, '1', 'yes');
  expect((await answer(home, '1', 'no', '--force')).code).toBe(0);
  home.decides({ action: 'noop' });
  expect((await home.beat()).by.kind).toBe('decider');
  expect(traced(home)).toBe(0);
});
