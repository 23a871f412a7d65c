// budgets.json: what the person has added to a budget for one day. The limits themselves stand in the person's files.
import { readText, writeAtomic } from '../lib/files.ts';
import { isMapOf, isOneOf, isShaped, isText, type Test } from '../lib/shape.ts';
import type { Spend } from '../ports.ts';
import type { Layout } from './layout.ts';

interface Kept {
  v: 1;
  raised: Record<string, { day: string; usd: number }>;
}
const isUsd: Test = (value) => typeof value === 'number' && value >= 0;
const isKept = isShaped<Kept>({ v: isOneOf(1), raised: isMapOf(isShaped<Kept['raised'][string]>({ day: isText, usd: isUsd })) });

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
function read(layout: Layout): Kept['raised'] {
  const text = readText(layout.budgets);
  const kept = text === null ? null : parse(text);
  return isKept(kept) ? kept.raised : {};
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
