// PURE. The slots of a schedule: which has come, which comes next, and which were missed. A slot is named by
// its schedule and planned instant; none at or before the last receipt ever comes again, whatever the clock does.
import { type CronLine, cronLine } from '../lib/cron.ts';
import type { Schedule } from './schedule.ts';

export interface SlotQuery {
  /** The newest slot that has a receipt. */
  last: string | null;
  now: Date;
  /** The home's zone, for a schedule without one of its own; the machine's own when undefined. */
  tz: string | undefined;
}

export interface Slots {
  next: string | null;
  /** Slots that have come and wait for a beat, oldest first. */
  due: string[];
  /** Older slots that will not run: they share one receipt, under the newest of them. To be written before any of `due`. */
  skipped: { slot: string; count: number; reason: string } | null;
}

/** The first instant that a date can hold. */
const BEGINNING = -8.64e15;
/** `misfire: all` runs at most these; the rest share one receipt. */
const MAX_SLOTS = 24;
/** Beyond this the number of missed cron slots is not counted on (a minutely one over a year is half a million). */
const MAX_COUNTED = 1_000;
/** With `misfire: skip` a slot counts as missed after this: a beat may keep the pulse for as long as a decider may think. */
const SKIP_GRACE_MS = 300_000;

/** What the world shows of a schedule: its next slot, and the oldest one that waits. */
export function dueOf(schedule: Schedule, query: SlotQuery): { next: string | null; due: string | null } {
  const { next, due } = slotsOf(schedule, query);
  return { next, due: due[0] ?? null };
}

export function slotsOf(schedule: Schedule, query: SlotQuery): Slots {
  const line = timetable(schedule, query.tz);
  if (typeof line === 'string') return { next: null, due: [], skipped: null };
  // An `at` names its instant itself; the others have no slot before they were made.
  const from = Math.max(schedule.at === null ? time(schedule.created_at) : BEGINNING, query.last === null ? BEGINNING : time(query.last));
  const first = line.next(new Date(from));
  if (!first || first > query.now) return { next: first?.toISOString() ?? null, due: [], skipped: null };
  const after = (slot: Date) => slot.getTime() > from;
  const newest = line.newest(MAX_SLOTS + 1, query.now).filter(after);
  const kept = newest.slice(0, limitOf(schedule, newest[0], query.now)).filter((slot) => !tooOld(schedule, slot, query.now));
  const firstSkipped = newest[kept.length];
  const next = line.next(new Date(Math.max(query.now.getTime(), from)));
  return {
    next: next?.toISOString() ?? null,
    due: kept.map((slot) => slot.toISOString()).reverse(),
    skipped: firstSkipped
      ? {
          slot: firstSkipped.toISOString(),
          count: countOf(newest, from, line) - kept.length,
          reason: reasonFor(schedule, firstSkipped, query.now),
        }
      : null,
  };
}

/** The slots before `slot` that have no receipt, as one that is skipped: a newer one came and ran in their place. */
export function passedOver(schedule: Schedule, slot: string, { last, tz }: Pick<SlotQuery, 'last' | 'tz'>): Slots['skipped'] {
  const { due, skipped } = slotsOf({ ...schedule, misfire: 'all', max_age_s: null }, { last, tz, now: new Date(time(slot) - 1) });
  const newest = due.at(-1) ?? skipped?.slot;
  return newest === undefined ? null : { slot: newest, count: due.length + (skipped?.count ?? 0), reason: 'a newer one ran' };
}

/** How a slot ran that a beat handled at `endedAt`: late when more than half of its max_age had passed. */
export function receiptResult(
  schedule: Schedule,
  slot: string,
  { endedAt, tz }: { endedAt: Date; tz: string | undefined },
): 'ran' | 'late' {
  const line = timetable(schedule, tz);
  const following = typeof line === 'string' ? null : line.next(new Date(slot));
  const period = following ? following.getTime() - time(slot) : Infinity;
  const maxAge = schedule.max_age_s ? schedule.max_age_s * 1_000 : period;
  return endedAt.getTime() - time(slot) > maxAge / 2 ? 'late' : 'ran';
}

/** What is wrong with a schedule's times, or null. */
export function scheduleProblem(schedule: Pick<Schedule, 'at' | 'every_s' | 'cron' | 'tz' | 'created_at'>): string | null {
  const line = timetable(schedule, undefined);
  return typeof line === 'string' ? line : null;
}

function limitOf(schedule: Schedule, newest: Date | undefined, now: Date): number {
  if (schedule.misfire === 'all') return MAX_SLOTS;
  if (schedule.misfire === 'once' || !newest) return 1;
  return now.getTime() - newest.getTime() > SKIP_GRACE_MS ? 0 : 1;
}

function tooOld(schedule: Schedule, slot: Date, now: Date): boolean {
  return schedule.max_age_s ? now.getTime() - slot.getTime() > schedule.max_age_s * 1_000 : false;
}

function reasonFor(schedule: Schedule, slot: Date, now: Date): string {
  return tooOld(schedule, slot, now) ? 'older than max_age' : `missed (misfire: ${schedule.misfire})`;
}

function countOf(newest: readonly Date[], from: number, line: Timetable): number {
  const oldest = newest.at(-1);
  if (newest.length <= MAX_SLOTS || !oldest) return newest.length;
  return newest.length + line.between(from, oldest.getTime());
}

// ── timetables ─────────────────────────────────────────────────────────────────────────────────────

interface Timetable extends CronLine {
  /** How many slots lie between the two, both exclusive. */
  between(from: number, to: number): number;
}

function timetable(schedule: Pick<Schedule, 'at' | 'every_s' | 'cron' | 'tz' | 'created_at'>, tz: string | undefined): Timetable | string {
  if (schedule.cron !== null) {
    const line = cronLine(schedule.cron, schedule.tz ?? tz);
    return typeof line === 'string' ? line : { ...line, between: (from, to) => countCron(line, from, to) };
  }
  if (schedule.every_s !== null) return everySeconds(schedule.every_s * 1_000, time(schedule.created_at));
  const at = time(schedule.at ?? '');
  return Number.isNaN(at) ? `"${schedule.at}" is no time (as in 2026-06-01T09:00:00Z)` : onceAt(new Date(at));
}

function onceAt(at: Date): Timetable {
  return { next: (from) => (at > from ? at : null), newest: (_, until) => (at <= until ? [at] : []), between: () => 0 };
}

/** Anchored at creation: the first slot is one period later. */
function everySeconds(period: number, anchor: number): Timetable {
  const indexAt = (instant: number) => Math.floor((instant - anchor) / period);
  const slot = (index: number) => new Date(anchor + index * period);
  return {
    next: (from) => slot(Math.max(indexAt(from.getTime()) + 1, 1)),
    newest: (count, until) => {
      const last = indexAt(until.getTime());
      return Array.from({ length: Math.max(0, Math.min(count, last)) }, (_, back) => slot(last - back));
    },
    between: (from, to) => Math.max(0, indexAt(to) - Math.max(indexAt(from), 0) - 1),
  };
}

function countCron(line: CronLine, from: number, to: number): number {
  let count = 0;
  let slot = line.next(new Date(from));
  while (slot && slot.getTime() < to && count < MAX_COUNTED) {
    count++;
    slot = line.next(slot);
  }
  return count;
}

function time(text: string): number {
  return Date.parse(text);
}
