// Recovery: what a crash left (a running child, an open intent, a half roll-forward, a beat without an end) is
// settled by looking, or said to be unknown. Nothing is ever run again.
import type { Observed } from './actions/define.ts';
import { kindNamed } from './actions/index.ts';
import { putBack } from './actions/put-back.ts';
import { SHELL_TIMEOUT_MS, shellPlace } from './actions/run-shell.ts';
import { type AskLifePorts, settleAsks } from './asks/life.ts';
import { type ConcludePorts, follow } from './conclude.ts';
import { describeError } from './errors.ts';
import { type RollForwardPorts, rollForward } from './execute/roll-forward.ts';
import { conflictAsk, type ExecutorPorts, lookoutOf } from './execute.ts';
import type { BeatStore, Marks, PersonTurn } from './ports.ts';
import type { IntentRecord, OutcomeRecord } from './world/journal.ts';
import { NOT_BOXED, type Outcome } from './world/outcome.ts';
import { type BeatFacts, type BeatRecord, NO_COST } from './world/record.ts';

/** What settling an open intent needs, in a pulse or in a person's verb. */
export interface SettlePorts
  extends Omit<RollForwardPorts, 'history'>,
    Pick<ExecutorPorts, 'clock' | 'history' | 'asks' | 'writer' | 'shell'> {
  beats: Pick<BeatStore, 'read'>;
  epoch: number;
}

export interface RecoverPorts extends SettlePorts, ConcludePorts {
  nos: AskLifePorts['nos'] & RollForwardPorts['nos'];
  turn: Pick<PersonTurn, 'unlessTaken'>;
  asks: ExecutorPorts['asks'];
  beats: BeatStore;
  journal: ConcludePorts['journal'];
  marks: Marks;
  /** FLYBALL_RUN of a child of this epoch: `<home id>/<epoch>/<id>`. */
  mark(id: string): string;
  /** Ends the wait for a command that is still running. */
  signal: AbortSignal;
  /** STOP is there: what runs is frozen, and is neither waited for nor ended. */
  frozen?(): boolean;
  /** How long everything stood still since then: no deadline counts it. */
  stoodStillMs?(since: Date): number;
}

export interface Recovered {
  /** Intents that were open and are not any more. */
  settled: { id: string; status: Observed }[];
  /** A command of an earlier pulse that still runs: no beat may begin. */
  running: string | null;
}

/** Between two looks at a command that an earlier pulse left running. */
const LOOK_MS = 100;
/** How far back the records of the last action are looked for. */
const RECENT = 200;

/** Adapters whose home was cleared already: what only a dead pulse can leave is looked for once. */
const cleared = new WeakSet<Marks>();

/** Run at start and before each beat. */
export async function recover(ports: RecoverPorts): Promise<Recovered> {
  // The gate says `no-journal` by itself; what is open stays open until it can be written down how it ended.
  if (ports.journal.problem() !== null) return { settled: [], running: null };
  const atStart = !cleared.has(ports.marks);
  const open = ports.journal.open();
  if (atStart) await endOlder(ports, open);
  const settled: Recovered['settled'] = [];
  for (const intent of open.filter(({ beat }) => beat !== null)) {
    if (!(await hasEnded(ports, intent))) return { settled, running: intent.id };
    settled.push({ id: intent.id, status: settle(ports, intent) });
  }
  // A person's verb that is at work right now ends its intent itself, and its files are no leavings.
  if (atStart || open.some(({ beat }) => beat === null))
    ports.turn.unlessTaken(() => {
      settled.push(...settlePersons(ports));
      if (!atStart) return;
      rollForwardLast(ports);
      ports.writer.sweep();
      cleared.add(ports.marks);
    });
  for (const beat of ports.beats.newest(2).reverse()) finish(ports, beat);
  settleAsks(ports);
  return { settled, running: null };
}

// ── children ───────────────────────────────────────────────────────────────────────────────────────

/** Ends what an earlier epoch left running, but for a command whose intent is open: that one is waited for. */
async function endOlder(ports: RecoverPorts, open: readonly IntentRecord[]): Promise<void> {
  const [home, epoch] = ports.mark('').split('/');
  const waitedFor = new Set(open.filter(isShell).map(({ id }) => id));
  const left = await ports.marks.end((mark) => {
    const [whose, when, id = ''] = mark.split('/');
    return whose === home && when !== epoch && !waitedFor.has(id);
  });
  if (left > 0) ports.events.emit({ event: 'left-running', processes: left });
}

