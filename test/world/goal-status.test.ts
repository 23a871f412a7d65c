import { describe, expect, test } from 'vitest';
import { scope } from '../../src/lib/cel.ts';
import { CONDITION_TYPES, type ConditionType } from '../../src/world/condition.ts';
import { parseGoal } from '../../src/world/goal.ts';
import { type GoalFacts, type GoalStatus, statusOf, type Verified, worldGoal } from '../../src/world/goal-status.ts';
import type { World } from '../../src/world/world.ts';
import { aReading, aWorld, later, NOON } from '../support/builders.ts';
import { aWorker } from '../support/rule-home.ts';

interface Parts extends Partial<Omit<GoalFacts, 'world'>> {
  text?: string;
  world?: Partial<World>;
}

function status({ text = 'Prose.', world = {}, ...parts }: Parts = {}): GoalStatus {
  const whole = aWorld(world);
  const file = parseGoal('site.md', text);
  return statusOf({
    now: NOON,
    former: null,
    verified: null,
    values: scope({ ...whole }),
    deciderReadsProse: false,
    ruleTexts: [],
    file,
    world: whole,
    ...parts,
  });
}

function one(type: ConditionType, parts: Parts): string {
  const found = status(parts).conditions.find((condition) => condition.type === type);
  return `${found?.status} ${found?.reason}`;
}

const ended = (end: Verified['end'], text: string, command = 'make'): Verified => ({
  command,
  text: parseGoal('site.md', text).folded,
  at: NOON.toISOString(),
  end,
  exit: end === 'passed' ? 0 : end === 'failed' ? 1 : null,
  message: 'exit 1: it is red',
});
const make = '---\nverify: make\n---\n';
const green = '---\ndone_when: readings.ci.signal.main == "green"\n---\n';
const both = '---\nverify: make\ndone_when: readings.ci.signal.main == "green"\n---\n';
const ci = (main: unknown) => ({ readings: { ci: aReading({ main }) } });

test('all seven conditions are always there, in order', () => {
  expect(status().conditions.map((condition) => condition.type)).toEqual([...CONDITION_TYPES]);
});

describe('Ready', () => {
  test.each<[string, Parts]>([
    ['Unknown NoCheck', {}],
    ['Unknown NotChecked', { text: make }],
    ['True VerifyPassed', { text: make, verified: ended('passed', make) }],
    ['False VerifyFailed', { text: make, verified: ended('failed', make) }],
    ['Unknown VerifyError', { text: make, verified: ended('error', make) }],
    ['Unknown NotChecked', { text: make, verified: ended('passed', make, 'another command') }],
    ['True DoneWhen', { text: green, world: ci('green') }],
    ['False NotDone', { text: green, world: ci('red') }],
    ['Unknown NoReading', { text: green }],
    ['Unknown ReadingFailed', { text: green, world: { readings: { ci: aReading({ error: 'exit' }, { failed: true, error: 'exit' }) } } }],
    ['False MissingKey', { text: green, world: { readings: { ci: aReading({}) } } }],
    ['Unknown DoneWhenError', { text: '---\ndone_when: readings.ci ==\n---\n', world: ci('green') }],
    ['Unknown DoneWhenError', { text: '---\ndone_when: size(readings)\n---\n', world: ci('green') }],
    ['True DoneWhen', { text: '---\ndone_when: true\n---\n' }],
    ['True VerifyPassed', { text: both, verified: ended('passed', both), world: ci('green') }],
    ['False NotDone', { text: both, verified: ended('passed', both), world: ci('red') }],
    ['False VerifyFailed', { text: both, verified: ended('failed', both), world: ci('green') }],
    ['Unknown NoReading', { text: both, verified: ended('passed', both) }],
    ['False VerifyFailed', { text: both, verified: ended('failed', both) }],
    ['Unknown Invalid', { text: '---\npriority: high\n---\n' }],
  ])('%s', (expected, parts) => {
    expect(one('Ready', parts)).toBe(expected);
  });

  test('it says what it saw', () => {
    expect(status({ text: green, world: ci('red') }).conditions[0]?.message).toBe(
      'readings.ci.signal.main == "green" is false (readings.ci.signal.main is "red")',
    );
    expect(status({ text: make, verified: ended('failed', make) }).conditions[0]?.message).toBe('verify: exit 1: it is red');
  });

  test('after an edit it keeps the last result and says of which generation it is', () => {
    const first = status({ text: make, verified: ended('passed', make) });
    const edited = `${make}More.`;
    const second = status({ text: edited, former: first, verified: ended('passed', make) });
    expect([second.generation, second.conditions[0]?.status, second.conditions[0]?.observedGeneration]).toEqual([2, 'True', 1]);
    const third = status({ text: edited, former: second, verified: ended('passed', edited) });
    expect([third.generation, third.conditions[0]?.observedGeneration]).toEqual([2, 2]);
  });
});

