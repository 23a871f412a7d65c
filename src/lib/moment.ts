// A moment as people write it: RFC 3339, a local date or time of day, or how long ago.
import { parseDuration } from './duration.ts';

/** `2026-03-02T10:00:00Z` · `2026-03-02` · `2026-03-02 10:00` · `10:00` (today) · `2h` (ago); null for anything else. */
export function parseMoment(text: string, now: Date): Date | null {
  const words = text.trim();
  const ago = /[a-z]$/.test(words) ? parseDuration(words) : null;
  if (ago !== null) return new Date(now.getTime() - ago);
  const clock = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(words);
  if (clock) {
    const today = new Date(now);
    today.setHours(Number(clock[1]), Number(clock[2]), Number(clock[3] ?? 0), 0);
    return today;
  }
  const day = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?)?$/.exec(words);
  if (day) return localTime(day.slice(1).map((part) => (part === undefined ? 0 : Number(part))));
  const zoned = /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/i.test(words);
  const time = zoned ? Date.parse(words.replace(' ', 'T')) : Number.NaN;
  return Number.isNaN(time) ? null : new Date(time);
}

/** Null for what is no day (February 30). */
function localTime([year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, ms = 0]: number[]): Date | null {
  const date = new Date(year, month - 1, day, hour, minute, second, ms);
  const isThatDay = date.getFullYear() === year && date.getMonth() === month - 1 && date.getDate() === day;
  return isThatDay && hour < 24 && minute < 60 && second < 60 ? date : null;
}
