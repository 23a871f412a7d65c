// Up to where the person has seen the journal: for `status` ("since you last looked") and `journal --new`.
import { existsSync } from 'node:fs';
import { isPlainObject } from '../lib/digest.ts';
import { readText, writeAtomic } from '../lib/files.ts';
import type { Layout } from './layout.ts';

/** The newest sequence number that was shown; 0 when nothing was, or when it cannot be told. */
export function lastSeen(at: Layout): number {
  try {
    const kept: unknown = JSON.parse(readText(at.looked) ?? '{}');
    return isPlainObject(kept) && typeof kept.seq === 'number' ? kept.seq : 0;
  } catch {
    return 0; // a convenience: what cannot be read shows everything once more
  }
}

export function markSeen(at: Layout, seq: number): void {
  if (!existsSync(at.machine)) return;
  try {
    writeAtomic(at.looked, `${JSON.stringify({ v: 1, seq })}\n`, { durable: false });
  } catch {
    // A home that cannot be written can still be looked at.
  }
}
