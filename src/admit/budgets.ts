// Budgets: where a goal's money is spent, nothing that names it is begun, whoever says so; what costs nothing to say may be said.
import type { VerdictReason } from '../world/record.ts';
import { goalScope, overGoal } from '../world/spend.ts';
import type { AdmitRequest } from './define.ts';

export function budgets({ goal, risk, world }: Pick<AdmitRequest, 'goal' | 'risk' | 'world'>): VerdictReason[] {
  const spent = overGoal(goal, world);
  if (goal === null || spent === null || risk === 'inert') return [];
  const of = spent.limit === null ? '' : ` of $${spent.limit.toFixed(2)}`;
  const message = `the budget of the goal "${goal}" is spent ($${spent.usd.toFixed(2)}${of}): nothing that names it is begun`;
  return [{ step: 'budget', result: 'deny', name: goalScope(goal), message }];
}
