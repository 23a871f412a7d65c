// The ways in which a run fails that are the same for every runner.
import type { ChildEnd } from '../../lib/child.ts';
import type { Observation } from '../../world/reading.ts';
import { failed, OUTPUT_BYTES, tooLarge } from '../parse.ts';

export type RunEnd = { ran: true; code: number } | { ran: false; observation: Observation | null };

/**
 * The exit code of a run that ended by itself within its bounds, else the reading that its failure is. The
 * order is fixed, so that a sensor which breaks two bounds at once fails with the same word each time.
 */
export function runEnd(end: ChildEnd): RunEnd {
  const stderr = end.stderr.bytes;
  const not = (observation: Observation | null): RunEnd => ({ ran: false, observation });
  if (end.end === 'aborted') return not(null);
  if (end.end === 'spawn') return not(failed('spawn', { message: spawnMessage(end.code, end.message) }));
  if (end.end === 'overflow' || end.stdout.total > OUTPUT_BYTES) return not(tooLarge(stderr));
  if (end.end === 'timeout') return not(failed('timeout', { message: 'it did not end within its timeout and was ended', stderr }));
  if (end.end === 'signal') return not(failed('signal', { message: `it died of ${end.signal}`, stderr, signal: end.signal }));
  return { ran: true, code: end.code };
}

function spawnMessage(code: string, message: string): string {
  if (code === 'ENOENT') return 'it could not be started: the program that its first line names does not exist';
  if (code === 'EACCES') return 'it could not be started: permission denied';
  return `it could not be started: ${message}`;
}
