// Acceptance K: one beat can be read from top to bottom, src/beat.ts, src/carry-out.ts and the functions that they call, in
// under 300 lines.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

interface Called {
  name: string;
  lines: number;
}

/** The functions that a file imports to call them, but for the leaf helpers of lib/, each with its length. */
function calledBy(path: string): Called[] {
  const text = readFileSync(path, 'utf8');
  return [...text.matchAll(/^import \{([^}]*)\} from '(\.[^']*)';/gm)].flatMap(([, names = '', from = '']) => {
    const file = join(path, '..', from);
    if (file.startsWith('src/lib/')) return [];
    const values = names.split(',').map((name) => name.trim());
    return values.filter((name) => name !== '' && !name.startsWith('type ')).flatMap((name) => lengthOf(name, file));
  });
}

/** From its first line to the brace that closes it; nothing for what is no function. */
function lengthOf(name: string, file: string): Called[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  const first = lines.findIndex((line) => new RegExp(`^export (async )?function ${name}\\b`).test(line));
  if (first === -1) return [];
  return [{ name, lines: lines.indexOf('}', first) - first + 1 }];
}

/** The story itself: a beat, and its move carried out. */
const STORY = ['src/beat.ts', 'src/carry-out.ts'];

test('one beat is under 300 lines: beat.ts, carry-out.ts and each function that they call', () => {
  const called = new Map(STORY.flatMap(calledBy).map(({ name, lines }) => [name, lines]));
  expect(called.delete('carryOut')).toBe(true); // its whole file is read
  expect([...called.keys()]).toEqual(expect.arrayContaining(['see', 'askDecider', 'admission', 'conclude', 'readWorld', 'askForYes']));
  const themselves = STORY.reduce((sum, path) => sum + readFileSync(path, 'utf8').trimEnd().split('\n').length, 0);
  const all = themselves + [...called.values()].reduce((sum, lines) => sum + lines, 0);
  expect(all).toBeLessThan(300);
});
