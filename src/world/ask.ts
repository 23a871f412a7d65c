// PURE. Ask: a question to the person, as kept in .flyball/asks/ID.json, and what an answer to it means.
// Public shape (DESIGN 19).
import type { By } from './record.ts';
import { amountOf } from './spend.ts';

export type AskKind = 'question' | 'approval' | 'conflict' | 'budget';
export type AskState = 'open' | 'answered' | 'executing' | 'closed' | 'stranded';

export interface Ask {
  id: string;
  kind: AskKind;
  question: string;
  options: string[] | null;
  /** What choosing an option does, by its label; executed exactly once. */
  actions?: Record<string, unknown>;
  default: string | null;
  default_at: string | null;
  /** The default counts after so many seconds in which the machine was awake. */
  default_after_s?: number;
  /** When it was asked on the machine's monotonic clock, from which those seconds are counted. */
  asked_mono_ms?: number;
  /** Asked with `flyball ask`: then `ref` is a file to look at, and to ask twice makes two asks. */
  asked_by?: 'worker' | 'script';
  goal: string | null;
  worker: string | null;
  generation: number | null;
  /** What raised it: an action's id (`b42`), so that it is never raised twice. */
  ref: string | null;
  decision: Record<string, unknown> | null;
  hash: string | null;
  at: string;
  expires_at: string | null;
  state: AskState;
  answer: string | null;
  answered_at: string | null;
  answered_by: 'person' | 'default' | null;
  /** What an approval rests on. */
  approval?: Approval;
  /** Not shown again before then. */
  later_until?: string;
  closed_at?: string;
  /** Why it needs no answer any more: `answered`, `refused`, `expired`, or in words what happened. */
  closed_reason?: string;
  /** What became of it has been in view of a whole decision. */
  seen?: true;
}

export interface Approval {
  /** The beat whose world is the merge base: it is not pruned while this is open. */
  base: number;
  /** Whose decision it was. */
  by: By;
  /** What it acts on (`goals/inbox`), its file, and the digest of that then; null where there is none. */
  target: string | null;
  path: string | null;
  digest: string | null;
  evidence: { pointer: string; value: unknown }[];
  /** The nos because of which it is asked: a yes takes them back. */
  nos: string[];
  /** The line that the answer `always` adds to the policies of flyball.yaml; null where none would help. */
  always: string | null;
}

/** Nobody reads the fifty-first. */
export const OPEN_ASKS_CAP = 50;
/** An approval that nobody answers lapses; that is never a yes. */
export const APPROVAL_TTL_MS = 24 * 3_600_000;
export const APPROVAL_OPTIONS = ['yes', 'no', 'always'] as const;

const YES = new Set(['yes', 'y', 'approve']);
const NO = new Set(['no', 'n', 'deny']);

export type Meaning = { understood: true; answer: string } | { understood: false; problem: string };

/** The answer as it is kept: an approval's word, an option by its label whatever its case, else the text itself. */
export function meaningOf(ask: Pick<Ask, 'id' | 'kind' | 'options'>, text: string): Meaning {
  const said = text.trim();
  if (said === '') return { understood: false, problem: 'an answer needs at least one word' };
  if (ask.kind === 'approval') return approvalWord(ask, said);
  if (ask.kind === 'budget' && said.toLowerCase() !== 'stop' && amountOf(said, 1) === 0)
    return { understood: false, problem: `ask ${ask.id} is about a budget: answer more, stop, or how many dollars more` };
  const fold = (label: string) => label.trim().toLowerCase();
  const label = ask.options?.find((it) => it === said) ?? ask.options?.find((it) => fold(it) === fold(said));
  return { understood: true, answer: label ?? said };
}

function approvalWord({ id, options }: Pick<Ask, 'id' | 'options'>, said: string): Meaning {
  const word = said.toLowerCase();
  if (YES.has(word)) return { understood: true, answer: 'yes' };
  if (NO.has(word)) return { understood: true, answer: 'no' };
  const lasting = options === null || options.includes('always');
  if (word === 'always' && lasting) return { understood: true, answer: 'always' };
  if (word === 'always') return { understood: false, problem: `no policy would allow what ask ${id} is about: answer yes or no` };
  return { understood: false, problem: `ask ${id} is an approval: answer yes, no or always; "${said.slice(0, 80)}" is none of them` };
}

/** What the answer lets the executor do, once; null when it carries nothing. */
export function chosenAction(ask: Ask): Record<string, unknown> | null {
  if (ask.answer === null) return null;
  if (ask.kind === 'approval') return ask.answer === 'yes' || ask.answer === 'always' ? ask.decision : null;
  const chosen = ask.actions && Object.hasOwn(ask.actions, ask.answer) ? ask.actions[ask.answer] : null;
  return typeof chosen === 'object' && chosen !== null ? (chosen as Record<string, unknown>) : null; // looked at
}

/** Answered, and its action has not been done yet. */
export function waitsToRun(ask: Ask): boolean {
  return (ask.state === 'answered' || ask.state === 'executing') && chosenAction(ask) !== null;
}

export function hasLapsed(ask: Pick<Ask, 'expires_at'>, now: Date): boolean {
  return ask.expires_at !== null && Date.parse(ask.expires_at) <= now.getTime();
}

/** What is in the world's view: all that is not closed, and what became of an approval until a decision has seen that. */
export function isInView(ask: Ask): boolean {
  return ask.state !== 'closed' || (ask.kind === 'approval' && !ask.seen);
}

/** The answer, and of an approval what came of it. */
export function answerInView(ask: Ask): string | null {
  if (ask.kind !== 'approval' || ask.state !== 'closed' || ask.closed_reason === 'refused') return ask.answer;
  return [ask.answer ?? 'no answer', ask.closed_reason ?? 'closed'].join('; ');
}

/** Why an answer comes too late for it, or null when it is open for one. */
export function closedToAnswers(ask: Ask, { now, force }: { now: Date; force: boolean }): string | null {
  if (ask.state === 'closed') return `ask ${ask.id} is closed: ${ask.closed_reason ?? 'answered'}`;
  if (ask.state === 'stranded') return `ask ${ask.id} is stranded: whoever asked is gone`;
  if (ask.state === 'executing') return `ask ${ask.id} was answered "${ask.answer ?? ''}", which is being done now`;
  if (ask.state === 'answered' && !force) return `ask ${ask.id} was answered "${ask.answer ?? ''}" already; --force replaces that`;
  if (ask.kind === 'approval' && hasLapsed(ask, now)) return `ask ${ask.id} lapsed at ${ask.expires_at ?? ''}`;
  return null;
}
