// The home's files as actions see them: relative paths that cannot leave the home by `..`, an absolute path,
// a link, or a spelling that the file system takes for another name.
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readFileSync, realpathSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { describeError, TerminalError } from '../errors.ts';
import { errorCode } from '../lib/error-code.ts';
import { listNames } from '../lib/files.ts';
import type { HomeFiles } from '../ports.ts';
import { ACTION_FOLDERS, isPolicyPath, type Layout } from './layout.ts';

/** Where actions may read and write, and nowhere else. */
const FOLDERS = new Set<string>(ACTION_FOLDERS);
const FILES = new Set(['PLAYBOOK.md']);
/** A policy file is text that a person wrote by hand. */
const SIZE_CAP = 4 * 1024 * 1024;
const NAME_CAP_BYTES = 255;

/** Whose hand it is: an action's, or the person's own, who may also put back flyball.yaml, loops/ and folders within. */
export type Reach = 'action' | 'person';

export function homeFiles(layout: Layout, isOwn: (path: string) => boolean, reach: Reach = 'action'): HomeFiles {
  return {
    read: (path) => readConfined(layout, path, reach),
    list: (folder) => listNames(reach === 'person' && isPolicyPath(folder) ? realFolder(layout, folder) : confinedFolder(layout, folder)),
    isOwn,
  };
}

/** The absolute path that a relative one means. Throws a TerminalError for what is not the home's own. */
export function confined(layout: Layout, path: string, reach: Reach = 'action'): string {
  const slash = path.lastIndexOf('/');
  const folder = slash < 0 ? '' : path.slice(0, slash);
  const name = path.slice(slash + 1);
  const wide = reach === 'person' && isPolicyPath(path) && !path.split('/').some((part) => part === '' || part.startsWith('.'));
  const allowed = wide || (folder === '' ? FILES.has(name) : FOLDERS.has(folder));
  if (!allowed) throw new TerminalError(`"${path}" is no file that an action may touch`);
  const odd = oddName(name);
  if (odd) throw new TerminalError(`"${path}" ${odd}`);
  return join(realFolder(layout, folder), name);
}

function confinedFolder(layout: Layout, folder: string): string {
  if (!FOLDERS.has(folder)) throw new TerminalError(`"${folder}" is no folder that an action may touch`);
  return realFolder(layout, folder);
}

/** The folder itself, which must not be reached through a link. One that does not exist yet is made by whoever writes there. */
function realFolder(layout: Layout, folder: string): string {
  const home = realpathSync(layout.home);
  const expected = folder === '' ? home : join(home, folder);
  let real: string;
  try {
    real = realpathSync(expected);
  } catch (error) {
    // A dangling link is not "absent": mkdir would fail on it, and so do we.
    if (errorCode(error) !== 'ENOENT' || lstatSync(expected, { throwIfNoEntry: false })) throw error;
    if (folder.includes('/')) realFolder(layout, folder.slice(0, folder.lastIndexOf('/')));
    return expected;
  }
  if (real !== expected) throw new TerminalError(`${folder}/ is a link to ${real}; actions write only into real folders of the home`);
  return expected;
}

function oddName(name: string): string | null {
  if (name === '' || name === '.' || name === '..') return 'is no file name';
  if (name.includes('\0') || name.includes('\\')) return 'has a NUL or a backslash in it';
  if (name.normalize('NFC') !== name) return 'is spelled with combining characters, which some file systems take for another name';
  if (Buffer.byteLength(name) > NAME_CAP_BYTES) return 'is longer than 255 bytes';
  return null;
}

/** What is there under exactly this name, or null. Throws for a link, anything but a regular file, and another spelling of the name. */
export function statConfined(absolute: string): Stats | null {
  const stat = lstatSync(absolute, { throwIfNoEntry: false });
  if (!stat) return null;
  if (stat.isSymbolicLink()) throw new TerminalError(`${absolute} is a link; actions touch only regular files`);
  if (!stat.isFile()) throw new TerminalError(`${absolute} is no regular file`);
  const slash = absolute.lastIndexOf('/');
  // On a file system that ignores case or normal form, the name asked for may not be the name that is there.
  if (!readdirSync(absolute.slice(0, slash)).includes(absolute.slice(slash + 1)))
    throw new TerminalError(`${absolute} is there under another spelling`);
  return stat;
}

export function readConfined(layout: Layout, path: string, reach: Reach): string | null {
  const absolute = confined(layout, path, reach);
  const stat = statConfined(absolute);
  if (!stat) return null;
  if (stat.size > SIZE_CAP) throw new TerminalError(`${path} is larger than 4 MiB`);
  const bytes = readRegular(absolute);
  if (bytes === null) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new TerminalError(`${path} is no UTF-8 text: ${describeError(error)}`);
  }
}

/** The bytes of a regular file, null when there is none; never follows a link, never blocks on a FIFO. */
export function readRegular(absolute: string): Buffer | null {
  let fd: number;
  try {
    fd = openSync(absolute, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') return null;
    if (code === 'ELOOP') throw new TerminalError(`${absolute} is a link; actions touch only regular files`);
    throw error;
  }
  try {
    if (!fstatSync(fd).isFile()) throw new TerminalError(`${absolute} is no regular file`);
    return readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}
