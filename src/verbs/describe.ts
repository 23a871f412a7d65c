// describe: everything about one thing, by its name.
import * as z from 'zod';
import { isPlainObject } from '../lib/digest.ts';
import { askCard, viewsOf } from './ask-view.ts';
import { defineVerb } from './define.ts';
import type { Hands, Item } from './hands.ts';
import { itemsOf, type Kind, kindNamed } from './kinds.ts';
import { pickName } from './pick-name.ts';

/** In this order a bare name is looked for. */
const SEARCHED: readonly Kind[] = ['goals', 'sensors', 'rules', 'schedules', 'workers'];

export const describe = defineVerb({
  name: 'describe',
  group: 'look',
  summary: 'Everything about one goal, sensor, rule, schedule, ask or beat.',
  details: '  flyball describe daily-page\n  flyball describe sensors/disk\n  flyball describe asks/3',
  input: z.strictObject({
    name: z.string().describe('A name, or kind/name.').meta({ positional: true, complete: 'name' }),
  }),
  run: async ({ name }, hands) => {
    const { kind, item } = await find(name, hands);
    const text = kind === 'asks' ? await askText(item.name, hands) : textOf(kind, item);
    return { exit: 0, json: { v: 1, kind, item }, text, names: [`${kind}/${item.name}`] };
  },
});

async function find(typed: string, hands: Hands): Promise<{ kind: Kind; item: Item }> {
  const slash = typed.indexOf('/');
  const named = slash > 0 ? kindNamed(typed.slice(0, slash)) : null;
  const name = named ? typed.slice(slash + 1) : typed;
  const found = await Promise.all(
    (named ? [named] : SEARCHED).map(async (kind) => ({ kind, items: await itemsOf(kind, named ? [name] : [], hands) })),
  );
  const names = [...new Set(found.flatMap(({ items }) => items.map((item) => item.name)))];
  const picked = pickName(name, { what: named ? named.slice(0, -1) : 'goal, sensor, rule or schedule', names, prefix: hands.terminal.out });
  for (const { kind, items } of found) {
    const item = items.find((candidate) => candidate.name === picked);
    if (item) return { kind, item };
  }
  throw new Error(`"${picked}" was among the names and is not among the items`);
}

/** As it is shown before an answer. */
async function askText(id: string, hands: Hands): Promise<string> {
  const ask = (await hands.asks()).get(id);
  const [view] = ask ? await viewsOf([ask], hands) : [];
  return view ? (await askCard(view, hands)).join('\n') : '';
}

function textOf(kind: Kind, { name, spec, status }: Item): string {
  return [`${kind.slice(0, -1)} ${name}`, 'spec', ...tree(spec, '  '), 'status', ...tree(status, '  ')].join('\n');
}

/** Values as indented lines; long texts keep their own lines. */
function tree(value: Record<string, unknown>, indent: string): string[] {
  return Object.entries(value).flatMap(([key, inner]): string[] => {
    if (Array.isArray(inner) && inner.some(isPlainObject)) return [`${indent}${key}`, ...inner.map((entry) => `${indent}  ${flat(entry)}`)];
    if (isPlainObject(inner) && Object.keys(inner).length > 0) return [`${indent}${key}`, ...tree(inner, `${indent}  `)];
    if (typeof inner === 'string' && inner.includes('\n'))
      return [
        `${indent}${key}`,
        ...inner
          .trimEnd()
          .split('\n')
          .map((line) => `${indent}  ${line}`),
      ];
    return [`${indent}${key}  ${flat(inner)}`];
  });
}

function flat(value: unknown): string {
  if (isPlainObject(value))
    return Object.entries(value)
      .map(([key, inner]) => `${key}=${flat(inner)}`)
      .join('  ');
  return typeof value === 'string' ? value : value === null ? '-' : (JSON.stringify(value) ?? '-');
}
