import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import type { Schedule } from '../../src/world/schedule.ts';
import { dueOf, receiptResult, scheduleProblem, slotsOf } from '../../src/world/slots.ts';

function schedule(parts: Partial<Schedule>): Schedule {
  return {
    v: 1,
    name: 's',
    at: null,
    every_s: null,
    cron: null,
    tz: null,
    misfire: 'once',
    note: '',
    created_at: '2026-01-01T00:00:00.000Z',
    ...parts,
  };
}

const at = (now: string, last: string | null = null) => ({ now: new Date(now), last, tz: 'Europe/Berlin' });

describe('at', () => {
  const once = schedule({ at: '2026-06-01T09:00:00+02:00' });

  test('it comes once, also long after its time, and never again', () => {
    expect(dueOf(once, at('2026-06-01T06:59:59Z'))).toEqual({ next: '2026-06-01T07:00:00.000Z', due: null });
    expect(dueOf(once, at('2026-06-09T00:00:00Z'))).toEqual({ next: null, due: '2026-06-01T07:00:00.000Z' });
    expect(dueOf(once, at('2026-06-09T00:00:00Z', '2026-06-01T07:00:00.000Z'))).toEqual({ next: null, due: null });
    expect(dueOf(once, at('2026-05-01T00:00:00Z', '2026-06-01T07:00:00.000Z'))).toEqual({ next: null, due: null });
  });
});

describe('every_s', () => {
  const hourly = schedule({ every_s: 3_600 });

  test('it counts from its creation, and the first slot is a period later', () => {
    expect(dueOf(hourly, at('2026-01-01T00:59:59Z'))).toEqual({ next: '2026-01-01T01:00:00.000Z', due: null });
    expect(dueOf(hourly, at('2025-01-01T00:00:00Z'))).toEqual({ next: '2026-01-01T01:00:00.000Z', due: null });
    expect(dueOf(hourly, at('2026-01-01T01:00:00Z'))).toEqual({ next: '2026-01-01T02:00:00.000Z', due: '2026-01-01T01:00:00.000Z' });
  });

  test('of those missed the newest runs; the others share a receipt', () => {
    expect(slotsOf(hourly, at('2026-01-03T00:30:00Z', '2026-01-01T01:00:00.000Z'))).toEqual({
      next: '2026-01-03T01:00:00.000Z',
      due: ['2026-01-03T00:00:00.000Z'],
      skipped: { slot: '2026-01-02T23:00:00.000Z', count: 46, reason: 'missed (misfire: once)' },
    });
  });

  test('with `all` at most 24 run, oldest first', () => {
    const seen = slotsOf({ ...hourly, misfire: 'all' }, at('2026-01-03T00:30:00Z', '2026-01-01T01:00:00.000Z'));
    expect([seen.due.length, seen.due[0], seen.due.at(-1)]).toEqual([24, '2026-01-02T01:00:00.000Z', '2026-01-03T00:00:00.000Z']);
    expect(seen.skipped).toEqual({ slot: '2026-01-02T00:00:00.000Z', count: 23, reason: 'missed (misfire: all)' });
  });

  test('with `skip` only one that has just come runs', () => {
    const skip = { ...hourly, misfire: 'skip' as const };
    expect(slotsOf(skip, at('2026-01-01T01:04:00Z'))).toMatchObject({ due: ['2026-01-01T01:00:00.000Z'], skipped: null });
    expect(slotsOf(skip, at('2026-01-01T01:06:00Z'))).toMatchObject({ due: [], skipped: { slot: '2026-01-01T01:00:00.000Z', count: 1 } });
  });

  test('what is older than max_age is skipped', () => {
    expect(slotsOf({ ...hourly, max_age_s: 600 }, at('2026-01-01T01:11:00Z'))).toMatchObject({
      due: [],
      skipped: { count: 1, reason: 'older than max_age' },
    });
  });
});

