// A watching sensor: one long-running child that prints a JSON object per line, started again when it ends.
import type { ChildEnd } from '../lib/child.ts';
import type { Observation } from '../world/reading.ts';
import { failed, OUTPUT_BYTES, parseOutput, tooLarge } from './parse.ts';
import { runEnd } from './runners/failures.ts';

/** Lines that come faster are replaced by the last one of each second. */
const COALESCE_MS = 1_000;
const RESTART_FIRST_MS = 1_000;
const RESTART_MOST_MS = 60_000;
/** Printed within a second, this is no watching but a runaway, and would cost the pulse its processor. */
const FLOOD_BYTES = 16 * 1024 * 1024;

export interface WatchPorts {
  /** Runs the sensor until it ends or `signal` is aborted. */
  run(options: { signal: AbortSignal; onStdout(chunk: Buffer): void }): Promise<ChildEnd>;
  /** Takes an observation, at most one per second. */
  observe(observation: Observation): void;
  monotonicMs(): number;
}

export interface Watcher {
  /** Ends the child and resolves when it is gone. Nothing is observed after the call. */
  close(): Promise<void>;
}

export function watch(ports: WatchPorts): Watcher {
  const stop = new AbortController();
  const calm = coalesced(ports, stop.signal);
  const done = (async () => {
    for (let delay = RESTART_FIRST_MS; !stop.signal.aborted; delay = Math.min(delay * 2, RESTART_MOST_MS)) {
      const began = ports.monotonicMs();
      const end = await oneLife(ports, calm, stop.signal);
      if (stop.signal.aborted) return;
      calm(() => end);
      if (ports.monotonicMs() - began >= RESTART_MOST_MS) delay = RESTART_FIRST_MS; // it had been well
      await pause(delay, stop.signal);
    }
  })();
  return {
    close() {
      stop.abort();
      return done;
    },
  };
}

type Calm = (says: () => Observation) => void;

/** Runs the child once; resolves with the reading that its end is. */
async function oneLife(ports: WatchPorts, calm: Calm, stopped: AbortSignal): Promise<Observation> {
  const life = new AbortController();
  const stop = () => life.abort();
  stopped.addEventListener('abort', stop, { once: true });
  const take = lines((line) => calm(() => (line === null ? tooLarge() : parseOutput(line))));
  let second = ports.monotonicMs();
  let bytes = 0;
  const onStdout = (chunk: Buffer) => {
    if (ports.monotonicMs() - second >= 1_000) [second, bytes] = [ports.monotonicMs(), 0];
    bytes += chunk.length;
    if (bytes > FLOOD_BYTES) life.abort();
    else take(chunk);
  };
  const end = await ports.run({ signal: life.signal, onStdout });
  stopped.removeEventListener('abort', stop);
  return bytes > FLOOD_BYTES ? tooLarge(end.stderr.bytes) : endSays(end);
}

/** However it ends, it is down: exit code 0 is no better than another, because nobody looks any more. */
function endSays(end: ChildEnd): Observation {
  const { stderr } = end;
  const run = runEnd({ ...end, stdout: { bytes: Buffer.alloc(0), total: 0 } }); // all that it ever printed is no measure
  const message = 'it ended, and is started again';
  if (run.ran) return failed('exit', { message, code: run.code, stderr: stderr.bytes });
  return run.observation ?? failed('exit', { message, stderr: stderr.bytes });
}

/**
 * Takes the last whole line of each chunk that holds anything (what came just before it would be replaced
 * anyway), and null for one that is too long. Neither time nor memory grow with the number of lines.
 */
export function lines(take: (line: Buffer | null) => void): (chunk: Buffer) => void {
  let begun: Buffer[] = [];
  let length = 0;
  const add = (piece: Buffer) => {
    length += piece.length;
    begun = length <= OUTPUT_BYTES ? [...begun, Buffer.from(piece)] : [];
  };
  const give = (line: Buffer, bytes: number): boolean => {
    const full = bytes > OUTPUT_BYTES;
    if (!full && line.toString('latin1').trim() === '') return false;
    take(full ? null : Buffer.from(line));
    return true;
  };
  return (chunk) => {
    const last = chunk.lastIndexOf(10);
    if (last < 0) return add(chunk);
    for (let end = last, given = false; !given && end >= 0; ) {
      const before = end === 0 ? -1 : chunk.lastIndexOf(10, end - 1);
      const piece = chunk.subarray(before + 1, end);
      given = before >= 0 ? give(piece, piece.length) : give(Buffer.concat([...begun, piece]), length + piece.length);
      end = before;
    }
    begun = [];
    length = 0;
    add(chunk.subarray(last + 1));
  };
}

/** Passes on the first observation of each second at once and the last one at its end; only what is passed on is parsed. */
function coalesced(ports: WatchPorts, stopped: AbortSignal): Calm {
  let last = Number.NEGATIVE_INFINITY;
  let waiting: (() => Observation) | null = null;
  let timer: NodeJS.Timeout | null = null;
  const pass = (says: () => Observation) => {
    last = ports.monotonicMs();
    ports.observe(says());
  };
  stopped.addEventListener('abort', () => timer && clearTimeout(timer), { once: true });
  return (says) => {
    if (stopped.aborted) return;
    const wait = COALESCE_MS - (ports.monotonicMs() - last);
    if (wait <= 0 && timer === null) return pass(says);
    waiting = says;
    timer ??= setTimeout(() => {
      timer = null;
      if (waiting) pass(waiting);
      waiting = null;
    }, wait);
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', over);
      resolve();
    };
    const timer = setTimeout(over, ms);
    signal.addEventListener('abort', over, { once: true });
  });
}
