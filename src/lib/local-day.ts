// Local days of a time zone: which one an instant lies in, and when it ends. A day may have 23, 24 or 25 hours.

export interface LocalDays {
  /** As in 2026-03-29. */
  of(at: Date): string;
  /** The first instant of the next day. */
  end(at: Date): Date;
}

/** No local day is longer, whatever its clock does. */
export const LONGEST_DAY_MS = 27 * 3_600_000;

/** A zone's calendar takes milliseconds to build: keep what this returns. Without a zone it is the machine's own. */
export function localDays(tz: string | undefined): LocalDays {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: tz, year: 'numeric', month: '2-digit', day: '2-digit' });
  const of = (at: Date) => format.format(at);
  return { of, end: (at) => new Date(firstAfter(at.getTime(), (time) => of(new Date(time)) !== of(at))) };
}

/** Days left in its month after this one. */
export function daysLeftInMonth(day: string): number {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number);
  return new Date(Date.UTC(year, month, 0)).getUTCDate() - date;
}

/** The first whole millisecond within a day from `from` at which `holds`, which then goes on holding. */
function firstAfter(from: number, holds: (time: number) => boolean): number {
  let [before, after] = [from, from + LONGEST_DAY_MS];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (holds(middle)) after = middle;
    else before = middle;
  }
  return after;
}
