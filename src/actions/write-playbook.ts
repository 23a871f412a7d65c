// write_playbook: changes the person's judgement in prose.
import * as z from 'zod';
import { PLAYBOOK_PATH } from '../store/layout.ts';
import { defineAction } from './define.ts';
import { observeFiles } from './observe-files.ts';
import { rewriteFile } from './policy-text.ts';
import { undoFiles } from './undo-files.ts';

export const writePlaybook = defineAction({
  kind: 'write_playbook',
  summary: 'Write PLAYBOOK.md: the whole new text.',
  when: 'The person said how things are to be judged from now on.',
  risk: 'reversible',
  input: z.strictObject({
    body: z
      .string()
      .refine((body) => body.trim() !== '' && !body.includes('\0'), { error: 'a playbook is not blank and has no NUL in it' })
      .describe('The whole text, Markdown.'),
  }),
  target: () => 'playbook',
  line: () => 'wrote the playbook',
  prepare: ({ body }, { seen, files }) => {
    const current = files.read(PLAYBOOK_PATH);
    // The world has no word for "no playbook": an empty text was shown, which is what is there when none is.
    const shown = current === null && seen.playbook.text === '' ? null : seen.playbook;
    return rewriteFile({ path: PLAYBOOK_PATH, shown, current, body });
  },
  observe: observeFiles,
  undo: undoFiles,
});
