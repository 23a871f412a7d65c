// Goals' front matter as it was last parsed, for verbs that only look: a cache, keyed by the very texts.
import { existsSync } from 'node:fs';
import { isPlainObject } from '../lib/digest.ts';
import { readText, writeAtomic } from '../lib/files.ts';
import type { Layout } from './layout.ts';

export interface ParsedGoal {
  id: string;
  /** Its name in goals/. */
  name: string;
  front: Record<string, unknown>;
  /** Digest of the folded text: the status of another text is not its own. */
  folded: string;
}

export function readParsedGoals(at: Layout, key: string): ParsedGoal[] | null {
  try {
    const kept: unknown = JSON.parse(readText(at.goalList) ?? 'null');
    return isPlainObject(kept) && kept.key === key && Array.isArray(kept.goals) ? (kept.goals as ParsedGoal[]) : null; // kept by keepParsedGoals, of these very texts
  } catch {
    return null; // a cache: without it they are parsed
  }
}

export function keepParsedGoals(at: Layout, list: { key: string; goals: ParsedGoal[] }): void {
  if (!existsSync(at.machine)) return; // looking at a home creates nothing in it
  try {
    writeAtomic(at.goalList, `${JSON.stringify({ v: 1, ...list })}\n`, { durable: false });
  } catch {
    // A home that cannot be written can still be looked at.
  }
}
