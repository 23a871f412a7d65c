// The lists of the prompt, whose number nothing bounds: goals, readings, workers, asks, schedules, leases,
// spend. Each entry is capped; when the page is full each list ends at its first entry that no longer fits,
// so that what is shown never depends on the size of what comes later. Pure.

import { toPointer } from '../lib/pointer.ts';
import { oneLine } from '../lib/text.ts';
import type { Condition } from '../world/condition.ts';
import type { World, WorldAsk, WorldGoal, WorldReading, WorldWorker } from '../world/world.ts';
import { fence, quote, quoteCapped } from './prompt-quote.ts';

export interface Entry {
  text: string;
  cuts: string[];
}

export interface Entries {
  title: string;
  pointer: string;
  /** Ours, before the entries. */
  intro: string;
  entries: Entry[];
}

/** Bytes of UTF-8. */
const GOAL_CAP = 8_192;
const READING_CAP = 8_192;
const DETAIL_CAP = 8_192;
const ASK_CAP = 2_048;
const REASON_CAP = 300;
const NAME_CAP = 80;

export function entriesOf({ world, nonce }: { world: World; nonce: string }): Entries[] {
  const lists: Entries[] = [
    { title: 'GOALS', pointer: '/goals', intro: '', entries: goals(world) },
    { title: 'READINGS', pointer: '/readings', intro: `The nonce of this page is ${nonce}.`, entries: readings(world, nonce) },
    { title: 'WORKERS', pointer: '/workers', intro: '', entries: workers(world, nonce) },
    { title: 'ASKS', pointer: '/asks', intro: '', entries: asks(world, nonce) },
    { title: 'SCHEDULES', pointer: '/schedules', intro: '', entries: schedules(world, nonce) },
    { title: 'LEASES', pointer: '/leases', intro: '', entries: leases(world) },
    { title: 'SPEND', pointer: '/spend', intro: '', entries: spend(world) },
  ];
  // The first four always stand there, so that "none" is said; the others only when there are any.
  return lists
    .filter((list, index) => index < 4 || list.entries.length > 0)
    .map((list) => (list.entries.length === 0 && list.intro === '' ? { ...list, intro: '(none)' } : list));
}

/** What is shown of a list within `bytes`, and how many entries are not. */
export function fitted(list: Entries, bytes: number): { entries: string[]; left: number } {
  const entries: string[] = [];
  let room = bytes;
  const whole = sizeOf(list) <= bytes;
  for (const { text } of list.entries) {
    room -= Buffer.byteLength(text) + 1;
    if (!whole && room < MORE_LINE) break;
    entries.push(text);
  }
  return { entries, left: list.entries.length - entries.length };
}

/** Room for the line that says how many more there are. */
const MORE_LINE = 80;

/** Divides the room: who needs less than an equal share leaves the rest to the others. */
export function share(lists: readonly Entries[], room: number): number[] {
  const shares = new Map<Entries, number>();
  let left = Math.max(0, room);
  const bySize = [...lists].sort((a, b) => sizeOf(a) - sizeOf(b));
  bySize.forEach((list, index) => {
    const given = Math.min(sizeOf(list), Math.floor(left / (bySize.length - index)));
    shares.set(list, given);
    left -= given;
  });
  return lists.map((list) => shares.get(list) ?? 0);
}

function sizeOf(list: Entries): number {
  return list.entries.reduce((sum, { text }) => sum + Buffer.byteLength(text) + 1, 0);
}

// ── one entry each ─────────────────────────────────────────────────────────────────────────────────

function named<T>(section: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(section).sort(([a], [b]) => (a < b ? -1 : 1));
}

function title(...words: (string | false | null)[]): string {
  return words.filter(Boolean).join(' · ');
}

function name(text: string): string {
  return oneLine(text, NAME_CAP);
}

/** Highest priority first, so that it is the last to go when the page is full. */
function goals({ goals: all }: World): Entry[] {
  const ordered = named(all).sort(([, a], [, b]) => a.priority - b.priority);
  return ordered.map(([id, goal]) => {
    const quoted = quoteCapped(goal.text, GOAL_CAP, goal.cut);
    return {
      text: [goalTitle(id, goal), quoted.text, ...goal.conditions.filter(telling).map(conditionLine)].join('\n'),
      cuts: quoted.cut ? [toPointer(['goals', id, 'text'])] : [],
    };
  });
}

function goalTitle(id: string, goal: WorldGoal): string {
  return title(
    `--- goal ${name(id)}`,
    `priority ${goal.priority}`,
    goal.ready ? 'ready' : 'not ready',
    goal.paused && 'paused: leave it',
    goal.autonomy && `autonomy ${name(goal.autonomy)}`,
    !goal.attended && 'nobody works on it',
  );
}

