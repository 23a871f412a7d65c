// Writing where a person writes too. The new text and what is there exchange names in one step of the kernel,
// so whatever was there at that very moment, also a save that came between our look and our write, is in
// our hands afterwards and not lost. If it is not the text that the change was computed from, it goes back.
//
//   temp = new text ─┐ exchange ┌─ temp = what was there ── is it `before`? ── yes: remove it
//   path = before  ──┘          └─ path = new text                          └─ no: exchange back, conflict
import { chmodSync, linkSync, lstatSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { TerminalError } from '../errors.ts';
import { digest } from '../lib/digest.ts';
import { errorCode } from '../lib/error-code.ts';
import { listNames, makeFolder, removeIfThere, syncFolder, TEMPORARY, writeBeside } from '../lib/files.ts';
import { trySwap } from '../lib/swap.ts';
import type { FileChange, HomeWriter } from '../ports.ts';
import type { Stamp } from '../world/journal.ts';
import { confined, readConfined, readRegular, statConfined } from './home-files.ts';
import type { Layout } from './layout.ts';

export function homeWriter(layout: Layout): HomeWriter {
  return {
    change: (change, tag) => applyChange(layout, change, tag),
    move: (move) => applyMove(layout, move),
    text: (path) => readConfined(layout, path, 'person'),
    stamp: (path) => ({ path, digest: digestOf(confined(layout, path, 'person')) }),
    tidy: (intent, tag) => tidy(layout, intent, tag),
    sweep: () => sweep(layout),
  };
}

function applyChange(layout: Layout, change: FileChange, tag: string): 'done' | 'conflict' {
  const path = confined(layout, change.path, change.reach);
  const stat = statConfined(path);
  const before = change.before === null ? null : digest(change.before);
  if ((stat === null ? null : digestOf(path)) !== before) return 'conflict';
  if (change.after === null) return stat === null ? 'done' : remove(layout, path, { aside: asideName(path, tag), before });
  if (stat === null) return create(path, change.after, { tag, mode: change.mode ?? 0o600 });
  return replace(layout, path, { aside: asideName(path, tag), before, text: change.after, mode: change.mode ?? stat.mode & 0o777 });
}

function create(path: string, text: string, { tag, mode }: { tag: string; mode: number }): 'done' | 'conflict' {
  makeFolder(dirname(path));
  const aside = prepareAside(path, text, { aside: asideName(path, tag), mode });
  try {
    linkSync(aside, path);
  } catch (error) {
    removeIfThere(aside);
    if (errorCode(error) === 'EEXIST') return 'conflict';
    throw error;
  }
  removeIfThere(aside);
  syncFolder(dirname(path));
  return 'done';
}

interface Replacement {
  aside: string;
  before: string | null;
  text: string;
  mode: number;
}

function replace(layout: Layout, path: string, { aside, before, text, mode }: Replacement): 'done' | 'conflict' {
  prepareAside(path, text, { aside, mode });
  if (!exchange(aside, path)) {
    removeIfThere(aside);
    return 'conflict'; // it vanished: deleting is an edit too
  }
  syncFolder(dirname(path));
  if (digestOf(aside) === before) {
    removeIfThere(aside);
    return 'done';
  }
  giveBack(layout, path, { aside, ours: digest(text) });
  return 'conflict';
}

/** The new text under the name that will hold the old one; its bits are set before anybody can see it under its own. */
function prepareAside(path: string, text: string, { aside, mode }: { aside: string; mode: number }): string {
  const temporary = writeBeside(path, text, { mode });
  try {
    chmodSync(temporary, mode); // the umask may have taken some
    renameSync(temporary, aside);
  } catch (error) {
    removeIfThere(temporary);
    throw error;
  }
  return aside;
}

/** False when nothing is there under `path` any more. */
function exchange(aside: string, path: string): boolean {
  try {
    if (trySwap(aside, path)) return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
  return exchangeByLinks(aside, path);
}

/** Where the file system has no exchange: the old name is linked aside, and the new text renamed over it. */
function exchangeByLinks(aside: string, path: string): boolean {
  const old = `${aside}-old`;
  try {
    removeIfThere(old);
    linkSync(path, old);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
  const [kept, now] = [lstatSync(old), lstatSync(path, { throwIfNoEntry: false })];
  if (!now || now.ino !== kept.ino) {
    removeIfThere(old); // an editor saved by rename meanwhile: its file has another name of its own
    return now ? exchangeByLinks(aside, path) : false;
  }
  renameSync(aside, path);
  renameSync(old, aside);
  return true;
}

function remove(layout: Layout, path: string, { aside, before }: { aside: string; before: string | null }): 'done' | 'conflict' {
  try {
    renameSync(path, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'done';
    throw error;
  }
  if (digestOf(aside) !== before) {
    giveBack(layout, path, { aside, ours: null });
    return 'conflict';
  }
  removeIfThere(aside);
  syncFolder(dirname(path));
  return 'done';
}

/**
 * What we set aside is the person's: it gets its name back. `ours` is the digest of what we put there instead;
 * when that is gone too, the person has saved once more and has the newer text, and the older is kept in stray/.
 */
function giveBack(layout: Layout, path: string, { aside, ours }: { aside: string; ours: string | null }): void {
  const now = digestOf(path);
  if (now === null) {
    try {
      linkSync(aside, path);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
      stray(layout, aside);
    }
    removeIfThere(aside);
  } else if (now === ours && exchange(aside, path)) {
    if (digestOf(aside) === ours) removeIfThere(aside);
    else stray(layout, aside);
  } else stray(layout, aside);
  syncFolder(dirname(path));
}

function applyMove(layout: Layout, { from, to, before }: { from: string; to: string; before: string }): 'done' | 'conflict' {
  const [source, target] = [confined(layout, from), confined(layout, to)];
  const expected = digest(before);
  if (digestOf(source) !== expected) return 'conflict';
  makeFolder(dirname(target));
  if (statConfined(target)) return 'conflict';
  renameSync(source, target);
  syncFolder(dirname(target));
  syncFolder(dirname(source));
  if (digestOf(target) === expected) return 'done';
  // The person's save fell in between: the text moves back, unless a newer one has the name already.
  try {
    linkSync(target, source);
    removeIfThere(target);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
  return 'conflict';
}

function tidy(layout: Layout, intent: { before: readonly Stamp[]; after: readonly Stamp[] }, tag: string): boolean {
  let cameBack = false;
  for (const stamp of intent.before) {
    const path = confined(layout, stamp.path, 'person');
    const aside = asideName(path, tag);
    const ours = intent.after.find((it) => it.path === stamp.path)?.digest ?? null;
    for (const left of [`${aside}-old`, aside]) {
      const found = digestOf(left);
      if (found === null) continue;
      if (found === ours || (found === stamp.digest && digestOf(path) !== null)) removeIfThere(left);
      else if (found === stamp.digest && ours === null)
        removeIfThere(left); // it was being removed, and was
      else {
        giveBack(layout, path, { aside: left, ours });
        cameBack ||= found !== stamp.digest;
      }
    }
  }
  return cameBack;
}

/** Where only a pulse writes, and where other processes of ours may be writing right now. */
function sweep(layout: Layout): void {
  for (const folder of [layout.home, layout.goals, layout.goalsArchive, layout.sensors, layout.loops]) clear(layout, folder, 0);
  for (const folder of [layout.machine, layout.asks, layout.notices, layout.schedules, layout.readings, layout.goalStates, layout.history])
    clear(layout, folder, LIVE_MS);
}

/** A temporary file lives for milliseconds; one this old belongs to nobody any more. */
const LIVE_MS = 60_000;

function clear(layout: Layout, folder: string, olderThanMs: number): void {
  for (const name of listNames(folder)) {
    if (!name.startsWith(TEMPORARY)) continue;
    const path = join(folder, name);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat || Date.now() - stat.mtimeMs < olderThanMs) continue;
    // A text set aside may be the person's; a temporary file of ours never is.
    if (name.startsWith(ASIDE)) stray(layout, path);
    else removeIfThere(path);
  }
}

const ASIDE = `${TEMPORARY}aside-`;

/** Known from the intent alone, so that recovery finds it: one action touches a path once. */
function asideName(path: string, tag: string): string {
  return join(dirname(path), `${ASIDE}${tag}-${digest(basename(path)).slice(7, 19)}`);
}

/** Never removes a text: a taken name gets a number. */
function stray(layout: Layout, path: string): void {
  makeFolder(layout.stray);
  for (let n = 0; n < 1_000; n++) {
    const target = join(layout.stray, `${basename(path)}${n === 0 ? '' : `.${n}`}`);
    try {
      linkSync(path, target);
    } catch (error) {
      if (errorCode(error) === 'EEXIST') continue;
      throw error;
    }
    removeIfThere(path);
    return;
  }
  throw new TerminalError(`${layout.stray} is full of texts set aside; look through them and remove what you do not need`);
}

function digestOf(absolute: string): string | null {
  const bytes = readRegular(absolute);
  return bytes === null ? null : digest(bytes);
}
