// Money in `status`: what is spent of the day's budget, and which budgets are gone.
import type { Spend } from '../ports.ts';
import type { Ask } from '../world/ask.ts';
import { roundUsd } from '../world/spend.ts';
import type { GoalItem, Problem } from './hands.ts';

export interface SpendFacts {
  usd: number;
  estimated: boolean;
  /** The day's, with what the person has added today. */
  limit: number;
}

export function lookAtSpend(spend: Spend, day: number, now: Date): SpendFacts {
  const { usd, estimated } = spend.today(now);
  return { usd, estimated, limit: roundUsd(day + (spend.raised(now).home ?? 0)) };
}

export function moneyLine({ usd, estimated, limit }: SpendFacts): string {
  return `${estimated ? '~' : ''}$${usd.toFixed(2)} today of $${limit.toFixed(2)}`;
}

/** A budget that is spent; while the ask about it waits, that is what to type. */
export function spendProblems(
  facts: SpendFacts,
  about: { goals: GoalItem[]; asks: readonly Ask[]; type(verb: string): string },
): Problem[] {
  const { goals, asks, type } = about;
  const nextFor = (goal: string | null, otherwise: string) => {
    const ask = asks.find((one) => one.kind === 'budget' && one.state === 'open' && one.goal === goal);
    return type(ask ? `answer ${ask.id}` : otherwise);
  };
  const home =
    facts.usd > 0 && facts.usd >= facts.limit
      ? [{ what: `the budget is spent, no decider is asked: ${moneyLine(facts)}`, where: 'spend.day', next: nextFor(null, 'edit config') }]
      : [];
  const ofGoals = goals.flatMap(({ name, status }) => {
    const over = status.conditions.find(({ type: kind, status: is }) => kind === 'OverBudget' && is === 'True');
    return over ? [{ what: over.message, where: `goals/${name}`, next: nextFor(name, `edit ${name}`) }] : [];
  });
  return [...home, ...ofGoals];
}