describe('the others', () => {
  const ask = (parts: object) => ({
    asks: {
      7: { kind: 'question', worker: null, question: 'Which?', options: null, signal: 'open' as const, at: NOON.toISOString(), ...parts },
    },
  });
  const hired = (parts = {}) => ({ workers: { w: aWorker({ goal: 'site', ...parts }) } });

  test.each<[ConditionType, string, Parts]>([
    ['Progressing', 'False NoWorker', {}],
    ['Progressing', 'True WorkerLive', { world: hired() }],
    ['Progressing', 'False NoWorker', { world: { workers: { w: aWorker({ goal: 'other' }) } } }],
    ['Progressing', 'False NoWorker', { world: hired({ signal: 'ended:Failed' }) }],
    ['Progressing', 'False Ready', { text: '---\ndone_when: true\n---\n' }],
    ['Progressing', 'False Paused', { text: '---\npaused: true\n---\n' }],
    ['Blocked', 'False NotBlocked', { world: ask({}) }],
    ['Blocked', 'True OpenAsk', { world: ask({ goal: 'site' }) }],
    ['Blocked', 'False NotBlocked', { world: ask({ goal: 'site', signal: 'answered' }) }],
    ['Blocked', 'True OpenAsk', { world: { ...ask({ worker: 'w' }), ...hired() } }],
    ['Blocked', 'True WorkerBlocked', { world: hired({ signal: 'ended:Blocked' }) }],
    ['Stalled', 'False NotStalled', { world: hired() }],
    ['Stalled', 'True WorkerStuck', { world: hired({ signal: 'stuck', silent_s: 901 }) }],
    ['Stalled', 'True WorkerFailed', { world: hired({ signal: 'ended:Failed', state: 'Failed' }) }],
    ['Stalled', 'False NotStalled', { text: '---\ndone_when: true\n---\n', world: hired({ signal: 'ended:Failed' }) }],
    ['OverBudget', 'False WithinBudget', {}],
    ['OverBudget', 'True OverBudget', { world: { spend: { 'goal/site': { usd: 3, limit: 2, signal: 'over' } } } }],
    ['Invalid', 'False Valid', {}],
    ['Invalid', 'True Invalid', { text: '---\npriority: high\n---\n' }],
    ['Unattended', 'True NobodyIsOnIt', {}],
    ['Unattended', 'Unknown NotChecked', { text: make }],
    ['Unattended', 'True NobodyIsOnIt', { text: make, verified: ended('failed', make) }],
    ['Unattended', 'False Ready', { text: make, verified: ended('passed', make) }],
    ['Unattended', 'False Paused', { text: '---\npaused: true\n---\n' }],
    ['Unattended', 'False Decider', { deciderReadsProse: true }],
    ['Unattended', 'False Worker', { text: '---\nworker: {agent: codex}\n---\n' }],
    ['Unattended', 'False Rule', { ruleTexts: ['{"when":"!goals.site.ready"}'] }],
    ['Unattended', 'False Rule', { ruleTexts: ['{"for_each":"goals"}'] }],
    ['Unattended', 'True NobodyIsOnIt', { ruleTexts: ['{"when":"goals[\\"site-2\\"].ready || goals.my-site.ready"}'] }],
    ['Unattended', 'False Invalid', { text: '---\npriority: high\n---\n' }],
  ])('%s is %s', (type, expected, parts) => {
    expect(one(type, parts)).toBe(expected);
  });

  test('Invalid says where', () => {
    const found = status({ text: '---\ngoal: a\npriority: high\n---\n' }).conditions.find((condition) => condition.type === 'Invalid');
    expect(found?.message).toBe('goals/site.md:3:11: priority: expected number, not "high"');
  });
});

describe('over time', () => {
  test('a generation counts texts that differ, CRLF and trailing white space folded', () => {
    let former: GoalStatus | null = null;
    const generations = ['a', 'a \r\n', 'b', 'b', 'a'].map((text) => {
      former = status({ text, former });
      return former.generation;
    });
    expect(generations).toEqual([1, 1, 2, 2, 3]);
  });

  test('lastTransitionTime moves only when a status changes', () => {
    const red = status({ text: green, world: ci('red') });
    const stillRed = status({ text: green, world: ci('blue'), former: red, now: later(1_000) });
    expect(stillRed.conditions[0]).toMatchObject({ lastTransitionTime: NOON.toISOString(), message: expect.stringContaining('blue') });
    const fine = status({ text: green, world: ci('green'), former: stillRed, now: later(2_000) });
    expect(fine.conditions[0]?.lastTransitionTime).toBe(later(2_000).toISOString());
    expect(fine.conditions[1]?.lastTransitionTime).toBe(NOON.toISOString());
  });

  test('an unchanged world gives the same status', () => {
    const first = status({ text: both, verified: ended('passed', both), world: ci('green') });
    expect(status({ text: both, verified: ended('passed', both), world: ci('green'), former: first, now: later(9_000) })).toEqual(first);
  });
});

test('the world shows at most 8 KiB of a text, and the digest of all of it', () => {
  const text = `# Long\n${'line of text\n'.repeat(2_000)}`;
  const file = parseGoal('site.md', text);
  const goal = worldGoal(file, status({ text }));
  expect(goal).toMatchObject({
    goal: 'Long',
    cut: true,
    digest: file.digest,
    status: 'Unknown',
    ready: false,
    attended: false,
    priority: 100,
  });
  expect(Buffer.byteLength(goal.text)).toBeLessThanOrEqual(8_192);
});
