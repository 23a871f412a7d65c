import { describe, expect, test } from 'vitest';
import { COSTLY_DECISIONS_PER_HOUR, DECISIONS_PER_HOUR, type GateFacts, gate } from '../../src/decide/gate.ts';
import { NO_GUARDS } from '../../src/world/guards.ts';
import { later, NOON } from '../support/builders.ts';

const change = { path: '/readings/ci/signal', op: 'changed', old: 'green', new: 'red' } as const;
const quiet: GateFacts = {
  now: NOON,
  frozen: false,
  journalProblem: null,
  overBudget: false,
  guards: NO_GUARDS,
  policy: 'p1',
  changes: [],
  approved: false,
  ownOnly: false,
  hasBaseline: true,
  ruleEligible: false,
  scheduleDue: false,
  decider: { costs: true },
  settlingUntil: null,
  force: false,
};
const reason = (facts: Partial<GateFacts>) => gate({ ...quiet, ...facts }).reason;
const attempts = (count: number, costs: boolean) =>
  Array.from({ length: count }, (_, index) => ({ at: later(-(index + 1) * 1_000).toISOString(), costs }));

describe('an unchanged world', () => {
  test('rests', () => expect(gate(quiet)).toEqual({ open: false, reason: 'unchanged', until: null }));
  test('says when it will look again', () => {
    const guards = { ...NO_GUARDS, wakes: { nap: later(60_000).toISOString(), noop: later(120_000).toISOString() } };
    expect(gate({ ...quiet, guards })).toEqual({ open: false, reason: 'unchanged', until: later(60_000).toISOString() });
  });
});

describe('what opens the gate', () => {
  test.each<[string, Partial<GateFacts>]>([
    ['asked', { force: true, hasBaseline: false, changes: [change] }],
    ['first-beat', { hasBaseline: false, changes: [change] }],
    ['changed', { changes: [change], scheduleDue: true }],
    ['due', { scheduleDue: true, ruleEligible: true }],
    ['rule', { ruleEligible: true }],
    ['nap-over', { guards: { ...NO_GUARDS, wakes: { nap: NOON.toISOString() } } }],
    ['noop-expired', { guards: { ...NO_GUARDS, wakes: { noop: later(-1).toISOString() } } }],
  ])('%s', (expected, facts) => {
    expect(gate({ ...quiet, ...facts })).toEqual({ open: true, reason: expected, until: null });
  });

  test('what flyball itself wrote does not open it', () => expect(reason({ changes: [change], ownOnly: true })).toBe('unchanged'));
  test('a nap of a home without a decider wakes nobody', () =>
    expect(reason({ decider: null, guards: { ...NO_GUARDS, wakes: { nap: NOON.toISOString() } } })).toBe('unchanged'));
});

describe('what closes the gate', () => {
  const everything: Partial<GateFacts> = { changes: [change], ruleEligible: true, force: true, scheduleDue: true };
  test('STOP closes everything', () => expect(reason({ ...everything, frozen: true })).toBe('frozen'));
  test('a journal that cannot be written closes everything', () =>
    expect(reason({ ...everything, journalProblem: 'ENOSPC' })).toBe('no-journal'));

  const failed = { ...NO_GUARDS, failures: 1, failed_at: later(-1_000).toISOString(), failed_policy: 'p1' };
  test.each<[string, Partial<GateFacts>]>([
    ['over-budget', { overBudget: true }],
    ['limited', { guards: { ...NO_GUARDS, limited: { until: later(1).toISOString(), message: '', policy: 'p1' } } }],
    ['settling', { settlingUntil: later(5_000) }],
    ['backing-off', { guards: failed }],
    ['capped', { guards: { ...NO_GUARDS, attempts: attempts(COSTLY_DECISIONS_PER_HOUR, true) } }],
  ])('%s closes it for a decider, and rules go on', (expected, facts) => {
    expect(reason({ changes: [change], ...facts })).toBe(expected);
    expect(reason({ changes: [change], ruleEligible: true, ...facts })).toBe('changed');
  });

  test('the hourly cap of all decisions closes it for rules too', () => {
    const guards = { ...NO_GUARDS, attempts: attempts(DECISIONS_PER_HOUR, false) };
    expect(gate({ ...quiet, ruleEligible: true, guards })).toMatchObject({
      reason: 'capped',
      until: later(3_600_000 - DECISIONS_PER_HOUR * 1_000).toISOString(),
    });
  });

  test('--force opens unchanged and backing-off, and nothing else', () => {
    expect(reason({ force: true })).toBe('asked');
    expect(reason({ force: true, guards: failed })).toBe('asked');
    expect(reason({ force: true, settlingUntil: later(1) })).toBe('settling');
    expect(reason({ force: true, overBudget: true })).toBe('over-budget');
  });

  test('a usage limit is over at its time, or when the person edits a policy file', () => {
    const limited = (until: Date, policy: string) => ({ ...NO_GUARDS, limited: { until: until.toISOString(), message: '', policy } });
    expect(reason({ changes: [change], guards: limited(NOON, 'p1') })).toBe('changed');
    expect(reason({ changes: [change], guards: limited(later(60_000), 'p0') })).toBe('changed');
  });

  test('settling does not concern a decider that costs nothing', () =>
    expect(reason({ decider: { costs: false }, changes: [change], settlingUntil: later(5_000) })).toBe('changed'));
});

describe('the back-off', () => {
  test('is 60, 120, 240, 300, 300 seconds', () => {
    const waits = [1, 2, 3, 4, 5, 50].map((failures) => {
      const guards = { ...NO_GUARDS, failures, failed_at: NOON.toISOString(), failed_policy: 'p1' };
      const verdict = gate({ ...quiet, changes: [change], guards });
      return (Date.parse(verdict.until ?? '') - NOON.getTime()) / 1_000;
    });
    expect(waits).toEqual([60, 120, 240, 300, 300, 300]);
  });
  test('is cut by an edit of a policy file', () => {
    const guards = { ...NO_GUARDS, failures: 3, failed_at: NOON.toISOString(), failed_policy: 'p0' };
    expect(reason({ changes: [change], guards })).toBe('changed');
  });
});
