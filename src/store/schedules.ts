// Schedules as files, .flyball/schedules/NAME.json, and the newest slot of each that has a receipt.
import { join } from 'node:path';
import * as z from 'zod';
import { TerminalError } from '../errors.ts';
import { listNames, readText, writeAtomic } from '../lib/files.ts';
import { isId } from '../lib/id.ts';
import type { Events, Schedules } from '../ports.ts';
import type { Schedule } from '../world/schedule.ts';
import { scheduleProblem } from '../world/slots.ts';
import type { Layout } from './layout.ts';

const ENDING = '.json';
/** Shorter ones would be a pulse of their own. */
const MIN_EVERY_S = 60;
const time = z.iso.datetime({ offset: true });
const scheduleSchema = z
  .object({
    v: z.literal(1),
    name: z.string(),
    at: time.nullable(),
    every_s: z.number().min(MIN_EVERY_S).nullable(),
    cron: z.string().nullable(),
    tz: z.string().nullable(),
    misfire: z.enum(['once', 'skip', 'all']),
    note: z.string(),
    max_age_s: z.number().positive().nullable().default(null),
    created_at: time,
  })
  .refine((schedule) => [schedule.at, schedule.every_s, schedule.cron].filter((one) => one !== null).length === 1, {
    error: 'exactly one of at, every_s and cron',
  })
  .check(({ value, issues }) => {
    const problem = scheduleProblem(value);
    if (problem !== null) issues.push({ code: 'custom', message: problem, input: value });
  });

const given = { slot: z.string(), result: z.enum(['ran', 'late', 'skipped']), reason: z.string().nullable() };
const receiptsSchema = z.object({
  v: z.literal(1),
  last: z.record(z.string(), z.object(given)),
  begun: z
    .object({
      receipt: z.object({
        ...given,
        type: z.literal('receipt'),
        schedule: z.string(),
        count: z.int().positive(),
        beat: z.int().nullable(),
      }),
      after: z.int().nonnegative(),
    })
    .nullable(),
});

export function fileSchedules(layout: Layout, events: Events): Schedules {
  const said = new Set<string>();
  const sayOnce = (file: string, what: string) => {
    if (!said.has(file + what)) events.emit({ event: 'schedule-not-understood', file, what });
    said.add(file + what);
  };
  return {
    all: () => listNames(layout.schedules).flatMap((file) => scheduleOf(layout, file, sayOnce)),
    lastReceipts: () => receipts(layout).last,
    begun: () => receipts(layout).begun,
    beginReceipt: (begun) => save(layout, { ...receipts(layout), begun }),
    saveReceipt: (receipt) => {
      const { last } = receipts(layout);
      const { schedule, slot, result, reason } = receipt;
      // A slot at or before the last receipt never fires again, whatever the clock does.
      const isNewer = (last[schedule]?.slot ?? '') < slot;
      save(layout, { v: 1, last: isNewer ? { ...last, [schedule]: { slot, result, reason } } : last, begun: null });
    },
  };
}

function save(layout: Layout, kept: z.output<typeof receiptsSchema>): void {
  writeAtomic(layout.receipts, `${JSON.stringify(kept)}\n`);
}

/** A file that is no schedule is said and passed by; one that cannot be read throws. */
function scheduleOf(layout: Layout, file: string, say: (file: string, what: string) => void): Schedule[] {
  const name = file.slice(0, -ENDING.length);
  if (!file.endsWith(ENDING) || !isId(name)) return [];
  const text = readText(join(layout.schedules, file));
  if (text === null) return []; // dropped since it was listed
  const read = scheduleSchema.safeParse(parse(text));
  if (read.success && read.data.name === name) return [read.data];
  say(file, read.success ? `it says that it is called ${read.data.name}` : z.prettifyError(read.error));
  return [];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Fails closed: without the receipts every slot since each schedule's beginning would fire again. */
function receipts(layout: Layout): z.output<typeof receiptsSchema> {
  const text = readText(layout.receipts);
  if (text === null) return { v: 1, last: {}, begun: null };
  const read = receiptsSchema.safeParse(parse(text));
  if (read.success) return read.data;
  throw new TerminalError(
    `${layout.receipts} is damaged: it must hold the last slot of each schedule; remove it, and missed slots may come again`,
  );
}
