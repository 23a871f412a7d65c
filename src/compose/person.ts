// A person's verb that acts: the same executor as a beat's, beside a running pulse or without one. One verb at a
// time has the turn; the fence (STOP, the epoch on disk) is the journal's.
import { lstatSync } from 'node:fs';
import type { Prepared } from '../actions/define.ts';
import { describeError, PersonError } from '../errors.ts';
import { createExecutor, type Decision, type ExecutorPorts } from '../execute.ts';
import type { BeatStore } from '../ports.ts';
import { type SettlePorts, settlePersons } from '../recover.ts';
import { openAsks } from '../store/asks.ts';
import { createBeats } from '../store/beats.ts';
import { homeWriter } from '../store/careful-write.ts';
import { createEvents } from '../store/events.ts';
import { openHistory } from '../store/history.ts';
import { damaged } from '../store/history-versions.ts';
import { homeFiles } from '../store/home-files.ts';
import { openJournal } from '../store/journal.ts';
import { openNos } from '../store/nos.ts';
import { ensureOwner } from '../store/owner.ts';
import { openShell } from '../store/shell.ts';
import { personTurn } from '../store/turn.ts';
import type { Door } from '../verbs/hands.ts';
import type { Acted } from '../verbs/undo-plan.ts';
import type { IntentRecord } from '../world/journal.ts';

export interface PersonPorts extends ExecutorPorts {
  beats: BeatStore;
}

export interface PersonAct {
  decision: Decision;
  goal: string | null;
  /** The whole effect, computed when it is this verb's turn. Throws PersonError for what cannot be done. */
  prepare(): Prepared;
}

/** A pulse may begin its epoch between our look and our intent. */
const TRIES = 5;
/** Among so many records is the last outcome. */
const RECENT = 50;

export function personPorts(door: Door): PersonPorts {
  const { layout, clock } = door;
  const history = openHistory(layout);
  return {
    clock,
    history,
    events: createEvents(layout, clock),
    journal: openJournal({ layout, now: () => clock.now() }),
    asks: openAsks(layout),
    nos: openNos(layout, history),
    beats: createBeats(layout),
    files: homeFiles(layout, history.isOwn, 'person'),
    writer: homeWriter(layout),
    shell: openShell(layout, () => ({})),
  };
}

/** Runs `work` when it is this verb's turn, with what an earlier one left behind settled. */
export async function inTurn<T>(door: Door, ports: PersonPorts, work: () => Promise<T>): Promise<T> {
  const { journal, stop } = door.layout;
  if (!lstatSync(journal, { throwIfNoEntry: false }))
    throw new PersonError(`nothing was done in ${door.layout.home} yet: there is no journal`, { hint: 'flyball beat', code: 1 });
  // The journal's fence says so too, at the last moment.
  if (lstatSync(stop, { throwIfNoEntry: false }))
    throw new PersonError('STOP is in the home: nothing begins', { hint: 'flyball resume', code: 1 });
  const turn = await personTurn(door.layout).take();
  try {
    const problem = ports.journal.problem();
    if (problem !== null) throw new PersonError(problem, { hint: 'nothing was done; make room, then try again', code: 1 });
    settlePersons(settling(door, ports));
    try {
      attribute(ports);
    } catch (error) {
      throw damaged({ gitDir: door.layout.history }, describeError(error), error);
    }
    return await work();
  } finally {
    turn.release();
  }
}

/** The caller has the turn. Throws PersonError when nothing began. */
export async function actAsPerson(door: Door, ports: PersonPorts, act: PersonAct): Promise<Acted> {
  for (let left = TRIES; ; left--) {
    const { epoch } = ensureOwner(door.layout, door.uid);
    const prepared = act.prepare();
    waitFor(ports, prepared);
    const executed = await createExecutor(ports).carryOut(act.decision, prepared, {
      beat: null,
      by: { kind: 'person', name: null },
      goal: act.goal,
      epoch,
      mark: '',
      signal: door.signal,
    });
    if (executed.outcome && executed.id !== null) return { id: executed.id, status: executed.outcome.status, note: executed.outcome.note };
    if (left === 0 || ensureOwner(door.layout, door.uid).epoch === epoch)
      throw new PersonError(executed.problem ?? 'nothing was done', { code: 1 });
  }
}

function settling(door: Door, ports: PersonPorts): SettlePorts {
  return { ...ports, epoch: ensureOwner(door.layout, door.uid).epoch };
}

/** What a beat has written and not committed yet is flyball's: it must not be kept as an edit of the person's. */
function attribute({ journal, history }: PersonPorts): void {
  const recent = journal.newest(RECENT);
  const last = recent.find((record) => record.type === 'outcome');
  const concluded = recent.filter((record) => record.type === 'intent' && last?.type === 'outcome' && record.id === last.id);
  for (const intent of [...concluded, ...journal.open()])
    if (intent.type === 'intent') history.commit({ id: intent.id, title: intent.line ?? intent.action.action, after: intent.after });
}

/** A beat that is writing the same file has the first word. */
function waitFor({ journal }: PersonPorts, prepared: Prepared): void {
  const paths = new Set(pathsOf(prepared));
  const other = journal.open().find((intent: IntentRecord) => [...intent.before, ...intent.after].some(({ path }) => paths.has(path)));
  if (other)
    throw new PersonError(`${other.id} is at work on the same file, or its end is not settled yet`, {
      hint: 'try again in a moment; without a pulse, flyball beat settles it',
      code: 1,
    });
}

function pathsOf(prepared: Prepared): string[] {
  if (prepared.prepared === 'files') return prepared.changes.map(({ path }) => path);
  return prepared.prepared === 'move' ? [prepared.from, prepared.to] : [];
}
