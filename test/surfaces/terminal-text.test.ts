// What somebody else wrote does nothing to the person's terminal.
import { expect, test } from 'vitest';
import { printReply } from '../../src/surfaces/cli/output.ts';

const HOSTILE = 'a\u001b[2Jb\u001b]52;c;ZXZpbA==\u0007\rflyball: all is well\u202e\u009b31m';

function printed(tty: boolean, output: 'text' | 'json' | 'wide' | 'name'): string {
  let out = '';
  const streams = { tty, out: (text: string) => (out += text), err: () => {} };
  printReply({ exit: 0, json: { said: HOSTILE }, text: `one\n\t${HOSTILE}`, wide: HOSTILE, names: [HOSTILE] }, output, streams);
  return out;
}

test.each(['text', 'wide', 'name', 'json'] as const)('on a terminal, as %s, what moves the cursor is shown and not done', (output) => {
  expect(printed(true, output)).not.toMatch(/[^\P{Cc}\n\t]|\u202e/u);
  expect(printed(true, output)).toContain('all is well');
});

test('what is read by a program is as it was written', () => {
  expect(printed(false, 'text')).toBe(`one\n\t${HOSTILE}\n`);
});
