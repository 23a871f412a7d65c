// What an approval would do if it were done now: computed as the executor computes it, and not done.
import type { Prepared } from '../actions/define.ts';
import { kindNamed } from '../actions/index.ts';
import { describeError } from '../errors.ts';
import { unifiedDiff } from '../lib/patch.ts';
import { createBeats } from '../store/beats.ts';
import { openHistory } from '../store/history.ts';
import { homeFiles } from '../store/home-files.ts';
import type { Door } from '../verbs/hands.ts';
import type { Ask } from '../world/ask.ts';
import { worldNow } from './looking.ts';

/** A diff, or words; null where there is nothing to add to the decision itself. */
export async function previewAsk(door: Door, ask: Ask): Promise<string | null> {
  const { decision } = ask;
  if (typeof decision?.action !== 'string') return null;
  try {
    const base = ask.approval ? createBeats(door.layout).world(ask.approval.base) : null;
    const { settings } = await door.config();
    const scene = {
      seen: base ?? (await worldNow(door)),
      settings,
      id: ask.ref ?? 'b0',
      beat: null,
      now: door.clock.now(),
      files: homeFiles(door.layout, openHistory(door.layout).isOwn),
      asks: { open: () => 0 },
      person: ask.approval !== undefined && ask.approval.by.kind !== 'decider',
    };
    // Its fields were read by the kind's own schema when it was decided.
    return wordsFor(kindNamed(decision.action).prepare(decision as never, scene));
  } catch (error) {
    return `what it would do now cannot be told: ${describeError(error)}`;
  }
}

function wordsFor(prepared: Prepared): string | null {
  switch (prepared.prepared) {
    case 'files':
      return prepared.changes.map(({ path, before, after }) => unifiedDiff(path, before ?? '', after ?? '')).join('\n');
    case 'move':
      return `${prepared.from} → ${prepared.to}`;
    case 'unchanged':
      return `it would change nothing now: ${prepared.note}`;
    case 'conflict':
      return `it cannot be done as it is now: ${prepared.question}\n${prepared.diff}`;
    case 'refused':
      return `it would be refused now: ${prepared.problem}`;
    default:
      return null;
  }
}
