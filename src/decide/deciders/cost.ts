// What a decision cost. Unknown is null, which is not zero.
import type { Cost } from '../../world/record.ts';

/** Nothing was asked, so nothing was paid. */
export const FREE: Cost = { usd: 0, estimated: false, tokens_in: 0, tokens_out: 0 };
export const UNKNOWN: Cost = { usd: null, estimated: false, tokens_in: null, tokens_out: null };

/** The cost of several tries; unknown as soon as one of them is. */
export function sumCost(a: Cost, b: Cost): Cost {
  const add = (left: number | null, right: number | null): number | null => (left === null || right === null ? null : left + right);
  return {
    usd: add(a.usd, b.usd),
    estimated: a.estimated || b.estimated,
    tokens_in: add(a.tokens_in, b.tokens_in),
    tokens_out: add(a.tokens_out, b.tokens_out),
  };
}
