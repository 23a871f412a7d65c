// What was undone is not done again by the next beat, and undo beside a running pulse and a thinking decider.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkJournal } from '../../src/store/journal-check.ts';
import { layout } from '../../src/store/layout.ts';
import type { Ask } from '../../src/world/ask.ts';
import { type DecidedHome, decidedHome, upAndBeaten } from '../support/home-cli.ts';
import { makeRig, type Rig } from '../support/rig.ts';
import { until } from '../support/wait.ts';

const GOAL = '# House\n\nPaint it.\n';
const REWRITTEN = '# House\n\nPainted.\n';
const REWRITE = { action: 'write_goal', id: 'house', body: REWRITTEN };

const undo = (rig: Rig, ...args: string[]) => rig.flyball(['--home', rig.home, 'undo', ...args, '--yes', '--json']);
const openAsks = async (rig: Rig) => ((await rig.flyball(['asks', '--json'])).json() as Ask[]).filter(({ state }) => state === 'open');
const has = (rig: Rig, path: string) => existsSync(join(rig.home, path));

test('a stubborn decider asks instead of doing it again; an edit by the person takes the no back', async () => {
  const home = await decidedHome({ files: { 'goals/house.md': GOAL } });
  home.decides(REWRITE);
  expect(await home.beat()).toMatchObject({ did: 'acted' });
  expect((await undo(home)).code).toBe(0);
  for (let n = 0; n < 3; n++) {
    home.stir();
    const { did, verdict } = await home.beat('--force');
    expect(did).not.toBe('acted');
    expect(verdict?.reasons.some(({ step, result }) => step === 'memory' && result !== 'allow')).toBe(true);
    expect(home.read('goals/house.md')).toBe(GOAL);
  }
  const [ask, ...more] = await openAsks(home);
  expect(more).toEqual([]);
  expect(ask).toMatchObject({ kind: 'approval' });

  // The same kind on another target is another matter.
  home.stir();
  home.decides({ action: 'write_goal', id: 'garden', body: 'Dig.' });
  expect(await home.beat('--force')).toMatchObject({ did: 'acted' });

  // The person has written the goal anew: the no is spent.
  home.write('goals/house.md', '# House\n\nPaint it blue.\n');
  home.stir();
  home.decides({ action: 'write_goal', id: 'house', body: '# House\n\nPainted blue.\n' });
  expect(await home.beat('--force')).toMatchObject({ did: 'acted' });
});

test('a yes to that question does it after all, and its undo is an undo like any other', async () => {
  const home = await decidedHome({ files: { 'goals/house.md': GOAL } });
  home.decides(REWRITE);
  await home.beat();
  await undo(home);
  home.stir();
  expect(await home.beat('--force')).toMatchObject({ did: 'asked' });
  const [ask] = await openAsks(home);
  expect((await home.flyball(['answer', ask?.id ?? '', 'yes'])).code).toBe(0);
  await home.beat();
  expect(home.read('goals/house.md')).toBe(REWRITTEN);
  expect((await undo(home)).code).toBe(0);
  expect(home.read('goals/house.md')).toBe(GOAL);
});

test('doing it again (an undo of the undo) takes the no back', async () => {
  const home = await decidedHome({ files: { 'goals/house.md': GOAL } });
  home.decides(REWRITE);
  await home.beat();
  const { id } = (await undo(home)).json() as { id: string };
  expect(home.read('.flyball/nos.json')).toContain('"id":"b1"');
  expect((await undo(home, id)).code).toBe(0);
  expect(home.read('.flyball/nos.json')).not.toContain('"id":"b1"');
});

for (const [name, rule] of Object.entries({
  'whose condition is true again': {
    name: 'make',
    when: '!("house" in goals)',
    do: { action: 'write_goal', id: 'house', body: 'Build it.' },
  },
  'that is always true': { name: 'make', when: 'true', do: { action: 'write_goal', id: 'house', body: 'Build it.' } },
  'that repeats itself': { name: 'make', when: 'true', every: '60s', do: { action: 'write_goal', id: 'house', body: 'Build it.' } },
}))
  test(`a stubborn rule ${name} does not do again what was undone`, async () => {
    const rig = await makeRig({ 'flyball.yaml': JSON.stringify({ rules: [rule], decider: { use: 'rules' } }) });
    expect((await rig.flyball(['beat', '--json'])).json()).toMatchObject({ did: 'acted', by: { kind: 'rule', name: 'make' } });
    expect(has(rig, 'goals/house.md')).toBe(true);
    expect((await undo(rig)).code).toBe(0);
    for (let n = 0; n < 3; n++) {
      await rig.flyball(['beat', '--force', '--json']);
      expect(has(rig, 'goals/house.md')).toBe(false);
    }
    expect((await openAsks(rig)).length).toBeLessThanOrEqual(1);
  });

// ── beside a pulse ─────────────────────────────────────────────────────────────────────────────────

/** The decider waits for the file `go` before it answers. */
function thinks(home: DecidedHome, decision: object): { answer(): void; asked: Promise<unknown> } {
  const [go, begun] = [home.beside('go'), home.beside('begun')];
  writeFileSync(home.beside('answer'), JSON.stringify(decision));
  home.runs(`touch ${begun}; while ! [ -e ${go} ]; do sleep 0.02; done; cat ${home.beside('answer')} > .decision.json`);
  return { answer: () => writeFileSync(go, ''), asked: until(() => existsSync(begun), 'the decider to be asked') };
}

const beats = (home: DecidedHome) =>
  readdirSync(join(home.home, '.flyball/beats'))
    .map(Number)
    .sort((a, b) => a - b);

test('undo beside a running pulse, while its decider thinks: done at once, and the late decision does not write over it', async () => {
  const home = await decidedHome({ files: { 'goals/house.md': GOAL } });
  home.decides(REWRITE);
  await upAndBeaten(home);
  const thinking = thinks(home, { ...REWRITE, body: '# House\n\nPainted twice.\n' });
  home.stir();
  const beat = home.flyball(['--home', home.home, 'beat', '--force', '--json']);
  await thinking.asked;
  const undone = await undo(home, '1');
  expect(undone).toMatchObject({ code: 0 });
  expect(home.read('goals/house.md')).toBe(GOAL);
  thinking.answer();
  const record = (await beat).json() as { did: string };
  expect(record.did).not.toBe('acted');
  expect(home.read('goals/house.md')).toBe(GOAL);
  expect(checkJournal(layout(home.home))).toMatchObject({ ok: true, open: [] });
  const epochs = home.journal().map(({ epoch }) => epoch);
  expect(epochs).toEqual([...epochs].sort((a, b) => a - b));
});

test('many undos at once, with a pulse beating beside them: each is done once or refused, and the journal holds', async () => {
  const home = await decidedHome({ files: { 'goals/house.md': GOAL } });
  home.decides(REWRITE);
  await upAndBeaten(home);
  home.decides({ action: 'noop' });
  const all = Array.from({ length: 4 }, () => undo(home, '1'));
  home.stir();
  const beating = home.flyball(['--home', home.home, 'beat', '--force', '--json']);
  const codes = (await Promise.all(all)).map(({ code }) => code).sort();
  expect(codes).toEqual([0, 1, 1, 1]);
  await beating;
  expect(home.read('goals/house.md')).toBe(GOAL);
  const check = checkJournal(layout(home.home));
  expect(check).toMatchObject({ ok: true, open: [] });
  const outcomes = home.journal().filter((record) => record.type === 'outcome' && record.id.startsWith('p'));
  expect(outcomes).toHaveLength(1);
  expect(beats(home).length).toBeGreaterThanOrEqual(2);
});
