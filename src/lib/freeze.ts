// Stops whole families of processes, and lets them go on: parents first, children first, until none is left over.
import { errorCode } from './error-code.ts';
import { type ProcessRow, processRow, processRows, variablesOf } from './process-table.ts';

/** A process for ever: its number may be used again, its number and start together are not. */
export interface ProcessId {
  pid: number;
  started: string;
}

/** Which processes are meant. What they started is meant with them, however it was started. */
export interface Roots {
  /** The variables of an environment that say whose a process is. */
  variables: readonly string[];
  /** `spared` is never touched, whoever its parent is; `unknown` follows its family. */
  whose(variables: Readonly<Record<string, string>>): Whose;
  /** Sessions that are meant whatever runs in them. */
  sessions?: ReadonlySet<number>;
}

/** What remembers which processes we stopped, so that those which somebody else had stopped stay so. */
export interface StopBook {
  /** We stopped it, now or in an earlier life. */
  has(process: ProcessId): boolean;
  /** Called before the signals are sent. */
  add(processes: readonly ProcessId[]): void;
}

export interface Frozen {
  /** How many were stopped by this call. */
  stopped: number;
  /** How many of the meant are stopped now, by whomever. */
  found: number;
  /** Those that refused (another user's). */
  left: number[];
  /** False: at the last look there were new ones still. */
  settled: boolean;
}

/** A tree that grows faster than it is stopped for so many looks will not be caught by looking. */
const PASSES = 10;
/** A shell stops within microseconds; on a machine that is busy, in its next turn. Only its own jobs wait for it. */
const PATIENCE_MS = 250;
const LOOK_MS = 0.2;
const IDLE = new Int32Array(new SharedArrayBuffer(4));

type Whose = 'ours' | 'spared' | 'unknown';
type WhoseIs = (row: ProcessRow) => Whose;

