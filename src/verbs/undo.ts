// undo: takes an action back, or all policy files back to a time.
import * as z from 'zod';
import { PersonError } from '../errors.ts';
import { parseMoment } from '../lib/moment.ts';
import { confirm, requireOwnMachine } from './allowed.ts';
import { defineVerb } from './define.ts';
import type { Hands } from './hands.ts';
import type { UndoPlan, UndoWhat } from './undo-plan.ts';

/** A diff that nobody reads to its end is cut; `journal -p` has it whole. */
const DIFF_LINES = 400;

export const undo = defineVerb({
  name: 'undo',
  group: 'steer',
  summary: 'Take an action back: the latest that can be, or the one of a beat; or all policy files as of a time.',
  details: `Without a name it is the latest action that can be undone; its diff is shown and you are asked (--yes where nobody can be).
Later edits elsewhere in the file stay; where they overlap it is refused, and nothing is written.
An undo is an action too: \`flyball undo p7\` does again what p7 took back. What was undone is not done again by
itself: the same kind of action on the same file becomes a question, until you edit the file.
--to puts all policy files back to what was kept then: the last version before an action, or at the last undo.

  flyball undo
  flyball undo 12
  flyball undo p7 --yes
  flyball undo --to 2h
  flyball undo --to '2026-03-02 10:00'`,
  person: true,
  writes: true,
  input: z.strictObject({
    beat: z.string().optional().describe('A beat, or the b12 or p7 of the journal.').meta({ positional: true, complete: 'beat' }),
    to: z.string().optional().describe('All policy files as of this time: RFC 3339, 2026-03-02 10:00, 10:00, or 2h (ago).'),
    yes: z.boolean().default(false).describe('Do it without asking.').meta({ short: 'y' }),
  }),
  run: async ({ beat, to, yes }, hands) => {
    requireOwnMachine(hands);
    const what = whatOf({ beat, to }, hands);
    const plan = await hands.planUndo(what);
    await show(plan, what, { yes, hands });
    const done = await hands.undo({ ...what, key: plan.key });
    const text = done.status === 'done' ? `${done.id}: ${plan.title}; ${done.note}` : `${done.id} ${done.status}: ${done.note}`;
    return { exit: done.status === 'done' ? 0 : 1, json: { v: 1, ...done }, text };
  },
});

/** What was chosen is pinned: a beat that acts meanwhile must not become "the latest". */
async function show(plan: UndoPlan, what: UndoWhat, { yes, hands }: { yes: boolean; hands: Hands }): Promise<void> {
  if (!yes || hands.output === 'text') {
    for (const name of plan.passed) hands.say(`${name} is newer and cannot be undone`);
    const lines = plan.diff.trimEnd().split('\n');
    for (const line of lines.slice(0, DIFF_LINES)) hands.say(line);
    if (lines.length > DIFF_LINES) hands.say(`(${lines.length - DIFF_LINES} more lines)`);
  }
  const [first] = plan.undoes;
  if (what.to === undefined && first !== undefined) what.id = first;
  await confirm(hands, yes, what.to ? `Put the policy files back as of ${plan.to}?` : `Undo ${first}?`);
}

function whatOf({ beat, to }: { beat: string | undefined; to: string | undefined }, hands: Hands): UndoWhat {
  if (beat !== undefined && to !== undefined)
    throw new PersonError('an undo is of one action, or of everything --to a time; not both', { hint: 'flyball help undo' });
  if (to !== undefined) {
    const now = hands.clock.now();
    const time = parseMoment(to, now);
    if (!time) throw new PersonError(`--to: "${to}" is no time`, { hint: "such as 2h, 10:00, '2026-03-02 10:00' or 2026-03-02T10:00:00Z" });
    if (time > now) throw new PersonError(`--to: ${time.toISOString()} is still to come`, { hint: 'a time that has passed' });
    return { to: time };
  }
  if (beat === undefined) return {};
  const [, letter = 'b', number] = /^(?:beats\/)?([bp])?(\d{1,15})$/.exec(beat) ?? [];
  if (number === undefined) throw new PersonError(`"${beat}" is no beat`, { hint: 'a number, or the b12 or p7 of: flyball journal' });
  return { id: `${letter}${Number(number)}` };
}
