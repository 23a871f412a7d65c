// What passes for a value that we wrote, and what does not.
import { expect, test } from 'vitest';
import { isCount, isInteger, isListOf, isMapOf, isOneOf, isShaped, isText, isThere, isTime, orNull } from '../../src/lib/shape.ts';

interface Kept {
  v: 1;
  name: string;
  count: number;
  at: string | null;
  list: { word: string }[];
  map: Record<string, number>;
  any: unknown;
}

const isKept = isShaped<Kept>({
  v: isOneOf(1),
  name: isText,
  count: isCount,
  at: orNull(isTime),
  list: isListOf(isShaped<{ word: string }>({ word: isText })),
  map: isMapOf(isInteger),
  any: isThere,
});

const whole: Kept = { v: 1, name: 'a', count: 0, at: null, list: [{ word: 'w' }], map: { a: -1 }, any: null };

test('a whole value passes, also with more beside it', () => {
  expect(isKept(whole)).toBe(true);
  expect(isKept({ ...whole, at: '2026-01-01T00:00:00.000Z', more: 1 })).toBe(true);
});

test.each([
  ['another version', { v: 2 }],
  ['a field of another type', { name: 1 }],
  ['a negative count', { count: -1 }],
  ['a fraction', { count: 0.5 }],
  ['what is no time', { at: 'yesterday' }],
  ['a list with one bad item', { list: [{ word: 'w' }, {}] }],
  ['a list where a map is meant', { map: [] }],
  ['a map where a list is meant', { list: {} }],
  ['nothing where anything is meant', { any: undefined }],
])('%s does not pass', (_what, change) => {
  expect(isKept({ ...whole, ...change })).toBe(false);
});

test.each([[null], [[]], ['text'], [1], [undefined]])('%j is no object', (value) => {
  expect(isKept(value)).toBe(false);
});
