// Which processes run on this machine, and which of them carry a mark in their environment.
import { execFile, execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';

/** The variable that holds the mark. Inherited through fork, setsid and exec, so it finds what left its process group. */
export const MARK_VARIABLE = 'FLYBALL_RUN';

export interface MarkedProcess {
  pid: number;
  mark: string;
}

/** One process as the kernel names it: a pid alone may be used again, pid and start time together are not. */
export interface ProcessEntry {
  pid: number;
  parent: number;
  group: number;
  started: string;
}

/** The same with what a freezer asks: where it belongs, whether it is stopped already, and which program it is. */
export interface ProcessRow extends ProcessEntry {
  session: number;
  /** The kernel's letter: T is stopped, t held by a tracer, Z dead (but for threads that still run). */
  state: string;
  /** Its short name. */
  name: string;
  /** Another one after an exec, in the same process: its environment may be another too. */
  image: string;
}

const ROW_COLUMNS = 'pid=,ppid=,pgid=,state=,lstart=,ucomm=';

/** Every living process, at once: for what cannot wait for a callback. What is `known` to stand still is not read again. */
export function processRows(known: ReadonlyMap<number, ProcessRow> = new Map()): ProcessRow[] {
  const pids = procPids();
  return pids ? quietly(() => pids.flatMap((pid) => known.get(pid) ?? rowOfProc(pid))) : rowsOfPs(psNow(['ax', '-o', ROW_COLUMNS]));
}

/** One of them as it is now; null when it is gone. */
export function processRow(pid: number): ProcessRow | null {
  if (process.platform === 'linux') return quietly(() => rowOfProc(pid))[0] ?? null;
  return rowsOfPs(psNow(['-o', ROW_COLUMNS, '-p', String(pid)]))[0] ?? null;
}

/** What the named variables hold in a process's environment; null when it cannot be read (another user's, or gone). */
export function variablesOf(pid: number, names: readonly string[]): Record<string, string> | null {
  return process.platform === 'linux' ? quietly(() => variablesOfProc(pid, names)) : variablesOfPs(pid, names);
}

/** Every living process that carries a mark, of those whose environment we may read (our own user's). */
export async function markedProcesses(): Promise<MarkedProcess[]> {
  const pids = procPids();
  return pids ? markedOfProc(pids) : markedOfPs(await ps(['axeww', '-o', 'pid=,command=']));
}

/** Every living process. */
export async function processEntries(): Promise<ProcessEntry[]> {
  const pids = procPids();
  return pids ? quietly(() => pids.flatMap(rowOfProc)) : entriesOfPs(await ps(['ax', '-o', 'pid=,ppid=,pgid=,lstart=']));
}

/** The numbers in /proc, or null where there is no such file system. */
function procPids(): number[] | null {
  if (process.platform !== 'linux') return null;
  const pids: number[] = [];
  for (const name of readdirSync('/proc')) {
    const first = name.charCodeAt(0);
    if (first >= 48 && first <= 57) pids.push(Number(name));
  }
  return pids;
}

/** One environment can be megabytes; the mark is set by us and stands in the first part unless somebody moved it there. */
const PROC_BYTES = 256 * 1024;
let buffer: Buffer | null = null;

/** Most failures here are "not yours" and "gone by now": expected, and a stack for each would be most of the cost. */
function quietly<T>(look: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return look();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function markedOfProc(pids: readonly number[]): MarkedProcess[] {
  return quietly(() => {
    const found: MarkedProcess[] = [];
    let blank: number[] = [];
    const look = (pid: number): void => {
      const block = readProc(pid, 'environ');
      const mark = valueIn(block, MARK_VARIABLE);
      if (mark !== null) found.push({ pid, mark });
      else if (block.length === 0) blank.push(pid);
    };
    for (const pid of pids) look(pid);
    for (let again = 0; again < EXEC_LOOKS; again++) {
      const unclear = blank.filter(mayBeInExec);
      if (unclear.length === 0) break;
      blank = [];
      Atomics.wait(NEVER, 0, 0, EXEC_MS);
      for (const pid of unclear) look(pid);
    }
    rememberBlank(blank);
    return found;
  });
}

// In the middle of an exec a process has no environment for an instant, and would be missed with its mark.
const EXEC_LOOKS = 20;
const EXEC_MS = 1;
const NEVER = new Int32Array(new SharedArrayBuffer(4));
/** Processes that have none at all, by number and start: looked at twice only once. */
let blanks = new Map<number, string>();

function mayBeInExec(pid: number): boolean {
  const [row] = rowOfProc(pid);
  return row !== undefined && blanks.get(pid) !== row.started && isOurs(pid) && !isKernelThread(pid);
}

function isOurs(pid: number): boolean {
  const uid = process.getuid?.() ?? 0;
  return uid === 0 || statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === uid;
}

/** PF_KTHREAD: it never has an environment. */
const KERNEL_THREAD = 0x0020_0000;
const FLAGS = 6;

function isKernelThread(pid: number): boolean {
  const stat = readProc(pid, 'stat').toString('latin1');
  return (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[FLAGS]) & KERNEL_THREAD) !== 0;
}

function rememberBlank(pids: readonly number[]): void {
  const rows = pids.flatMap(rowOfProc);
  blanks = new Map([...[...blanks].filter(([pid]) => pids.includes(pid)), ...rows.map(({ pid, started }) => [pid, started] as const)]);
}

function variablesOfProc(pid: number, names: readonly string[]): Record<string, string> | null {
  const block = readProc(pid, 'environ');
  if (block.length === 0) return null;
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = valueIn(block, name);
    if (value !== null) found[name] = value;
  }
  return found;
}

