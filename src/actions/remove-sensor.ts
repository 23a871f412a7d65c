// remove_sensor: stops looking at something.
import * as z from 'zod';
import { id } from '../lib/id.ts';
import { unifiedDiff } from '../lib/patch.ts';
import { defineAction, type Prepared } from './define.ts';
import { observeFiles } from './observe-files.ts';
import { sensorFile } from './sensor-file.ts';
import { undoFiles } from './undo-files.ts';

export const removeSensor = defineAction({
  kind: 'remove_sensor',
  summary: 'Remove a sensor; its script stays in the history.',
  when: 'No goal needs what it looks at, or it was written by mistake.',
  risk: 'code',
  input: z.strictObject({ name: id.describe("The sensor's name.") }),
  target: ({ name }) => `sensors/${name}`,
  line: ({ name }) => `removed the sensor ${name}`,
  prepare: ({ name }, { files, person }): Prepared => {
    const file = sensorFile(name, files);
    if (file.found === 'several') return { prepared: 'refused', problem: file.problem };
    const current = files.read(file.path);
    if (current === null) {
      if (person) return { prepared: 'unchanged', note: `there is no sensor ${name}` };
      return { prepared: 'refused', problem: `there is no sensor ${name}` };
    }
    if (!person && !files.isOwn(file.path))
      return {
        prepared: 'conflict',
        question: `An action wants to remove ${file.path}, but its script is yours and was never shown to the decider. It stayed.`,
        diff: unifiedDiff(file.path, current, ''),
      };
    return { prepared: 'files', changes: [{ path: file.path, before: current, after: null }], note: `removed ${file.path}` };
  },
  observe: observeFiles,
  undo: undoFiles,
});
