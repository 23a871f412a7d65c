// The executor: performs one admitted action and nothing else. Prepare, intent, perform, outcome, roll forward,
// always in this order: the intent is on disk before the effect, the outcome after it, and nobody guesses.
import type { Lookout, Prepared, Scene } from './actions/define.ts';
import { kindNamed } from './actions/index.ts';
import { putBack } from './actions/put-back.ts';
import { shellOutcome } from './actions/run-shell.ts';
import { describeError } from './errors.ts';
import { type Effect, effectOf, stampsOf, textsOf, touchesPolicy } from './execute/effect.ts';
import { type RollForwardPorts, rollForward } from './execute/roll-forward.ts';
import { canonicalJson, digest } from './lib/digest.ts';
import { cutText, oneLine } from './lib/text.ts';
import type { Asks, NewAsk } from './ports/asks.ts';
import type { History } from './ports/history.ts';
import type { Shell } from './ports/shell.ts';
import type { Clock, HomeFiles, HomeWriter } from './ports.ts';
import { type Actor, type IntentRecord, type OutcomeRecord, PERSON_ID, type Stamp } from './world/journal.ts';
import type { Outcome } from './world/outcome.ts';

export interface ExecutorPorts extends RollForwardPorts {
  clock: Clock;
  history: History;
  asks: Asks;
  files: HomeFiles;
  writer: HomeWriter;
  shell: Shell;
}

export type Decision = Record<string, unknown> & { action: string };

/** On whose behalf, and under which beat, an action is carried out. */
export interface ActionErrand {
  /** Null for a person's verb. */
  beat: number | null;
  by: { kind: Actor; name: string | null };
  goal: string | null;
  /** The ask whose answer lets it be done. */
  approval?: string;
  epoch: number;
  /** FLYBALL_RUN of what it starts. */
  mark: string;
  /** Ends what is under way. */
  signal: AbortSignal;
  /** Where a command runs, by the verdict; in the sandbox unless it says so. */
  sandbox?: 'on' | 'off' | undefined;
}

export interface Executed {
  /** Of its intent; null when nothing began. */
  id: string | null;
  /** Null when nothing began: then `ask` or `problem` says what became of it. */
  outcome: Outcome | null;
  /** The ask that it became. */
  ask: string | null;
  /** What it wrote. */
  after: Stamp[];
  /** The last 2 KiB of a shell's output. */
  output: string | null;
  /** Why nothing began, in words for the decider. */
  problem: string | null;
}

export interface Executor {
  /** Computes the whole effect and changes nothing. Never throws: what cannot be done is refused, with the reason. */
  prepare(decision: Decision, scene: Omit<Scene, 'files' | 'asks'>): Prepared;
  /** Throws only when the outcome of a begun action could not be written down: recovery settles it then. */
  carryOut(decision: Decision, prepared: Prepared, errand: ActionErrand): Promise<Executed>;
}

export function createExecutor(ports: ExecutorPorts): Executor {
  return {
    prepare: (decision, scene) => prepare(ports, decision, scene),
    carryOut: (decision, prepared, errand) => carryOut(ports, { decision, prepared, errand }),
  };
}

const LINE_CAP = 500;
const ASK_CAP = 2_048;
const NOTHING: Executed = { id: null, outcome: null, ask: null, after: [], output: null, problem: null };

function prepare(ports: ExecutorPorts, decision: Decision, scene: Omit<Scene, 'files' | 'asks'>): Prepared {
  const open = () => ports.asks.all().filter((ask) => ask.state === 'open').length;
  try {
    // `actionSchema` gave the decision this kind's fields, which `kindNamed` cannot know.
    return kindNamed(decision.action).prepare(decision as never, { ...scene, files: ports.files, asks: { open } });
  } catch (error) {
    return { prepared: 'refused', problem: describeError(error) };
  }
}

interface Job {
  decision: Decision;
  prepared: Prepared;
  errand: ActionErrand;
}

async function carryOut(ports: ExecutorPorts, job: Job): Promise<Executed> {
  const { prepared, errand } = job;
  if (prepared.prepared === 'refused') return { ...NOTHING, problem: prepared.problem };
  if (prepared.prepared === 'conflict') return becomeAsk(ports, job, `${prepared.question}\n\n${prepared.diff}`);
  const began = ports.clock.monotonicMs();
  let effect: Effect;
  let intent: IntentRecord;
  try {
    errand.signal.throwIfAborted();
    effect = effectOf(ports.asks, prepared);
    if (touchesPolicy(effect)) ports.history.keep(effect.does === 'change' && errand.beat !== null ? effect.changes : []);
    intent = writeIntent(ports, job, effect);
  } catch (error) {
    return { ...NOTHING, problem: `nothing was done: ${describeError(error)}` };
  }
  const done = await perform(ports, { effect, intent, errand });
  const ms = Math.round(ports.clock.monotonicMs() - began);
  const record: OutcomeRecord = { type: 'outcome', id: intent.id, status: done.status, note: done.note, ms, recovered: false };
  const { at } = ports.journal.append(record, errand.epoch);
  rollForward(ports, intent, { ...record, at });
  const executed = {
    ...NOTHING,
    id: intent.id,
    outcome: { status: done.status, note: done.note, ms },
    after: done.status === 'done' ? intent.after : [],
    output: done.output,
  };
  return done.conflict ? { ...becomeAsk(ports, job, done.note), id: intent.id, outcome: executed.outcome } : executed;
}

// ── prepare, intent ────────────────────────────────────────────────────────────────────────────────

