// spend.jsonl: what was spent, a row for each run. Unknown is never zero: such a run is charged the dearest known
// one of the same agent and model within 30 days, else what `spend.assume` says, and is marked as estimated.
import { closeSync, constants, fstatSync, openSync, readSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod';
import { errorCode } from '../lib/error-code.ts';
import { makeFolder, writeAll } from '../lib/files.ts';
import type { Spend } from '../ports.ts';
import type { Layout } from './layout.ts';

export interface SpendOptions {
  /** IANA zone of the home's days; the machine's own when undefined. */
  tz: string | undefined;
  /** Dollars for a run of unknown cost with nothing to compare it to. */
  assume: number;
}

const rowSchema = z.looseObject({
  at: z.iso.datetime(),
  scope: z.string(),
  agent: z.string(),
  model: z.string().nullable(),
  usd: z.number().nonnegative(),
  estimated: z.boolean(),
});
type Row = z.output<typeof rowSchema>;
/** A line that cannot be read was a run too: it counts as one of unknown cost, at the time of the row before it. */
type Line = Row | 'unreadable';

const DAY_MS = 86_400_000;
const COMPARED_MS = 30 * DAY_MS;
/** No local day is longer, whatever its clock does; older rows need no look at their date. */
const LONGEST_DAY_MS = 27 * 3_600_000;
/** Two files of this size hold more than 30 days at the hourly cap. */
const ROTATE_BYTES = 5 * 1_024 * 1_024;

export function createSpend(layout: Layout, options: SpendOptions): Spend {
  const kept = [rows(`${layout.spend}.1`), rows(layout.spend)] as const;
  const all = (): Line[] => kept.flatMap((file) => file());
  let calendar: ((date: Date) => string) | null = null; // a zone's calendar takes milliseconds to build: only when there is a row to date
  const dayOf = (date: Date) => {
    calendar ??= localDay(options.tz);
    return calendar(date);
  };

  return {
    add({ cost, ...run }) {
      const usd = cost.usd ?? dearest(all(), run, options.assume);
      const charged = { ...cost, usd, estimated: cost.usd === null || cost.estimated };
      append(layout.spend, { v: 1, ...run, ...charged });
      return charged;
    },
    today(now) {
      let [usd, estimated] = [0, false];
      let at = now.toISOString();
      for (const line of all()) {
        if (line !== 'unreadable') at = line.at;
        if (now.getTime() - Date.parse(at) > LONGEST_DAY_MS || dayOf(new Date(at)) !== dayOf(now)) continue;
        usd += line === 'unreadable' ? options.assume : line.usd;
        estimated ||= line === 'unreadable' || line.estimated;
      }
      return { usd, estimated };
    },
  };
}

function dearest(lines: readonly Line[], run: { at: string; agent: string; model: string | null }, assume: number): number {
  const since = Date.parse(run.at) - COMPARED_MS;
  const known = lines.filter(
    (line): line is Row => line !== 'unreadable' && !line.estimated && line.agent === run.agent && line.model === run.model,
  );
  const recent = known.filter((row) => Date.parse(row.at) >= since && row.usd > 0);
  return recent.length === 0 ? assume : Math.max(...recent.map((row) => row.usd));
}

function localDay(tz: string | undefined): (at: Date) => string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: tz, year: 'numeric', month: '2-digit', day: '2-digit' });
  return (at) => format.format(at);
}

/** Appends whole lines: one that a crash tore is ended first, so that it spoils no other. */
function append(path: string, row: Record<string, unknown>): void {
  makeFolder(dirname(path));
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW, 0o600);
  let size: number;
  try {
    size = fstatSync(fd).size;
    const last = Buffer.alloc(1);
    const torn = size > 0 && readSync(fd, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
    writeAll(fd, Buffer.from(`${torn ? '\n' : ''}${JSON.stringify(row)}\n`));
  } finally {
    closeSync(fd);
  }
  if (size > ROTATE_BYTES) renameSync(path, `${path}.1`);
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
    const row = rowSchema.safeParse(JSON.parse(line));
    return row.success ? row.data : 'unreadable';
  } catch {
    return 'unreadable';
  }
}
