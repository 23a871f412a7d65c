// PURE. Money: what a run cost, which budgets there are, and how much of each is spent. A scope is `home` or `goal/ID`.
import type { World } from './world.ts';

/** A run before it is paid for. */
export interface SpendRun {
  at: string;
  beat: number | null;
  /** Whose run it is: `home` for a decision. */
  scope: string;
  /** The goal that it served, when one is known. */
  goal: string | null;
  agent: string;
  model: string | null;
}

export interface SpendRow extends SpendRun {
  usd: number;
  estimated: boolean;
  tokens_in: number | null;
  tokens_out: number | null;
}

export interface Spent {
  /** Since local midnight. */
  usd: number;
  estimated: boolean;
  /** Each goal for which money was spent: since local midnight, and altogether. */
  goals: Record<string, { today: number; total: number }>;
}

/** `per: total` is for as long as the goal lives. */
export interface Budget {
  usd: number;
  per: 'day' | 'total';
}

/** Money is told as `warn` from here on. */
const WARN_SHARE = 0.8;
/** Sums are kept to the millionth of a dollar: fifty times 0.1 are 5. */
const MICRO = 1e6;

/** A goal's `budget.usd`: `2/day` is for each day, `2` for all of them. */
export function budgetOf(usd: number | string | undefined): Budget | null {
  if (usd === undefined) return null;
  return { usd: Number.parseFloat(String(usd)), per: String(usd).endsWith('/day') ? 'day' : 'total' };
}

export interface Limits {
  /** Of the home, a day. */
  day: number;
  goals: Record<string, Budget>;
  /** What the person has added for today, by scope. */
  raised: Record<string, number>;
}

export type ScopeSpend = World['spend'][string];

/** Every scope that has a budget. */
export function spendScopes(spent: Spent, { day, goals, raised }: Limits): World['spend'] {
  const scopes: World['spend'] = { home: scope(spent.usd, day + (raised.home ?? 0)) };
  for (const [id, budget] of Object.entries(goals)) {
    const known = spent.goals[id];
    const usd = budget.per === 'day' ? (known?.today ?? 0) : (known?.total ?? 0);
    scopes[goalScope(id)] = scope(usd, budget.usd + (raised[goalScope(id)] ?? 0));
  }
  return scopes;
}

export function goalScope(id: string): string {
  return `goal/${id}`;
}

/** The goal of a scope; null for the home. */
export function goalOfScope(name: string): string | null {
  return name.startsWith('goal/') ? name.slice('goal/'.length) : null;
}

/** The budget of the goal that is spent, or null when the goal has none or is within it. */
export function overGoal(goal: string | null, world: Pick<World, 'spend'>): ScopeSpend | null {
  const name = goal === null ? '' : goalScope(goal);
  const found = Object.hasOwn(world.spend, name) ? world.spend[name] : undefined;
  return found?.signal === 'over' ? found : null;
}

/** What an answer to the ask about a spent budget adds to it: `more`, or an amount in dollars; anything else nothing. */
export function amountOf(answer: string, more: number): number {
  const said = answer.trim().toLowerCase();
  if (said === 'more') return more;
  const amount = /^[+$]{0,2}(\d{1,6}(?:\.\d{1,4})?)$/.exec(said)?.[1];
  return amount === undefined ? 0 : Number(amount);
}

export function roundUsd(usd: number): number {
  return Math.round(usd * MICRO) / MICRO;
}

function scope(spent: number, limit: number): ScopeSpend {
  const usd = roundUsd(spent);
  const signal = usd >= limit ? 'over' : usd >= limit * WARN_SHARE ? 'warn' : 'ok';
  return { usd, limit: roundUsd(limit), signal };
}