/** The fence: this throws under STOP, and for a pulse whose epoch is over. */
function writeIntent(ports: ExecutorPorts, { decision, errand }: Job, effect: Effect): IntentRecord {
  const kind = kindNamed(decision.action); // whose own fields the decision has, as in `prepare`
  const said = typeof decision.journal === 'string' && decision.journal.trim() !== '' ? decision.journal : kind.line(decision as never);
  const record = ports.journal.append(
    {
      type: 'intent',
      id: errand.beat === null ? PERSON_ID : `b${errand.beat}`,
      beat: errand.beat,
      by: errand.by,
      ...(errand.approval === undefined ? {} : { approval: errand.approval }),
      goal: errand.goal,
      action: decision,
      ...stampsOf(effect),
      line: oneLine(said, LINE_CAP),
      ...textsOf(kind.risk, effect),
    },
    errand.epoch,
  );
  if (record.type !== 'intent') throw new Error('the journal gave back another record than it was given');
  return record;
}

// ── perform ────────────────────────────────────────────────────────────────────────────────────────

interface Performed extends Omit<Outcome, 'ms'> {
  /** A person's text was in the way, and still is there. */
  conflict: boolean;
  output: string | null;
}

async function perform(
  ports: ExecutorPorts,
  { effect, intent, errand }: { effect: Effect; intent: IntentRecord; errand: ActionErrand },
): Promise<Performed> {
  const plain = { conflict: false, output: null };
  try {
    if (effect.does === 'shell') return await runShell(ports, effect, errand);
    if (effect.does === 'nothing') return { ...plain, status: 'done', note: effect.note };
    const inTheWay =
      effect.does === 'move'
        ? ports.writer.move(effect) === 'conflict' && effect.from
        : effect.changes.find((change) => ports.writer.change(change, intent.id) === 'conflict')?.path;
    if (!inTheWay) return { ...plain, status: 'done', note: effect.note };
    const said = `${inTheWay} was changed by you at the same moment; your text is there, the action was not done`;
    // Of several files those before it were written already.
    const rest = intent.after.filter(({ path }) => path !== inTheWay);
    if (rest.length > 0 && effect.does === 'change' && !putBack({ ...intent, after: rest }, ports))
      return { ...plain, status: 'interrupted', note: `${said} for all files, and nobody can say what is left of it` };
    return { ...plain, status: 'failed', note: said, conflict: true };
  } catch (error) {
    return { ...plain, ...afterFailure(ports, intent, describeError(error)) };
  }
}

/** What broke off is looked at, as recovery would: the effect may have been complete. */
function afterFailure(ports: ExecutorPorts, intent: IntentRecord, words: string): Omit<Outcome, 'ms'> {
  try {
    ports.writer.tidy(intent, intent.id);
    const observed = kindNamed(intent.action.action).observe(intent, lookoutOf(ports, new Set()));
    if (observed === 'done') return { status: 'done', note: `done, though: ${words}` };
    if (observed === 'interrupted' && intent.action.action === 'undo' && putBack(intent, ports)) return { status: 'failed', note: words };
    return observed === 'void' ? { status: 'failed', note: words } : { status: observed, note: words };
  } catch (second) {
    return { status: 'interrupted', note: `${words}; and what is there now cannot be read: ${describeError(second)}` };
  }
}

async function runShell(
  ports: ExecutorPorts,
  { cmd, timeoutMs }: Extract<Effect, { does: 'shell' }>,
  errand: ActionErrand,
): Promise<Performed> {
  const { beat, mark, signal, sandbox = 'on' } = errand; // who does not say is not let out
  if (beat === null) return { conflict: false, output: null, status: 'failed', note: 'a command belongs to a beat' };
  const ended = await ports.shell.run({ cmd, beat, mark, timeoutMs, signal, sandbox });
  return { conflict: false, output: ended.tail, ...shellOutcome(ended, sandbox) };
}

/** What a kind may look at to tell how an action ended. `alive` are the ids whose processes live. */
export function lookoutOf(ports: Pick<ExecutorPorts, 'writer' | 'shell' | 'asks'>, alive: ReadonlySet<string>): Lookout {
  return {
    stamp: (path) => ports.writer.stamp(path),
    shell: (beat) => ({ ...ports.shell.known(beat), alive: alive.has(`b${beat}`) }),
    askWithRef: (ref) => ports.asks.all().some((ask) => ask.ref === ref && !ask.asked_by),
  };
}

// ── what needs the person ──────────────────────────────────────────────────────────────────────────

/** What cannot be done without the person. Raised at most once per action. */
function becomeAsk(ports: ExecutorPorts, { decision, errand }: Job, question: string): Executed {
  try {
    const { beat } = errand;
    if (beat === null) return { ...NOTHING, problem: question };
    return { ...NOTHING, ask: ports.asks.raise(conflictAsk({ question, decision, beat, goal: errand.goal }, ports.clock.now())) };
  } catch (error) {
    return { ...NOTHING, problem: `it cannot be done without the person, who could not be asked: ${describeError(error)}` };
  }
}

export function conflictAsk(
  about: { question: string; decision: Record<string, unknown>; beat: number; goal: string | null },
  now: Date,
): NewAsk {
  return {
    kind: 'conflict',
    question: cutText(about.question, ASK_CAP).text,
    options: null,
    default: null,
    default_at: null,
    goal: about.goal,
    worker: null,
    generation: null,
    ref: `b${about.beat}`,
    decision: about.decision,
    hash: digest(canonicalJson(about.decision)),
    at: now.toISOString(),
    expires_at: null,
  };
}
