// undo: takes actions back. The person's alone: it is in no list that a decider chooses from.
import * as z from 'zod';
import { defineAction } from './define.ts';
import { observeFiles } from './observe-files.ts';
import { undoFiles } from './undo-files.ts';

export const undo = defineAction({
  kind: 'undo',
  summary: 'Take an action back.',
  when: 'Only a person does.',
  risk: 'reversible',
  input: z.strictObject({
    undoes: z.array(z.string()).describe('Ids of the actions.'),
    to: z.string().optional().describe('The time as of which all policy files were put back.'),
  }),
  target: () => null,
  line: ({ undoes, to }) => (to === undefined ? `undid ${undoes.join(', ')}` : `put the policy files back as of ${to}`),
  // What is to be done follows from the action that is undone: `undo` of its kind.
  prepare: () => ({ prepared: 'refused', problem: 'only the verb `flyball undo` takes actions back' }),
  observe: observeFiles,
  undo: undoFiles,
});
