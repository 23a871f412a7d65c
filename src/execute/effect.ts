// What an action is going to do, to the last byte, and how the journal will speak of it. Nothing happens here.
import type { Prepared, Risk } from '../actions/define.ts';
import { digest } from '../lib/digest.ts';
import type { Asks } from '../ports/asks.ts';
import type { FileChange } from '../ports.ts';
import { isPolicyPath } from '../store/layout.ts';
import type { Intent, IntentRecord, Stamp } from '../world/journal.ts';

/** Half of what a line of the journal holds. */
const TEXTS_CAP = 8 * 1024;

/** What is going to happen, to the last byte. */
export type Effect =
  | { does: 'change'; changes: FileChange[]; note: string }
  | { does: 'move'; from: string; to: string; before: string; note: string }
  | { does: 'shell'; cmd: string; timeoutMs: number }
  | { does: 'nothing'; note: string };

export function effectOf(asks: Asks, prepared: Exclude<Prepared, { prepared: 'refused' | 'conflict' }>): Effect {
  switch (prepared.prepared) {
    case 'files':
      return { does: 'change', changes: prepared.changes, note: prepared.note };
    case 'move':
      return { does: 'move', from: prepared.from, to: prepared.to, before: prepared.before, note: prepared.note };
    case 'shell':
      return { does: 'shell', cmd: prepared.cmd, timeoutMs: prepared.timeoutMs };
    case 'ask': {
      const { id, file } = asks.reserve(prepared.ask);
      return { does: 'change', changes: [file], note: `ask ${id}` };
    }
    default:
      return { does: 'nothing', note: prepared.note };
  }
}

/** No pre-image, no write: what a person may have written there is kept first. */
export function touchesPolicy(effect: Effect): boolean {
  const { before, after } = stampsOf(effect);
  return [...before, ...after].some(({ path }) => isPolicyPath(path));
}

export function stampsOf(effect: Effect): Pick<IntentRecord, 'before' | 'after'> {
  const stamp = (path: string, text: string | null): Stamp => ({ path, digest: text === null ? null : digest(text) });
  if (effect.does === 'change')
    return {
      before: effect.changes.map(({ path, before }) => stamp(path, before)),
      after: effect.changes.map(({ path, after }) => stamp(path, after)),
    };
  if (effect.does === 'move')
    return {
      before: [stamp(effect.from, effect.before), stamp(effect.to, null)],
      after: [stamp(effect.from, null), stamp(effect.to, effect.before)],
    };
  return { before: [], after: [] };
}

/** Schedules are in no history: what they were and become stands in the intent itself. */
export function textsOf(risk: Risk, effect: Effect): Pick<Intent, 'texts'> {
  if (risk !== 'reversible' || effect.does !== 'change') return {};
  const texts = effect.changes
    .filter(({ path }) => !isPolicyPath(path))
    .flatMap(({ path, before, after }) => [before, after].flatMap((text) => (text === null ? [] : [{ path, text }])));
  return texts.length > 0 && JSON.stringify(texts).length <= TEXTS_CAP ? { texts } : {};
}
