// PURE. A question as a worker or a person's script asks it, and the ask that it becomes.
import * as z from 'zod';
import { type Ask, meaningOf } from './ask.ts';

/** What a person reads in one go; the same for a decider's question. */
export const QUESTION_CAP = 2_048;
export const OPTION_CAP = 200;
export const OPTIONS_CAP = 12;
const REF_CAP = 1_024;
/** A default that far away is no default. */
const AFTER_MAX_S = 30 * 86_400;

export const questionSchema = z.strictObject({
  question: z.string().trim().min(1).max(QUESTION_CAP),
  options: z.array(z.string().trim().min(1).max(OPTION_CAP)).min(1).max(OPTIONS_CAP).nullable(),
  default: z.string().trim().min(1).max(QUESTION_CAP).nullable(),
  /** The default counts after so many seconds in which the machine was awake. */
  after_s: z.number().positive().max(AFTER_MAX_S).nullable(),
  /** A file to look at before answering. */
  ref: z.string().trim().min(1).max(REF_CAP).nullable(),
});
export type Question = z.output<typeof questionSchema>;

/** What no schema says, in words for the asker; null when it can be asked. */
export function questionProblem(question: Question): string | null {
  const { options, default: chosen, after_s } = question;
  if (options && new Set(options.map((label) => label.toLowerCase())).size < options.length) return 'two options have the same label';
  if (after_s !== null && chosen === null) return 'there is no default that could be taken after that time';
  if (options && chosen !== null && !options.includes(defaultLabel(question) ?? '')) {
    return `the default "${chosen}" is none of the options: ${options.join(', ')}`;
  }
  return null;
}

/** Who asks. A script of the person's is nobody's worker. */
export interface Asker {
  worker: string | null;
  generation: number | null;
}

/** `triage#31` is generation 31 of the worker triage. */
export function askerNamed(worker: string): Asker {
  const [, name = worker, generation] = /^(.*)#(\d{1,15})$/.exec(worker) ?? [];
  return { worker: name, generation: generation === undefined ? null : Number(generation) };
}

/** At what instant of which clock it is asked. */
export interface AskedAt {
  now: Date;
  monotonicMs: number;
}

export function askOf(question: Question, asker: Asker, { now, monotonicMs }: AskedAt): Omit<Ask, Answered> {
  const { after_s } = question;
  return {
    kind: 'question',
    question: question.question,
    options: question.options,
    default: defaultLabel(question),
    default_at: after_s === null ? null : new Date(now.getTime() + after_s * 1_000).toISOString(),
    ...(after_s === null ? {} : { default_after_s: after_s, asked_mono_ms: Math.round(monotonicMs) }),
    goal: null,
    ...asker,
    ref: question.ref,
    asked_by: asker.worker === null ? 'script' : 'worker',
    decision: null,
    hash: null,
    at: now.toISOString(),
    expires_at: null,
  };
}

type Answered = 'id' | 'state' | 'answer' | 'answered_at' | 'answered_by';

/** The default as its option is spelled. */
function defaultLabel({ options, default: chosen }: Question): string | null {
  if (chosen === null) return null;
  const meant = meaningOf({ id: '', kind: 'question', options }, chosen);
  return meant.understood ? meant.answer : chosen;
}

/** Asked again before its answer was taken, it is the same ask: a worker whose shell was cut off finds its question again. */
export function sameQuestion(ask: Ask, question: Question, asker: Asker): boolean {
  return (
    ask.kind === 'question' &&
    (ask.state === 'open' || ask.state === 'answered') &&
    ask.worker !== null &&
    ask.worker === asker.worker &&
    ask.generation === asker.generation &&
    ask.question === question.question &&
    ask.ref === question.ref &&
    JSON.stringify(ask.options) === JSON.stringify(question.options)
  );
}

/** How an ask stands, for whoever asked it. */
export interface Asked {
  ask: string;
  state: string;
  answer: string | null;
  answered_by: 'person' | 'default' | null;
  /** Why it was closed without an answer. */
  reason: string | null;
}

export function askedOf({ id, state, answer, answered_by, closed_reason }: Ask): Asked {
  return { ask: id, state, answer, answered_by, reason: answer === null ? (closed_reason ?? null) : null };
}
