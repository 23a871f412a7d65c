// Schedules as files, .flyball/schedules/NAME.json, and the newest slot of each that has a receipt.
import { join } from 'node:path';
import { TerminalError } from '../errors.ts';
import { isPlainObject } from '../lib/digest.ts';
import { listNames, readText, writeAtomic } from '../lib/files.ts';
import { isId } from '../lib/id.ts';
import type { Schedules } from '../ports.ts';
import type { Schedule } from '../world/schedule.ts';
import type { Layout } from './layout.ts';

const ENDING = '.json';

export function openSchedules(layout: Layout): Schedules {
  return {
    all: () => listNames(layout.schedules).flatMap((name) => scheduleOf(layout, name)),
    lastReceipts: () => receipts(layout),
    saveReceipt: (schedule, slot) => {
      const kept = receipts(layout);
      // A slot at or before the last receipt never fires again, whatever the clock does.
      if ((kept[schedule] ?? '') < slot) writeAtomic(layout.receipts, `${JSON.stringify({ ...kept, [schedule]: slot })}\n`);
    },
  };
}

/** A file that is no schedule is passed by; one that cannot be read throws. */
function scheduleOf(layout: Layout, file: string): Schedule[] {
  const name = file.slice(0, -ENDING.length);
  if (!file.endsWith(ENDING) || !isId(name)) return [];
  const text = readText(join(layout.schedules, file));
  if (text === null) return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  if (!isPlainObject(value) || value.name !== name || typeof value.note !== 'string' || typeof value.created_at !== 'string') return [];
  return [value as unknown as Schedule]; // written by us whole or not at all; what names it was looked at
}

/** Fails closed: without the receipts every slot since each schedule's beginning would fire again. */
function receipts(layout: Layout): Record<string, string> {
  const text = readText(layout.receipts);
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    if (isPlainObject(value) && Object.values(value).every((slot) => typeof slot === 'string')) return value as Record<string, string>; // just looked at
  } catch {
    // said below
  }
  throw new TerminalError(
    `${layout.receipts} is damaged: it must hold the last slot of each schedule; remove it, and missed slots may come again`,
  );
}
