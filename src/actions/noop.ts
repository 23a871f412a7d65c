// noop: the answer "nothing needs doing".
import * as z from 'zod';
import { cannotBeUndone, defineAction } from './define.ts';

export const noop = defineAction({
  kind: 'noop',
  summary: 'Do nothing.',
  when: 'Nothing needs doing, or what needs doing is under way.',
  risk: 'inert',
  input: z.strictObject({ reason: z.string().optional().describe('Why nothing needs doing.') }),
  target: () => null,
  line: ({ reason }) => reason ?? 'nothing to do',
  prepare: ({ reason }) => ({ prepared: 'nothing', note: reason ?? '' }),
  observe: () => 'done',
  undo: cannotBeUndone('it did nothing'),
});
