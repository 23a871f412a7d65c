// journal: what was done, newest last.
import { statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { digest } from '../lib/digest.ts';
import { unifiedDiff } from '../lib/patch.ts';
import { goalId } from '../world/goal-id.ts';
import type { IntentRecord, JournalRecord } from '../world/journal.ts';
import { undoneBy } from '../world/undone.ts';
import { defineVerb } from './define.ts';
import { describeEntry } from './entries.ts';
import type { Hands } from './hands.ts';

/** Records that are searched for a goal or file. */
const SEARCHED = 20_000;
/** How often `-f` looks. */
const FOLLOW_MS = 300;

export const journal = defineVerb({
  name: 'journal',
  group: 'look',
  summary: 'What was done, of a goal, worker or file when one is named; with diffs, or as it happens.',
  details: '  flyball journal\n  flyball journal daily-page -p\n  flyball journal goals/daily-page.md\n  flyball journal -f --json',
  input: z.strictObject({
    about: z.string().optional().describe('A goal, a worker, or a file of the home.').meta({ positional: true, complete: 'goal' }),
    follow: z.boolean().default(false).describe('Go on with what comes, until Ctrl-C.').meta({ short: 'f' }),
    patch: z.boolean().default(false).describe('With the diff that each action made.').meta({ short: 'p' }),
    new: z.boolean().default(false).describe('Only what has come since you last looked.'),
    limit: z.int().min(1).max(SEARCHED).default(50).describe('At most so many records.').meta({ short: 'n' }),
  }),
  run: async ({ about, follow, patch, new: onlyNew, limit }, hands) => {
    const newest = (await hands.journal()).newest(about === undefined && !onlyNew ? limit : SEARCHED);
    const since = onlyNew ? hands.looked.last() : 0;
    const oldest = newest.toReversed();
    const records = chosen(oldest, about).filter(({ seq }) => seq > since);
    if (newest[0] && (onlyNew || hands.terminal.out)) hands.looked.mark(newest[0].seq);
    const shown = (hands.output === 'text' ? records.filter(telling) : records).slice(-limit);
    const known: Known = { patch, intents: intentsIn(oldest), undone: undoneBy(oldest) };
    if (follow) {
      for (const record of shown) await emit(record, known, hands);
      await followFrom({ seq: newest[0]?.seq ?? 0, about, patch }, hands);
      return { exit: 0, json: undefined };
    }
    const lines = await Promise.all(shown.map((record) => linesOf(record, known, hands)));
    return { exit: 0, json: { v: 1, records: shown }, text: lines.join('\n') };
  },
});

/** What a line may tell beyond its own record. */
interface Known {
  patch: boolean;
  intents: ReadonlyMap<string, IntentRecord>;
  undone: ReadonlyMap<string, string>;
}

function intentsIn(records: readonly JournalRecord[]): Map<string, IntentRecord> {
  return new Map(records.flatMap((record) => (record.type === 'intent' ? [[record.id, record] as const] : [])));
}

/** What a person wants to read; how the file is cut and who writes it is for `-o wide` and programs. */
function telling(record: JournalRecord): boolean {
  return record.type !== 'segment' && !(record.type === 'note' && record.event === 'epoch-begun');
}

/** With a name: the intents that speak of it, and their outcomes. */
function chosen(records: readonly JournalRecord[], about: string | undefined): JournalRecord[] {
  if (about === undefined) return [...records];
  const ids = new Set(records.flatMap((record) => (record.type === 'intent' && concerns(record, about) ? [record.id] : [])));
  return records.filter((record) => (record.type === 'intent' || record.type === 'outcome') && ids.has(record.id));
}

/** Which kinds act on what stands in a folder. */
const FOLDERS: Readonly<Record<string, RegExp>> = {
  goals: /_goal$/,
  sensors: /_sensor$/,
  schedules: /_schedule$/,
  workers: /_(worker|session|key)$/,
};

/** A path of the home, `goals/x`, `workers/x`, or a bare name of any of them. */
function concerns({ goal, action, before, after }: IntentRecord, about: string): boolean {
  const [, folder, name = about] = /^(goals|sensors|schedules|workers)\/(.+)$/.exec(about) ?? [];
  const stem = name.replace(/\.md$/, '');
  const ofKind = folder === undefined || FOLDERS[folder]?.test(action.action) === true;
  const ofGoal = folder === undefined || folder === 'goals';
  const paths = [...before, ...after].map(({ path }) => path);
  return (
    (ofKind && (action.id === stem || action.name === stem)) ||
    (ofGoal &&
      (goal === stem || paths.some((path) => path.startsWith('goals/') && goalId(path.slice(path.lastIndexOf('/') + 1)) === stem))) ||
    paths.includes(about)
  );
}

async function linesOf(record: JournalRecord, { patch, intents, undone }: Known, hands: Hands): Promise<string> {
  if (record.type !== 'outcome' || record.status !== 'done') return describeEntry(record);
  const by = undone.get(record.id);
  const line = `${describeEntry(record)}${by ? ` (undone by ${by})` : ''}`;
  const diff = patch ? ((await hands.patch(record.id)) ?? diffOfTexts(intents.get(record.id))) : null;
  return diff === null ? line : `${line}\n${diff.trimEnd()}`;
}

/** Of what no history keeps: the intent has the texts itself. */
function diffOfTexts(intent: IntentRecord | undefined): string | null {
  const [path] = intent?.texts?.map((text) => text.path) ?? [];
  if (intent?.texts === undefined || path === undefined) return null;
  const side = (stamps: IntentRecord['before']) =>
    intent.texts?.find(({ text }) => stamps.some((stamp) => stamp.path === path && stamp.digest === digest(text)))?.text ?? '';
  return unifiedDiff(path, side(intent.before), side(intent.after));
}

async function emit(record: JournalRecord, known: Known, hands: Hands): Promise<void> {
  hands.emit({ json: record, text: await linesOf(record, known, hands) });
}

/** Ends when the person ends it. Ids that were chosen once stay chosen: an outcome follows its intent. */
async function followFrom(from: { seq: number; about: string | undefined; patch: boolean }, hands: Hands): Promise<void> {
  let { seq } = from;
  let size = -1;
  while (!hands.signal.aborted) {
    await pause(FOLLOW_MS, undefined, { signal: hands.signal }).catch(() => undefined); // aborted: the loop ends by itself
    const now = sizeOf(hands);
    if (now === size) continue;
    size = now;
    const records = (await hands.journal()).newest(SEARCHED).toReversed();
    const known: Known = { patch: from.patch, intents: intentsIn(records), undone: undoneBy(records) };
    for (const record of chosen(records, from.about)) if (record.seq > seq) await emit(record, known, hands);
    seq = records.at(-1)?.seq ?? seq;
  }
}

/** It is appended to, or closed and begun anew: either way another size. */
function sizeOf({ layout }: Hands): number {
  return statSync(layout.journal, { throwIfNoEntry: false })?.size ?? 0;
}
