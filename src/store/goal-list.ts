// Goals' front matter as it was last parsed, for verbs that only look: a cache that holds the very texts
// it was parsed from, so that nothing but equal files is taken for them.
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

/** `folder`: names and texts of goals/ as they are now, in order. Null when they are not those that were parsed, or another version did it. */
export function readParsedGoals(at: Layout, version: string, folder: readonly (readonly [string, string])[]): ParsedGoal[] | null {
  try {
    const kept: unknown = JSON.parse(readText(at.goalList) ?? 'null');
    if (!isPlainObject(kept) || kept.v !== 2 || kept.version !== version || !Array.isArray(kept.files)) return null;
    const { files, goals } = kept as unknown as KeptGoals; // of this version, so kept by keepParsedGoals
    const same = files.length === folder.length && files.every(([name, text], at) => folder[at]?.[0] === name && folder[at]?.[1] === text);
    return same ? goals : null;
  } catch {
    return null; // a cache: without it they are parsed
  }
}

interface KeptGoals {
  version: string;
  /** All of the folder's files that could be goals. */
  files: readonly (readonly [name: string, text: string])[];
  goals: ParsedGoal[];
}

export function keepParsedGoals(at: Layout, list: KeptGoals): void {
  if (!existsSync(at.machine)) return; // looking at a home creates nothing in it
  try {
    writeAtomic(at.goalList, `${JSON.stringify({ v: 2, ...list })}\n`, { durable: false });
  } catch {
    // A home that cannot be written can still be looked at.
  }
}
