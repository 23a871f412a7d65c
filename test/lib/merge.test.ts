import { expect, test } from 'vitest';
import { merge3 } from '../../src/lib/merge.ts';

const BASE = 'a\nb\nc\nd\ne\n';

test('both changes are there when they lie apart', () => {
  expect(merge3(BASE, 'A\nb\nc\nd\ne\n', 'a\nb\nc\nd\nE\n')).toEqual({ merged: 'A\nb\nc\nd\nE\n' });
  expect(merge3(BASE, 'b\nc\nd\ne\n', 'a\nb\nc\nd\ne\nf\n')).toEqual({ merged: 'b\nc\nd\ne\nf\n' });
});

test('the same change by both is no conflict; different ones in one place are', () => {
  expect(merge3(BASE, 'a\nX\nc\nd\ne\n', 'a\nX\nc\nd\nE\n')).toEqual({ merged: 'a\nX\nc\nd\nE\n' });
  expect(merge3(BASE, 'a\nX\nc\nd\ne\n', 'a\nY\nc\nd\ne\n')).toEqual({ merged: null });
  expect(merge3(BASE, 'a\nc\nd\ne\n', 'a\nY\nc\nd\ne\n')).toEqual({ merged: null });
});

test('who changed nothing loses nothing', () => {
  expect(merge3(BASE, BASE, 'x')).toEqual({ merged: 'x' });
  expect(merge3(BASE, 'x', BASE)).toEqual({ merged: 'x' });
  expect(merge3('', 'x', '')).toEqual({ merged: 'x' });
});

test('texts made to make a merge slow are not merged', () => {
  const empty = '\n'.repeat(100_000);
  expect(merge3(empty, `${empty}x`, `y${empty}`)).toEqual({ merged: null });
});
