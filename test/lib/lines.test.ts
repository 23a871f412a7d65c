import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lastLinesOf } from '../../src/lib/lines.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flyball-lines-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function last(content: string, limit: number): string[] {
  writeFileSync(join(folder, 'x'), content);
  return lastLinesOf(join(folder, 'x'), limit).map(({ bytes }) => bytes.toString());
}

test('the last lines come newest first, with where they begin', () => {
  writeFileSync(join(folder, 'x'), 'a\nbb\nccc\n');
  expect(lastLinesOf(join(folder, 'x'), 2).map(({ bytes, start }) => [bytes.toString(), start])).toEqual([
    ['ccc', 5],
    ['bb', 2],
  ]);
});

test('what follows the last line break is no line, empty lines are lines, and no file has none', () => {
  expect(last('a\nb', 5)).toEqual(['a']);
  expect(last('\n\nx\n', 5)).toEqual(['x', '', '']);
  expect(last('', 5)).toEqual([]);
  expect(last('torn', 5)).toEqual([]);
  expect(lastLinesOf(join(folder, 'none'), 5)).toEqual([]);
});

test('lines longer than a block, and many of them, come back whole', () => {
  const lines = Array.from({ length: 40 }, (_, n) => `${n}:${'x'.repeat(n * 5_000)}`);
  expect(last(`${lines.join('\n')}\n`, 100)).toEqual([...lines].reverse());
});
