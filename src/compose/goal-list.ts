// Goals for `status` and `get`, without YAML and expressions: the front matter as it was last parsed, beside the
// status as it was last kept. Whatever of the two does not belong to the files as they are now is found anew.
import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listNames } from '../lib/files.ts';
import { keepParsedGoals, type ParsedGoal, readParsedGoals } from '../store/goal-list.ts';
import { statusBook } from '../store/goal-statuses.ts';
import type { Layout } from '../store/layout.ts';
import type { Door, GoalItem } from '../verbs/hands.ts';

export async function goalItems(door: Door): Promise<GoalItem[]> {
  const items = await listedGoals(door);
  if (!existsSync(door.layout.spend)) return items;
  const { settings } = await door.config();
  const { createSpend } = await import('../store/spend.ts');
  const { goals } = createSpend(door.layout, { tz: settings.tz, assume: settings.spend.assume }).today(door.clock.now());
  return items.map((item) => ({ ...item, status: { ...item.status, spend_usd: goals[item.name]?.today ?? 0 } }));
}

async function listedGoals(door: Door): Promise<GoalItem[]> {
  const texts = readTexts(door.layout);
  const parsed = texts && readParsedGoals(door.layout, door.version, texts);
  const items = texts && parsed && assemble(door.layout, parsed, texts);
  if (items) return items;
  const { goalsNow } = await import('./looking.ts');
  const found = await goalsNow(door);
  if (texts) {
    const goals = found.map(({ file: { id, name, front, folded } }) => ({ id, name, front, folded }));
    keepParsedGoals(door.layout, { version: door.version, files: texts, goals });
  }
  return found.map(({ file, status }) => itemOf({ ...file, text: file.text }, status));
}

function itemOf({ id, front, text }: { id: string; front: Record<string, unknown>; text: string }, status: Kept): GoalItem {
  const { generation, observedGeneration, conditions } = status;
  return { name: id, spec: { ...front, text }, status: { generation, observedGeneration, conditions, workers: [], spend_usd: 0 } };
}

type Kept = NonNullable<ReturnType<ReturnType<typeof statusBook>['read']>>;

/** Null when one status is lacking, or speaks of another text. */
function assemble(at: Layout, parsed: readonly ParsedGoal[], texts: readonly (readonly [string, string])[]): GoalItem[] | null {
  const book = statusBook(at, { emit: () => {} });
  const byName = new Map(texts);
  const items: GoalItem[] = [];
  for (const goal of parsed) {
    const status = book.read(goal.id);
    const text = byName.get(goal.name);
    if (!status || status.text !== goal.folded || text === undefined) return null;
    items.push(itemOf({ ...goal, text }, status));
  }
  return items;
}

/** Names and texts of goals/; null when something there is no plain, readable file: then the goals' own reader says what is wrong. */
function readTexts(at: Layout): [name: string, text: string][] | null {
  try {
    return listNames(at.goals)
      .filter((name) => name.endsWith('.md'))
      .map((name) => [name, readPlain(join(at.goals, name))]);
  } catch {
    return null;
  }
}

function readPlain(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!fstatSync(fd).isFile()) throw new Error(`${path} is no file`);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readFileSync(fd));
  } finally {
    closeSync(fd);
  }
}
