// Which processes STOP has stopped. Written before the signals, so that after any crash exactly those go on again
// which were running, and what a person had stopped stays so.
import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../lib/error-code.ts';
import { listNames, makeFolder, readText, removeIfThere } from '../lib/files.ts';
import type { ProcessId, StopBook } from '../lib/freeze.ts';
import type { Layout } from './layout.ts';

/** What is written now. A thaw renames it first: what is stopped meanwhile goes into a new one, and is not lost with the old. */
const CURRENT = 'now.ndjson';
/** What is being continued, or was when its writer died. */
const GOING = /^going-[0-9a-f]+\.ndjson$/;

interface Line {
  v: 1;
  /** Process numbers and start times mean something in one run of the machine only. */
  boot: string;
  at: string;
  /** Number and start of each. */
  processes: [number, string][];
}

/** What was stopped, and since when; also what a thaw that was cut off left. Null when nothing is noted. */
export function readBook(layout: Layout): { processes: ProcessId[]; since: Date } | null {
  const lines = bookFiles(layout).flatMap((name) => linesOf(join(layout.frozen, name)));
  const [first] = lines.map(({ at }) => at).sort();
  if (first === undefined) return null;
  const boot = bootId();
  const processes = lines
    .filter((line) => line.boot === boot)
    .flatMap(({ processes: found }) => found.map(([pid, started]) => ({ pid, started })));
  return { processes, since: new Date(first) };
}

/** True when something may have to be continued. Two system calls: asked at every beat. */
export function hasBook(layout: Layout): boolean {
  return bookFiles(layout).length > 0;
}

/** For one freeze. `trouble` says why the book could not be written: the brake does not depend on it. */
export function openBook(layout: Layout, now: () => Date): StopBook & { trouble(): string | null } {
  const noted = new Set(readBook(layout)?.processes.map(keyOf));
  const current = new Set(idsOf(linesOf(join(layout.frozen, CURRENT))).map(keyOf));
  let trouble: string | null = null;
  return {
    has: (one) => noted.has(keyOf(one)),
    trouble: () => trouble,
    add: (processes) => {
      const fresh = processes.filter((one) => !current.has(keyOf(one)));
      if (fresh.length === 0) return;
      try {
        append(layout, { v: 1, boot: bootId(), at: now().toISOString(), processes: fresh.map(({ pid, started }) => [pid, started]) });
      } catch (error) {
        trouble = String(error); // a full disk: they are stopped all the same
      }
      for (const one of fresh) current.add(keyOf(one));
    },
  };
}

/** Takes the book as it is now: returns its processes, and how it is closed when they have been continued. */
export function takeBook(layout: Layout): { processes: ProcessId[]; since: Date; close(): void } | null {
  try {
    renameSync(join(layout.frozen, CURRENT), join(layout.frozen, `going-${randomBytes(6).toString('hex')}.ndjson`));
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error; // nothing new; but a thaw may have been cut off
  }
  const names = bookFiles(layout).filter((name) => GOING.test(name));
  const book = readBook(layout);
  const close = () => {
    for (const name of names) removeIfThere(join(layout.frozen, name));
  };
  if (!book) close();
  return book && { ...book, close };
}

function bookFiles(layout: Layout): string[] {
  return listNames(layout.frozen).filter((name) => name === CURRENT || GOING.test(name));
}

/** One write, then a look whether the file is still the one that will be read: a thaw may have taken it meanwhile. */
function append(layout: Layout, line: Line): void {
  const path = join(layout.frozen, CURRENT);
  const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
  makeFolder(layout.frozen);
  for (let kept = false; !kept; ) {
    const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND, 0o600);
    try {
      const written = writeSync(fd, bytes);
      if (written < bytes.length) throw new Error(`only ${written} of ${bytes.length} bytes could be written to ${path}`);
      kept = lstatSync(path, { throwIfNoEntry: false })?.ino === fstatSync(fd).ino;
    } finally {
      closeSync(fd);
    }
  }
}

/** A torn line is one whose signals were never sent. */
function linesOf(path: string): Line[] {
  return (readText(path) ?? '').split('\n').flatMap((text) => {
    try {
      const line = JSON.parse(text) as Line; // written above
      return line.v === 1 && Array.isArray(line.processes) ? [line] : [];
    } catch {
      return [];
    }
  });
}

function idsOf(lines: readonly Line[]): ProcessId[] {
  return lines.flatMap(({ processes }) => processes.map(([pid, started]) => ({ pid, started })));
}

let boot: string | null = null;

function bootId(): string {
  boot ??= process.platform === 'linux' ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() : '';
  return boot;
}

function keyOf({ pid, started }: ProcessId): string {
  return `${pid} ${started}`;
}
