// Moments as people write them.
import { expect, test } from 'vitest';
import { parseMoment } from '../../src/lib/moment.ts';

const NOW = new Date(2026, 2, 2, 12, 0, 0);
const said = (text: string) => parseMoment(text, NOW)?.getTime() ?? null;

test('a moment is a time with its zone, a local day or time of day, or how long ago', () => {
  expect(said('2026-03-02T10:00:00Z')).toBe(Date.parse('2026-03-02T10:00:00Z'));
  expect(said('2026-03-02 10:00:00.250+01:00')).toBe(Date.parse('2026-03-02T09:00:00.250Z'));
  expect(said('2026-03-01')).toBe(new Date(2026, 2, 1).getTime());
  expect(said('2026-03-01 09:30')).toBe(new Date(2026, 2, 1, 9, 30).getTime());
  expect(said('2026-03-01T09:30:15')).toBe(new Date(2026, 2, 1, 9, 30, 15).getTime());
  expect(said('9:05')).toBe(new Date(2026, 2, 2, 9, 5).getTime());
  expect(said('2h')).toBe(NOW.getTime() - 7_200_000);
  expect(said(' 90s ')).toBe(NOW.getTime() - 90_000);
});

test('what is no moment is none: no guess, and no number without a unit', () => {
  for (const text of ['', 'yesterday', '10', '2026-02-30', '2026-13-01', '25:00', '9:5', '2026-03-02 24:00', '-2h', '2 h ago', 'h'])
    expect(said(text), text).toBeNull();
});