/** Each environment is read once per process and program: that costs as much as all else of a process. */
function whoseIs(roots: Roots): WhoseIs {
  const known = new Map<string, Whose>();
  return ({ pid, started, image }) => {
    const key = `${pid} ${started} ${image}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const variables = variablesOf(pid, roots.variables);
    const whose = variables ? roots.whose(variables) : 'unknown';
    known.set(key, whose);
    return whose;
  };
}

/** Stops all that are meant, and looks again until a look finds no new one. Never this process or what it descends from. */
export function freeze(roots: Roots, book: StopBook): Frozen {
  const whose = whoseIs(roots);
  const handled = new Map<number, ProcessRow>();
  const left: number[] = [];
  let stopped = 0;
  for (let pass = 0; pass < PASSES; pass++) {
    const family = familyOf(processRows(handled), whose, roots.sessions);
    const fresh = family.filter(({ pid }) => !handled.has(pid));
    if (fresh.length === 0) return { stopped, found: handled.size, left, settled: true };
    book.add(fresh.filter((row) => row.state !== 'T' || book.has(row)));
    const running = fresh.filter((row) => row.state !== 'T');
    for (const { pid, sent } of stopAll(running, family)) {
      if (sent === 'sent') stopped += 1;
      if (sent === 'refused') left.push(pid);
    }
    for (const row of fresh) handled.set(row.pid, row);
  }
  return { stopped, found: handled.size, left, settled: false };
}

/**
 * Parents first; and what a shell runs as a job of its own only once that shell is stopped for good. One that still
 * waits when its job stops takes the terminal away from it, however soon it is stopped itself.
 */
function stopAll(rows: readonly ProcessRow[], family: readonly ProcessRow[]): { pid: number; sent: Sent }[] {
  const byPid = new Map(family.map((row) => [row.pid, row]));
  const shellOf = ({ parent, session, group }: ProcessRow): ProcessRow | null => {
    const found = byPid.get(parent);
    return found && found.session === session && found.group !== group ? found : null;
  };
  const sent: { pid: number; sent: Sent }[] = [];
  let waiting = new Set(rows);
  for (const end = performance.now() + PATIENCE_MS; waiting.size > 0; Atomics.wait(IDLE, 0, 0, LOOK_MS)) {
    const late = performance.now() >= end; // one that hangs in the kernel stops when it comes back
    const later = new Set<ProcessRow>();
    for (const row of waiting) {
      const shell = late ? null : shellOf(row);
      if (shell && (waiting.has(shell) || runs(shell))) later.add(row);
      else sent.push({ pid: row.pid, sent: signal(row.pid, 'SIGSTOP') });
    }
    waiting = later;
  }
  return sent;
}

/** One that waits in the kernel (D: for a disk, or for the child of a vfork) waits for no job: its stop comes first when it is back. */
function runs({ pid, started }: ProcessRow): boolean {
  const now = processRow(pid);
  return now?.started === started && !/[TtD]/.test(now.state);
}

/** All that are meant and live, whether they are stopped or not. */
export function family(roots: Roots): ProcessRow[] {
  return familyOf(processRows(), whoseIs(roots), roots.sessions);
}

/** A program that minds its child's stop (`script`) stops itself when it learns of it, which is after it went on: looked for again after these. */
const AGAIN_MS = [5, 10, 20, 40] as const;

/** Lets those go on that are still the same processes, while `wanted`; returns them. */
export function thaw(processes: readonly ProcessId[], wanted: () => boolean = () => true): ProcessRow[] {
  const meant = new Set(processes.map(keyOf));
  const goOn = (is: (row: ProcessRow) => boolean): ProcessRow[] => {
    const rows = processRows();
    const found = rows.filter((row) => meant.has(keyOf(row)) && is(row));
    // Children first: a shell that goes on before its job sees it stopped, and takes its terminal away.
    return byDepth(found, rows)
      .reverse()
      .filter(({ pid }) => wanted() && signal(pid, 'SIGCONT') === 'sent');
  };
  const continued = goOn(() => true);
  for (const ms of continued.length > 0 ? AGAIN_MS : []) {
    Atomics.wait(IDLE, 0, 0, ms);
    goOn(({ state }) => state === 'T');
  }
  return continued;
}

/** Those of them that are stopped now. */
export function stoppedOf(processes: readonly ProcessId[]): ProcessRow[] {
  const meant = new Set(processes.map(keyOf));
  return processRows().filter((row) => row.state === 'T' && meant.has(keyOf(row)));
}

/** All that are meant, parents before children. */
function familyOf(rows: readonly ProcessRow[], whose: WhoseIs, meant?: ReadonlySet<number>): ProcessRow[] {
  const own = ownLine(rows);
  const candidates = rows.filter((row) => !own.has(row.pid) && whose(row) !== 'spared');
  const living = new Set(rows.map(({ pid }) => pid));
  const taken = new Set<number>();
  // A session or group belongs to the family when its leader does, or is gone: one that is led by somebody else is theirs.
  const sessions = new Set(meant);
  const groups = new Set<number>();
  const take = ({ pid, session, group }: ProcessRow) => {
    taken.add(pid);
    if (session > 1 && (taken.has(session) || !living.has(session))) sessions.add(session);
    if (group > 1 && (taken.has(group) || !living.has(group))) groups.add(group);
  };
  for (const row of candidates) if (whose(row) === 'ours') take(row);
  for (let grown = true; grown; ) {
    grown = false;
    for (const row of candidates) {
      if (!taken.has(row.pid) && !taken.has(row.parent) && !sessions.has(row.session) && !groups.has(row.group)) continue;
      const before = taken.size + sessions.size + groups.size;
      take(row);
      if (taken.size + sessions.size + groups.size > before) grown = true;
    }
  }
  return byDepth(
    candidates.filter(({ pid }) => taken.has(pid)),
    rows,
  );
}

/** This process and all that it descends from. */
function ownLine(rows: readonly ProcessRow[]): Set<number> {
  const parents = new Map(rows.map(({ pid, parent }) => [pid, parent]));
  const line = new Set<number>([1]);
  for (let pid: number | undefined = process.pid; pid !== undefined && pid > 0 && !line.has(pid); pid = parents.get(pid)) line.add(pid);
  return line;
}

/** Sorted by how far below the top of the tree of `all` each one is. */
function byDepth(rows: readonly ProcessRow[], all: readonly ProcessRow[]): ProcessRow[] {
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]));
  const depth = ({ pid }: ProcessRow): number => {
    let steps = 0;
    for (let at = parents.get(pid); at !== undefined && at !== pid && steps < all.length; at = parents.get(at)) steps += 1;
    return steps;
  };
  return rows
    .map((row) => ({ row, depth: depth(row) }))
    .sort((a, b) => a.depth - b.depth)
    .map(({ row }) => row);
}

function keyOf({ pid, started }: ProcessId): string {
  return `${pid} ${started}`;
}

/** `refused`: it is another user's. */
type Sent = 'sent' | 'gone' | 'refused';

function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): Sent {
  try {
    process.kill(pid, name);
    return 'sent';
  } catch (error) {
    return errorCode(error) === 'ESRCH' ? 'gone' : 'refused';
  }
}
