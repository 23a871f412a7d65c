// budgets.json: what the person has added to a budget for one day. The limits themselves stand in the person's files.
import * as z from 'zod';
import { readText, writeAtomic } from '../lib/files.ts';
import type { Spend } from '../ports.ts';
import type { Layout } from './layout.ts';

const schema = z.object({
  v: z.literal(1),
  raised: z.record(z.string(), z.object({ day: z.string(), usd: z.number().nonnegative() })),
});

export function raisedLimits(layout: Layout): Pick<Spend, 'raised' | 'raise'> {
  return {
    raised: (day) => Object.fromEntries(ofDay(layout, day).map(([scope, { usd }]) => [scope, usd])),
    raise: ({ scope, day, usd }) => {
      const raised = { ...Object.fromEntries(ofDay(layout, day)), [scope]: { day, usd } };
      writeAtomic(layout.budgets, `${JSON.stringify({ v: 1, raised })}\n`);
    },
  };
}

/** What cannot be read as we wrote it raises nothing: the person's own limits hold. */
function ofDay(layout: Layout, day: string): [scope: string, { day: string; usd: number }][] {
  const text = readText(layout.budgets);
  const read = schema.safeParse(text === null ? null : parse(text));
  return read.success ? Object.entries(read.data.raised).filter(([, one]) => one.day === day) : [];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
