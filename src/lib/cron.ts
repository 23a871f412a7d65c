// Cron lines of five fields in a time zone. A time that does not exist runs at the next that does; one that
// occurs twice runs the first time, unless the line names every hour or minute, which then both count.
import { Cron } from 'croner';
import { oneLine } from './text.ts';

export interface CronLine {
  /** The first slot after `time`; null when there is none. */
  next(time: Date): Date | null;
  /** The newest `count` slots at or before `time`, newest first. */
  newest(count: number, time: Date): Date[];
}

/** One per rule and schedule, and room for edits. */
const MAX_KNOWN = 1_000;
/** Askers of one line differ in where they begin: a schedule at its last receipt, a wake now. */
const SPANS = 8;
const known = new Map<string, CronLine | string>();

/** The line, or what is wrong with it. Without a zone it is the machine's own. */
export function cronLine(line: string, zone: string | undefined): CronLine | string {
  const key = `${zone ?? ''} ${line}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const built = build(line, zone);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(key, built);
  return built;
}

function build(line: string, zone: string | undefined): CronLine | string {
  const problem = `"${oneLine(line, 60)}" is no cron line (minute hour day month weekday)`;
  if (!/^(@\w+|\S+(\s+\S+){4})$/.test(line.trim())) return problem;
  try {
    const cron = new Cron(line.trim(), { paused: true, mode: '5-part', ...(zone === undefined ? {} : { timezone: zone }) });
    cron.nextRun(new Date(0)); // an unknown zone is only noticed here
    const next = remembered((time) => cron.nextRun(time));
    return { next, newest: lately((count, time) => cron.previousRuns(count, new Date(time.getTime() + 1)), next) };
  } catch (error) {
    const words = error instanceof Error ? error.message.replace(/^Cron\w+: /, '') : String(error);
    return `${problem}: ${oneLine(words, 120)}`;
  }
}

/** Calendars are slow, and the same question comes with each look: what comes next is the same until it has come. */
function remembered(next: (time: Date) => Date | null): (time: Date) => Date | null {
  const spans: { from: number; next: Date | null }[] = [];
  return (time) => {
    const at = time.getTime();
    const found = spans.find((span) => span.from <= at && (span.next === null || at < span.next.getTime()));
    if (found) return found.next;
    const answer = next(time);
    spans.unshift({ from: at, next: answer });
    spans.length = Math.min(spans.length, SPANS);
    return answer;
  };
}

/** The same of what came last: it stays so until the next one has come. */
function lately(newest: CronLine['newest'], next: CronLine['next']): CronLine['newest'] {
  let last: { count: number; from: number; until: number; runs: Date[] } | null = null;
  return (count, time) => {
    const at = time.getTime();
    if (last?.count === count && last.from <= at && at < last.until) return [...last.runs];
    const runs = newest(count, time);
    last = { count, runs, from: runs[0]?.getTime() ?? at, until: next(time)?.getTime() ?? Number.POSITIVE_INFINITY };
    return [...runs];
  };
}