describe('cron', () => {
  const daily = (line: string, tz = 'Europe/Berlin') => schedule({ cron: line, tz });

  test('a time that does not exist runs at the next that does', () => {
    expect(dueOf(daily('30 2 * * *'), at('2026-03-28T12:00:00Z', '2026-03-28T01:30:00.000Z')).next).toBe('2026-03-29T01:00:00.000Z');
    expect(dueOf(daily('15 2 * * *', 'Australia/Lord_Howe'), at('2026-10-03T12:00:00Z')).next).toBe('2026-10-03T15:30:00.000Z');
  });

  test('one that occurs twice runs the first time', () => {
    expect(dueOf(daily('30 2 * * *'), at('2026-10-24T12:00:00Z', '2026-10-24T00:30:00.000Z')).next).toBe('2026-10-25T00:30:00.000Z');
    expect(dueOf(daily('30 2 * * *'), at('2026-10-25T01:45:00Z', '2026-10-25T00:30:00.000Z'))).toEqual({
      next: '2026-10-26T01:30:00.000Z',
      due: null,
    });
  });

  test("without a zone of its own it is in the home's", () => {
    expect(dueOf(schedule({ cron: '0 9 * * *' }), at('2026-06-01T00:00:00Z', '2026-05-31T07:00:00.000Z')).next).toBe(
      '2026-06-01T07:00:00.000Z',
    );
  });

  test('a year of missed minutes is counted on no further than it is worth', () => {
    const seen = slotsOf(daily('* * * * *'), at('2027-01-01T00:00:30Z'));
    expect(seen.due).toEqual(['2027-01-01T00:00:00.000Z']);
    expect(seen.skipped?.count).toBeGreaterThan(1_000);
  });

  test('one that never comes, and one that is none', () => {
    expect(dueOf(daily('0 0 31 2 *'), at('2026-06-01T00:00:00Z'))).toEqual({ next: null, due: null });
    expect(scheduleProblem(daily('61 * * * *'))).toContain('Invalid value for minute');
    expect(scheduleProblem(daily('0 9 * * *', 'No/Where'))).toContain('No/Where');
    expect(scheduleProblem(schedule({ at: 'tomorrow' }))).toBe('"tomorrow" is no time (as in 2026-06-01T09:00:00Z)');
    expect(scheduleProblem(daily('0 9 * * *'))).toBe(null);
  });
});

test('more than half its max_age after its time a slot ran late', () => {
  const hourly = schedule({ every_s: 3_600 });
  const result = (endedAt: string) => receiptResult(hourly, '2026-01-01T01:00:00.000Z', { endedAt: new Date(endedAt), tz: undefined });
  expect([result('2026-01-01T01:30:00Z'), result('2026-01-01T01:30:01Z')]).toEqual(['ran', 'late']);
});

describe('always', () => {
  const kinds = [
    schedule({ every_s: 60 }),
    schedule({ every_s: 5_400, misfire: 'all' }),
    schedule({ cron: '30 2 * * *', tz: 'Europe/Berlin', misfire: 'skip' }),
    schedule({ cron: '*/7 1-3 * * *', tz: 'America/New_York', misfire: 'all' }),
    schedule({ at: '2026-03-29T02:30:00Z' }),
  ];
  const jumps = fc.array(fc.integer({ min: -3 * 86_400_000, max: 5 * 86_400_000 }), { maxLength: 20 });

  property.prop([fc.constantFrom(...kinds), jumps])(
    'no slot has two receipts and none runs before its time, however the clock jumps',
    (kind, steps) => {
      let now = Date.parse('2026-03-20T00:00:00Z');
      let last: string | null = null;
      for (const step of steps) {
        now += step;
        const { due, skipped, next } = slotsOf(kind, { now: new Date(now), last, tz: 'Europe/Berlin' });
        for (const slot of [...(skipped ? [skipped.slot] : []), ...due]) {
          expect(last === null || slot > last).toBe(true);
          expect(Date.parse(slot)).toBeLessThanOrEqual(now);
          last = slot;
        }
        if (next) expect(Date.parse(next)).toBeGreaterThan(now);
        expect(slotsOf(kind, { now: new Date(now), last, tz: 'Europe/Berlin' })).toMatchObject({ due: [], skipped: null });
      }
    },
  );
});
