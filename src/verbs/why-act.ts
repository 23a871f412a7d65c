// why p7: what a person's verb did; and which undo took an action back, or what an undo took.
import { PersonError } from '../errors.ts';
import type { IntentRecord, OutcomeRecord } from '../world/journal.ts';
import { undoesOf, undoneBy } from '../world/undone.ts';
import type { Reply } from './define.ts';
import { clockTime, describeEntry } from './entries.ts';
import type { Hands } from './hands.ts';

/** Records that are searched: more than the journal's segments hold. */
const SEARCHED = 200_000;

export interface UndoRelation {
  undone_by: string | null;
  undoes: string[];
}

export async function whyAct(id: string, hands: Hands): Promise<Reply> {
  const { intent, outcome, relation } = await actionOf(id, hands);
  if (!intent) throw new PersonError(`there is no action ${id} in the journal`, { hint: 'flyball journal', code: 1 });
  const lines = [
    `${id}, ${clockTime(intent.at)}: ${intent.line ?? intent.action.action}`,
    describeEntry(intent),
    ...(outcome
      ? [`outcome ${outcome.status}: ${outcome.note} (${outcome.ms} ms)`]
      : ['it has no outcome yet: the next beat or verb settles it']),
    ...relationLines(relation),
  ];
  const diff = outcome?.status === 'done' ? await hands.patch(id) : null;
  const text = diff === null ? lines : [...lines, diff.trimEnd()];
  return { exit: 0, json: { v: 1, id, intent, outcome, ...relation }, text: text.join('\n') };
}

/** What is known in the journal of an action, `b12` or `p7`. */
export async function actionOf(
  id: string,
  hands: Hands,
): Promise<{ intent: IntentRecord | null; outcome: OutcomeRecord | null; relation: UndoRelation }> {
  const records = (await hands.journal()).newest(SEARCHED).reverse();
  const intent = records.findLast((record) => record.type === 'intent' && record.id === id);
  const outcome = records.findLast((record) => record.type === 'outcome' && record.id === id);
  return {
    intent: intent?.type === 'intent' ? intent : null,
    outcome: outcome?.type === 'outcome' ? outcome : null,
    relation: { undone_by: undoneBy(records).get(id) ?? null, undoes: intent?.type === 'intent' ? undoesOf(intent) : [] },
  };
}

export function relationLines({ undone_by, undoes }: UndoRelation): string[] {
  return [...(undoes.length > 0 ? [`undoes ${undoes.join(', ')}`] : []), ...(undone_by === null ? [] : [`undone by ${undone_by}`])];
}
