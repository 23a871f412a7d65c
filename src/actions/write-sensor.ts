// write_sensor: a new way to look at the world.
import * as z from 'zod';
import { id } from '../lib/id.ts';
import { defineAction, type Prepared } from './define.ts';
import { observeFiles } from './observe-files.ts';
import { rewriteFile } from './policy-text.ts';
import { sensorFile } from './sensor-file.ts';
import { undoFiles } from './undo-files.ts';

const EXECUTABLE = 0o700;

export const writeSensor = defineAction({
  kind: 'write_sensor',
  summary: 'Write a sensor: an executable script that prints one JSON object.',
  when: 'Something that matters to a goal is not seen by any sensor.',
  risk: 'code',
  input: z.strictObject({
    name: id.describe("The sensor's name, which is its file name in sensors/."),
    script: z
      .string()
      .refine((script) => /^#![^\n]*\S/.test(script) && !script.includes('\0'), {
        error: 'a script begins with a shebang (#!/bin/sh) and has no NUL in it',
      })
      .describe(
        'The whole script, beginning with a shebang. A changed `signal` wakes the decider; put what moves by itself under `detail`.',
      ),
  }),
  target: ({ name }) => `sensors/${name}`,
  line: ({ name }) => `wrote the sensor ${name}`,
  prepare: ({ name, script }, { files, person }): Prepared => {
    const file = sensorFile(name, files);
    if (file.found === 'several') return { prepared: 'refused', problem: file.problem };
    const current = files.read(file.path);
    const mayReplace = current === null || person || files.isOwn(file.path);
    const text = script.endsWith('\n') ? script : `${script}\n`;
    // Scripts are not part of the prompt: one that the person wrote was never shown.
    const verdict = mayReplace || text === current ? { text } : { conflict: 'its script is yours and was never shown to the decider' };
    return rewriteFile({ path: file.path, shown: null, current, body: text, mode: EXECUTABLE }, verdict);
  },
  observe: observeFiles,
  undo: undoFiles,
});
