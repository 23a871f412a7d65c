// Thirty days of schedules and of spend, with sleep, a change of the clocks, a clock that is set, and a process that
// dies at any of its calls: every slot has exactly one receipt, and no day costs more than its budget and one decision.
import { fc, test as property } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { Schedule } from '../src/world/schedule.ts';
import { slotsOf } from '../src/world/slots.ts';
import { type Lived, live, type Month, type Step } from './support/month.ts';
import { type OracleTimes, oracleSlots } from './support/oracle.ts';

/** FLYBALL_MONTHS=500 lives more of them. */
const MONTHS = Number(process.env.FLYBALL_MONTHS ?? 2);
const MISFIRES = ['once', 'skip', 'all'] as const;
const DAY_MS = 86_400_000;
/** A slot that comes while a beat is at work waits for it; by DESIGN's `skip` one that waits longer was missed. */
const SKIP_GRACE_MS = 300_000;
const MOST_AT_ONCE = 24;
const MOST_COUNTED = 1_000;

/** In each month below the clocks change once, at the place's own hour. */
const PLACES: readonly { tz: string; change: string }[] = [
  { tz: 'Europe/Berlin', change: '2026-03-29' },
  { tz: 'Europe/Berlin', change: '2026-10-25' },
  { tz: 'America/New_York', change: '2026-03-08' },
  { tz: 'America/New_York', change: '2026-11-01' },
  { tz: 'Australia/Lord_Howe', change: '2026-04-05' },
  { tz: 'Australia/Lord_Howe', change: '2026-10-04' },
  { tz: 'Africa/Cairo', change: '2026-04-24' }, // the day has no midnight
  { tz: 'America/Santiago', change: '2026-04-05' }, // the day before ends twice
];

interface Timed {
  schedule: Schedule;
  times: OracleTimes;
}

/** One of each kind and each way to treat what was missed. */
function timetables(start: Date, tz: string): Timed[] {
  const made = (parts: Partial<Schedule>, times: OracleTimes): Timed[] =>
    MISFIRES.map((misfire) => {
      const name = `${Object.keys(parts).join('-')}-${Object.values(parts).join('-')}-${misfire}`;
      const none = { at: null, every_s: null, cron: null, tz: null, max_age_s: null, note: '' };
      return { times, schedule: { v: 1, ...none, name, misfire, created_at: start.toISOString(), ...parts } };
    });
  const from = start.getTime();
  const at = new Date(from + 9.3 * DAY_MS).toISOString();
  return [
    ...made({ at }, { at }),
    ...made({ every_s: 5_400 }, { every_s: 5_400, from }),
    ...made({ cron: '30 2 * * *' }, { hour: 2, minute: 30, zone: tz }),
    ...made({ cron: '0 0 * * 1-5' }, { hour: 0, minute: 0, weekdays: [1, 2, 3, 4, 5], zone: tz }),
    ...made({ cron: '*/40 * * * *' }, { everyMinutes: 40, zone: tz }),
    ...made({ cron: '15 9 * * *', tz: 'Asia/Tokyo' }, { hour: 9, minute: 15, zone: 'Asia/Tokyo' }),
  ];
}

const hours = (max: number) => fc.integer({ min: 1, max: max * 4 }).map((quarters) => quarters / 4);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ does: fc.constant('run' as const), hours: hours(14) }) },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('sleep' as const), hours: hours(50) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('set' as const), minutes: fc.integer({ min: -3_000, max: 3_000 }) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('answer' as const), text: fc.constantFrom('more' as const, 'stop' as const) }) },
);
const story = fc.record({
  place: fc.constantFrom(...PLACES),
  before: fc.integer({ min: 2 * 24, max: 27 * 24 }),
  steps: fc.array(step, { minLength: 80, maxLength: 140 }),
  deaths: fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 20, maxLength: 80 }),
  picked: fc.array(fc.nat({ max: 17 }), { minLength: 3, maxLength: 4 }),
});

function monthOf({ place, before, steps, deaths, picked }: typeof story extends fc.Arbitrary<infer Story> ? Story : never) {
  const start = new Date(Date.parse(`${place.change}T00:00:00Z`) - before * 3_600_000);
  const all = timetables(start, place.tz);
  const timed = [...new Set(picked)].flatMap((index) => all[index] ?? []);
  const month: Month = { start, tz: place.tz, schedules: timed.map(({ schedule }) => schedule), steps, deaths };
  return { month, timed };
}

