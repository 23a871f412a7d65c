// PURE. What a home will have spent at the end of its day and of its month, if it goes on as it did.
import { roundUsd, type SpendRow } from './spend.ts';

export interface ForecastInput {
  /** Everything since the month began, and since the rate's window began. */
  rows: readonly SpendRow[];
  now: Date;
  /** When the local day ends, and how many whole days its month has after it. */
  dayEnds: Date;
  daysLeft: number;
  /** Spent on this local day, and in this month so far. */
  today: number;
  month: number;
  /** Dollars a day; what is decided on costs no more than this and one decision. */
  limit: number;
}

export interface Forecast {
  /** The decider's dollars an hour, over the last day or as long as there is something to go by. */
  usd_per_hour: number;
  /** By the end of this local day, and of this month: at that rate, and never beyond the day's budget. */
  day_usd: number;
  month_usd: number;
  /** When the day's budget is spent at that rate; null when it lasts, or when the rate is nothing. */
  spent_at: string | null;
}

const HOUR_MS = 3_600_000;
const WINDOW_MS = 24 * HOUR_MS;
/** A rate over less than this is chance. */
const LEAST_MS = HOUR_MS;

export function forecast({ rows, now, dayEnds, daysLeft, today, month, limit }: ForecastInput): Forecast {
  const rate = ratePerMs(rows, now);
  const left = Math.max(0, dayEnds.getTime() - now.getTime());
  const most = Math.max(limit, today);
  const day = Math.min(today + rate * left, most);
  const room = limit - today;
  const spentAt = rate > 0 && room >= 0 && room / rate < left ? new Date(now.getTime() + room / rate).toISOString() : null;
  return {
    usd_per_hour: roundUsd(rate * HOUR_MS),
    day_usd: roundUsd(day),
    month_usd: roundUsd(month + (day - today) + daysLeft * Math.min(rate * WINDOW_MS, limit)),
    spent_at: spentAt,
  };
}

/** A home that has only begun is measured from its first run on. */
function ratePerMs(rows: readonly SpendRow[], now: Date): number {
  const since = now.getTime() - WINDOW_MS;
  const first = rows.length === 0 ? since : Math.min(...rows.map(({ at }) => Date.parse(at)));
  const recent = rows.filter(({ at }) => Date.parse(at) > since && Date.parse(at) <= now.getTime());
  const span = Math.max(now.getTime() - Math.max(first, since), LEAST_MS);
  return recent.reduce((sum, { usd }) => sum + usd, 0) / span;
}
