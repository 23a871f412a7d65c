// PURE. Which actions are taken back, by which undo: read off the journal. An undo that is itself undone gives
// back what it took.
import type { IntentRecord, JournalRecord } from './journal.ts';

/** Id of an undone action → the id of the undo that holds. `records`: the oldest first. */
export function undoneBy(records: readonly JournalRecord[]): Map<string, string> {
  const undos = new Map<string, readonly string[]>();
  const undone = new Map<string, string>();
  const mark = (id: string, by: string): void => {
    undone.set(id, by);
    // The oldest first: an undo among them then has the last word on what it took.
    for (const given of [...(undos.get(id) ?? [])].reverse()) unmark(given);
  };
  const unmark = (id: string): void => {
    undone.delete(id);
    for (const taken of undos.get(id) ?? []) mark(taken, id);
  };
  for (const record of records) {
    if (record.type === 'intent' && record.action.action === 'undo') undos.set(record.id, undoesOf(record));
    if (record.type !== 'outcome' || record.status !== 'done') continue;
    for (const id of undos.get(record.id) ?? []) mark(id, record.id);
  }
  return undone;
}

/** The actions that an undo takes back, the newest first; none for any other action. */
export function undoesOf({ action }: Pick<IntentRecord, 'action'>): string[] {
  if (action.action !== 'undo' || !Array.isArray(action.undoes)) return [];
  return action.undoes.filter((id) => typeof id === 'string');
}
