// spend.jsonl: what was spent, a row for each run. Unknown is never zero: such a run is charged the dearest known
// one of the same agent and model within 30 days, else what `spend.assume` says, and is marked as estimated. A run is
// charged before it begins, so that one that was killed is paid for too.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { isPlainObject } from '../lib/digest.ts';
import { errorCode } from '../lib/error-code.ts';
import { makeFolder, writeAll } from '../lib/files.ts';
import { LONGEST_DAY_MS, type LocalDays, localDays } from '../lib/local-day.ts';
import { rotateAbove } from '../lib/rotate.ts';
import { isCount, isInteger, isOneOf, isShaped, isText, isTime, orNull } from '../lib/shape.ts';
import type { Spend } from '../ports.ts';
import { roundUsd, type SpendRow, type SpendRun, type Spent } from '../world/spend.ts';
import { raisedLimits } from './budgets.ts';
import type { Layout } from './layout.ts';

export interface SpendOptions {
  /** IANA zone of the home's days; the machine's own when undefined. Read at each use. */
  readonly tz: string | undefined;
  /** Dollars for a run of unknown cost with nothing to compare it to. Read at each use. */
  readonly assume: number;
}

interface Row extends SpendRow {
  /** Written before the run; the next row of the same scope and beat takes its place. */
  provisional: boolean;
}
const isRow = isShaped<Row>({
  at: isTime,
  beat: orNull(isInteger),
  scope: isText,
  goal: orNull(isText),
  agent: isText,
  model: orNull(isText),
  usd: (value) => typeof value === 'number' && value >= 0,
  estimated: isOneOf(true, false),
  tokens_in: orNull(isCount),
  tokens_out: orNull(isCount),
  provisional: isOneOf(true, false),
});
/** What a row need not say. */
const UNSAID = { beat: null, goal: null, tokens_in: null, tokens_out: null, provisional: false };
/** A line that cannot be read was a run too: it counts as one of unknown cost, at the time of the row before it. */
type Line = Row | 'unreadable';

const COMPARED_MS = 30 * 86_400_000;
/** Three files of this size hold more than 30 days at the hourly cap. */
const ROTATE_BYTES = 5 * 1_024 * 1_024;
const OLDER = 2;

export function createSpend(layout: Layout, options: SpendOptions): Spend {
  const kept = [...Array.from({ length: OLDER }, (_, index) => rows(`${layout.spend}.${OLDER - index}`)), rows(layout.spend)];
  const lines = (): Line[] => kept.flatMap((file) => file());
  const runs = (now: string): SpendRow[] => settled(lines(), { assume: options.assume, now });
  const days = calendar(options);
  const limits = raisedLimits(layout, (at) => days().of(at));

  return {
    begin(run) {
      const usd = dearest(lines(), run, options.assume);
      append(layout.spend, { v: 1, ...run, usd, estimated: true, tokens_in: null, tokens_out: null, provisional: true });
    },
    add({ cost, ...run }) {
      const usd = cost.usd ?? dearest(lines(), run, options.assume);
      const charged = { ...cost, usd, estimated: cost.usd === null || cost.estimated };
      append(layout.spend, { v: 1, ...run, ...charged });
      return charged;
    },
    today: (now) => spentOn(runs(now.toISOString()), now, days),
    rows: (since) => runs(since.toISOString()).filter((row) => Date.parse(row.at) >= since.getTime()),
    day: (now) => ({ day: days().of(now), ends: days().end(now) }),
    ...limits,
  };
}

/** Built when there is first a row to date, and anew when the home's zone has changed. */
function calendar(options: SpendOptions): () => LocalDays {
  let built: { tz: string | undefined; days: LocalDays } | null = null;
  return () => {
    const { tz } = options;
    if (built === null || built.tz !== tz) built = { tz, days: localDays(tz) };
    return built.days;
  };
}

