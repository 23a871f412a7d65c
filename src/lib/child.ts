// The one way to run a child that is not a worker: bounded in time and memory, and gone when it is over.
//
// It is node:child_process and not execa: 100 trivial processes, 8 at a time, took 120 ms with spawn and
// 210 to 250 ms with execa on the same machine, and the tree that a deadline must end is ours to end either way.
import { type ChildProcess, spawn } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { endMarked, endProcesses, familyOf } from './end-processes.ts';
import { MARK_VARIABLE } from './process-table.ts';
import { Standstill } from './standstill.ts';

/** What is kept of a stream; the rest is counted and dropped as it comes. */
export interface Keep {
  part: 'head' | 'tail';
  bytes: number;
}

export interface Kept {
  bytes: Buffer;
  /** How many bytes were printed, kept or not. */
  total: number;
}

export interface ChildOptions {
  argv: readonly [string, ...string[]];
  cwd: string;
  /** The whole environment; nothing is inherited. The mark is added to it. */
  env: Readonly<Record<string, string>>;
  /** Value of FLYBALL_RUN: `<home id>/<epoch>/<id>`, unique to this run, by which every descendant is found again. */
  mark: string;
  /** Bytes for its stdin; without them stdin is /dev/null. */
  stdin?: string | Uint8Array;
  /** Hard deadline for the whole tree; null for a child that is meant to run on until `signal`. */
  timeoutMs: number | null;
  /** Aborting it ends the whole tree. */
  signal?: AbortSignal;
  /** While it is held the child is not started, and its deadline stands still. Who holds it stops the processes. */
  still?: Standstill;
  stdout: Keep;
  stderr: Keep;
  /** Ends the tree once stdout has printed more than this. */
  endAboveBytes?: number;
  /** Every chunk as it comes. Must not throw. */
  onStdout?(chunk: Buffer): void;
  onStderr?(chunk: Buffer): void;
  /** `caller`: what a child that ended by itself leaves running is ended by the caller (one `endMarked` for many runs). */
  leftovers?: 'end' | 'caller';
}

export type ChildEnd = ChildOutcome & {
  stdout: Kept;
  stderr: Kept;
  ms: number;
  /** Processes of its tree that could not be ended (another user's, or stuck in the kernel); 0 is the promise. */
  survivors: number;
};

export type ChildOutcome =
  | { end: 'exit'; code: number }
  /** It died of a signal that we did not send. */
  | { end: 'signal'; signal: string }
  | { end: 'timeout' }
  | { end: 'aborted' }
  | { end: 'overflow' }
  /** It never began: `code` is the system's word ("ENOENT"). */
  | { end: 'spawn'; code: string; message: string };

/** After the leader's exit its output is already in the pipe; a pipe that stays open longer is held by a leftover. */
const DRAIN_MS = 100;
/** Time between asking (TERM) and ending (KILL). */
const GRACE_MS = 300;
/** The kernel reaps a killed process at once unless it is stuck in a system call. */
const REAP_MS = 1_000;

/** Runs it and resolves when it is over. Never rejects: everything that a child can do is a value. */
export async function runChild(options: ChildOptions): Promise<ChildEnd> {
  const still = options.still ?? new Standstill();
  if (!still.free) await still.start(options.signal);
  const began = still.now();
  const stdout = receiver(options.stdout);
  const stderr = receiver(options.stderr);
  const over = (outcome: ChildOutcome, survivors = 0): ChildEnd => ({
    ...outcome,
    stdout: stdout.kept(),
    stderr: stderr.kept(),
    ms: Math.round(still.now() - began),
    survivors,
  });
  if (options.signal?.aborted) return over({ end: 'aborted' });
  const launched = launch(options);
  if ('end' in launched) return over(launched);
  const bounds = boundsOf(options, still);
  listen(launched.child, options, { stdout, stderr, overflow: () => bounds.cut('overflow') });
  const first = await Promise.race([launched.exited, bounds.reached]);
  bounds.clear();
  if (typeof first === 'string') return over({ end: first }, await endTree(launched, options.mark));
  if (first.end === 'spawn') return over(first);
  return over(first, await settle(launched, options));
}

interface Launched {
  child: ChildProcess;
  /** Resolves when the leader is reaped (or could not be started). */
  exited: Promise<ChildOutcome>;
  /** Resolves when, beyond that, nobody holds its output any more. */
  closed: Promise<void>;
  reaped(): boolean;
}

