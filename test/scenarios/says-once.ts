// What a refusal looks like from outside: nothing on stdout, one line on stderr, its exit code and what to do next.
import { expect } from 'vitest';
import type { Ended } from '../support/rig.ts';

/** One line, whole, that says what and what next. */
export function saysOnce(ended: Ended, code: number, words: RegExp): void {
  expect(ended).toMatchObject({ code, stdout: '' });
  const lines = ended.stderr.trimEnd().split('\n');
  expect(lines).toHaveLength(1);
  expect(ended.error()).toMatchObject({ code, message: expect.stringMatching(words) });
  expect(ended.error().hint).toEqual(expect.any(String));
}
