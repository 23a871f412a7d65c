// `.decision.json`, the one-shot file: claimed by a rename, so that it is gone before it is judged and cannot
// be read twice. Whatever a decider left under that name is moved away; nothing is followed and nothing blocks.
import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../lib/error-code.ts';
import { listNames, makeFolder } from '../lib/files.ts';
import type { Claim, DecisionFile } from '../ports.ts';
import type { Layout } from './layout.ts';

/** Bytes; a decision that carries a whole goal is far below it. */
export const DECISION_CAP = 262_144;
/** Strays are kept for the person to look at, not for ever. */
const MOST_STRAYS = 50;

export function createDecisionFile(layout: Layout): DecisionFile {
  return { sweep: () => toStray(layout, layout.decision), claim: (beat) => claim(layout, beat) };
}

/** Moves what is at `path` to stray/ under a name of its own; false when there definitely was nothing. */
function toStray(layout: Layout, path: string): boolean {
  if (!isThere(path)) return false; // spares the folder when there is nothing to move
  makeFolder(layout.stray);
  const name = `decision-${randomBytes(8).toString('hex')}.json`;
  try {
    renameSync(path, join(layout.stray, name));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
  prune(layout.stray, name);
  return true;
}

function claim(layout: Layout, beat: number): Claim {
  const folder = join(layout.beats, String(beat));
  const claimed = join(folder, 'decision.json');
  if (!isThere(layout.decision)) return { claimed: 'none' };
  if (isThere(claimed)) {
    toStray(layout, layout.decision);
    return { claimed: 'bad', problem: 'this beat has claimed a decision already; one beat takes one' };
  }
  makeFolder(folder);
  try {
    renameSync(layout.decision, claimed);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { claimed: 'none' };
    throw error;
  }
  const read = readDecision(claimed);
  // What is no plain file must not lie where others will open it.
  if ('problem' in read && !read.plain) toStray(layout, claimed);
  return 'problem' in read ? { claimed: 'bad', problem: read.problem } : { claimed: 'text', text: read.text };
}

/** The text, or why not in words for the decider; `plain`: it is a regular file. Follows no link and waits for nobody. */
export function readDecision(path: string): { text: string } | { problem: string; plain: boolean } {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    return notOpened(error);
  }
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile())
      return {
        problem: `.decision.json must be a regular file, not ${stats.isDirectory() ? 'a folder' : 'a pipe or device'}`,
        plain: false,
      };
    if (stats.size > DECISION_CAP) return tooLarge(stats.size);
    const bytes = readUpTo(fd, DECISION_CAP + 1);
    if (bytes.length > DECISION_CAP) return tooLarge(bytes.length);
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch (error) {
    if (error instanceof TypeError) return { problem: '.decision.json is not UTF-8 text', plain: true };
    throw error;
  } finally {
    closeSync(fd);
  }
}

function tooLarge(bytes: number): { problem: string; plain: boolean } {
  return { problem: `.decision.json has ${bytes} bytes; at most ${DECISION_CAP} are read`, plain: true };
}

function notOpened(error: unknown): { problem: string; plain: boolean } {
  switch (errorCode(error)) {
    case 'ELOOP':
      return { problem: '.decision.json must be a regular file, not a link', plain: false };
    case 'ENXIO':
      return { problem: '.decision.json must be a regular file, not a socket or pipe', plain: false };
    case 'EACCES':
    case 'EPERM':
      return { problem: '.decision.json cannot be read: its permissions forbid it', plain: true };
    default:
      throw error;
  }
}

/** A file that grows while it is read ends at `limit`. */
function readUpTo(fd: number, limit: number): Buffer {
  const buffer = Buffer.allocUnsafe(limit);
  let held = 0;
  for (let read = -1; read !== 0 && held < limit; held += read) read = readSync(fd, buffer, held, limit - held, null);
  return buffer.subarray(0, held);
}

/** False only when there definitely is nothing; a link counts, wherever it leads. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function prune(folder: string, newest: string): void {
  const names = listNames(folder).filter((name) => name !== newest);
  if (names.length < MOST_STRAYS) return;
  const aged = names.map((name) => ({ name, at: lstatSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }));
  aged.sort((a, b) => b.at - a.at);
  for (const { name } of aged.slice(MOST_STRAYS - 1)) rmSync(join(folder, name), { recursive: true, force: true });
}
