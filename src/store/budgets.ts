// budgets.json: what the person has added to a budget for one day. The limits themselves stand in the person's files.
import * as z from 'zod';
import { readText, writeAtomic } from '../lib/files.ts';
import type { Spend } from '../ports.ts';
import type { Layout } from './layout.ts';

const schema = z.object({
  v: z.literal(1),
  raised: z.record(z.string(), z.object({ day: z.string(), usd: z.number().nonnegative() })),
});

/** `dayOf` is asked only when there is something to compare: a calendar takes milliseconds to build. */
export function raisedLimits(layout: Layout, dayOf: (at: Date) => string): Pick<Spend, 'raised' | 'raise'> {
  return {
    raised: (now) => {
      const kept = Object.entries(read(layout));
      const today = kept.length === 0 ? '' : dayOf(now);
      return Object.fromEntries(kept.filter(([, { day }]) => day === today).map(([scope, { usd }]) => [scope, usd]));
    },
    raise: ({ scope, day, usd }) => {
      const ofDay = Object.entries(read(layout)).filter(([, one]) => one.day === day);
      const raised = { ...Object.fromEntries(ofDay), [scope]: { day, usd } };
      writeAtomic(layout.budgets, `${JSON.stringify({ v: 1, raised })}\n`);
    },
  };
}

/** What cannot be read as we wrote it raises nothing: the person's own limits hold. */
function read(layout: Layout): z.output<typeof schema>['raised'] {
  const text = readText(layout.budgets);
  const kept = schema.safeParse(text === null ? null : parse(text));
  return kept.success ? kept.data.raised : {};
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