function isShell(intent: IntentRecord): boolean {
  return intent.action.action === 'run_shell';
}

function isMarkOf(ports: RecoverPorts, intent: IntentRecord): (mark: string) => boolean {
  const [home] = ports.mark('').split('/');
  return (mark) => mark.startsWith(`${home}/`) && mark.endsWith(`/${intent.id}`);
}

/** Waits for a command up to its own deadline, then ends it. False when the wait itself was ended. */
async function hasEnded(ports: RecoverPorts, intent: IntentRecord): Promise<boolean> {
  if (!isShell(intent)) return true;
  const began = new Date(intent.at);
  const isOurs = isMarkOf(ports, intent);
  while ((await ports.marks.living()).some(isOurs)) {
    if (ports.frozen?.()) return false;
    const ended = intent.beat !== null && ports.shell.known(intent.beat).exit !== null;
    // What a finished command left running is ended with it, as is one past its time (by a clock that was set back, too).
    const ranMs = Math.abs(ports.clock.now().getTime() - began.getTime()) - (ports.stoodStillMs?.(began) ?? 0);
    if (ended || ranMs >= SHELL_TIMEOUT_MS) {
      const left = await ports.marks.end(isOurs);
      if (left > 0) ports.events.emit({ event: 'left-running', id: intent.id, processes: left });
      return true;
    }
    if (ports.signal.aborted) return false;
    await pause(LOOK_MS, ports.signal);
  }
  return true;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}

// ── open intents ───────────────────────────────────────────────────────────────────────────────────

/** Ends what a person's verb has left. The caller has the turn: whoever began it is dead. */
export function settlePersons(ports: SettlePorts): Recovered['settled'] {
  const left = ports.journal.open().filter(({ beat }) => beat === null);
  return left.map((intent) => ({ id: intent.id, status: settle(ports, intent) }));
}

function settle(ports: SettlePorts, intent: IntentRecord): Observed {
  const { status, note, conflict } = observe(ports, intent);
  const ms = Math.max(0, ports.clock.now().getTime() - Date.parse(intent.at));
  const outcome: OutcomeRecord = { type: 'outcome', id: intent.id, status, note, ms, recovered: true };
  const { at } = ports.journal.append(outcome, ports.epoch);
  rollForward(ports, intent, { ...outcome, at });
  if (conflict && intent.beat !== null) {
    const decision = ports.beats.read(intent.beat)?.decision ?? intent.action;
    const about = { question: note, decision, beat: intent.beat, goal: intent.goal };
    ports.asks.raise(conflictAsk(about, ports.clock.now()));
  }
  if (status === 'interrupted') ports.events.emit({ event: 'interrupted', id: intent.id, note });
  return status;
}

function observe(ports: SettlePorts, intent: IntentRecord): { status: Observed; note: string; conflict: boolean } {
  try {
    const paths = intent.before.map((stamp) => stamp.path).join(', ');
    if (ports.writer.tidy(intent, intent.id))
      return {
        status: 'failed',
        note: `${paths} was changed by you at the same moment; your text is there, the action was not done`,
        conflict: true,
      };
    const status = kindNamed(intent.action.action).observe(intent, lookoutOf(ports, new Set()));
    if (status === 'interrupted' && intent.action.action === 'undo' && putBack(intent, ports))
      return { status: 'failed', note: 'it broke off half-way, and what it had changed was put back', conflict: false };
    return { status, note: wordsFor(ports, intent, status), conflict: false };
  } catch (error) {
    return {
      status: 'interrupted',
      note: `${intent.beat === null ? 'the verb' : 'the pulse'} ended during it, and what came of it cannot be seen: ${describeError(error)}`,
      conflict: false,
    };
  }
}

