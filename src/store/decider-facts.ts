// What is to be said of the decider, as it was last found, for `status`: a cache that holds the very settings it
// follows from.
import { existsSync } from 'node:fs';
import { isPlainObject } from '../lib/digest.ts';
import { readText, writeAtomic } from '../lib/files.ts';
import { isOneOf, isShaped, isText, orNull } from '../lib/shape.ts';
import type { Settings } from '../world/settings.ts';
import type { Layout } from './layout.ts';

export interface DeciderFacts {
  name: string;
  costs: boolean;
  readsProse: boolean;
  warning: string | null;
}

const isFacts = isShaped<DeciderFacts>({
  name: isText,
  costs: isOneOf(true, false),
  readsProse: isOneOf(true, false),
  warning: orNull(isText),
});

/** Null when other settings, or another version, said it. */
export function keptDeciderFacts(at: Layout, version: string, settings: Settings['decider']): DeciderFacts | null {
  try {
    const kept: unknown = JSON.parse(readText(at.deciderFacts) ?? 'null');
    if (!isPlainObject(kept) || kept.version !== version || kept.settings !== JSON.stringify(settings)) return null;
    return isFacts(kept.facts) ? kept.facts : null;
  } catch {
    return null; // a cache: without it the decider is asked
  }
}

export function keepDeciderFacts(at: Layout, facts: DeciderFacts, of: { version: string; settings: Settings['decider'] }): void {
  if (!existsSync(at.machine)) return; // looking at a home creates nothing in it
  try {
    const { version, settings } = of;
    writeAtomic(at.deciderFacts, `${JSON.stringify({ v: 1, version, settings: JSON.stringify(settings), facts })}\n`, { durable: false });
  } catch {
    // A home that cannot be written can still be looked at.
  }
}
