// PURE. Evidence: the values that a decision rested on, against the world as it is now.
import { canonicalJson } from '../lib/digest.ts';
import { resolvePointer } from '../lib/pointer.ts';
import type { BeatRecord } from './record.ts';
import type { World } from './world.ts';

/** Words for the decider when what it rested on is no longer so (DESIGN 4, "overtaken"), else null. */
export function movedOn(evidence: BeatRecord['evidence'], world: World): string | null {
  for (const { pointer, value } of evidence) {
    if (!pointer.includes('/signal')) continue;
    const now = resolvePointer(world, pointer);
    if (!now.found) return `${pointer} was there when you decided and is gone now`;
    if (canonicalJson(now.value) !== canonicalJson(value))
      return `${pointer} was ${canonicalJson(value)} when you decided and is ${canonicalJson(now.value)} now`;
  }
  return null;
}
