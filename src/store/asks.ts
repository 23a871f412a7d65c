// Asks as files, .flyball/asks/N.json. A number is never given twice, also when its file is gone. Every step of an
// ask's life is one rename under the write lock, so that a crash leaves it before the step or after it.
import { join } from 'node:path';
import { TerminalError } from '../errors.ts';
import { isPlainObject } from '../lib/digest.ts';
import { createExclusive, listNames, makeFolder, readText, writeAtomic } from '../lib/files.ts';
import { withLock } from '../lib/lock.ts';
import type { Answer, Answered, Asks, NewAsk } from '../ports/asks.ts';
import { type Ask, closedToAnswers, hasLapsed, meaningOf, OPEN_ASKS_CAP } from '../world/ask.ts';
import { noAbout } from '../world/no.ts';
import { askPath, type Layout } from './layout.ts';
import { leaveNo, takeBack } from './nos-file.ts';

const LOCK_PATIENCE_MS = 10_000;
const FILE = /^([1-9]\d{0,14})\.json$/;

export function openAsks(layout: Layout): Asks {
  const locked = <T>(work: () => T): T => {
    makeFolder(layout.asks);
    return withLock(layout.writeLock, LOCK_PATIENCE_MS, work);
  };
  const all = cachedAsks(layout);
  /** `next` gives the ask as it is to be, or null to leave it. Returns whether it was changed. */
  const step = (id: string, next: (ask: Ask) => Ask | null): boolean =>
    locked(() => {
      const ask = readAsk(layout, id);
      const changed = ask && next(ask);
      if (changed) saveAsk(layout, changed);
      return Boolean(changed);
    });
  const closed = (ask: Ask, reason: string, at: Date): Ask => ({
    ...ask,
    state: 'closed',
    closed_reason: reason,
    closed_at: at.toISOString(),
  });
  return {
    all,
    get: (id) => readAsk(layout, id),
    raise: (ask) => locked(() => raise(layout, ask, all())),
    reserve: (ask) =>
      locked(() => {
        refuseTooMany(all());
        const id = takeNumber(layout);
        return { id, file: { path: askPath(id), before: null, after: textOf({ ...ask, id }) } };
      }),
    answer: (id, answer) => locked(() => takeAnswer(layout, id, answer)),
    begin: (id, answer) => step(id, (ask) => (ask.state === 'answered' && ask.answer === answer ? { ...ask, state: 'executing' } : null)),
    release: (id) => void step(id, (ask) => (ask.state === 'executing' ? { ...ask, state: 'answered' } : null)),
    close: (id, reason, at) => void step(id, (ask) => (ask.state === 'closed' ? null : closed(ask, reason, at))),
    seen: (id) => void step(id, (ask) => (ask.state === 'closed' && !ask.seen ? { ...ask, seen: true } : null)),
    strand: (id) => void step(id, (ask) => (ask.state === 'open' ? { ...ask, state: 'stranded' } : null)),
    postpone: (id, until) => step(id, (ask) => (ask.state === 'open' ? { ...ask, later_until: until.toISOString() } : null)),
    lapse: (now) => {
      const over = all().filter((ask) => ask.kind === 'approval' && ask.state === 'open' && hasLapsed(ask, now));
      return over.filter(({ id }) => step(id, (ask) => (ask.state === 'open' ? closed(ask, 'expired', now) : null)));
    },
  };
}

/** A no is remembered before the ask is closed, so that a crash between the two leaves it to be said again. */
function takeAnswer(layout: Layout, id: string, { text, by, at, force = false }: Answer): Answered {
  const ask = readAsk(layout, id);
  if (!ask) return { answered: 'unknown', problem: `there is no ask ${id}` };
  const late = closedToAnswers(ask, { now: at, force });
  if (late) return { answered: 'late', ask, problem: late };
  if (ask.kind === 'approval' && by === 'default')
    return { answered: 'not-understood', ask, problem: `ask ${id} is an approval: only you can answer it` };
  const meaning = meaningOf(ask, text);
  if (!meaning.understood) return { answered: 'not-understood', ask, problem: meaning.problem };
  const { answer } = meaning;
  const answered: Ask = { ...ask, state: 'answered', answer, answered_at: at.toISOString(), answered_by: by };
  const refused = ask.kind === 'approval' && answer === 'no';
  const taken: Ask = refused ? { ...answered, state: 'closed', closed_reason: 'refused', closed_at: at.toISOString() } : answered;
  if (refused) rememberNo(layout, ask, at);
  saveAsk(layout, taken);
  if (ask.kind === 'approval' && !refused) takeBack(layout, [noId(id), ...(ask.approval?.nos ?? [])]);
  return { answered: 'taken', ask: taken };
}

