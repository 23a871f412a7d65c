// journal: what was done, newest last.
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import type { IntentRecord, JournalRecord } from '../world/journal.ts';
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
  summary: 'What was done, of a goal or file when one is named; with diffs, or as it happens.',
  details: '  flyball journal\n  flyball journal daily-page -p\n  flyball journal goals/daily-page.md\n  flyball journal -f --json',
  input: z.strictObject({
    about: z.string().optional().describe('A goal, or a file of the home.').meta({ positional: true, complete: 'goal' }),
    follow: z.boolean().default(false).describe('Go on with what comes, until Ctrl-C.').meta({ short: 'f' }),
    patch: z.boolean().default(false).describe('With the diff that each action made.').meta({ short: 'p' }),
    new: z.boolean().default(false).describe('Only what has come since you last looked.'),
    limit: z.int().min(1).max(SEARCHED).default(50).describe('At most so many records.').meta({ short: 'n' }),
  }),
  run: async ({ about, follow, patch, new: onlyNew, limit }, hands) => {
    const newest = (await hands.journal()).newest(about === undefined && !onlyNew ? limit : SEARCHED);
    const since = onlyNew ? hands.looked.last() : 0;
    const records = chosen(newest.toReversed(), about).filter(({ seq }) => seq > since);
    if (newest[0] && (onlyNew || hands.terminal.out)) hands.looked.mark(newest[0].seq);
    const shown = (hands.output === 'text' ? records.filter(telling) : records).slice(-limit);
    if (follow) {
      for (const record of shown) await emit(record, patch, hands);
      await followFrom({ seq: newest[0]?.seq ?? 0, about, patch }, hands);
      return { exit: 0, json: undefined };
    }
    const lines = await Promise.all(shown.map((record) => linesOf(record, patch, hands)));
    return { exit: 0, json: { v: 1, records: shown }, text: lines.join('\n') };
  },
});

/** What a person wants to read; how the file is cut and who writes it is for `-o wide` and programs. */
function telling(record: JournalRecord): boolean {
  return record.type !== 'segment' && !(record.type === 'note' && record.event === 'epoch-begun');
}

/** With a goal or file: the intents that name it, and their outcomes. */
function chosen(records: readonly JournalRecord[], about: string | undefined): JournalRecord[] {
  if (about === undefined) return [...records];
  const ids = new Set(records.flatMap((record) => (record.type === 'intent' && concerns(record, about) ? [record.id] : [])));
  return records.filter((record) => (record.type === 'intent' || record.type === 'outcome') && ids.has(record.id));
}

function concerns({ goal, action, before, after }: IntentRecord, about: string): boolean {
  const name = about.replace(/^goals\//, '').replace(/\.md$/, '');
  const paths = [...before, ...after].map(({ path }) => path);
  return goal === name || (action.action.endsWith('_goal') && action.id === name) || paths.includes(about);
}

async function linesOf(record: JournalRecord, patch: boolean, hands: Hands): Promise<string> {
  const diff = patch && record.type === 'outcome' && record.status === 'done' ? await hands.patch(record.id) : null;
  return diff === null ? describeEntry(record) : `${describeEntry(record)}\n${diff.trimEnd()}`;
}

async function emit(record: JournalRecord, patch: boolean, hands: Hands): Promise<void> {
  hands.emit({ json: record, text: await linesOf(record, patch, hands) });
}

/** Ends when the person ends it. Ids that were chosen once stay chosen: an outcome follows its intent. */
async function followFrom(from: { seq: number; about: string | undefined; patch: boolean }, hands: Hands): Promise<void> {
  let { seq } = from;
  while (!hands.signal.aborted) {
    await pause(FOLLOW_MS, undefined, { signal: hands.signal }).catch(() => undefined); // aborted: the loop ends by itself
    const newest = (await hands.journal()).newest(SEARCHED);
    for (const record of chosen(newest.toReversed(), from.about)) if (record.seq > seq) await emit(record, from.patch, hands);
    seq = newest[0]?.seq ?? seq;
  }
}