/** The runs as they were paid for: a provisional row counts only while none has taken its place. */
function settled(lines: readonly Line[], { assume, now }: { assume: number; now: string }): SpendRow[] {
  const found = new Map<number, SpendRow>(); // by the number of the line, so that what was replaced can go
  const begun = new Map<string, number>();
  let at = now;
  for (const [number, line] of lines.entries()) {
    if (line === 'unreadable') {
      const nobody = { beat: null, scope: 'home', goal: null, agent: 'unknown', model: null, tokens_in: null, tokens_out: null };
      found.set(number, { ...nobody, at, usd: assume, estimated: true });
      continue;
    }
    at = line.at;
    const key = `${line.beat} ${line.scope}`;
    const former = begun.get(key);
    if (!line.provisional && former !== undefined) found.delete(former);
    if (line.provisional) begun.set(key, number);
    else begun.delete(key);
    found.set(number, line);
  }
  return [...found.values()];
}

function spentOn(runs: readonly SpendRow[], now: Date, days: () => LocalDays): Spent {
  const spent: Spent = { usd: 0, estimated: false, goals: {} };
  const goals = new Map<string, { today: number; total: number }>();
  for (const { at, usd, estimated, goal } of runs) {
    const time = new Date(at);
    const near = Math.abs(now.getTime() - time.getTime()) <= LONGEST_DAY_MS; // the others need no look at their date
    const isToday = near && days().of(time) === days().of(now);
    const today = isToday ? usd : 0;
    spent.estimated ||= isToday && estimated;
    spent.usd += today;
    if (goal === null) continue;
    const of = goals.get(goal) ?? { today: 0, total: 0 };
    goals.set(goal, { today: roundUsd(of.today + today), total: roundUsd(of.total + usd) });
  }
  return { usd: roundUsd(spent.usd), estimated: spent.estimated, goals: Object.fromEntries(goals) };
}

/** A model that is not known may have been any that the agent was seen with. */
function dearest(lines: readonly Line[], run: Pick<SpendRun, 'at' | 'agent' | 'model'>, assume: number): number {
  const since = Date.parse(run.at) - COMPARED_MS;
  let most: number | null = null;
  for (const line of lines) {
    if (line === 'unreadable' || line.estimated || line.usd === 0 || line.agent !== run.agent) continue;
    if ((run.model === null || line.model === run.model) && Date.parse(line.at) >= since) most = Math.max(most ?? 0, line.usd);
  }
  return most ?? assume;
}

/** Appends whole lines: one that a crash tore is ended first, so that it spoils no other. */
function append(path: string, row: Record<string, unknown>): void {
  makeFolder(dirname(path));
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW, 0o600);
  try {
    const { size } = fstatSync(fd);
    const last = Buffer.alloc(1);
    const torn = size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
    writeAll(fd, Buffer.from(`${torn ? '\n' : ''}${JSON.stringify(row)}\n`));
  } finally {
    closeSync(fd);
  }
  rotateAbove(path, { archive: path, bytes: ROTATE_BYTES, keep: OLDER });
}

/** The file's lines, read anew only as far as it has grown; a file that was replaced is read whole. */
function rows(path: string): () => Line[] {
  let seen = { inode: -1, bytes: 0, lines: [] as Line[] };
  return () => {
    const fd = openIfThere(path);
    if (fd === null) return [];
    try {
      const { ino, size } = fstatSync(fd);
      if (ino !== seen.inode || size < seen.bytes) seen = { inode: ino, bytes: 0, lines: [] };
      const grown = Buffer.alloc(size - seen.bytes);
      const read = grown.subarray(0, readSync(fd, grown, 0, grown.length, seen.bytes));
      const end = read.lastIndexOf(0x0a) + 1; // a last line without an end is not counted as seen: it may still be growing
      seen = { inode: ino, bytes: seen.bytes + end, lines: [...seen.lines, ...parse(read.subarray(0, end))] };
      return [...seen.lines, ...parse(read.subarray(end))];
    } finally {
      closeSync(fd);
    }
  };
}

function openIfThere(path: string): number | null {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

function parse(bytes: Uint8Array): Line[] {
  const lines = Buffer.from(bytes).toString('utf8').split('\n');
  return lines.filter((line) => line.trim() !== '').map(parseLine);
}

function parseLine(line: string): Line {
  try {
    const read: unknown = JSON.parse(line);
    const row: unknown = isPlainObject(read) ? { ...UNSAID, ...read } : null;
    return isRow(row) ? row : 'unreadable';
  } catch {
    return 'unreadable';
  }
}
