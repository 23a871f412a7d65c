// docs/security.md: every wall and every trip-wire names a test that fails when it breaks, and that test is there.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const page = readFileSync('docs/security.md', 'utf8');
const section = (title: string) => page.split(/^## /m).find((part) => part.startsWith(title)) ?? '';
const claims = ['Walls', 'Trip-wires'].flatMap((title) =>
  section(title)
    .split('\n')
    .filter((line) => line.startsWith('- ')),
);
const cited = [...page.matchAll(/`(test\/[^`]+)` › `([^`]+)`/g)].map(([, file = '', name = '']) => ({ file, name }));

test('there are claims, and each cites a test', () => {
  expect(claims.length).toBeGreaterThan(30);
  expect(claims.filter((line) => !/ → `test\/[^`]+\.test\.ts` › `[^`]+`/.test(line))).toEqual([]);
});

describe('each cited test is there', () => {
  test.each(cited)('$file › $name', ({ file, name }) => {
    expect(existsSync(file)).toBe(true);
    const lines = readFileSync(file, 'utf8').split('\n');
    expect(lines.some((line) => line.includes(name) && !line.trimStart().startsWith('//'))).toBe(true);
  });
});
