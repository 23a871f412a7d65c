// get: what there is, of one kind.
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { PersonError } from '../errors.ts';
import { nearest } from '../lib/nearest.ts';
import { table } from '../lib/table.ts';
import { defineVerb } from './define.ts';
import type { Hands, Item } from './hands.ts';
import { itemsOf, KINDS, type Kind, kindNamed } from './kinds.ts';
import { pickName } from './pick-name.ts';
import { rowsOf } from './rows.ts';

/** How often `-w` looks. */
const WATCH_MS = 300;

export const get = defineVerb({
  name: 'get',
  group: 'look',
  summary: 'List goals, sensors, asks, schedules, beats, rules and so on.',
  details: `KIND is one of ${KINDS.join(', ')}.\n\n  flyball get goals\n  flyball get sensors disk -o json\n  flyball get goals -o name\n  flyball get goals -w`,
  input: z.strictObject({
    kind: z.string().describe('What to list.').meta({ positional: true, complete: 'kind' }),
    names: z.array(z.string()).default([]).describe('Only these.').meta({ positional: 'variadic', complete: 'name' }),
    watch: z.boolean().default(false).describe('Go on with each item that changes, until Ctrl-C.').meta({ short: 'w' }),
  }),
  plain: ([kind, ...names]) => (kind === undefined ? null : { kind, names, watch: false }),
  run: async ({ kind: typed, names, watch }, hands) => {
    const kind = kindNamed(typed);
    if (!kind) {
      const near = nearest(typed, KINDS);
      throw new PersonError(`there is no kind "${typed}"`, {
        hint: near ? `did you mean: flyball get ${near}` : `kinds: ${KINDS.join(', ')}`,
      });
    }
    const items = await chosen(kind, names, hands);
    if (watch) {
      await follow({ kind, names, items }, hands);
      return { exit: 0, json: undefined };
    }
    if (items.length === 0 && hands.output === 'text') hands.say(`no ${kind}`);
    const printed = (width: 'plain' | 'wide') => {
      const { head, row } = rowsOf(kind, width);
      return items.length === 0 ? '' : table([head, ...items.map(row)]);
    };
    return {
      exit: 0,
      json: { v: 1, kind, items },
      text: printed('plain'),
      wide: printed('wide'),
      names: items.map(({ name }) => `${kind}/${name}`),
    };
  },
});

/** All of a kind, or those that are named; a name that there is not is the person's mistake. */
async function chosen(kind: Kind, names: readonly string[], hands: Hands): Promise<Item[]> {
  const all = await itemsOf(kind, names, hands);
  const options = { what: kind.slice(0, -1), names: all.map(({ name }) => name), prefix: hands.terminal.out };
  const wanted = new Set(names.map((name) => pickName(name, options)));
  return names.length === 0 ? all : all.filter(({ name }) => wanted.has(name));
}

/** Prints what there is, then each item as it changes, then that it is gone. Ends when the person ends it. */
async function follow({ kind, names, items }: { kind: Kind; names: readonly string[]; items: Item[] }, hands: Hands): Promise<void> {
  const { head, row } = rowsOf(kind, hands.output === 'wide' ? 'wide' : 'plain');
  const rows = items.map(row);
  const columns = head.map((title, column) => Math.max(title.length, ...rows.map((cells) => cells[column]?.length ?? 0)));
  const lineOf = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(columns[column] ?? 0))
      .join('  ')
      .trimEnd();
  const emit = (item: Item, gone = false) =>
    hands.emit({
      json: gone ? { ...item, gone } : item,
      text: hands.output === 'name' ? `${kind}/${item.name}` : `${lineOf(row(item))}${gone ? '  (gone)' : ''}`,
    });
  if (hands.output === 'text' || hands.output === 'wide') hands.emit({ json: null, text: lineOf(head) });
  let known = new Map<string, { item: Item; mark: string }>();
  for (let now = items; ; now = await chosen(kind, names, hands)) {
    const seen = new Map(now.map((item) => [item.name, { item, mark: markOf(item) }]));
    for (const { item, mark } of seen.values()) if (known.get(item.name)?.mark !== mark) emit(item);
    for (const { item } of known.values()) if (!seen.has(item.name)) emit(item, true);
    known = seen;
    await pause(WATCH_MS, undefined, { signal: hands.signal }).catch(() => undefined); // aborted: seen next
    if (hands.signal.aborted) return;
  }
}

/** Times say when something was looked at, not that it is another thing. */
const TIMES = new Set(['age_s', 'observed_at', 'ms', 'lastTransitionTime']);

/** What must differ for an item to have changed. */
function markOf({ spec, status }: Item): string {
  return JSON.stringify({ spec, status }, (key, value: unknown) => (TIMES.has(key) ? undefined : value));
}
