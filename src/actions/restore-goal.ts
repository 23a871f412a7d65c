// restore_goal: brings an archived goal back.
import * as z from 'zod';
import { id } from '../lib/id.ts';
import { defineAction, type Prepared } from './define.ts';
import { archivedGoal, goalFile } from './goal-file.ts';
import { observeFiles } from './observe-files.ts';
import { undoFiles } from './undo-files.ts';

export const restoreGoal = defineAction({
  kind: 'restore_goal',
  summary: 'Move a goal back from goals/archive/.',
  when: 'A goal that was archived is to be worked on again.',
  risk: 'reversible',
  input: z.strictObject({ id: id.describe("The goal's id.") }),
  target: (input) => `goals/${input.id}`,
  line: (input) => `restored the goal ${input.id}`,
  // Nothing is overwritten and no text changes, so what the decider was shown of it does not matter.
  prepare: (input, { files }): Prepared => {
    const from = archivedGoal(input.id, files);
    const file = goalFile(input.id, files);
    if (file.found === 'several') return { prepared: 'refused', problem: file.problem };
    if (file.found === 'one') return { prepared: 'unchanged', note: `the goal ${input.id} is there already` };
    const text = from === null ? null : files.read(from);
    if (from === null || text === null) return { prepared: 'refused', problem: `there is no archived goal ${input.id}` };
    return { prepared: 'move', from, to: file.path, before: text, note: `moved ${from} to ${file.path}` };
  },
  observe: observeFiles,
  undo: undoFiles,
});
