// cost: what was spent, on what, and where it leads at this rate.
import * as z from 'zod';
import { PersonError } from '../errors.ts';
import { parseDuration } from '../lib/duration.ts';
import { daysLeftInMonth, localDays } from '../lib/local-day.ts';
import { table } from '../lib/table.ts';
import { type Forecast, forecast } from '../world/forecast.ts';
import { roundUsd, type SpendRow } from '../world/spend.ts';
import { defineVerb } from './define.ts';
import type { Hands } from './hands.ts';

const BY = ['day', 'goal', 'worker', 'model'] as const;
type By = (typeof BY)[number];

const WEEK = '7d';
/** Longer than any month, and than what the rate is taken from. */
const MONTH_MS = 32 * 86_400_000;

export const cost = defineVerb({
  name: 'cost',
  group: 'look',
  summary: 'What was spent, on what, and what it will be at this rate.',
  details:
    'An amount with ~ holds estimates: a run of unknown cost is charged the dearest known one of the same agent and ' +
    'model in 30 days, else `spend.assume`. The forecast goes on at the rate of the last 24 hours, never beyond the ' +
    "day's budget.\n\n  flyball cost\n  flyball cost --by goal --since 30d\n  flyball cost --by model --since 2026-11-01",
  input: z.strictObject({
    by: z.enum(BY).default('day').describe('One line for each.'),
    since: z.string().default(WEEK).describe('As in 24h or 7d, or a date.'),
  }),
  run: async ({ by, since: typed }, hands) => {
    const report = await reportOf(by, typed, hands);
    return { exit: 0, json: report, text: textOf(report, hands) };
  },
});

interface Sum {
  usd: number;
  estimated: boolean;
  runs: number;
  tokens_in: number;
  tokens_out: number;
}

interface Report {
  v: 1;
  now: string;
  since: string;
  by: By;
  items: ({ name: string } & Sum)[];
  total: Sum;
  today: { usd: number; estimated: boolean; limit_usd: number; ends: string };
  /** Of what was spent since then, the part that went to decisions; null when nothing was. */
  decider_share: number | null;
  forecast: Forecast;
}

async function reportOf(by: By, typed: string, hands: Hands): Promise<Report> {
  const now = hands.clock.now();
  const { settings } = await hands.config();
  const spend = await hands.spend();
  const days = localDays(settings.tz);
  const since = sinceOf(typed, now);
  const all = spend.rows(new Date(Math.min(since.getTime(), now.getTime() - MONTH_MS)));
  const rows = all.filter(({ at }) => Date.parse(at) >= since.getTime());
  const today = spend.today(now);
  const { day, ends } = spend.day(now);
  const limit = settings.spend.day + (spend.raised(now).home ?? 0);
  const month = all.filter(({ at }) => days.of(new Date(at)).slice(0, 7) === day.slice(0, 7));
  const total = sum(rows);
  const decided = sum(rows.filter(isDecision)).usd;
  return {
    v: 1,
    now: now.toISOString(),
    since: since.toISOString(),
    by,
    items: items(rows, nameOf(by, days.of), by),
    total,
    today: { usd: today.usd, estimated: today.estimated, limit_usd: roundUsd(limit), ends: ends.toISOString() },
    decider_share: total.usd > 0 ? Math.round((decided / total.usd) * 1_000) / 1_000 : null,
    forecast: forecast({
      ...{ rows: all, now, dayEnds: ends, daysLeft: daysLeftInMonth(day), limit },
      ...{ today: today.usd, month: sum(month).usd },
    }),
  };
}

function sinceOf(typed: string, now: Date): Date {
  const ms = parseDuration(typed);
  if (ms !== null) return new Date(now.getTime() - ms);
  const at = /^\d{4}-\d\d-\d\d/.test(typed) ? Date.parse(typed) : Number.NaN;
  if (Number.isNaN(at)) throw new PersonError(`"${typed}" is no time`, { hint: 'write 24h, 7d or a date, as in 2026-11-01' });
  return new Date(at);
}

/** Whose money a decision was is the home's: a worker has a scope of its own. */
function isDecision({ scope }: SpendRow): boolean {
  return scope === 'home';
}

function nameOf(by: By, dayOf: (at: Date) => string): (row: SpendRow) => string {
  if (by === 'day') return ({ at }) => dayOf(new Date(at));
  if (by === 'goal') return ({ goal }) => goal ?? '-';
  if (by === 'model') return ({ agent, model }) => (model === null ? agent : `${agent} ${model}`);
  return (row) => (isDecision(row) ? 'decider' : row.scope.replace(/^worker\//, ''));
}

/** Days in their order, the others by what they cost. */
function items(rows: readonly SpendRow[], name: (row: SpendRow) => string, by: By): Report['items'] {
  const groups = new Map<string, SpendRow[]>();
  for (const row of rows) {
    const group = groups.get(name(row));
    if (group) group.push(row);
    else groups.set(name(row), [row]);
  }
  const found = [...groups].map(([of, group]) => ({ name: of, ...sum(group) }));
  return found.sort((a, b) => (by === 'day' ? (a.name < b.name ? -1 : 1) : b.usd - a.usd || (a.name < b.name ? -1 : 1)));
}

function sum(rows: readonly SpendRow[]): Sum {
  const total = { usd: 0, estimated: false, runs: rows.length, tokens_in: 0, tokens_out: 0 };
  for (const row of rows) {
    total.usd += row.usd;
    total.estimated ||= row.estimated;
    total.tokens_in += row.tokens_in ?? 0;
    total.tokens_out += row.tokens_out ?? 0;
  }
  return { ...total, usd: roundUsd(total.usd) };
}

// ── as text ────────────────────────────────────────────────────────────────────────────────────────

function textOf(report: Report, hands: Hands): string {
  const { today, total, forecast: ahead, decider_share } = report;
  const head = [report.by.toUpperCase(), 'USD', 'RUNS', 'TOKENS IN', 'TOKENS OUT'];
  const line = (name: string, it: Sum) => [name, dollars(it), String(it.runs), String(it.tokens_in), String(it.tokens_out)];
  const list = report.items.length === 0 ? [] : [head, ...report.items.map((it) => line(it.name, it)), line('total', total)];
  const share = decider_share === null ? '' : `, ${Math.round(decider_share * 100)} % of it decisions`;
  const spentAt = ahead.spent_at === null ? '' : `; the budget is spent at ${ahead.spent_at}`;
  const estimated = total.estimated || today.estimated;
  const rows = [
    ['today', `${dollars(today)} of $${today.limit_usd.toFixed(2)}`],
    ['since', `${report.since.slice(0, 16)}Z: ${dollars(total)} in ${total.runs} runs${share}`],
    ['rate', `~$${ahead.usd_per_hour.toFixed(2)} an hour`],
    ['forecast', `~$${ahead.day_usd.toFixed(2)} by the end of the day, ~$${ahead.month_usd.toFixed(2)} by the end of the month${spentAt}`],
    ...(estimated ? [['~', 'holds estimates: not every client says what it costs']] : []),
    ['budget', `spend.day in flyball.yaml: ${hands.command} edit config`],
  ];
  return [...(list.length === 0 ? [] : [table(list), '']), table(rows)].join('\n');
}

function dollars({ usd, estimated }: { usd: number; estimated: boolean }): string {
  return `${estimated ? '~' : ''}$${usd.toFixed(2)}`;
}
