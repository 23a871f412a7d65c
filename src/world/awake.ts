// PURE. How long the machine has been awake while a default waited: counted on the monotonic clock, which stands
// still in sleep, and kept, so that a pulse that begins anew neither forgets nor invents time.
import type { Ask } from './ask.ts';

/** What was counted when it was last looked, by ask. */
export interface Awake {
  v: 1;
  mono_ms: number;
  counted: Record<string, number>;
}

/** An open question whose default counts after a time. An approval has none, whatever its file says. */
function waitsForDefault(ask: Ask): ask is Ask & { default: string; default_after_s: number } {
  return ask.kind !== 'approval' && ask.state === 'open' && ask.default !== null && ask.default_after_s !== undefined;
}

/**
 * Between two instants of the monotonic clock. It begins anew when the machine does: then what has passed since that
 * is all that is known for certain, and less than the truth.
 */
function passed(then: number, now: number): number {
  return now >= then ? now - then : now;
}

/** The count as of now, of the asks that wait. While everything is stopped no time passes. */
export function countOn(asks: readonly Ask[], kept: Awake | null, at: { monotonicMs: number; frozen: boolean }): Awake {
  const mono_ms = Math.round(at.monotonicMs);
  const counted = asks.filter(waitsForDefault).map((ask): [string, number] => {
    const before = kept?.counted[ask.id];
    if (at.frozen) return [ask.id, before ?? 0];
    if (kept === null || before === undefined) return [ask.id, passed(ask.asked_mono_ms ?? mono_ms, mono_ms)];
    return [ask.id, before + passed(kept.mono_ms, mono_ms)];
  });
  return { v: 1, mono_ms, counted: Object.fromEntries(counted) };
}

/** Milliseconds of awake time until the default counts; 0 when it does. Null when none will. */
export function untilDefault(ask: Ask, awake: Awake): number | null {
  if (!waitsForDefault(ask)) return null;
  return Math.max(0, ask.default_after_s * 1_000 - (awake.counted[ask.id] ?? 0));
}
