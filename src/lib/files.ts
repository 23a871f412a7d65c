// Files that survive a crash: every write is whole or absent, and only "not found" means absent.
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode } from './error-code.ts';

/** Temporary files of ours carry this in their name, so that what a crash left behind can be told from the person's files. */
export const TEMPORARY = '.flyball-tmp-';

/** The file's text, or null when there definitely is none. Any other trouble throws. */
export function readText(path: string): string | null {
  return readBytes(path)?.toString('utf8') ?? null;
}

/** The file's bytes, or null when there definitely is none (ENOENT). Any other trouble throws. */
export function readBytes(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** The names in a folder, sorted; none when the folder definitely does not exist. */
export function listNames(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

export interface WriteOptions {
  /** Permission bits of the new file; 0600 unless told. */
  mode?: number;
  /** False for what may be lost with the power (a heartbeat); true unless told. */
  durable?: boolean;
}

/** Replaces the file in one step: a reader sees the old text or the new, also after a crash. */
export function writeAtomic(path: string, content: string | Uint8Array, options: WriteOptions = {}): void {
  const temporary = writeBeside(path, content, options);
  try {
    renameSync(temporary, path);
  } catch (error) {
    removeIfThere(temporary);
    throw error;
  }
  if (options.durable !== false) syncFolder(dirname(path));
}

/** Creates the file whole, or returns false and touches nothing when the name is taken. */
export function createExclusive(path: string, content: string | Uint8Array, options: WriteOptions = {}): boolean {
  const temporary = writeBeside(path, content, options);
  try {
    linkSync(temporary, path);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    removeIfThere(temporary);
  }
  if (options.durable !== false) syncFolder(dirname(path));
  return true;
}

/** Writes a temporary file next to `path` (same file system, so that it can be renamed or linked) and returns its name. */
export function writeBeside(path: string, content: string | Uint8Array, options: WriteOptions = {}): string {
  const temporary = join(dirname(path), `${TEMPORARY}${randomBytes(6).toString('hex')}`);
  const fd = openSync(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, options.mode ?? 0o600);
  try {
    writeAll(fd, typeof content === 'string' ? Buffer.from(content) : content);
    if (options.durable !== false) fsyncSync(fd);
  } catch (error) {
    closeSync(fd);
    removeIfThere(temporary);
    throw error;
  }
  closeSync(fd);
  return temporary;
}

/** Writes every byte: a short write (a nearly full disk) is followed by another, which then says ENOSPC. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(fd, bytes, written);
}

/** Makes names in a folder durable: without it a rename may be undone by a power cut. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

export function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

export function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}
