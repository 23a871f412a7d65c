// drop_schedule: no longer wakes the decider at those times.
import * as z from 'zod';
import { id } from '../lib/id.ts';
import { schedulePath } from '../store/layout.ts';
import { defineAction, type Prepared } from './define.ts';
import { observeFiles } from './observe-files.ts';
import { undoFiles } from './undo-files.ts';

export const dropSchedule = defineAction({
  kind: 'drop_schedule',
  summary: 'Drop a schedule.',
  when: 'What a schedule reminds of is done, or no longer matters.',
  risk: 'reversible',
  input: z.strictObject({ name: id.describe("The schedule's name.") }),
  target: ({ name }) => `schedules/${name}`,
  line: ({ name }) => `dropped the schedule ${name}`,
  prepare: ({ name }, { files, person }): Prepared => {
    const path = schedulePath(name);
    const before = files.read(path);
    if (before !== null) return { prepared: 'files', changes: [{ path, before, after: null }], note: `dropped the schedule ${name}` };
    if (person) return { prepared: 'unchanged', note: `there is no schedule ${name}` };
    return { prepared: 'refused', problem: `there is no schedule ${name}` };
  },
  observe: observeFiles,
  undo: undoFiles,
});
