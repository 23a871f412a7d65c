// Tries again what fails in passing: twice at most, inside the beat's deadline, as late as the server asked.
import type { DeciderEnd, DeciderRequest } from '../../ports.ts';
import { FREE, sumCost } from './cost.ts';
import type { DeciderTools } from './types.ts';

/** How one try ended; `retryAfterMs` when the other side said how long to wait. */
export type Try = DeciderEnd & { retryAfterMs?: number };

/** Before the second and the third try, when nobody said how long. */
const PAUSES_MS = [2_000, 8_000] as const;

/** One try: with the time that is left, and a signal that ends it then or when the beat is cancelled. */
export type Attempt = (left: { timeoutMs: number; signal: AbortSignal }) => Promise<Try>;

export async function withRetries(request: DeciderRequest, tools: DeciderTools, attempt: Attempt): Promise<DeciderEnd> {
  const began = tools.clock.monotonicMs();
  const left = (): number => request.timeoutMs - (tools.clock.monotonicMs() - began);
  let spent = FREE;
  for (let again = 0; ; again++) {
    const { retryAfterMs, ...end } = await attempt({ timeoutMs: Math.max(1, Math.floor(left())), signal: request.signal });
    spent = sumCost(spent, end.cost);
    if (end.end === 'well' || end.reason !== 'network') return { ...end, cost: spent };
    const pause = retryAfterMs ?? PAUSES_MS[again];
    if (again >= PAUSES_MS.length || pause === undefined) return { ...end, cost: spent };
    if (pause >= left()) return { ...end, ...tooLate(retryAfterMs, tools), cost: spent };
    try {
      await tools.pause(pause, request.signal);
    } catch {
      return { ...end, reason: 'aborted', cost: spent };
    }
  }
}

/** Asked to wait beyond the deadline: a limit with its end, so that nobody is asked before. */
function tooLate(retryAfterMs: number | undefined, { clock }: DeciderTools): { reason: 'limited'; until: Date } | object {
  if (retryAfterMs === undefined) return {};
  return { reason: 'limited', until: new Date(clock.now().getTime() + retryAfterMs) };
}
