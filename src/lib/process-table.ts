// Which processes run on this machine, and which of them carry a mark in their environment.
import { execFile } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';

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

/** Every living process that carries a mark, of those whose environment we may read (our own user's). */
export async function markedProcesses(): Promise<MarkedProcess[]> {
  const pids = procPids();
  return pids ? markedOfProc(pids) : markedOfPs(await ps(['axeww', '-o', 'pid=,command=']));
}

/** Every living process. */
export async function processEntries(): Promise<ProcessEntry[]> {
  const pids = procPids();
  return pids ? pids.flatMap(entryOfProc) : entriesOfPs(await ps(['ax', '-o', 'pid=,ppid=,pgid=,lstart=']));
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

const ASSIGNMENT = Buffer.from(`${MARK_VARIABLE}=`);
/** One environment can be megabytes; the mark is set by us and stands in the first part unless somebody moved it there. */
const ENVIRON_BYTES = 256 * 1024;
let environ: Buffer | null = null;

function markedOfProc(pids: readonly number[]): MarkedProcess[] {
  environ ??= Buffer.allocUnsafe(ENVIRON_BYTES);
  const found: MarkedProcess[] = [];
  // Most failures here are "not yours" and "gone by now": expected, and a stack for each would be most of the cost.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    for (const pid of pids) {
      const mark = markIn(readEnviron(pid, environ));
      if (mark !== null) found.push({ pid, mark });
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  return found;
}

function readEnviron(pid: number, into: Buffer): Buffer {
  let fd: number;
  try {
    fd = openSync(`/proc/${pid}/environ`, 'r');
  } catch {
    return into.subarray(0, 0); // another user's, or gone
  }
  let length = 0;
  try {
    while (length < into.length) {
      const count = readSync(fd, into, length, into.length - length, null);
      if (count === 0) break;
      length += count;
    }
  } catch {
    length = 0; // it ended while we read
  } finally {
    closeSync(fd);
  }
  return into.subarray(0, length);
}

/** The mark in a block of NUL-terminated assignments. */
function markIn(block: Buffer): string | null {
  let at = block.indexOf(ASSIGNMENT);
  while (at > 0 && block[at - 1] !== 0) at = block.indexOf(ASSIGNMENT, at + 1);
  if (at < 0) return null;
  const end = block.indexOf(0, at);
  return block.toString('utf8', at + ASSIGNMENT.length, end < 0 ? block.length : end);
}

function entryOfProc(pid: number): ProcessEntry[] {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return []; // gone by now
  }
  // The name in parentheses may hold anything, also ")": what follows its last one is fields 3 and on.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parent, group] = fields;
  const started = fields[19];
  if (state === undefined || state === 'Z' || started === undefined) return []; // a zombie is dead already
  return [{ pid, parent: Number(parent), group: Number(group), started }];
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
