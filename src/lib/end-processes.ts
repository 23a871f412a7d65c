// Ending processes that are no child of ours any more, each only after it was recognised.
import { markedProcesses, type ProcessEntry, processEntries } from './process-table.ts';

/** A killed process is gone within microseconds unless it is stuck in the kernel; new ones may fork meanwhile, hence rounds. */
const ROUNDS = 60;
const ROUND_MS = 10;

export interface Ended {
  /** How many processes were ended. */
  ended: number;
  /** How many are still there (another user's, or stuck in the kernel). */
  left: number;
}

/**
 * Ends every process of this user whose mark fits, and looks again until none is left. With `graceMs` they are
 * asked first (TERM) and have that long. Never ends this process itself.
 */
export async function endMarked(fits: (mark: string) => boolean, options: { graceMs?: number } = {}): Promise<Ended> {
  const seen = new Set<number>();
  const find = async () => {
    const found = (await markedProcesses()).filter(({ pid, mark }) => pid !== process.pid && fits(mark)).map(({ pid }) => pid);
    for (const pid of found) seen.add(pid);
    return found;
  };
  const asked = await askFirst(find, options.graceMs ?? 0);
  const left = asked === 0 ? 0 : await endUntilNone(find);
  return { ended: seen.size - left, left };
}

/** All that descend from `pid` or are in its group, itself not included. */
export async function familyOf(pid: number): Promise<ProcessEntry[]> {
  const all = await processEntries();
  const family = new Map<number, ProcessEntry>();
  let grown = true;
  while (grown) {
    grown = false;
    for (const entry of all) {
      const related = entry.parent === pid || entry.group === pid || family.has(entry.parent);
      if (!related || entry.pid === pid || entry.pid === process.pid || family.has(entry.pid)) continue;
      family.set(entry.pid, entry);
      grown = true;
    }
  }
  return [...family.values()];
}

/** Ends those of `entries` that are still the same processes; returns how many are left. */
export async function endProcesses(entries: readonly ProcessEntry[]): Promise<number> {
  if (entries.length === 0) return 0;
  const started = new Map(entries.map((entry) => [entry.pid, entry.started]));
  return endUntilNone(async () => (await processEntries()).filter(({ pid, started: at }) => started.get(pid) === at).map(({ pid }) => pid));
}

/** Sends TERM and waits until they are gone or `graceMs` has passed; returns how many are still there. */
async function askFirst(find: () => Promise<number[]>, graceMs: number): Promise<number> {
  let found = await find();
  if (graceMs === 0) return found.length;
  for (const pid of found) signal(pid, 'SIGTERM');
  for (let waited = 0; found.length > 0 && waited < graceMs; waited += ROUND_MS) {
    await pause(ROUND_MS);
    found = await find();
  }
  return found.length;
}

async function endUntilNone(find: () => Promise<number[]>): Promise<number> {
  let left: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    left = await find();
    if (left.length === 0) return 0;
    for (const pid of left) signal(pid, 'SIGKILL');
    await pause(round === 0 ? 1 : ROUND_MS);
  }
  return left.length;
}

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone by now, or not ours to end: the next look tells which.
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
