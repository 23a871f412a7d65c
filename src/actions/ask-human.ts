// ask_human: a question that only the person can answer.
import * as z from 'zod';
import { id } from '../lib/id.ts';
import { OPEN_ASKS_CAP } from '../world/ask.ts';
import { OPTION_CAP, OPTIONS_CAP, QUESTION_CAP } from '../world/question.ts';
import { cannotBeUndone, defineAction, type Prepared } from './define.ts';

const label = z.string().trim().min(1).max(OPTION_CAP);
const option = z.union([label, z.strictObject({ label, do: z.looseObject({ action: z.string() }) })]);

export const askHuman = defineAction({
  kind: 'ask_human',
  summary: 'Ask the person a question.',
  when: 'Only the person can decide, or something irreversible is next. Do not ask again what is already open.',
  risk: 'inert',
  input: z.strictObject({
    question: z.string().trim().min(1).max(QUESTION_CAP).describe('The question, with what the person needs to know to answer it.'),
    options: z
      .array(option)
      .min(1)
      .max(OPTIONS_CAP)
      .optional()
      .describe('The answers to choose from; `{"label":…,"do":{action}}` makes the choice carry an action.'),
    default: z.string().optional().describe('What you would choose; one of the options where there are any.'),
    goal: id.optional().describe('The goal that it is about.'),
  }),
  target: () => null,
  line: ({ question }) => `asked you: ${question}`,
  prepare: (input, scene): Prepared => {
    const options = input.options?.map((it) => (typeof it === 'string' ? { label: it, do: null } : it)) ?? null;
    const labels = options?.map((it) => it.label) ?? null;
    if (labels && new Set(labels).size < labels.length)
      return { prepared: 'refused', problem: 'two options of ask_human have the same label' };
    if (labels && input.default !== undefined && !labels.includes(input.default))
      return { prepared: 'refused', problem: `the default "${input.default}" is none of the options: ${labels.join(', ')}` };
    if (scene.asks.open() >= OPEN_ASKS_CAP)
      return { prepared: 'refused', problem: `${OPEN_ASKS_CAP} asks are open already; the person has to answer some of them first` };
    const actions = options?.flatMap((it) => (it.do ? [[it.label, it.do] as const] : [])) ?? [];
    return {
      prepared: 'ask',
      ask: {
        kind: 'question',
        question: input.question,
        options: labels,
        ...(actions.length > 0 ? { actions: Object.fromEntries(actions) } : {}),
        default: input.default ?? null,
        default_at: null,
        goal: input.goal ?? null,
        worker: null,
        generation: null,
        ref: scene.id,
        decision: null,
        hash: null,
        at: scene.now.toISOString(),
        expires_at: null,
      },
    };
  },
  observe: (intent, look) => (look.askWithRef(intent.id) ? 'done' : 'void'),
  undo: cannotBeUndone('it only asked you something; answer the question or leave it'),
});
