// STOP as a person pulls and releases it: with or without a daemon.
import { describeError, PersonError } from '../errors.ts';
import { errorCode } from '../lib/error-code.ts';
import { shellQuote } from '../lib/text.ts';
import { resumeHome, stopHome } from '../store/stop.ts';
import type { Door, Work } from '../verbs/hands.ts';
import type { Stopped } from '../verbs/hands-brake.ts';

export function stop({ layout, clock }: Door, wish: { reason: string; keepWorkers: boolean }): Stopped {
  const { stop: state, unwritten, found, left, settled } = stopHome(layout, wish, () => clock.now());
  if (state && unwritten === null) return { stop: state, frozen: found, left, settled };
  if (unwritten === null) throw new PersonError(`${layout.stop} was removed at the same moment, and everything goes on`, { code: 1 });
  throw new PersonError(`${layout.stop} could not be written (${unwritten}); ${found} processes stand still now`, {
    hint: `nothing keeps new ones from starting: make room there, then once more`,
    code: 1,
  });
}

export async function resume({ layout, clock }: Door): ReturnType<Work['resume']> {
  try {
    return resumeHome(layout, () => clock.now());
  } catch (error) {
    throw new PersonError(`${layout.stop} could not be removed: ${describeError(error)}`, {
      hint:
        errorCode(error) === 'ENOTEMPTY'
          ? `it is a folder that holds something: rm -r ${shellQuote(layout.stop)}`
          : `rm ${shellQuote(layout.stop)}`,
      code: 1,
      cause: error,
    });
  }
}
