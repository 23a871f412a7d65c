// One run of a client program, and how its end reads for a beat.
import { type ChildEnd, type Keep, runChild } from '../../lib/child.ts';
import type { DeciderEnd, DeciderRequest } from '../../ports.ts';
import { FREE, UNKNOWN } from './cost.ts';
import { readFailure } from './failure.ts';
import type { DeciderTools } from './types.ts';

/** A stream's end tells: the answer stands last. Some clients repeat the prompt three times before it. */
const STDOUT: Keep = { part: 'tail', bytes: 4 * 1_024 * 1_024 };
const STDERR: Keep = { part: 'tail', bytes: 16_384 };
/** A client that prints more than this is out of its mind. */
const MOST_BYTES = 256 * 1_024 * 1_024;

export interface ClientRun {
  argv: readonly [string, ...string[]];
  cwd: string;
  env: Readonly<Record<string, string>>;
  stdin?: string;
  timeoutMs: number;
}

export function runClient(run: ClientRun, request: DeciderRequest): Promise<ChildEnd> {
  return runChild({
    ...run,
    mark: request.mark,
    signal: request.signal,
    stdout: STDOUT,
    stderr: STDERR,
    endAboveBytes: MOST_BYTES,
    onStdout: request.log,
    onStderr: request.log,
  });
}

/** Marks of a client's own session that would change how a client started by us behaves. */
const NOT_PASSED_ON = /^(CLAUDECODE|CLAUDE_CODE_(ENTRYPOINT|SSE_PORT|SESSION_ID)|FLYBALL_(WORKER|REPORT|RUN))$/;

/** The environment of a client: the person's, without what would make it take itself for somebody else's child. */
export function clientEnv({ env }: DeciderTools, own: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined && !NOT_PASSED_ON.test(entry[0]));
  return { ...Object.fromEntries(kept), ...own };
}

type Badly = Extract<DeciderEnd, { end: 'badly' }>;

export function badly(reason: Badly['reason'], message: string, more: Partial<Badly> = {}): Badly {
  const paid = reason === 'spawn' || reason === 'network' || reason === 'auth' || reason === 'limited' ? FREE : UNKNOWN;
  return { end: 'badly', reason, message, until: null, cure: null, cost: paid, model: null, ...more };
}

/** Null when it ended by itself with exit code 0. `words` is what it said went wrong, when that stands elsewhere than on stderr. */
export function endedBadly(end: ChildEnd, name: string, { now, words }: { now: Date; words?: string | null }): Badly | null {
  switch (end.end) {
    case 'timeout':
      return badly('timeout', `${name} did not decide in time and was ended`);
    case 'aborted':
      return badly('aborted', `${name} was ended before it decided`);
    case 'overflow':
      return badly('exit', `${name} printed more than ${MOST_BYTES} bytes and was ended`);
    case 'spawn':
      return badly('spawn', `${name} cannot be started: ${end.message}`);
    case 'signal':
      return badly('exit', `${name} died of ${end.signal}`);
    case 'exit': {
      if (end.code === 0 && !words) return null;
      const failure = readFailure(words || end.stderr.bytes.toString('utf8') || lastPart(end), now);
      return badly(failure.reason, `${name} ended with code ${end.code}: ${failure.message}`, { until: failure.until });
    }
  }
}

function lastPart(end: ChildEnd): string {
  return end.stdout.bytes.subarray(-2_048).toString('utf8');
}
