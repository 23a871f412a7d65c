import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { evaluate, scope } from '../../src/lib/cel.ts';
import { check } from '../../src/lib/cel-check.ts';
import { firstFalsePart, paths } from '../../src/lib/cel-explain.ts';

const value = (source: string, variables: Record<string, unknown> = {}) => evaluate(source, variables);

describe('values', () => {
  test.each([
    ['it.silent_s / 60', { it: { silent_s: 905 } }, 15],
    ['it.n == 3', { it: { n: 3 } }, true],
    ['it.n == 3.0', { it: { n: 3 } }, true],
    ['it.n > 2.5', { it: { n: 3 } }, true],
    ['it.n / 2.0', { it: { n: 3 } }, 1.5],
    ['it.load * 2', { it: { load: 1.25 } }, 2.5],
    ['it.load * 2', { it: { load: 2 } }, 4],
    ['size(goals) > 0 && goals.all(id, goals[id].ready)', { goals: { a: { ready: true } } }, true],
    ['readings["my-x"].signal', { readings: { 'my-x': { signal: [1, 2.5, null, 'x', true] } } }, [1, 2.5, null, 'x', true]],
    ['{"a": 1}', {}, { a: 1 }],
    ['a == null', { a: null }, true],
    ['a.constructor == "x" && a.b == 1', { a: { constructor: 'x', b: 1 } }, true],
    ['goals["constructor"].ready', { goals: { constructor: { ready: true } } }, true],
    ['type(1) == int', {}, true],
    ['timestamp("2026-01-02T03:04:05Z")', {}, '2026-01-02T03:04:05.000Z'],
    ['duration("90s")', {}, '90s'],
    ['9007199254740993', {}, '9007199254740993'],
    ['a == 1e300', { a: 1e300 }, true],
  ])('%s over %j', (source, variables, expected) => {
    expect(value(source, variables)).toEqual({ ok: true, value: expected });
  });

  property.prop([fc.jsonValue({ maxDepth: 4 })])('JSON goes in and comes out as it was', (json) => {
    const plain: unknown = JSON.parse(JSON.stringify(json));
    expect(value('x', { x: plain })).toEqual({ ok: true, value: plain });
  });

  test('what lies on a prototype is no name and no key', () => {
    expect(value('toString')).toMatchObject({ ok: false, kind: 'error' });
    expect(value('a.toString', { a: {} })).toEqual({ ok: false, kind: 'missing-key', key: 'a.toString' });
  });

  test('an inner scope adds names to the outer one', () => {
    const outer = scope({ a: 1 });
    expect(evaluate('a + b', scope({ b: 2 }, outer))).toEqual({ ok: true, value: 3 });
    expect(evaluate('b', outer)).toMatchObject({ ok: false });
  });
});

describe('what is not there, and what is wrong', () => {
  test.each([
    ['a.b', { a: {} }, 'a.b'],
    ['a.b.c.d == 1', { a: { b: {} } }, 'a.b.c'],
    ['a["x-y"] == 1', { a: {} }, 'a["x-y"]'],
    ['!(a.b == 1)', { a: {} }, 'a.b'],
    ['a[3] == 1', { a: [1] }, 'a[3]'],
    ['a.b == 1', { a: null }, 'a.b'],
  ])('%s over %j misses %s', (source, variables, key) => {
    expect(value(source, variables)).toEqual({ ok: false, kind: 'missing-key', key });
  });

  test.each([
    ['a > 1', { a: 'x' }, 'no such overload: string > int (line 1, column 1)'],
    ['1 +', {}, 'Unexpected token: EOF (line 1, column 4)'],
    ['a &&\n  = b', { a: true }, 'Unexpected character: = (line 2, column 3)'],
    ['now', {}, 'Unknown variable: now (line 1, column 1)'],
    ['1 / 0', {}, 'division by zero (line 1, column 1)'],
  ])('%s is an error', (source, variables, message) => {
    expect(value(source, variables)).toEqual({ ok: false, kind: 'error', message, slow: false });
  });

  test('a missing key on one side of || or && does not hide a certain answer', () => {
    expect(value('a.b == 1 || true', { a: {} })).toEqual({ ok: true, value: true });
    expect(value('a.b == 1 && false', { a: {} })).toEqual({ ok: true, value: false });
  });
});

