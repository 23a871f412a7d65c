// What follows from an action's two records, intent and outcome, and nothing else: journal.md, the commit in
// history.git, the memory of no. Each may be done again; what fails here is a warning, never a failed action.
import { kindNamed } from '../actions/index.ts';
import { describeError } from '../errors.ts';
import type { Nos } from '../ports/asks.ts';
import type { History } from '../ports/history.ts';
import type { Events, Journal } from '../ports.ts';
import { archivePath } from '../store/layout.ts';
import type { IntentRecord, OutcomeRecord } from '../world/journal.ts';
import { noAbout } from '../world/no.ts';
import { undoesOf, undoneBy } from '../world/undone.ts';

export interface RollForwardPorts {
  journal: Journal;
  history: Pick<History, 'commit'>;
  events: Events;
  nos: Pick<Nos, 'add' | 'forget'>;
}

/** How far back an action that is undone is looked for. */
const SEARCHED = 20_000;

export function rollForward(ports: RollForwardPorts, intent: IntentRecord, outcome: OutcomeRecord & { at: string }): void {
  const line = intent.line ?? intent.action.action;
  const attempt = (what: string, work: () => void) => {
    try {
      work();
    } catch (error) {
      ports.events.emit({ event: 'roll-forward-failed', id: intent.id, what, message: describeError(error) });
    }
  };
  const words = outcome.status === 'done' ? line : `${outcome.status}: ${line}: ${outcome.note}`;
  if (outcome.status !== 'void') attempt('journal.md', () => ports.journal.line(words, new Date(outcome.at)));
  if (outcome.status !== 'done') return;
  attempt('history', () => ports.history.commit({ id: intent.id, title: line, after: intent.after }));
  if (undoesOf(intent).length > 0) attempt('the memory of no', () => remember(ports, intent, outcome.at));
}

/** An action that is undone leaves a no; one that is in force again, because its undo was undone, leaves none. */
function remember({ journal, nos }: RollForwardPorts, intent: IntentRecord, at: string): void {
  const records = journal.newest(SEARCHED).reverse();
  const intents = new Map(records.flatMap((record) => (record.type === 'intent' ? [[record.id, record]] : [])));
  const undone = undoneBy(records);
  const visit = (id: string): void => {
    const record = intents.get(id);
    if (!record) return; // the journal has forgotten it
    const within = undoesOf(record);
    for (const inner of within) visit(inner);
    if (within.length > 0 || record.by.kind === 'person') return;
    if (!undone.has(id)) {
      nos.forget(id);
      return;
    }
    // The journal keeps long fields as digests; a target is a short one.
    const target = kindNamed(record.action.action).target(record.action as never);
    const path = [...record.before, ...record.after].find((stamp) => !stamp.path.startsWith(archivePath('')))?.path ?? null;
    nos.add(noAbout(record.action, { target, path }, { why: 'undone', id, at }));
  };
  for (const id of undoesOf(intent)) visit(id);
}
