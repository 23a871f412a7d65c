// write_schedule: wakes the decider later, once or again and again.
import { Cron } from 'croner';
import * as z from 'zod';
import { describeError } from '../errors.ts';
import { id } from '../lib/id.ts';
import { schedulePath } from '../store/layout.ts';
import type { Schedule } from '../world/schedule.ts';
import { defineAction, type Prepared } from './define.ts';
import { observeFiles } from './observe-files.ts';
import { undoFiles } from './undo-files.ts';

const EVERY_MIN_S = 60;
/** Ten years: beyond it a time is a mistake. */
const EVERY_MAX_S = 315_360_000;
const NOTE_CAP = 500;

const input = z.strictObject({
  name: id.describe("The schedule's name; one of that name is replaced."),
  at: z.iso.datetime({ offset: true }).optional().describe('Once, at this time (RFC 3339). Exactly one of `at`, `every_s`, `cron`.'),
  every_s: z.int().min(EVERY_MIN_S).max(EVERY_MAX_S).optional().describe('Again each time so many seconds have passed; at least 60.'),
  cron: z.string().trim().min(1).max(200).optional().describe('A cron line of five fields.'),
  tz: z.string().min(1).max(100).optional().describe('IANA time zone of the cron line.'),
  misfire: z.enum(['once', 'skip', 'all']).optional().describe('What becomes of missed times: `once` (default), `skip` or `all`.'),
  note: z.string().trim().min(1).max(NOTE_CAP).describe('What to think of when it is due.'),
});

export const writeSchedule = defineAction({
  kind: 'write_schedule',
  summary: 'Be woken later: once, every so often, or by a cron line.',
  when: 'Something has to be looked at at a time that no sensor will tell.',
  risk: 'reversible',
  input,
  target: ({ name }) => `schedules/${name}`,
  line: ({ name, at, every_s, cron }) => `scheduled ${name}: ${at ?? (cron ? `cron ${cron}` : `every ${every_s} s`)}`,
  prepare: (fields, { files, now }): Prepared => {
    const problem = problemOf(fields, now);
    if (problem) return { prepared: 'refused', problem };
    const path = schedulePath(fields.name);
    const before = files.read(path);
    const schedule: Schedule = {
      v: 1,
      name: fields.name,
      at: fields.at === undefined ? null : new Date(fields.at).toISOString(),
      every_s: fields.every_s ?? null,
      cron: fields.cron ?? null,
      tz: fields.tz ?? null,
      misfire: fields.misfire ?? 'once',
      note: fields.note,
      created_at: now.toISOString(),
    };
    if (before !== null && isSame(before, schedule)) return { prepared: 'unchanged', note: `the schedule ${fields.name} is there already` };
    return { prepared: 'files', changes: [{ path, before, after: `${JSON.stringify(schedule)}\n` }], note: `scheduled ${fields.name}` };
  },
  observe: observeFiles,
  undo: undoFiles,
});

function problemOf({ at, every_s, cron, tz }: z.output<typeof input>, now: Date): string | null {
  const given = [at, every_s, cron].filter((it) => it !== undefined).length;
  if (given !== 1) return `a schedule has exactly one of at, every_s and cron; this one has ${given}`;
  if (tz !== undefined && cron === undefined) return 'tz belongs to a cron line; write the offset into `at`';
  if (tz !== undefined && !isTimeZone(tz)) return `"${tz}" is no time zone; write one like Europe/Berlin`;
  if (cron === undefined) return null;
  if (cron.split(/\s+/).length !== 5 && !cron.startsWith('@'))
    return `"${cron}" is no cron line; it has five fields: minute hour day month weekday`;
  try {
    const line = new Cron(cron, { paused: true, mode: '5-part', ...(tz === undefined ? {} : { timezone: tz }) });
    return line.nextRun(now) === null ? `the cron line "${cron}" never comes` : null;
  } catch (error) {
    return `"${cron}" is no cron line: ${describeError(error).replace(/^CronPattern: /, '')}`;
  }
}

function isTimeZone(tz: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: tz });
    return true;
  } catch {
    return false;
  }
}

/** Equal but for when it was written: writing it again would only move its anchor. */
function isSame(text: string, schedule: Schedule): boolean {
  const undated = (file: string) => file.trim().replace(/"created_at":"[^"]*"/, '');
  return undated(text) === undated(JSON.stringify(schedule));
}
