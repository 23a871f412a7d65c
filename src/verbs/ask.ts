// ask: a question to the person, from a worker or a script; waits, and prints the answer alone.
import * as z from 'zod';
import { describeError, PersonError } from '../errors.ts';
import { parseDuration } from '../lib/duration.ts';
import { type Question, questionProblem, questionSchema } from '../world/question.ts';
import { defineVerb, type Reply } from './define.ts';
import type { AskLine, Hands } from './hands.ts';

export const ask = defineVerb({
  name: 'ask',
  group: 'in a worker',
  summary: 'Ask the person, wait, and print only the answer.',
  details:
    'Inside a worker the question goes through the pulse, and asking it again after a broken wait finds the same ask. ' +
    'The time of --after counts only while the machine is awake and nothing is stopped; a pulse has to run for a default to be taken.\n\n' +
    '  flyball ask "Publish it?" --options yes,no\n' +
    '  flyball ask "Which?" --options red,blue --default red --after 2h\n' +
    '  n=$(flyball ask "Look at this" --ref reports/x.md --detach); flyball asks --json',
  worker: true,
  writes: true,
  input: z.strictObject({
    question: z.string().describe('What the person needs to know to answer; - reads it from stdin.').meta({ positional: true }),
    options: z.string().optional().describe('The answers to choose from, with a comma between them (\\, within one).'),
    default: z.string().optional().describe('What is taken when nobody answers within --after.'),
    after: z.string().optional().describe('How long to wait for the person before the default counts: 30s, 10m, 2h.'),
    ref: z.string().optional().describe('A file to look at before answering.').meta({ complete: 'file' }),
    detach: z.boolean().default(false).describe('Do not wait: print the number of the ask.').meta({ short: 'd' }),
  }),
  run: async (input, hands) => {
    const question = questionOf({ ...input, question: input.question === '-' ? await hands.terminal.read() : input.question });
    const line = await hands.askLine();
    const raised = await line.raise(question, { patient: !input.detach });
    if (input.detach) return detached(raised.ask);
    await sayThatItWaits(raised.ask, question, hands);
    return waitForAnswer(raised.ask, line, hands);
  },
});

// ── the question ───────────────────────────────────────────────────────────────────────────────────

interface Words {
  question: string;
  options?: string | undefined;
  default?: string | undefined;
  after?: string | undefined;
  ref?: string | undefined;
}

function questionOf(words: Words): Question {
  const ms = words.after === undefined ? null : parseDuration(words.after);
  if (words.after !== undefined && ms === null)
    throw new PersonError(`--after: "${words.after}" is no duration`, { hint: 'write 30s, 10m, 2h or 1d' });
  const read = questionSchema.safeParse({
    question: words.question,
    options: words.options === undefined ? null : splitOptions(words.options),
    default: words.default ?? null,
    after_s: ms === null ? null : ms / 1_000,
    ref: words.ref ?? null,
  });
  if (!read.success) throw new PersonError(`${flagOf(read.error.issues[0])}`, { hint: 'flyball help ask' });
  const problem = questionProblem(read.data);
  if (problem) throw new PersonError(problem, { hint: 'flyball help ask' });
  return read.data;
}

function flagOf(issue: { path: PropertyKey[]; message: string } | undefined): string {
  const [field = 'question', index] = issue?.path ?? [];
  const name = field === 'question' ? 'QUESTION' : `--${field === 'after_s' ? 'after' : String(field)}`;
  return `${name}${typeof index === 'number' ? `, ${index + 1}.` : ''}: ${issue?.message ?? 'is wrong'}`;
}

/** `a,b` are two; `a\,b` is one. */
function splitOptions(text: string): string[] {
  return text.split(/(?<!\\),/).map((label) => label.replaceAll('\\,', ',').trim());
}

// ── the answer ─────────────────────────────────────────────────────────────────────────────────────

function detached(id: string): Reply {
  return { exit: 0, json: { v: 1, id, status: 'done', note: `ask ${id} is open` }, text: id, names: [`asks/${id}`] };
}

async function sayThatItWaits(id: string, question: Question, hands: Hands): Promise<void> {
  hands.say(`ask ${id} waits for an answer (${hands.command} answer ${id})`);
  if (question.after_s === null || hands.env.FLYBALL_WORKER || (await hands.pulse()).running) return;
  hands.say(`no pulse runs, and only a pulse takes the default (${hands.command} up)`);
}

/** The answer is printed before it is said to be taken: whoever dies between the two finds it again. */
async function waitForAnswer(id: string, line: AskLine, hands: Hands): Promise<Reply> {
  const asked = await line.wait(id).catch(async (error) => {
    if (!hands.signal.aborted) throw error;
    await line.gone(id);
    throw new PersonError(`ask ${id} is not waited for any more`, { code: 1 });
  });
  const { answer, answered_by, reason } = asked;
  if (answer === null)
    throw new PersonError(`ask ${id} has no answer: ${reason ?? asked.state}`, { hint: `flyball why asks/${id}`, code: 1 });
  hands.emit({ json: { v: 1, id, status: 'done', note: `answered by ${answered_by ?? 'nobody'}`, answer, answered_by }, text: answer });
  await line.taken(id).catch((error) => hands.say(`the answer is printed, but ask ${id} is not closed: ${describeError(error)}`));
  return { exit: 0, json: undefined };
}