/** A file of /proc as far as it fits, in memory that the next call uses again; empty when it cannot be read. */
function readProc(pid: number, name: 'environ' | 'stat'): Buffer {
  buffer ??= Buffer.allocUnsafe(PROC_BYTES);
  let fd: number;
  try {
    fd = openSync(`/proc/${pid}/${name}`, 'r');
  } catch {
    return buffer.subarray(0, 0); // another user's, or gone
  }
  try {
    return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, null)); // the kernel gives all that fits at once
  } catch {
    return buffer.subarray(0, 0); // it ended while we read
  } finally {
    closeSync(fd);
  }
}

/** The value of a variable in a block of NUL-terminated assignments. */
function valueIn(block: Buffer, name: string): string | null {
  const assignment = `${name}=`;
  let at = block.indexOf(assignment);
  while (at > 0 && block[at - 1] !== 0) at = block.indexOf(assignment, at + 1);
  if (at < 0) return null;
  const end = block.indexOf(0, at);
  return block.toString('utf8', at + assignment.length, end < 0 ? block.length : end);
}

/** More than one thread keeps a process going whose first one has ended. */
const THREADS = 17;
const STARTED = 19;
const ENVIRONMENT_AT = 47;

function rowOfProc(pid: number): ProcessRow[] {
  const stat = readProc(pid, 'stat').toString('latin1');
  // The name in parentheses may hold anything, also ")": what follows its last one is fields 3 and on.
  const [open, close] = [stat.indexOf('('), stat.lastIndexOf(')')];
  if (close < 0) return []; // gone by now
  const fields = stat.slice(close + 2).split(' ');
  const [state = 'X', parent, group, session] = fields;
  const started = fields[STARTED];
  if (started === undefined || state === 'X' || (state === 'Z' && fields[THREADS] === '1')) return []; // a zombie is dead already
  const name = stat.slice(open + 1, close);
  return [
    {
      pid,
      parent: Number(parent),
      group: Number(group),
      session: Number(session),
      state,
      started,
      name,
      image: fields[ENVIRONMENT_AT] ?? '',
    },
  ];
}

/** Where there is no /proc: `ps` prints the environment behind the command, separated by blanks. */
export function markedOfPs(text: string): MarkedProcess[] {
  return text.split('\n').flatMap((line) => {
    const pid = /^\s*(\d+)\s/.exec(line)?.[1];
    const mark = [...line.matchAll(new RegExp(`\\s${MARK_VARIABLE}=(\\S+)`, 'g'))].at(-1)?.[1];
    return pid !== undefined && mark !== undefined ? [{ pid: Number(pid), mark }] : [];
  });
}

export function entriesOfPs(text: string): ProcessEntry[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S.*?)\s*$/.exec(line);
    if (!match) return [];
    return [{ pid: Number(match[1]), parent: Number(match[2]), group: Number(match[3]), started: match[4] ?? '' }];
  });
}

/** There a session has no number that is worth anything, and an exec leaves no trace. */
export function rowsOfPs(text: string): ProcessRow[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S)\S*\s+((?:\S+\s+){4}\S+)\s+(.*?)\s*$/.exec(line);
    if (!match) return [];
    const [, pid, parent, group, state = '', started = '', name = ''] = match;
    if (state === 'Z') return [];
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), session: 0, state, started, name, image: '' }];
  });
}

function variablesOfPs(pid: number, names: readonly string[]): Record<string, string> | null {
  const text = psNow(['eww', '-o', 'command=', '-p', String(pid)]);
  if (text === '') return null;
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = [...text.matchAll(new RegExp(`\\s${name}=(\\S+)`, 'g'))].at(-1)?.[1];
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** Enough for some ten thousand processes; more is cut, and what was cut is looked for again in the next round. */
const PS_BYTES = 64 * 1024 * 1024;
/** A process table takes milliseconds; one that takes this long is not coming. */
const PS_TIMEOUT_MS = 5_000;

function ps(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('/bin/ps', args, { maxBuffer: PS_BYTES, timeout: PS_TIMEOUT_MS, env: { LC_ALL: 'C' } }, (error, stdout) => {
      if (error) reject(error);
      else resolve(stdout);
    });
  });
}

/** Empty when it says no: a process that is asked for by number may be gone. */
function psNow(args: readonly string[]): string {
  try {
    const options = { maxBuffer: PS_BYTES, timeout: PS_TIMEOUT_MS, env: { LC_ALL: 'C' }, encoding: 'utf8', stdio: 'pipe' } as const;
    return execFileSync('/bin/ps', args, options);
  } catch {
    return '';
  }
}
