// A kept reading → what the world says of it. Pure.
import { type Directives, FLAPPING_FROM, type Reading } from '../world/reading.ts';
import type { WorldReading } from '../world/world.ts';

/** A reading older than this many intervals is stale. */
const STALE_INTERVALS = 3;

export interface Presence {
  ageMs: number | null;
  observedAt: string | null;
  /** Null when the sensor's file cannot be read now: then how old is too old is unknown, and said so. */
  directives: Directives | null;
}

export function present(reading: Reading, { ageMs, observedAt, directives }: Presence): WorldReading {
  return {
    signal: reading.signal,
    detail: reading.detail,
    failed: reading.error !== null,
    error: reading.error,
    age_s: ageMs === null ? null : Math.floor(ageMs / 1_000),
    observed_at: observedAt,
    stale: isStale(ageMs, directives),
    flapping: reading.flaps >= FLAPPING_FROM,
    trust: reading.trust,
  };
}

/** A watching sensor speaks when something happens: its silence is no staleness, and its end is a reading of its own. */
function isStale(ageMs: number | null, directives: Directives | null): boolean {
  if (directives === null) return true;
  if (directives.mode === 'watch') return false;
  return ageMs === null || ageMs > STALE_INTERVALS * directives.intervalMs;
}

/** Of a sensor that was never read. */
export function pending(directives: Directives | null): WorldReading {
  return {
    signal: { error: 'pending' },
    detail: null,
    failed: true,
    error: 'pending',
    age_s: null,
    observed_at: null,
    stale: false,
    flapping: false,
    trust: directives?.trust ?? 'untrusted',
  };
}
