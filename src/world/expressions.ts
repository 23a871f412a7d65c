// Which names the person's expressions may use, by where they stand.
import { type Checked, check } from '../lib/cel-check.ts';

const COLLECTIONS = ['readings', 'goals', 'workers', 'asks', 'schedules', 'leases', 'spend'] as const;

/** The sections of the world that an expression names at its top level. */
export const WORLD_ROOTS = [...COLLECTIONS, 'playbook', 'journal'] as const;

const NO_NOW = 'there is no `now`: time enters by `every`, `at`, `for` and schedules';

export type Place = 'rule' | 'rule-each' | 'done_when' | 'policy';

const ROOTS: Record<Place, readonly string[]> = {
  rule: WORLD_ROOTS,
  'rule-each': [...WORLD_ROOTS, 'it'],
  done_when: WORLD_ROOTS.filter((root) => root !== 'goals'),
  policy: ['action', 'goal', 'world'],
};

/** What is wrong with an expression that stands at `place`, told without values. */
export function checkExpression(source: string, place: Place): Checked {
  const found = check(source, {
    roots: ROOTS[place],
    collections: place === 'policy' ? [] : COLLECTIONS,
    absent: {
      now: NO_NOW,
      ...(place === 'rule' ? { it: '`it` is there only beside `for_each`' } : {}),
      ...(place === 'done_when' ? { goals: '`done_when` cannot speak of goals: write what makes the goal true' } : {}),
    },
  });
  if (!found.ok || found.type === 'bool' || found.type === 'dyn') return found;
  return { ok: false, message: `this gives ${found.type}, not true or false`, line: 1, column: 1 };
}

/** The same for what stands in a template, which may give any value. */
export function checkTemplateExpression(source: string, place: 'rule' | 'rule-each'): Checked {
  return check(source, { roots: ROOTS[place], collections: COLLECTIONS, absent: { now: NO_NOW } });
}
