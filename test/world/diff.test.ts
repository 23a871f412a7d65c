import { describe, expect, test } from 'vitest';
import { diff, worldDigest } from '../../src/world/diff.ts';
import { aGoal, aReading, aWorld } from '../support/builders.ts';

const readings = (signal: unknown) => aWorld({ readings: { ci: aReading(signal) } });

describe('readings', () => {
  test('an unchanged signal is no change, whatever its detail and age do', () => {
    const now = aWorld({ readings: { ci: aReading({ main: 'green' }, { detail: { run: 7 }, age_s: 60, stale: true }) } });
    expect(diff(readings({ main: 'green' }), now)).toEqual([]);
  });
  test('a signal is compared key by key', () =>
    expect(diff(readings({ main: 'green', next: 'green' }), readings({ main: 'red', next: 'green' }))).toEqual([
      { path: '/readings/ci/signal/main', op: 'changed', old: 'green', new: 'red' },
    ]));
  test('the order of keys is no change', () =>
    expect(diff(readings({ a: [{ x: 1, y: 2 }] }), readings({ a: [{ y: 2, x: 1 }] }))).toEqual([]));
  test('a sensor that comes or goes is one change', () => {
    expect(diff(aWorld(), readings({ a: 1, b: 2 }))).toEqual([{ path: '/readings/ci', op: 'added', old: null, new: '{"a":1,"b":2}' }]);
    expect(diff(readings({ a: 1, b: 2 }), aWorld())).toEqual([{ path: '/readings/ci', op: 'gone', old: '{"a":1,"b":2}', new: null }]);
  });
  test('values are capped', () => expect(diff(readings('a'), readings('b'.repeat(10_000)))[0]?.new).toHaveLength(240));
});

describe('goals', () => {
  test('an edit shows the lines that differ', () =>
    expect(
      diff(aWorld({ goals: { g: aGoal('# G\none\ntwo\nend\n') } }), aWorld({ goals: { g: aGoal('# G\none\nthree\nend\n') } })),
    ).toEqual([{ path: '/goals/g/text', op: 'changed', old: 'two', new: 'three' }]));
  test('a condition that turns is a change; its message is not', () => {
    const [before, after] = [aGoal('g', { status: 'Unknown' }), aGoal('g', { status: 'True', reason: 'Verified' })];
    expect(diff(aWorld({ goals: { g: before } }), aWorld({ goals: { g: after } }))).toEqual([
      { path: '/goals/g/conditions/0/status', op: 'changed', old: 'Unknown', new: 'True' },
    ]);
  });
  test('a goal may be called like a piece of a pointer', () => {
    const [one] = diff(aWorld(), aWorld({ goals: { 'a~b': aGoal('x') } }));
    expect(one?.path).toBe('/goals/a~0b');
  });
});

describe('sections that wake by one word only', () => {
  test('a schedule wakes when its slot has come, not when it is made', () => {
    const quiet = aWorld({ schedules: { s: { note: 'n', next: '2026-03-03T00:00:00.000Z', due: null } } });
    const due = aWorld({ schedules: { s: { note: 'n', next: null, due: '2026-03-03T00:00:00.000Z' } } });
    expect(diff(aWorld(), quiet)).toEqual([]);
    expect(diff(quiet, due).map((change) => change.path)).toEqual(['/schedules/s/due']);
  });
  test('the journal, ages and dollars never wake', () => {
    const spend = (usd: number) => ({ home: { usd, limit: 5, signal: 'ok' as const } });
    expect(
      diff(aWorld({ spend: spend(1), journal: ['a'] }), aWorld({ spend: spend(2), journal: ['b'], at: '2027-01-01T00:00:00.000Z' })),
    ).toEqual([]);
  });
});

test('no content can imitate another item: digests differ wherever worlds differ', () => {
  const worlds = [
    readings({ a: 'x', b: 'y' }),
    readings({ a: 'x","b":"y' }),
    readings('{"a":"x","b":"y"}'),
    aWorld({ readings: { ci: aReading({ a: 'x' }), cib: aReading('y') } }),
    aWorld({ goals: { ci: aGoal('x') } }),
  ];
  expect(new Set(worlds.map(worldDigest)).size).toBe(worlds.length);
});
