// The runner of a goal's `verify`: one shell command, under a deadline, as a result that conditions are made of.
import { runChild } from '../lib/child.ts';
import type { Standstill } from '../lib/standstill.ts';
import { oneLine } from '../lib/text.ts';

export interface VerifyRun {
  /** A command line for `bash -c`; exit 0 means that the goal holds. */
  command: string;
  /** The home, or the tree that the command speaks of. */
  cwd: string;
  env: Readonly<Record<string, string>>;
  timeoutMs: number;
  signal?: AbortSignal;
  /** While it is held it does not start, and its deadline does not come. */
  still?: Standstill;
  /** Value of FLYBALL_RUN, unique to this run. */
  mark: string;
}

export interface VerifyEnd {
  /** `error`: it could not be measured (time-out, killed, could not start, aborted), which is neither yes nor no. */
  end: 'passed' | 'failed' | 'error';
  exit: number | null;
  /** One line for a person: why, with the last that it said. The same end and the same last words give the same line. */
  message: string;
  ms: number;
}

/** Enough for the last words of a failing command; they become one line of at most 500 characters. */
const TAIL = { part: 'tail', bytes: 2048 } as const;
const MESSAGE_LENGTH = 500;

export async function runVerify(run: VerifyRun): Promise<VerifyEnd> {
  const child = await runChild({
    argv: ['bash', '-c', run.command],
    cwd: run.cwd,
    env: run.env,
    mark: run.mark,
    timeoutMs: run.timeoutMs,
    ...(run.signal && { signal: run.signal }),
    ...(run.still && { still: run.still }),
    stdout: TAIL,
    stderr: TAIL,
  });
  const said = lastWords(child.stderr.bytes) || lastWords(child.stdout.bytes);
  const over = (end: VerifyEnd['end'], what: string, exit: number | null = null): VerifyEnd => ({
    end,
    exit,
    message: oneLine(said ? `${what}: ${said}` : what, MESSAGE_LENGTH),
    ms: child.ms,
  });
  switch (child.end) {
    case 'exit':
      return child.code === 0 ? over('passed', 'exit 0', 0) : over('failed', `exit ${child.code}`, child.code);
    case 'signal':
      return over('error', `it died of ${child.signal}`);
    case 'timeout':
      return over('error', `it was ended after ${run.timeoutMs / 1000} s`);
    case 'spawn':
      return over('error', `bash could not be started (${child.code})`);
    case 'overflow':
    case 'aborted':
      return over('error', 'it was ended before it was done');
  }
}

/** The last lines that hold anything, as text whatever the bytes are. */
function lastWords(bytes: Buffer): string {
  return bytes
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(-5)
    .join(' · ');
}
