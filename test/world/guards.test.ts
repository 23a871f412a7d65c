import { describe, expect, test } from 'vitest';
import { afterBeat, type Guards, guardsAt, isOwnEffect, movesBaseline, NO_GUARDS } from '../../src/world/guards.ts';
import type { BeatRecord } from '../../src/world/record.ts';
import { aGoal, aRecord, aWorld, later, NOON } from '../support/builders.ts';

const facts = { after: [], policy: 'p1', limited: null, cancelled: false, output: null };
const fold = (records: Partial<BeatRecord>[], guards: Guards = NO_GUARDS) =>
  records.reduce((sum, record, index) => afterBeat(aRecord({ id: guards.last_beat + index + 1, facts, ...record }), sum), guards);
const failure = { did: 'refused', problem: 'no such kind', outcome: null } as const;

describe('failures', () => {
  test.each(['refused', 'failed', 'denied'] as const)('%s counts and is told to the decider', (did) => {
    expect(fold([{ ...failure, did }])).toMatchObject({
      failures: 1,
      failed_at: NOON.toISOString(),
      last_failure: { problem: 'no such kind' },
    });
  });
  test('only success clears them', () => {
    expect(fold([failure, failure, { by: { kind: 'rule', name: 'r' } }])).toMatchObject({ failures: 2 });
    expect(fold([failure, failure, {}])).toMatchObject({ failures: 0, failed_at: null, last_failure: null });
  });
  test("one overtaken beat is nobody's fault, a second in a row is", () => {
    expect(fold([{ did: 'overtaken' }])).toMatchObject({ failures: 0, overtaken: 1 });
    expect(fold([{ did: 'overtaken' }, { did: 'overtaken' }])).toMatchObject({ failures: 1 });
  });
  test('a cancelled question is no failure, nor is a usage limit', () => {
    expect(fold([{ ...failure, did: 'failed', facts: { ...facts, cancelled: true } }]).failures).toBe(0);
    const limited = { until: later(1_000).toISOString(), message: 'limit reached' };
    expect(fold([{ ...failure, did: 'failed', facts: { ...facts, limited } }])).toMatchObject({
      failures: 0,
      limited: { ...limited, policy: 'p1' },
    });
  });
});

test('a record that is folded in already changes nothing', () => {
  const once = fold([failure]);
  expect(afterBeat(aRecord({ id: 1, facts, ...failure }), once)).toBe(once);
});

describe('the baseline moves only on a decision with the whole world in view', () => {
  test.each<[string, Partial<BeatRecord>, boolean]>([
    ['the decider acted', {}, true],
    ['the decider asked', { did: 'asked' }, true],
    ['the decider failed', { did: 'failed', outcome: { status: 'failed', note: '', ms: 1 } }, false],
    ['the decider was denied', { did: 'denied', outcome: null }, false],
    ['a rule acted', { by: { kind: 'rule', name: 'r' } }, false],
    ['hire acted', { by: { kind: 'hire', name: 'g' } }, false],
    ['nobody had a move', { did: 'rested', by: { kind: 'none', name: null } }, true],
  ])('%s', (_name, record, expected) => expect(movesBaseline(aRecord(record))).toBe(expected));
});

describe('wakes', () => {
  test('next_interval_s is a nap', () => {
    expect(fold([{ decision: { action: 'noop', next_interval_s: 60 } }]).wakes.nap).toBe(later(60_000).toISOString());
  });
  test('a noop that was decided on a nap-over is granted no further nap', () => {
    const gate = { open: true, reason: 'nap-over', until: null } as const;
    expect(fold([{ gate, decision: { action: 'noop', next_interval_s: 60 } }]).wakes.nap).toBeUndefined();
  });
  test('a noop expires after six hours', () => expect(fold([{}]).wakes.noop).toBe(later(6 * 3_600_000).toISOString()));
  test("a shell's output is shown in five seconds, once", () => {
    const shown = fold([{ decision: { action: 'run_shell' }, facts: { ...facts, output: 'hello' } }]);
    expect(shown).toMatchObject({ last_output: { text: 'hello' }, wakes: { nap: later(5_000).toISOString() } });
    expect(fold([{}], shown).last_output).toBeNull();
  });
});

describe('own effects', () => {
  const text = 'Learn Rust\n';
  const world = aWorld({ goals: { 'learn-rust': aGoal(text) } });
  const after = [{ path: 'goals/learn-rust.md', digest: world.goals['learn-rust']?.digest ?? null }];
  const written = fold([{ decision: { action: 'write_goal' }, facts: { ...facts, after } }]);
  const change = { path: '/goals/learn-rust', op: 'added', old: null, new: text } as const;

  test('a goal that is exactly what flyball wrote is its own effect', () => expect(isOwnEffect(change, world, written)).toBe(true));
  test("the same goal with the person's edit on top is not", () => {
    const edited = aWorld({ goals: { 'learn-rust': aGoal(`${text}and Zig\n`) } });
    expect(isOwnEffect({ ...change, path: '/goals/learn-rust/text', op: 'changed' }, edited, written)).toBe(false);
  });
  test('a condition that turned is news, not an own effect', () =>
    expect(isOwnEffect({ ...change, path: '/goals/learn-rust/conditions/0/status', op: 'changed' }, world, written)).toBe(false));
  test('a full decision that saw it forgets it', () => expect(isOwnEffect(change, world, fold([{}], written))).toBe(false));
  test('five beats in a row that only own writes opened count as a failure', () => {
    const woken = { changes: [{ ...change, path: '/goals/learn-rust/conditions/0/status' }], facts: { ...facts, after } };
    expect(
      fold(
        Array.from({ length: 4 }, () => woken),
        written,
      ).failures,
    ).toBe(0);
    expect(
      fold(
        Array.from({ length: 5 }, () => woken),
        written,
      ).failures,
    ).toBe(1);
  });
});

test('a clock that was set back leaves nothing that closes the gate for ever', () => {
  const year = later(365 * 86_400_000).toISOString();
  const guards = guardsAt({ ...NO_GUARDS, failed_at: year, attempts: [{ at: year, costs: true }], wakes: { nap: year, noop: year } }, NOON);
  expect(guards).toMatchObject({
    failed_at: NOON.toISOString(),
    attempts: [{ at: NOON.toISOString(), costs: true }],
    wakes: { nap: later(300_000).toISOString(), noop: later(6 * 3_600_000).toISOString() },
  });
});