/** Ready always; the others only when they hold or cannot be told. No times: they would differ without a difference. */
function telling(condition: Condition): boolean {
  return condition.type === 'Ready' || condition.status !== 'False';
}

function conditionLine({ type, status, reason, message }: Condition): string {
  const words = message === '' ? '' : `\n${quote(oneLine(message, REASON_CAP))}`; // a check's own words
  return `condition ${type} is ${status} (${name(reason)})${words}`;
}

function readings({ readings: all }: World, nonce: string): Entry[] {
  return named(all).map(([id, reading]) => {
    const signal = quoteCapped(`signal ${JSON.stringify(reading.signal) ?? 'null'}`, READING_CAP);
    const detail =
      reading.detail === null || reading.detail === undefined ? null : quoteCapped(`detail ${JSON.stringify(reading.detail)}`, DETAIL_CAP);
    const cuts = [signal.cut && toPointer(['readings', id, 'signal']), detail?.cut && toPointer(['readings', id, 'detail'])];
    const body = detail ? `${signal.text}\n${detail.text}` : signal.text;
    return { text: fence(nonce, readingTitle(id, reading), body), cuts: cuts.filter((pointer) => typeof pointer === 'string') };
  });
}

function readingTitle(id: string, reading: WorldReading): string {
  const age = reading.age_s === null ? 'never read' : `last read ${Math.round(reading.age_s)} s ago`;
  return title(
    `reading ${name(id)}`,
    reading.trust,
    reading.failed && 'its sensor fails',
    reading.stale && `stale: ${age}`,
    reading.flapping && 'flapping',
  );
}

function workers({ workers: all }: World, nonce: string): Entry[] {
  return named(all).map(([id, worker]) => {
    const words = title(
      `worker ${name(id)}`,
      name(worker.state),
      worker.mine ? 'yours' : "the person's: act on it only by asking",
      ...workerFacts(worker),
    );
    const reason =
      worker.reason === null ? '' : `\n${fence(nonce, `what is said of ${name(id)}`, quote(oneLine(worker.reason, REASON_CAP)))}`;
    return { text: `${words}${reason}`, cuts: [] };
  });
}

function workerFacts(worker: WorldWorker): (string | false | null)[] {
  return [
    worker.goal !== null && `for goal ${name(worker.goal)}`,
    worker.agent !== null && name(worker.agent),
    worker.silent_s !== null && `silent for ${Math.round(worker.silent_s)} s`,
    worker.verify !== 'none' && `check ${worker.verify}`,
    worker.usd !== null && `${worker.usd.toFixed(2)} USD`,
  ];
}

const LIVENESS = { open: 'LIVE, not answered yet', answered: 'answered', stranded: 'STRANDED: whoever asked is gone' } as const;

function asks({ asks: all }: World, nonce: string): Entry[] {
  const ordered = named(all).sort(([a], [b]) => Number(a) - Number(b) || 0);
  return ordered.map(([id, ask]) => {
    const quoted = quoteCapped(askText(ask), ASK_CAP);
    const words = title(`ask ${name(id)}`, name(ask.kind), LIVENESS[ask.signal], ask.worker !== null && `from worker ${name(ask.worker)}`);
    return { text: fence(nonce, words, quoted.text), cuts: quoted.cut ? [toPointer(['asks', id, 'question'])] : [] };
  });
}

function askText({ question, options, answer }: WorldAsk): string {
  const offered = options && options.length > 0 ? `\noptions: ${options.map((option) => oneLine(option, NAME_CAP)).join(' | ')}` : '';
  // The answer comes first: a long question must not cut it off.
  return `${answer === undefined || answer === null ? '' : `answer: ${oneLine(answer, 1_000)}\n`}${question}${offered}`;
}

function schedules({ schedules: all }: World, nonce: string): Entry[] {
  return named(all).map(([id, schedule]) => {
    const words = title(
      `schedule ${name(id)}`,
      schedule.due !== null ? `DUE since ${name(schedule.due)}` : schedule.next !== null && `next ${name(schedule.next)}`,
    );
    return { text: fence(nonce, words, quote(oneLine(schedule.note, REASON_CAP))), cuts: [] };
  });
}

function leases({ leases: all }: World): Entry[] {
  return named(all).map(([id, lease]) => ({ text: `lease ${name(id)} · held by ${name(lease.owner)}`, cuts: [] }));
}

function spend({ spend: all }: World): Entry[] {
  return named(all).map(([scope, { usd, limit, signal }]) => {
    const of = limit === null ? '' : ` of ${limit.toFixed(2)}`;
    return { text: `spend ${name(scope)} · ${usd.toFixed(2)}${of} USD today · ${signal}`, cuts: [] };
  });
}
