// write_goal: writes a goal's prose, or a new goal.
import * as z from 'zod';
import { id } from '../lib/id.ts';
import type { WorldGoal } from '../world/world.ts';
import { defineAction, type Prepared } from './define.ts';
import { goalFile } from './goal-file.ts';
import { observeFiles } from './observe-files.ts';
import { isValidGoal, keysChanged, underOwnedFrontMatter } from './owned-front-matter.ts';
import { type Rewrite, rewriteFile, rewriteText } from './policy-text.ts';
import { undoFiles } from './undo-files.ts';

export const writeGoal = defineAction({
  kind: 'write_goal',
  summary: 'Write a goal: a new one, or the whole new text of one that is there.',
  when: 'The notes of a goal should say what was found or done, or the person asked for a new goal.',
  risk: 'reversible',
  input: z.strictObject({
    id: id.describe("The goal's id."),
    body: z
      .string()
      .refine((body) => body.trim() !== '' && !body.includes('\0'), { error: 'a goal is not blank and has no NUL in it' })
      .describe('The whole text, Markdown. Front matter belongs to the person: leave it out, and what is there stays.'),
  }),
  target: (input) => `goals/${input.id}`,
  line: (input) => `wrote the goal ${input.id}`,
  prepare: (input, scene): Prepared => {
    const file = goalFile(input.id, scene.files);
    if (file.found === 'several') return { prepared: 'refused', problem: file.problem };
    const seen: WorldGoal | null = Object.hasOwn(scene.seen.goals, input.id) ? (scene.seen.goals[input.id] ?? null) : null;
    const rewrite = { path: file.path, shown: seen, current: scene.files.read(file.path), body: input.body };
    return scene.person ? rewriteFile(rewrite) : byAgent(rewrite, scene.yes === true);
  },
  observe: observeFiles,
  undo: undoFiles,
});

function byAgent(rewrite: Rewrite, yes: boolean): Prepared {
  const framed = underOwnedFrontMatter(rewrite.body, rewrite.shown?.text ?? rewrite.current, { yes });
  if ('conflict' in framed) return rewriteFile(rewrite, framed);
  const rewritten = rewriteText({ ...rewrite, body: framed.body });
  if ('conflict' in rewritten) return rewriteFile({ ...rewrite, body: framed.body }, rewritten);
  const { current } = rewrite;
  if ((current === null || isValidGoal(current)) && !isValidGoal(rewritten.text))
    return rewriteFile({ ...rewrite, body: rewritten.text }, { conflict: 'the result would have front matter that is not valid' });
  // Once more, in what the merge came to: what was prose may have become front matter.
  const [key] = yes ? [] : keysChanged(rewritten.text, current);
  if (key !== undefined)
    return rewriteFile(
      { ...rewrite, body: rewritten.text },
      { conflict: `the result would set \`${key}\` in the front matter, which is yours to set` },
    );
  return rewriteFile({ ...rewrite, body: framed.body }, rewritten);
}
