// Three-way merge of texts, line by line: both changes, or a conflict. Never a guess.
import { diff3Merge } from 'node-diff3';

export type Merge = { merged: string } | { merged: null };

/** Pairs of equal lines that a merge may have to look at; beyond it (thousands of equal lines) it is not tried. */
const PAIRS_CAP = 4_000_000;

/** `theirs` with what changed from `base` to `mine`; null when both changed the same place in different ways. */
export function merge3(base: string, mine: string, theirs: string): Merge {
  if (mine === base || mine === theirs) return { merged: theirs };
  if (theirs === base) return { merged: mine };
  const [b, m, t] = [base, mine, theirs].map((text) => text.split('\n')) as [string[], string[], string[]]; // map keeps the length
  if (pairs(b, m) + pairs(b, t) > PAIRS_CAP) return { merged: null };
  const lines: string[] = [];
  for (const region of diff3Merge(m, b, t, { excludeFalseConflicts: true })) {
    if (!region.ok) return { merged: null };
    for (const line of region.ok) lines.push(line);
  }
  return { merged: lines.join('\n') };
}

function pairs(a: readonly string[], b: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const line of a) counts.set(line, (counts.get(line) ?? 0) + 1);
  return b.reduce((sum, line) => sum + (counts.get(line) ?? 0), 0);
}
