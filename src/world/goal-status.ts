// PURE. A goal's status: its generation and its seven conditions, from its file, its checks and the world.
import { evaluate, type Scope } from '../lib/cel.ts';
import { firstFalsePart } from '../lib/cel-explain.ts';
import { cutText, oneLine } from '../lib/text.ts';
import { CONDITION_TYPES, type Condition, type ConditionStatus, type ConditionType } from './condition.ts';
import { type GoalFile, NO_PRIORITY } from './goal.ts';
import type { World, WorldGoal, WorldWorker } from './world.ts';

/** What `.flyball/goals/ID.json` holds. */
export interface GoalStatus {
  v: 1;
  /** Digest of the folded text that `generation` counts. */
  text: string;
  generation: number;
  observedGeneration: number;
  conditions: Condition[];
  verify: Verified | null;
}

/** How a goal's `verify` ended last. */
export interface Verified {
  command: string;
  /** Digest of the folded text at that time. */
  text: string;
  at: string;
  end: 'passed' | 'failed' | 'error';
  exit: number | null;
  message: string;
}

export interface GoalFacts {
  now: Date;
  file: GoalFile;
  /** Null begins again at generation 1. */
  former: GoalStatus | null;
  verified: Verified | null;
  /** The rest of the world, and the same as names for `done_when`. */
  world: Omit<World, 'goals'>;
  values: Scope;
  deciderReadsProse: boolean;
  ruleTexts: readonly string[];
}

export interface Answer {
  status: ConditionStatus;
  reason: string;
  message: string;
}

/** Goals longer than this are shown to the decider up to here. */
const TEXT_CAP = 8 * 1024;
const MESSAGE_LENGTH = 500;

export function statusOf(facts: GoalFacts): GoalStatus {
  const { file, former } = facts;
  const generation = former === null ? 1 : former.text === file.folded ? former.generation : former.generation + 1;
  const answers = answersOf(facts);
  const conditions = CONDITION_TYPES.map((type) => condition(type, answers[type], { facts, generation }));
  return { v: 1, text: file.folded, generation, observedGeneration: generation, conditions, verify: facts.verified };
}

/** The goal as the world shows it. */
export function worldGoal(file: GoalFile, status: GoalStatus): WorldGoal {
  const ready = status.conditions.find((one) => one.type === 'Ready');
  const unattended = status.conditions.find((one) => one.type === 'Unattended');
  return {
    goal: file.title,
    ready: ready?.status === 'True',
    status: ready?.status ?? 'Unknown',
    reason: ready?.reason ?? 'NotChecked',
    attended: unattended?.status !== 'True',
    priority: file.spec?.priority ?? NO_PRIORITY,
    paused: file.spec?.paused ?? false,
    autonomy: file.spec?.autonomy ?? null,
    ...cutText(file.text, TEXT_CAP),
    digest: file.digest,
    generation: status.generation,
    conditions: status.conditions,
  };
}

/** `lastTransitionTime` moves with the status alone; `observedGeneration` of Ready is that of the text which was checked. */
function condition(type: ConditionType, answer: Answer, { facts, generation }: { facts: GoalFacts; generation: number }): Condition {
  const was = facts.former?.conditions.find((one) => one.type === type);
  const { verified, file } = facts;
  const stale = type === 'Ready' && was && answer.reason !== 'NotChecked' && verified && file.spec?.verify && verified.text !== file.folded;
  return {
    type,
    status: answer.status,
    reason: answer.reason,
    message: oneLine(answer.message, MESSAGE_LENGTH),
    observedGeneration: stale ? Math.min(was.observedGeneration, generation) : generation,
    lastTransitionTime: was && was.status === answer.status ? was.lastTransitionTime : facts.now.toISOString(),
  };
}

function answersOf(facts: GoalFacts): Record<ConditionType, Answer> {
  const ready = readyOf(facts);
  const workers = workersOf(facts);
  return {
    Ready: ready,
    Progressing: progressing(facts, ready, workers),
    Blocked: blocked(facts, workers),
    Stalled: stalled(ready, workers),
    OverBudget: overBudget(facts),
    Invalid: invalid(facts.file),
    Unattended: unattended(facts, ready),
  };
}

const yes = (reason: string, message: string): Answer => ({ status: 'True', reason, message });
const no = (reason: string, message: string): Answer => ({ status: 'False', reason, message });
const unknown = (reason: string, message: string): Answer => ({ status: 'Unknown', reason, message });

// ── Ready ──────────────────────────────────────────────────────────────────────────────────────────

/** Both checks must hold where both are given; without one nobody knows. */
function readyOf(facts: GoalFacts): Answer {
  const { spec } = facts.file;
  if (!spec) return unknown('Invalid', 'the file is Invalid, so its check is not known');
  const checks = [
    ...(spec.verify === undefined ? [] : [verifyAnswer(spec.verify, facts.verified)]),
    ...(spec.done_when === undefined ? [] : [doneWhen(spec.done_when, facts.values, facts.world)]),
  ];
  const [only] = checks;
  if (!only) return unknown('NoCheck', 'it names no check: give it `verify` or `done_when`');
  return checks.find((check) => check.status === 'False') ?? checks.find((check) => check.status === 'Unknown') ?? only;
}

function verifyAnswer(command: string, verified: Verified | null): Answer {
  if (!verified || verified.command !== command) return unknown('NotChecked', 'its verify has not ended yet');
  if (verified.end === 'passed') return yes('VerifyPassed', 'verify: exit 0');
  if (verified.end === 'failed') return no('VerifyFailed', `verify: ${verified.message}`);
  return unknown('VerifyError', `verify could not tell: ${verified.message}`);
}

