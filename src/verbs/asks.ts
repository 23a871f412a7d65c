// asks: the open questions to the person, one a line, for scripts and briefs.
import * as z from 'zod';
import { oneLine, visible } from '../lib/text.ts';
import { defineVerb } from './define.ts';

export const asks = defineVerb({
  name: 'asks',
  group: 'in a worker',
  summary: 'List the open questions; with --json every ask, whole.',
  hidden: true,
  input: z.strictObject({}),
  run: async (_input, hands) => {
    const all = (await hands.asks()).all();
    const open = all.filter(({ state }) => state === 'open' || state === 'stranded');
    return {
      exit: 0,
      json: all,
      text: open.map(({ id, question }) => `${id} ${oneLine(visible(question), 200)}`).join('\n'),
      names: open.map(({ id }) => `asks/${id}`),
    };
  },
});
