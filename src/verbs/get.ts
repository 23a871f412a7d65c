// get: what there is, of one kind.
import * as z from 'zod';
import { PersonError } from '../errors.ts';
import { nearest } from '../lib/nearest.ts';
import { table } from '../lib/table.ts';
import { defineVerb } from './define.ts';
import { HEADS, itemsOf, KINDS, kindNamed, rowOf } from './kinds.ts';
import { pickName } from './pick-name.ts';

export const get = defineVerb({
  name: 'get',
  group: 'look',
  summary: 'List goals, sensors, asks, schedules, beats, rules and so on.',
  details: `KIND is one of ${KINDS.join(', ')}.\n\n  flyball get goals\n  flyball get sensors disk -o json\n  flyball get goals -o name`,
  input: z.strictObject({
    kind: z.string().describe('What to list.').meta({ positional: true, complete: 'kind' }),
    names: z.array(z.string()).default([]).describe('Only these.').meta({ positional: 'variadic', complete: 'name' }),
  }),
  run: async ({ kind: typed, names }, hands) => {
    const kind = kindNamed(typed);
    if (!kind) {
      const near = nearest(typed, KINDS);
      throw new PersonError(`there is no kind "${typed}"`, {
        hint: near ? `did you mean: flyball get ${near}` : `kinds: ${KINDS.join(', ')}`,
      });
    }
    const all = await itemsOf(kind, names, hands);
    const options = { what: kind.slice(0, -1), names: all.map(({ name }) => name), prefix: hands.terminal.out };
    const wanted = new Set(names.map((name) => pickName(name, options)));
    const items = names.length === 0 ? all : all.filter(({ name }) => wanted.has(name));
    const rows = items.map((item) => rowOf(kind, item));
    const text = items.length === 0 ? '' : table([HEADS[kind], ...rows]);
    if (items.length === 0 && hands.output === 'text') hands.say(`no ${kind}`);
    return { exit: 0, json: { v: 1, kind, items }, text, names: items.map(({ name }) => `${kind}/${name}`) };
  },
});
