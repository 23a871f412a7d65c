// Asks a second decider when the first one could not be asked.
import type { Clock, Decider, DeciderEnd, DeciderRequest } from '../../ports.ts';
import { sumCost } from './cost.ts';

/** What a second one may cure. Not: a time-out (no time is left), a refusal, or the beat's own cancelling. */
const CURABLE: ReadonlySet<string> = new Set(['network', 'auth', 'limited', 'spawn', 'exit']);
/** Less than this is no time to decide in. */
const LEAST_MS = 1_000;

export function withFallback(first: Decider, second: Decider, clock: Clock): Decider {
  return {
    name: first.name,
    costs: first.costs || second.costs,
    readsProse: first.readsProse || second.readsProse,
    warning: first.warning ?? second.warning,
    decide: async (request) => {
      const began = clock.monotonicMs();
      const end = await first.decide(request);
      const timeoutMs = Math.floor(request.timeoutMs - (clock.monotonicMs() - began));
      if (end.end === 'well' || !CURABLE.has(end.reason) || timeoutMs < LEAST_MS || request.signal.aborted) return end;
      request.log(`\n[${first.name}: ${end.reason}: ${end.message}; asking ${second.name}]\n`);
      return after(end, second, { ...request, timeoutMs });
    },
  };
}

async function after(first: Extract<DeciderEnd, { end: 'badly' }>, second: Decider, request: DeciderRequest): Promise<DeciderEnd> {
  const end = await second.decide(request);
  const cost = sumCost(first.cost, end.cost);
  const { reason, message, until, cure } = first;
  if (end.end === 'well') return { ...end, cost, by: end.by ?? second.name, passedOver: { reason, message, until, cure } };
  // Both failed: what the first one says is what the person can mend first.
  const both = `${message}; and ${second.name}: ${end.message}`;
  return { ...first, message: both, cost, model: end.model };
}
