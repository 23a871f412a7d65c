// What becomes of asks between beats, from what is on disk alone.
import { expect, onTestFinished, test } from 'vitest';
import type { NewAsk } from '../src/ports/asks.ts';
import { noAbout } from '../src/world/no.ts';
import { newRuleState } from '../src/world/rule-memory.ts';
import type { RuleState } from '../src/world/rule-state.ts';
import { aRecord, aWorld } from './support/builders.ts';
import { type HomeRig, makeHome } from './support/home-rig.ts';

function home(): HomeRig {
  const rig = makeHome();
  onTestFinished(() => rig.remove());
  return rig;
}

const AT = '2026-03-02T12:00:00.000Z';

function newAsk(parts: Partial<NewAsk> = {}): NewAsk {
  const nobody = { default: null, default_at: null, goal: null, worker: null, generation: null, hash: null, expires_at: null };
  return { kind: 'question', question: 'Which?', options: null, ref: null, decision: null, at: AT, ...nobody, ...parts };
}

const held = (words: string): RuleState => ({ ...newRuleState('sha256:text'), failures: 3, until: AT, held: words });
const person = (text: string) => ({ text, by: 'person' as const, at: new Date() });

test('a held rule asks once, and goes on when the person says so', async () => {
  const rig = home();
  const { asks, state } = rig.ports;
  state.saveRuleStates({ mine: held('3 failures in a row') });
  await rig.recover();
  await rig.recover();
  expect(asks.all()).toMatchObject([{ question: expect.stringContaining('The rule "mine" is held: 3 failures in a row'), state: 'open' }]);
  asks.answer('1', person('go on'));
  await rig.recover();
  expect(state.ruleStates().mine).toMatchObject({ held: null, failures: 0, until: null });
  expect(asks.all()).toMatchObject([{ state: 'closed', closed_reason: 'the rule goes on' }]);
  state.saveRuleStates({ mine: { ...held('3 failures in a row'), until: '2026-03-02T13:00:00.000Z' } });
  await rig.recover();
  expect(asks.all()).toMatchObject([{ state: 'closed' }, { state: 'open' }]);
});

test('a rule that is to stay held is not asked about again; an edit of it answers the question', async () => {
  const rig = home();
  const { asks, state } = rig.ports;
  state.saveRuleStates({ mine: held('3 failures in a row'), other: held('3 failures in a row') });
  await rig.recover();
  asks.answer('1', person('keep it held'));
  state.saveRuleStates({ ...state.ruleStates(), other: newRuleState('sha256:edited') });
  await rig.recover();
  expect(state.ruleStates().mine?.held).toBe('3 failures in a row');
  await rig.recover();
  expect(asks.all()).toMatchObject([
    { state: 'closed', closed_reason: 'the rule stays held until it is edited' },
    { state: 'closed', closed_reason: 'the rule is not held any more' },
  ]);
});

test('a rule that was held by an interrupted action and goes on is not asked about that action again', async () => {
  const rig = home();
  const { asks, nos, state } = rig.ports;
  const shell = { action: 'run_shell', cmd: 'make' };
  nos.add(noAbout(shell, { target: null, path: null }, { why: 'interrupted', id: 'b1', at: AT }));
  nos.add(noAbout(shell, { target: null, path: null }, { why: 'undone', id: 'b2', at: AT }));
  state.saveRuleStates({ mine: held(`interrupted at ${AT}, and nobody knows how far it came`) });
  await rig.recover();
  asks.answer('1', person('go on'));
  await rig.recover();
  expect(nos.all()).toMatchObject([{ id: 'b2' }]);
});

test('an approval that a crash cut off before its intent waits on; after it, the journal says what came of it', async () => {
  const rig = home();
  const { asks, journal } = rig.ports;
  const decision = { action: 'run_shell', cmd: 'make' };
  for (const ref of ['b1', 'b2', 'b3']) {
    const id = asks.raise(newAsk({ kind: 'approval', decision, ref }));
    asks.answer(id, person('yes'));
    asks.begin(id, 'yes');
  }
  const intent = { type: 'intent', by: { kind: 'approval', name: null }, goal: null, action: decision, before: [], after: [] } as const;
  for (const [n, status] of [
    [2, 'void'],
    [3, 'failed'],
  ] as const) {
    const id = `b${n + 10}`;
    journal.append({ ...intent, before: [], after: [], id, beat: null, approval: String(n) }, rig.epoch);
    journal.append({ type: 'outcome', id, status, note: 'exited 1', ms: 1, recovered: false }, rig.epoch);
  }
  await rig.recover();
  expect(asks.all()).toMatchObject([{ state: 'answered' }, { state: 'answered' }, { state: 'closed', closed_reason: 'failed: exited 1' }]);
});

test('an answer leaves the world when a whole decision has seen it: an approval at once, words after a day', async () => {
  const rig = home();
  const { asks, beats, state } = rig.ports;
  asks.raise(newAsk({ kind: 'approval', decision: { action: 'run_shell', cmd: 'make' }, ref: 'b1' }));
  asks.raise(newAsk());
  asks.raise(newAsk());
  asks.answer('1', person('no'));
  asks.answer('2', person('tea'));
  asks.answer('3', { ...person('tea'), at: new Date(AT) });
  await rig.recover();
  expect(asks.all()).toMatchObject([{ state: 'closed' }, { state: 'answered' }, { state: 'answered' }]);
  expect(asks.get('1')?.seen).toBeUndefined();
  const shown = { kind: 'question', worker: null, question: '', options: null, signal: 'answered', at: AT } as const;
  const beat = beats.open(aRecord({ id: null }), 0);
  beats.write(beat, 'world.json', JSON.stringify(aWorld({ asks: { 1: shown, 2: shown, 3: shown } })));
  state.saveBaseline(beat);
  await rig.recover();
  expect(asks.all()).toMatchObject([{ state: 'closed', seen: true }, { state: 'answered' }, { state: 'closed' }]);
});