function rememberNo(layout: Layout, { id, decision, approval }: Ask, at: Date): void {
  if (typeof decision?.action !== 'string') return;
  const about = { ...decision, action: decision.action };
  const place = { target: approval?.target ?? null, path: approval?.path ?? null };
  leaveNo(layout, noAbout(about, place, { why: 'refused', id: noId(id), at: at.toISOString() }));
}

const noId = (id: string): string => `ask:${id}`;

function readAsk(layout: Layout, id: string): Ask | null {
  if (!FILE.test(`${id}.json`)) return null;
  const text = readText(layout.at(askPath(id)));
  return text === null ? null : parseAsk(text, `${id}.json`);
}

function saveAsk(layout: Layout, ask: Ask): void {
  writeAtomic(layout.at(askPath(ask.id)), `${JSON.stringify({ v: 1, ...ask })}\n`);
}

function raise(layout: Layout, ask: NewAsk, there: readonly Ask[]): string {
  const same = ask.ref === null || ask.asked_by ? undefined : there.find((it) => it.ref === ask.ref && !it.asked_by);
  if (same) return same.id;
  refuseTooMany(there);
  const id = takeNumber(layout);
  if (!createExclusive(layout.at(askPath(id)), textOf({ ...ask, id }))) throw new Error(`ask ${id} is there already`);
  return id;
}

function refuseTooMany(there: readonly Ask[]): void {
  if (there.filter((ask) => ask.state === 'open').length >= OPEN_ASKS_CAP)
    throw new TerminalError(`${OPEN_ASKS_CAP} asks are open; the person has to answer some of them first`);
}

/** Under the write lock. The counter is on disk before the number is used; a lost counter is made good by the files that are there. */
function takeNumber(layout: Layout): string {
  const kept = Number(readText(layout.askCounter)?.trim() || 0);
  if (!Number.isSafeInteger(kept))
    throw new TerminalError(`${layout.askCounter} is damaged: it must hold the last number that an ask was given`);
  const there = listNames(layout.asks).map((name) => Number(FILE.exec(name)?.[1] ?? 0));
  const next = Math.max(kept, ...there) + 1;
  writeAtomic(layout.askCounter, `${next}\n`);
  return String(next);
}

function textOf(ask: NewAsk & { id: string }): string {
  const { id, ...rest } = ask;
  const whole: Ask = { id, ...rest, state: 'open', answer: null, answered_at: null, answered_by: null };
  return `${JSON.stringify({ v: 1, ...whole })}\n`;
}

/** In the order of their numbers. A file that is no ask is somebody else's and is passed by; one that cannot be read throws. */
function cachedAsks(layout: Layout): () => Ask[] {
  const known = new Map<string, { text: string; ask: Ask | null }>();
  return () => {
    const names = listNames(layout.asks).filter((name) => FILE.test(name));
    for (const name of known.keys()) if (!names.includes(name)) known.delete(name);
    const asks: Ask[] = [];
    for (const name of names) {
      const text = readText(join(layout.asks, name));
      if (text === null) continue; // removed since it was listed
      const former = known.get(name);
      const ask = former?.text === text ? former.ask : parseAsk(text, name);
      known.set(name, { text, ask });
      if (ask) asks.push(ask);
    }
    return asks.sort((a, b) => Number(a.id) - Number(b.id));
  };
}

function parseAsk(text: string, name: string): Ask | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const whole =
    isPlainObject(value) && value.id === FILE.exec(name)?.[1] && typeof value.question === 'string' && typeof value.state === 'string';
  if (!whole) return null;
  const { v: _, ...ask } = value as { v: 1 } & Ask; // written by us whole or not at all; the fields that name and state it were looked at
  return ask;
}