describe('bounds', () => {
  test('a regular expression that would backtrack for ever is ended', () => {
    expect(value('a.matches("(a+)+$")', { a: `${'a'.repeat(60)}!` })).toMatchObject({ ok: false, kind: 'error', slow: true });
    expect(value('a.matches("(a+)+$")', { a: 'aaa' })).toEqual({ ok: true, value: true });
  });

  test('lists within lists within lists are ended', () => {
    const x = Array.from({ length: 1_000 }, (_, index) => index);
    expect(value('x.all(a, x.all(b, x.all(c, a + b + c >= 0)))', { x })).toMatchObject({ ok: false, slow: true });
  });

  test('an expression of 100 KB and one nested a thousand deep are refused, not crashed on', () => {
    expect(value(`a == "${'x'.repeat(100_000)}"`, { a: 'x' })).toMatchObject({ ok: false, kind: 'error' });
    expect(value(`${'('.repeat(1_000)}1${')'.repeat(1_000)}`)).toMatchObject({ ok: false, kind: 'error' });
  });

  test('a result that doubles and doubles is refused', () => {
    const binds = Array.from({ length: 30 }, (_, index) => `cel.bind(s${index + 1}, s${index} + s${index}, `).join('');
    expect(value(`cel.bind(s0, "xxxxxxxx", ${binds}s30${')'.repeat(31)}`)).toMatchObject({ ok: false, kind: 'error' });
  });

  property.prop([fc.string({ maxLength: 200 })])('no text makes it throw', (source) => {
    expect(evaluate(source, { a: { b: 1 } })).toHaveProperty('ok');
    expect(check(source, { roots: ['a'], collections: ['a'] })).toHaveProperty('ok');
  });
});

describe('check', () => {
  const names = { roots: ['readings', 'goals', 'it'], collections: ['readings', 'goals'], absent: { now: 'there is no `now`' } };

  test.each([
    ['readings.my-x', 'write readings["my-x"]'],
    ['readings.my-x.signal == "a"', 'write readings["my-x"]'],
    ['size(goals) > 0 && readings.my-long-name.failed', 'write readings["my-long-name"]'],
    ['readings.my-2.failed', 'write readings["my-2"]'],
    ['readings.x.signal.a-b > 1', 'write readings.x.signal["a-b"]'],
    ['goals.all(g, goals[g].a-b)', 'write goals[g]["a-b"]'],
    ['readings["x"].signal.free-gb < 3', 'write readings["x"].signal["free-gb"]'],
  ])('%s is refused: %s', (source, cure) => {
    expect(check(source, names)).toMatchObject({ ok: false, message: expect.stringContaining(cure) });
  });

  test.each([
    'readings.a.signal.used - readings.a.signal.free > 1',
    'readings.a.n-1 > 0',
    'it.a-it.b',
    'goals.all(g, goals[g].ready)',
    'size(readings) == 0',
  ])('%s is well', (source) => {
    expect(check(source, names)).toMatchObject({ ok: true });
  });

  test.each([
    ['reading.a.failed', 'did you mean "readings"?'],
    ['now > 1', 'there is no `now`'],
    ['foo(1)', "found no matching overload for 'foo(int)'"],
    ['readings.a ==', 'Unexpected token'],
  ])('%s: %s', (source, message) => {
    expect(check(source, names)).toMatchObject({ ok: false, message: expect.stringContaining(message) });
  });

  test('a fault has a line and a column', () => {
    expect(check('readings.a.failed &&\n  nothing', names)).toMatchObject({ ok: false, line: 2, column: 3 });
  });

  test('the type of the result is told', () => {
    expect(check('1 + 2', names)).toEqual({ ok: true, type: 'int' });
  });
});

describe('why not', () => {
  test('the first part that is not true, with what it looked at', () => {
    const values = scope({ readings: { disk: { signal: { level: 'ok', pct: 12 } } }, goals: {} });
    expect(firstFalsePart('size(goals) == 0 && readings.disk.signal.level != "ok" && readings.disk.signal.pct > 90', values)).toEqual({
      text: 'readings.disk.signal.level != "ok"',
      values: [{ path: 'readings.disk.signal.level', value: 'ok' }],
    });
  });

  test('an expression names paths', () => {
    expect(paths('readings.a.signal["x-y"] == 1 && size(goals) > 0').map((path) => path.segments)).toEqual([
      ['readings', 'a', 'signal', 'x-y'],
      ['goals'],
    ]);
  });
});
