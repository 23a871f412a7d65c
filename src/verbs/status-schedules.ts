// Schedules in `status`: which one comes next, and which wait although their time has come.
import { listNames } from '../lib/files.ts';
import { distance } from '../lib/table.ts';
import type { Hands, Problem } from './hands.ts';
import { itemsOf } from './kinds.ts';

export interface ScheduleFacts {
  total: number;
  next: string | null;
  /** Those whose slot waits for longer than a beat may take. */
  late: { name: string; due: string }[];
}

/** Nothing is loaded where there is none. */
export async function lookAtSchedules(hands: Hands, now: Date, lateMs: number): Promise<ScheduleFacts> {
  if (listNames(hands.layout.schedules).length === 0) return { total: 0, next: null, late: [] };
  const items = await itemsOf('schedules', [], hands);
  const times = items.map(({ name, status: { next, due } }) => ({ name, next: textOrNull(next), due: textOrNull(due) }));
  return {
    total: items.length,
    next: times.flatMap(({ next }) => next ?? []).sort()[0] ?? null,
    late: times.flatMap(({ name, due }) => (due !== null && now.getTime() - Date.parse(due) > lateMs ? [{ name, due }] : [])),
  };
}

export function scheduleRows({ total, next }: ScheduleFacts, now: Date, type: (verb: string) => string): string[][] {
  if (total === 0) return [];
  return [['schedules', `${total}${next === null ? '' : `, the next ${distance(now, new Date(next))}`}`, type('get schedules')]];
}

export function scheduleProblems({ late }: ScheduleFacts, type: (verb: string) => string): Problem[] {
  return late.map(({ name, due }) => ({
    what: `the schedule ${name} has waited since ${due}`,
    where: `schedules/${name}`,
    next: type('why'),
  }));
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