/** A check that does not parse, or that rests on a sensor which fails, is unknown: an error is never read as "not done". */
function doneWhen(source: string, values: Scope, world: Pick<World, 'readings'>): Answer {
  const answer = evaluate(source, values);
  if (!answer.ok && answer.kind === 'error') return unknown('DoneWhenError', `done_when: ${answer.message}`);
  if (!answer.ok) {
    const name = /^readings(?:\.(\w+)|\[["']([^"']+)["']\])/.exec(answer.key)?.slice(1).find(Boolean);
    const reading = name === undefined || !Object.hasOwn(world.readings, name) ? undefined : world.readings[name];
    if (name !== undefined && !reading) return unknown('NoReading', `done_when: there is no reading "${name}"`);
    if (reading?.failed) return unknown('ReadingFailed', `done_when: the sensor ${name} fails (${reading.error})`);
    return no('MissingKey', `done_when needs ${answer.key}, which is not there`);
  }
  if (answer.value === true) return yes('DoneWhen', `${source} is true`);
  if (answer.value !== false) return unknown('DoneWhenError', `done_when gives ${JSON.stringify(answer.value)}, not true or false`);
  const part = firstFalsePart(source, values);
  const seen = (part?.values ?? []).map(({ path, value }) => `${path} is ${oneLine(JSON.stringify(value) ?? 'nothing', 80)}`);
  return no('NotDone', `${part?.text ?? source} is false${seen.length > 0 ? ` (${seen.join(', ')})` : ''}`);
}

// ── the others ─────────────────────────────────────────────────────────────────────────────────────

interface GoalWorkers {
  alive: [string, WorldWorker][];
  /** The newest that has ended. */
  last: [string, WorldWorker] | null;
}

function workersOf({ file, world }: GoalFacts): GoalWorkers {
  const own = Object.entries(world.workers).filter(([, worker]) => worker.goal === file.id);
  const ended = own.filter(([, worker]) => worker.signal.startsWith('ended')).sort(([, a], [, b]) => b.generation - a.generation);
  return { alive: own.filter(([, worker]) => !worker.signal.startsWith('ended')), last: ended[0] ?? null };
}

function progressing({ file }: GoalFacts, ready: Answer, { alive }: GoalWorkers): Answer {
  const [first] = alive;
  if (first) return yes('WorkerLive', `the worker ${first[0]} is on it`);
  if (file.spec?.paused) return no('Paused', 'it is paused');
  return ready.status === 'True' ? no('Ready', 'it holds') : no('NoWorker', 'no worker is on it');
}

function blocked({ file, world }: GoalFacts, { alive, last }: GoalWorkers): Answer {
  const names = new Set(alive.map(([name]) => name));
  const ask = Object.entries(world.asks).find(
    ([, one]) => one.signal === 'open' && (one.goal === file.id || (one.worker !== null && names.has(one.worker))),
  );
  if (ask) return yes('OpenAsk', `ask ${ask[0]} waits for you: ${ask[1].question}`);
  if (alive.length === 0 && last?.[1].signal === 'ended:Blocked')
    return yes('WorkerBlocked', `the worker ${last[0]} ended blocked: ${last[1].reason ?? 'it gave no reason'}`);
  return no('NotBlocked', 'no open ask concerns it');
}

function stalled(ready: Answer, { alive, last }: GoalWorkers): Answer {
  const stuck = alive.find(([, worker]) => worker.signal === 'stuck');
  if (stuck) return yes('WorkerStuck', `the worker ${stuck[0]} has been silent for ${stuck[1].silent_s ?? '?'} s`);
  const failed = alive.length === 0 && ready.status !== 'True' && last && /^ended:(Failed|Lost|BudgetLimited)$/.test(last[1].signal);
  if (failed) return yes('WorkerFailed', `the worker ${last[0]} ended as ${last[1].state}${last[1].reason ? `: ${last[1].reason}` : ''}`);
  return no('NotStalled', 'nothing keeps it from going on');
}

function overBudget({ file, world }: GoalFacts): Answer {
  const spend = world.spend[`goal/${file.id}`];
  if (spend?.signal !== 'over') return no('WithinBudget', 'it is within its budget');
  return yes('OverBudget', `${spend.usd} of ${spend.limit ?? '?'} USD are spent`);
}

function invalid({ problem, name }: GoalFile): Answer {
  if (!problem) return no('Valid', 'the file can be read');
  const place = problem.line === null ? `goals/${name}` : `goals/${name}:${problem.line}:${problem.column}`;
  return yes('Invalid', `${place}: ${problem.what}${problem.next ? ` (${problem.next})` : ''}`);
}

/** Raised at once for prose that nobody reads; while a check has not ended yet it is not known whether anybody is needed. */
function unattended({ file, deciderReadsProse, ruleTexts }: GoalFacts, ready: Answer): Answer {
  if (!file.spec) return no('Invalid', 'the file is Invalid');
  if (ready.status === 'True') return no('Ready', 'it holds');
  if (file.spec.paused) return no('Paused', 'it is paused');
  if (deciderReadsProse) return no('Decider', 'the decider reads it');
  if (file.spec.worker) return no('Worker', 'it names a worker');
  if (ruleTexts.some((rule) => speaksOf(rule, file.id))) return no('Rule', 'a rule speaks of it');
  if (ready.reason === 'NotChecked') return unknown('NotChecked', ready.message);
  return yes('NobodyIsOnIt', 'it does not hold, names no worker, no rule speaks of it, and the decider does not read prose');
}

function speaksOf(rule: string, id: string): boolean {
  const whole = new RegExp(`(?<![a-z0-9_-])${id.replaceAll(/[^a-z0-9]/gi, '\\$&')}(?![a-z0-9_-])`);
  return whole.test(rule) || /["']?for_each["']?\s*:\s*["']?goals\b/.test(rule);
}
