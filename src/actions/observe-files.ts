// What the files say of an action that has an intent and no outcome.
import type { IntentRecord, Stamp } from '../world/journal.ts';
import type { Lookout, Observed } from './define.ts';

/** `done` when every path is as it was to become, `void` when every path is as it was, else nobody can say. */
export function observeFiles(intent: IntentRecord, look: Lookout, options: { presence?: boolean } = {}): Observed {
  const agrees = (stamp: Stamp): boolean => {
    const now = look.stamp(stamp.path).digest;
    return options.presence ? (now === null) === (stamp.digest === null) : now === stamp.digest;
  };
  if (intent.after.every(agrees)) return 'done';
  if (intent.before.every(agrees)) return 'void';
  return 'interrupted';
}
