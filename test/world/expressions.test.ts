import { expect, test } from 'vitest';
import { checkExpression } from '../../src/world/expressions.ts';

test.each([
  ['readings.my-x.failed', 'rule', 'write readings["my-x"]'],
  ['it.failed', 'rule', 'only beside `for_each`'],
  ['now > 1', 'rule', 'there is no `now`'],
  ['goals.a.ready', 'done_when', 'cannot speak of goals'],
  ['readings.a.failed', 'policy', 'begins with one of action, goal, world'],
  ['size(goals)', 'rule', 'this gives int, not true or false'],
] as const)('%s in a %s: %s', (source, place, words) => {
  expect(checkExpression(source, place)).toMatchObject({ ok: false, message: expect.stringContaining(words) });
});
