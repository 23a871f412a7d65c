// archive_goal: takes a goal out of the desired state and keeps its text.
import * as z from 'zod';
import { id } from '../lib/id.ts';
import { unifiedDiff } from '../lib/patch.ts';
import { defineAction, type Prepared } from './define.ts';
import { archivedGoal, freeArchivePath, goalFile } from './goal-file.ts';
import { observeFiles } from './observe-files.ts';
import { isAsShown } from './policy-text.ts';
import { undoFiles } from './undo-files.ts';

export const archiveGoal = defineAction({
  kind: 'archive_goal',
  summary: 'Move a goal to goals/archive/.',
  when: 'A goal is reached for good, or the person gave it up.',
  risk: 'reversible',
  input: z.strictObject({ id: id.describe("The goal's id.") }),
  target: (input) => `goals/${input.id}`,
  line: (input) => `archived the goal ${input.id}`,
  prepare: (input, { seen, files, person }): Prepared => {
    const file = goalFile(input.id, files);
    if (file.found === 'several') return { prepared: 'refused', problem: file.problem };
    if (file.found === 'none') {
      if (archivedGoal(input.id, files)) return { prepared: 'unchanged', note: `the goal ${input.id} is archived already` };
      return { prepared: 'refused', problem: `there is no goal ${input.id}` };
    }
    const text = files.read(file.path);
    const to = freeArchivePath(input.id, files);
    if (text === null) return { prepared: 'refused', problem: `there is no goal ${input.id}` };
    if (to === null)
      return { prepared: 'refused', problem: `goals/archive/ has no free name for ${input.id}; remove some of its old versions` };
    const shown = Object.hasOwn(seen.goals, input.id) ? (seen.goals[input.id] ?? null) : null;
    if (!person && !isAsShown(shown, text))
      return {
        prepared: 'conflict',
        question: `An action wants to archive ${file.path}, but it was edited since the decider read it. It stayed where it is.`,
        diff: unifiedDiff(file.path, shown?.text ?? '', text),
      };
    return { prepared: 'move', from: file.path, to, before: text, note: `moved ${file.path} to ${to}` };
  },
  observe: observeFiles,
  undo: undoFiles,
});
