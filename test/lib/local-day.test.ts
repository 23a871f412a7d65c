import { describe, expect, test } from 'vitest';
import { daysLeftInMonth, localDays } from '../../src/lib/local-day.ts';

const HOUR = 3_600_000;

describe('a local day', () => {
  test.each<[string, string, string, [string, number]]>([
    ['Europe/Berlin', '2026-03-29T00:30:00Z', '2026-03-29', ['2026-03-29T22:00:00.000Z', 23]],
    ['Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25', ['2026-10-25T23:00:00.000Z', 25]],
    ['Africa/Cairo', '2026-04-23T22:30:00Z', '2026-04-24', ['2026-04-24T21:00:00.000Z', 23]], // has no midnight
    ['America/Santiago', '2026-04-05T03:30:00Z', '2026-04-04', ['2026-04-05T04:00:00.000Z', 25]], // has 23:30 twice
    ['Australia/Lord_Howe', '2026-04-05T00:00:00Z', '2026-04-05', ['2026-04-05T13:30:00.000Z', 24.5]],
    ['UTC', '2026-12-31T12:00:00Z', '2026-12-31', ['2027-01-01T00:00:00.000Z', 24]],
  ])('%s at %s', (tz, at, day, [ends, length]) => {
    const days = localDays(tz);
    expect([days.of(new Date(at)), days.end(new Date(at)).toISOString()]).toEqual([day, ends]);
    const yesterday = new Date(Date.parse(ends) - length * HOUR - 1);
    expect(days.of(yesterday)).not.toBe(day);
    expect(days.end(yesterday).getTime()).toBe(Date.parse(ends) - length * HOUR);
  });
});

test('the days after one in its month', () => {
  expect(['2026-02-01', '2028-02-28', '2026-12-31', '2026-11-21'].map(daysLeftInMonth)).toEqual([27, 1, 0, 9]);
});
