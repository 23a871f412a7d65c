// STOP: the file whose mere existence freezes everything, and what is done while it is there and once it is gone.
import { lstatSync, readFileSync, renameSync, rmdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../lib/error-code.ts';
import { readText, removeIfThere, syncFolder, writeAtomic, writeBeside } from '../lib/files.ts';
import { type Frozen, family, freeze, type Roots, stoppedOf, thaw } from '../lib/freeze.ts';
import { MARK_VARIABLE, type ProcessRow } from '../lib/process-table.ts';
import { oneLine } from '../lib/text.ts';
import type { Layout } from './layout.ts';
import { hasBook, openBook, readBook, takeBook } from './stop-book.ts';

// ── the file ───────────────────────────────────────────────────────────────────────────────────────

export interface StopState {
  since: string;
  reason: string;
  keep_workers: boolean;
}

/** A line of its own in the file: workers go on. */
const KEEP_WORKERS = 'keep-workers';
const REASON_LENGTH = 500;
const READ_BYTES = 16 * 1024;

/** However it got there: a folder and a link that leads nowhere count. So does one that cannot be looked at. */
export function isStopped(layout: Layout): boolean {
  try {
    return lstatSync(layout.stop, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

export function readStop(layout: Layout): StopState | null {
  if (!isStopped(layout)) return null;
  const lines = textOf(layout).split('\n');
  const words = lines.map((line) => line.trim()).filter((line) => line !== '' && line !== KEEP_WORKERS);
  return {
    since: sinceOf(layout),
    reason: oneLine(words.join(' '), REASON_LENGTH),
    keep_workers: lines.some((line) => line.trim() === KEEP_WORKERS),
  };
}

function sinceOf(layout: Layout): string {
  try {
    return lstatSync(layout.stop).mtime.toISOString();
  } catch {
    return new Date(0).toISOString(); // gone this instant, or not to be looked at
  }
}

/** Nothing for what is no file (a pipe would be waited for), and for what cannot be read: it is frozen all the same. */
function textOf(layout: Layout): string {
  try {
    const stat = statSync(layout.stop);
    return stat.isFile() && stat.size <= READ_BYTES ? readFileSync(layout.stop, 'utf8') : '';
  } catch {
    return '';
  }
}

/**
 * Makes the file, whole from its first instant; one that is there already is only made stronger (a new reason, or
 * no workers kept any more). Throws when it cannot be made.
 */
function writeStop(layout: Layout, wish: { reason: string; keepWorkers: boolean }): StopState {
  const former = readStop(layout);
  const reason = oneLine(wish.reason, REASON_LENGTH) || (former?.reason ?? '');
  const keep = wish.keepWorkers && (former?.keep_workers ?? true);
  if (!former || former.reason !== reason || former.keep_workers !== keep) put(layout, `${reason}\n${keep ? `${KEEP_WORKERS}\n` : ''}`);
  return readStop(layout) ?? { since: new Date().toISOString(), reason, keep_workers: keep };
}

function put(layout: Layout, text: string): void {
  try {
    const temporary = writeBeside(layout.stop, text, { durable: false });
    try {
      renameSync(temporary, layout.stop);
    } finally {
      removeIfThere(temporary);
    }
  } catch (error) {
    if (isStopped(layout)) return; // a folder of that name stops as well
    // A full disk has room for a name. Better without its reason than not at all.
    try {
      writeFileSync(layout.stop, '', { flag: 'wx', mode: 0o600 });
    } catch {
      throw error;
    }
  }
}

/** STOP is to be there also after a power cut. Done when everything is frozen already: it waits for the disk. */
function keepStop(layout: Layout): void {
  syncFolder(layout.home);
}

/** False: there was none. Throws when it is there and cannot be removed. */
function removeStop(layout: Layout): boolean {
  try {
    unlinkSync(layout.stop);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') return false;
    if (code !== 'EISDIR' && code !== 'EPERM') throw error;
    rmdirSync(layout.stop);
    return true;
  }
}

// ── what it stops ──────────────────────────────────────────────────────────────────────────────────

const WORKER = 'FLYBALL_WORKER';
const HOME = 'FLYBALL_HOME';

/** All that carries a mark of this home. Without a readable owner.json a home is known by its path. */
function rootsOf(layout: Layout, keepWorkers: boolean): Roots {
  const id = homeId(layout);
  return {
    variables: [MARK_VARIABLE, WORKER, HOME],
    whose: ({ [MARK_VARIABLE]: mark, [WORKER]: worker, [HOME]: home }) => {
      if (worker !== undefined) return home === layout.home && !keepWorkers ? 'ours' : 'spared';
      if (mark === undefined) return 'unknown';
      return (id === null ? home === layout.home : mark.startsWith(`${id}/`)) ? 'ours' : 'spared';
    },
  };
}

function homeId(layout: Layout): string | null {
  try {
    const { id } = JSON.parse(readText(layout.owner) ?? 'null') as { id?: unknown }; // looked at in the next line
    return typeof id === 'string' && id !== '' ? id : null;
  } catch {
    return null;
  }
}

export interface FrozenHome extends Frozen {
  /** Why it could not be noted which they are; null when it is. */
  unnoted: string | null;
}

/**
 * Stops all that this home has running, as STOP says. May be called again at any time. When STOP was removed
 * meanwhile, whoever did that may have continued what was not stopped yet: then we continue it.
 */
export function freezeHome(layout: Layout, now: () => Date): FrozenHome {
  const frozen = freezeAll(layout, now);
  if (!isStopped(layout)) thawHome(layout, now);
  return frozen;
}

function freezeAll(layout: Layout, now: () => Date): FrozenHome {
  const book = openBook(layout, now);
  const frozen = freeze(rootsOf(layout, readStop(layout)?.keep_workers ?? false), book);
  return { ...frozen, unnoted: book.trouble() };
}

/** Something may have been stopped that nobody has continued yet. */
export function isFrozen(layout: Layout): boolean {
  return hasBook(layout);
}

/** Those that STOP has stopped and that still are. */
export function frozenProcesses(layout: Layout): ProcessRow[] {
  const book = readBook(layout);
  return book ? stoppedOf(book.processes) : [];
}

/**
 * Lets everything go on that STOP had stopped, children before parents. Done only once STOP is gone: whoever is cut
 * off in the middle leaves a home without STOP in which something is frozen, which the next look continues. When
 * STOP comes back meanwhile, all is frozen again.
 */
export function thawHome(layout: Layout, now: () => Date): ProcessRow[] {
  const book = takeBook(layout);
  if (!book) return [];
  const continued = thaw(book.processes, () => !isStopped(layout));
  if (isStopped(layout)) freezeHome(layout, now);
  else noteSpan(layout, { from: book.since.toISOString(), until: now().toISOString() });
  book.close();
  return continued;
}

// ── what a person does ─────────────────────────────────────────────────────────────────────────────

export interface StoppedHome extends FrozenHome {
  stop: StopState | null;
  /** Why STOP could not be made; everything was frozen all the same. */
  unwritten: string | null;
}

/** Writes STOP, freezes everything, and only then waits for the disk. */
export function stopHome(layout: Layout, wish: { reason: string; keepWorkers: boolean }, now: () => Date): StoppedHome {
  let unwritten: string | null = null;
  try {
    writeStop(layout, wish);
  } catch (error) {
    unwritten = String(error);
  }
  const frozen = unwritten === null ? freezeHome(layout, now) : freezeAll(layout, now);
  if (unwritten === null) keepStop(layout);
  return { ...frozen, stop: readStop(layout), unwritten };
}

export interface ResumedHome {
  /** STOP was there. */
  stopped: boolean;
  continued: ProcessRow[];
  /** Stopped by somebody else, before STOP or since: they stay so. */
  left: ProcessRow[];
}

/** Removes STOP, then lets everything go on. Throws when STOP cannot be removed, and has done nothing then. */
export function resumeHome(layout: Layout, now: () => Date): ResumedHome {
  const stopped = removeStop(layout);
  const continued = thawHome(layout, now);
  const left = family(rootsOf(layout, false)).filter((row) => row.state === 'T');
  return { stopped, continued, left: isStopped(layout) ? [] : left };
}

// ── for how long ───────────────────────────────────────────────────────────────────────────────────

interface Span {
  from: string;
  until: string;
}

/** More stops than these lie further back than any deadline. */
const SPANS = 100;

/** How long everything stood still between two times: deadlines that outlive a process do not count it. */
export function stoodStillMs(layout: Layout, since: Date, until: Date): number {
  const now = readBook(layout);
  const spans = now ? [...readSpans(layout), { from: now.since.toISOString(), until: until.toISOString() }] : readSpans(layout);
  return spans.reduce((sum, { from, until: to }) => {
    const overlap = Math.min(Date.parse(to), until.getTime()) - Math.max(Date.parse(from), since.getTime());
    return sum + Math.max(0, overlap);
  }, 0);
}

const spansOf = (layout: Layout) => join(layout.frozen, 'spans.ndjson');

function noteSpan(layout: Layout, span: Span): void {
  try {
    const spans = [...readSpans(layout), span].slice(-SPANS);
    writeAtomic(spansOf(layout), spans.map((each) => `${JSON.stringify(each)}\n`).join(''), { durable: false });
  } catch {
    // A full disk: a deadline comes a little early.
  }
}

function readSpans(layout: Layout): Span[] {
  return (readText(spansOf(layout)) ?? '').split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as Span]; // written above
    } catch {
      return [];
    }
  });
}