function launch(options: ChildOptions): Launched | ChildOutcome {
  const [file, ...args] = options.argv;
  let child: ChildProcess;
  try {
    child = spawn(file, args, {
      cwd: options.cwd,
      env: { ...options.env, [MARK_VARIABLE]: options.mark },
      detached: true, // a process group of its own, so that one signal reaches all that stay in it
      stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
  } catch (error) {
    return spawnFailure(error);
  }
  const exited = new Promise<ChildOutcome>((resolve) => {
    child.once('error', (error) => resolve(spawnFailure(error)));
    child.once('exit', (code, signal) => resolve(signal === null ? { end: 'exit', code: code ?? 0 } : { end: 'signal', signal }));
  });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.stdin?.on('error', () => undefined); // it may close its stdin unread; that is its right
  if (options.stdin !== undefined) child.stdin?.end(options.stdin);
  return { child, exited, closed, reaped: () => child.exitCode !== null || child.signalCode !== null };
}

function spawnFailure(error: unknown): ChildOutcome {
  const known = error as NodeJS.ErrnoException; // what spawn throws and emits; the fields are read with care all the same
  return { end: 'spawn', code: String(known.code ?? 'UNKNOWN'), message: String(known.message ?? error) };
}

interface Receivers {
  stdout: Receiver;
  stderr: Receiver;
  overflow(): void;
}

function listen(child: ChildProcess, options: ChildOptions, to: Receivers): void {
  const limit = options.endAboveBytes ?? Number.POSITIVE_INFINITY;
  // When the system is out of descriptors, spawn fails without having made the streams.
  child.stdout?.on('data', (chunk: Buffer) => {
    to.stdout.take(chunk);
    options.onStdout?.(chunk);
    if (to.stdout.total() > limit) to.overflow();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    to.stderr.take(chunk);
    options.onStderr?.(chunk);
  });
  child.stdout?.on('error', () => undefined);
  child.stderr?.on('error', () => undefined);
}

type Cut = 'timeout' | 'aborted' | 'overflow';

/** The three reasons to end a child before it ends itself; the first one stands. */
function boundsOf(options: ChildOptions, still: Standstill): { reached: Promise<Cut>; cut(reason: Cut): void; clear(): void } {
  let cut: (reason: Cut) => void = () => undefined;
  const reached = new Promise<Cut>((resolve) => {
    cut = resolve;
  });
  const cancel = options.timeoutMs === null ? () => undefined : still.after(options.timeoutMs, () => cut('timeout'));
  const aborted = () => cut('aborted');
  // One signal ends many children; each takes its listener off again, so more than ten are no leak.
  if (options.signal) setMaxListeners(0, options.signal);
  options.signal?.addEventListener('abort', aborted, { once: true });
  const clear = () => {
    cancel();
    options.signal?.removeEventListener('abort', aborted);
  };
  return { reached, cut, clear };
}

/** The leader ended by itself: takes the rest of its output, and ends what it left behind. */
async function settle({ child, closed }: Launched, options: ChildOptions): Promise<number> {
  const drained = await within(DRAIN_MS, closed);
  if (drained && options.leftovers === 'caller') return 0;
  const { left } = await endMarked((mark) => mark === options.mark);
  if (!drained && !(await within(DRAIN_MS, closed))) letGo(child);
  return left;
}

/** Ends everything that the child started: the group is asked, then ended, then whatever escaped is found and ended. */
async function endTree({ child, exited, closed, reaped }: Launched, mark: string): Promise<number> {
  // Taken while the leader still holds its number: finds also those that threw their environment away.
  const family = child.pid === undefined || reaped() ? [] : await familyOf(child.pid);
  if (!reaped()) signalGroup(child, 'SIGTERM');
  await within(GRACE_MS, exited);
  if (!reaped()) signalGroup(child, 'SIGKILL');
  await within(REAP_MS, exited);
  const strays = await endProcesses(family);
  const { left } = await endMarked((found) => found === mark);
  if (!(await within(DRAIN_MS, closed))) letGo(child);
  return Math.max(strays, left);
}

/** Only ever called while the leader is not reaped: until then its number, and its group's, cannot be anybody else's. */
function signalGroup(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    child.kill(signal); // the group is not there yet (between fork and setsid) or refuses
  }
}

/** Somebody that we cannot end holds the pipes; we no longer listen. */
function letGo(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.stdin?.destroy();
  child.unref();
}

/** True when `done` resolved in time. */
async function within(ms: number, done: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const result = await Promise.race([done.then(() => true), late]);
  clearTimeout(timer);
  return result;
}

interface Receiver {
  take(chunk: Buffer): void;
  total(): number;
  kept(): Kept;
}

/** Keeps the first or last bytes of a stream in memory that does not grow with it. */
function receiver(keep: Keep): Receiver {
  let total = 0;
  let held = 0;
  let parts: Buffer[] = [];
  const take = (chunk: Buffer): void => {
    total += chunk.length;
    if (keep.part === 'head' && held >= keep.bytes) return;
    const piece = keep.part === 'head' ? chunk.subarray(0, keep.bytes - held) : chunk.subarray(-keep.bytes || chunk.length);
    parts.push(Buffer.from(piece)); // a copy: a view would hold the whole chunk
    held += piece.length;
    if (keep.part === 'tail' && held > 2 * keep.bytes) {
      parts = [lastBytes(parts, keep.bytes)];
      held = parts[0]?.length ?? 0;
    }
  };
  return {
    take,
    total: () => total,
    kept: () => ({ bytes: keep.part === 'head' ? Buffer.concat(parts) : lastBytes(parts, keep.bytes), total }),
  };
}

function lastBytes(parts: readonly Buffer[], bytes: number): Buffer {
  const whole = Buffer.concat(parts);
  return Buffer.from(whole.subarray(Math.max(0, whole.length - bytes)));
}
