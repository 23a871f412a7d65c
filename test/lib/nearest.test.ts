import { expect, test } from 'vitest';
import { nearest } from '../../src/lib/nearest.ts';

const keys = ['goal', 'priority', 'verify', 'verify_every', 'done_when', 'worker'];

test.each([
  ['priorty', 'priority'],
  ['verfiy', 'verify'],
  ['Worker', 'worker'],
  ['done-when', 'done_when'],
  ['gaol', 'goal'],
  ['verify_evry', 'verify_every'],
])('%s was meant to be %s', (typed, meant) => {
  expect(nearest(typed, keys)).toBe(meant);
});

test.each(['tags', 'xyz', 'colour', ''])('%j is near to none', (typed) => {
  expect(nearest(typed, keys)).toBe(null);
});

test('a very long word is compared with nothing of another length', () => {
  expect(nearest('a'.repeat(100_000), keys)).toBe(null);
});