function wordsFor(ports: SettlePorts, intent: IntentRecord, status: Observed): string {
  const who = intent.beat === null ? 'the verb' : 'the pulse';
  if (status === 'void') return `${who} ended before it began`;
  const printed = isShell(intent) && intent.beat !== null ? ports.shell.tail(intent.beat).trimEnd() : '';
  if (status === 'done') return `done; ${who} ended before it could say so${isShell(intent) ? ` ${whereOf(ports, intent)}` : ''}`;
  if (status === 'failed') {
    const known = intent.beat === null ? null : ports.shell.known(intent.beat);
    const ended = known?.sandbox === 'broken' ? NOT_BOXED : `exited ${known?.exit ?? null} ${whereOf(ports, intent)}`;
    return `${ended}${printed === '' ? '' : `; it printed: ${printed}`}`;
  }
  return `${who} ended during it, and nobody knows how far it came; it is not done again`;
}

function whereOf(ports: SettlePorts, intent: IntentRecord): string {
  return shellPlace(intent.beat !== null && ports.shell.known(intent.beat).sandbox === 'on' ? 'on' : 'off');
}

/** A crash between outcome and roll-forward leaves only the last action without it. */
function rollForwardLast(ports: RollForwardPorts): void {
  const recent = ports.journal.newest(RECENT);
  const outcome = recent.find((record) => record.type === 'outcome');
  if (outcome?.type !== 'outcome') return;
  const intent = recent.find((record) => record.type === 'intent' && record.id === outcome.id);
  if (intent?.type === 'intent') rollForward(ports, intent, outcome);
}

// ── beats without an end ───────────────────────────────────────────────────────────────────────────

/** Ends the record of a beat that was cut off, and does what follows from it. What is ended already is only followed. */
function finish(ports: RecoverPorts, beat: number): void {
  const record = { ...(ports.beats.read(beat) ?? emptyRecord(ports, beat)), id: beat };
  const ended: BeatRecord & { id: number } = record.ended_at === null ? { ...record, ...endOf(ports, record) } : record;
  if (record.ended_at === null) ports.beats.save(ended);
  follow(ended, () => ports.beats.world(beat), ports);
}

/** A beat that left its folder and nothing else. */
function emptyRecord(ports: RecoverPorts, beat: number): BeatRecord {
  return {
    v: 1,
    id: beat,
    at: ports.clock.now().toISOString(),
    ended_at: null,
    epoch: ports.epoch,
    did: 'failed',
    gate: { open: true, reason: 'changed', until: null },
    by: { kind: 'none', name: null },
    changes: [],
    decision: null,
    evidence: [],
    verdict: null,
    outcome: null,
    problem: null,
    cost: NO_COST,
  };
}

type End = Pick<BeatRecord, 'ended_at' | 'did' | 'problem'> &
  Partial<Pick<BeatRecord, 'verdict'>> & { outcome?: Outcome; facts?: BeatFacts };

function endOf(ports: RecoverPorts, record: BeatRecord & { id: number }): End {
  const id = `b${record.id}`;
  const recent = ports.journal.newest(RECENT);
  const outcome = recent.find((it) => it.type === 'outcome' && it.id === id);
  const intent = recent.find((it) => it.type === 'intent' && it.id === id);
  const ended_at = ports.clock.now().toISOString();
  const facts = record.facts ?? { after: [], policy: '', limited: null, cancelled: false, output: null };
  const ask = ports.asks.all().find((it) => it.ref === id && (it.kind === 'conflict' || it.kind === 'approval') && !it.asked_by)?.id;
  if (outcome?.type !== 'outcome' || intent?.type !== 'intent') {
    if (ask)
      return {
        ended_at,
        did: 'asked',
        problem: `this became the ask ${ask}`,
        ...(record.verdict ? { verdict: { ...record.verdict, ask } } : {}),
      };
    // Nobody failed: what was decided and not begun is void, and the world is decided anew.
    return { ended_at, did: 'failed', problem: 'the pulse ended during this beat; nothing was done', facts: { ...facts, cancelled: true } };
  }
  const { status, note, ms } = outcome;
  const output = isShell(intent) && status !== 'void' ? ports.shell.tail(record.id) : null;
  const shared = { ended_at, outcome: { status, note, ms }, facts: { ...facts, after: status === 'done' ? intent.after : [], output } };
  if (status === 'done') return { ...shared, did: 'acted', problem: null };
  if (ask) return { ...shared, did: 'asked', problem: `this became the ask ${ask}: ${note}` };
  return { ...shared, did: 'failed', problem: note, facts: { ...shared.facts, cancelled: status === 'void' } };
}
