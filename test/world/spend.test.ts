import { describe, expect, test } from 'vitest';
import { budgets } from '../../src/admit/budgets.ts';
import { forecast } from '../../src/world/forecast.ts';
import { amountOf, budgetOf, type SpendRow, spendScopes } from '../../src/world/spend.ts';
import { aWorld, later, NOON } from '../support/builders.ts';

const HOUR = 3_600_000;

describe('scopes', () => {
  const spent = { usd: 4, estimated: false, goals: { site: { today: 1.9, total: 7 }, book: { today: 0, total: 3 } } };

  test('the home, and each goal with a budget: of the day, or of all days', () => {
    const goals = { site: { usd: 2, per: 'day' as const }, book: { usd: 3, per: 'total' as const }, new: { usd: 1, per: 'day' as const } };
    expect(spendScopes(spent, { day: 5, goals, raised: {} })).toEqual({
      home: { usd: 4, limit: 5, signal: 'warn' },
      'goal/site': { usd: 1.9, limit: 2, signal: 'warn' },
      'goal/book': { usd: 3, limit: 3, signal: 'over' },
      'goal/new': { usd: 0, limit: 1, signal: 'ok' },
    });
  });

  test('what the person has added counts', () => {
    expect(spendScopes({ ...spent, usd: 5 }, { day: 5, goals: {}, raised: { home: 5 } }).home).toEqual({
      usd: 5,
      limit: 10,
      signal: 'ok',
    });
  });

  test('80 % warns, 100 % is over, and fifty times ten cents are five dollars', () => {
    const signal = (usd: number) => spendScopes({ usd, estimated: false, goals: {} }, { day: 5, goals: {}, raised: {} }).home?.signal;
    const fifty = Array.from({ length: 50 }, () => 0.1).reduce((sum, one) => sum + one, 0);
    expect([signal(3.99), signal(4), signal(4.99), signal(fifty)]).toEqual(['ok', 'warn', 'warn', 'over']);
  });

  test('a budget is written 2 or 2/day', () => {
    expect([budgetOf(undefined), budgetOf(2), budgetOf('2'), budgetOf('1.50/day')]).toEqual([
      null,
      { usd: 2, per: 'total' },
      { usd: 2, per: 'total' },
      { usd: 1.5, per: 'day' },
    ]);
  });
});

test('an answer adds the budget once more, an amount, or nothing', () => {
  expect(['more', ' More ', '3', '+3', '$2.50', '+$1', 'stop', 'moer', '-3', '3 or so', ''].map((said) => amountOf(said, 5))).toEqual([
    ...[5, 5, 3, 3, 2.5, 1],
    ...[0, 0, 0, 0, 0],
  ]);
});

describe('admission', () => {
  const over = { usd: 2.1, limit: 2, signal: 'over' as const };
  const world = aWorld({ spend: { home: over, 'goal/site': over, 'goal/book': { ...over, signal: 'warn' } } });

  test('what names a goal whose budget is spent is denied, whoever says so', () => {
    expect(budgets({ goal: 'site', risk: 'reversible', world })).toEqual([
      {
        step: 'budget',
        result: 'deny',
        name: 'goal/site',
        message: 'the budget of the goal "site" is spent ($2.10 of $2.00): nothing that names it is begun',
      },
    ]);
  });

  test('words cost nothing, and other goals go on', () => {
    expect(budgets({ goal: 'site', risk: 'inert', world })).toEqual([]);
    expect([null, 'book', 'toString'].flatMap((goal) => budgets({ goal, risk: 'code', world }))).toEqual([]);
  });
});

describe('the forecast', () => {
  const row = (hoursAgo: number, usd: number): SpendRow => ({
    ...{ at: later(-hoursAgo * HOUR).toISOString(), beat: 1, scope: 'home', goal: null, agent: 'a', model: null },
    ...{ usd, estimated: false, tokens_in: null, tokens_out: null },
  });
  const facts = { now: NOON, dayEnds: later(12 * HOUR), daysLeft: 10, limit: 5 };

  test('goes on at the rate of the last 24 hours', () => {
    const rows = [row(30, 9), row(20, 1.2), row(1, 1.2)];
    expect(forecast({ ...facts, rows, today: 1.2, month: 20 })).toEqual({
      usd_per_hour: 0.1,
      day_usd: 2.4,
      month_usd: 20 + 1.2 + 10 * 2.4,
      spent_at: null,
    });
  });

  test('never beyond the budget, and says when it will be spent', () => {
    const rows = [row(30, 1), row(2, 24)];
    expect(forecast({ ...facts, rows, today: 4, month: 4, limit: 5 })).toEqual({
      usd_per_hour: 1,
      day_usd: 5,
      month_usd: 4 + 1 + 10 * 5,
      spent_at: later(HOUR).toISOString(),
    });
  });

  test('one that is over already stays where it is; nothing spent leads to nothing', () => {
    expect(forecast({ ...facts, rows: [row(1, 6)], today: 6, month: 6 })).toMatchObject({ day_usd: 6, spent_at: null });
    expect(forecast({ ...facts, rows: [], today: 0, month: 0 })).toEqual({ usd_per_hour: 0, day_usd: 0, month_usd: 0, spent_at: null });
  });

  test('a home that has only begun is measured from its first run, and no sooner than an hour', () => {
    expect(forecast({ ...facts, rows: [row(2, 1), row(1, 1)], today: 2, month: 2 }).usd_per_hour).toBe(1);
    expect(forecast({ ...facts, rows: [row(0.01, 1)], today: 1, month: 1 }).usd_per_hour).toBe(1);
  });
});