/** Every slot until the end is covered by exactly one receipt, in order. */
function expectReceipts({ schedule, times }: Timed, lived: Lived, month: Month): void {
  const given = lived.journal.flatMap((it) => (it.type === 'receipt' && it.schedule === schedule.name ? [it] : []));
  const slots = oracleSlots(times, month.start.getTime(), lived.latest.getTime()).map((slot) => new Date(slot).toISOString());
  let covered = 0;
  for (const receipt of given) {
    const index = slots.indexOf(receipt.slot);
    expect(index, `${schedule.name}: ${receipt.slot} is a slot`).toBeGreaterThanOrEqual(covered);
    if (receipt.count > MOST_COUNTED) covered = index + 1;
    else covered += receipt.count;
    expect(covered, `${schedule.name}: the receipt of ${receipt.slot} counts ${receipt.count}`).toBe(index + 1);
    if (receipt.result === 'skipped') expect(receipt).toMatchObject({ beat: null, reason: expect.any(String) });
    else expectHeld(receipt, { schedule, slots, lived });
  }
  // Where a decider's money is gone a slot may still wait for it.
  const { due, skipped } = slotsOf(schedule, { last: given.at(-1)?.slot ?? null, now: lived.latest, tz: month.tz });
  if (!month.costs) expect(due).toEqual([]);
  expect(covered + due.length + (skipped?.count ?? 0), `${schedule.name}: nothing is lost`).toBe(slots.length);
}

/** It ran for a beat whose world held it, as one of the newest that had come. */
function expectHeld(
  receipt: { slot: string; beat: number | null; count: number },
  of: { schedule: Schedule; slots: string[]; lived: Lived },
): void {
  const { schedule, slots, lived } = of;
  const world = lived.worlds.get(receipt.beat ?? 0);
  expect(receipt.count).toBe(1);
  expect(world?.schedules[schedule.name]?.due).toBe(receipt.slot);
  const seen = world?.at ?? '';
  const newer = slots.filter((slot) => slot > receipt.slot && slot <= seen).length;
  expect(newer).toBeLessThan(schedule.misfire === 'all' ? MOST_AT_ONCE : 1);
  if (schedule.misfire === 'skip') expect(Date.parse(seen) - Date.parse(receipt.slot)).toBeLessThanOrEqual(SKIP_GRACE_MS);
}

describe('a month of schedules', () => {
  property.prop([story], { numRuns: MONTHS, endOnFailure: true })(
    'every slot has exactly one receipt',
    async (told) => {
      const { month, timed } = monthOf(told);
      const lived = await live(month);
      for (const one of timed) expectReceipts(one, lived, month);
    },
    600_000,
  );
});

/** What a question costs: known, not told by the client, or not known because the process died while it thought. */
const costs = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 40 }).map((cents) => cents / 100) },
    { weight: 2, arbitrary: fc.constant(null) },
    { weight: 2, arbitrary: fc.constant('killed' as const) },
  ),
  { minLength: 1, maxLength: 12 },
);

/** Nobody was asked on a day whose money was gone, so that its sum is over by less than the last decision's cost. */
function expectBudgets(lived: Lived): { over: number; dearest: number } {
  for (const { before, limit } of lived.launches) expect(before).toBeLessThan(limit);
  const dearest = Math.max(0, ...lived.rows.map(({ usd }) => usd));
  return { over: Math.max(0, ...[...lived.days.values()].map((usd) => usd - DAY_USD)), dearest };
}

const DAY_USD = 1;

describe('a month of spend', () => {
  property.prop([story, costs], { numRuns: MONTHS, endOnFailure: true })(
    'no day is over its budget by more than one decision, one ask a day, and no slot is lost meanwhile',
    async (told, prices) => {
      const { month, timed } = monthOf(told);
      const costly = { ...month, costs: prices, day: DAY_USD };
      const lived = await live(costly);
      for (const one of timed) expectReceipts(one, lived, costly);
      const { over, dearest } = expectBudgets(lived);
      const raised = told.steps.some((one) => one.does === 'answer' && one.text === 'more') ? DAY_USD : 0;
      expect(over).toBeLessThan(raised + dearest + 1e-9);
      expect(lived.rows.length).toBeGreaterThanOrEqual(lived.launches.length); // each was paid for
      const refs = lived.asks.map(({ ref }) => ref);
      expect(new Set(refs).size).toBe(refs.length);
      expect(lived.asks.filter(({ state }) => state === 'open').length).toBeLessThanOrEqual(1);
    },
    600_000,
  );
});
