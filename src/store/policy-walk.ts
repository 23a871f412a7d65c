// Every policy file that is there, with a stamp that tells whether it has to be read again.
import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../lib/error-code.ts';
import type { TreeChange } from '../lib/git-stream.ts';
import { readRegular } from './home-files.ts';
import { type Layout, POLICY_PATHS } from './layout.ts';

export interface PolicyFile {
  /** Relative to the home. */
  path: string;
  /** Equal stamps mean equal content; null when it is too young to tell. */
  stamp: string | null;
  mode: '100644' | '100755' | '120000';
}

export interface PolicyFiles {
  files: PolicyFile[];
  /** Folders that could not be listed: what is in them is unknown, which is not the same as gone. */
  unknown: string[];
}

/** Larger files are not kept: no action can touch them. */
const SIZE_CAP = 4 * 1024 * 1024;
const DEPTH_CAP = 8;
/** Two writes within one tick of the file system's clock leave the same times. */
const YOUNG_MS = 100;

export function policyFiles(layout: Layout): PolicyFiles {
  const found: PolicyFiles = { files: [], unknown: [] };
  for (const path of POLICY_PATHS) visit(layout, path, { depth: 0, found });
  return found;
}

function visit(layout: Layout, path: string, { depth, found }: { depth: number; found: PolicyFiles }): void {
  const absolute = join(layout.home, path);
  const stat = lstatSync(absolute, { bigint: true, throwIfNoEntry: false });
  if (!stat) return;
  if (!stat.isDirectory()) {
    if (isKept(stat)) found.files.push({ path, stamp: stampOf(stat), mode: modeOf(stat) });
    return;
  }
  let names: string[];
  try {
    names = readdirSync(absolute).sort();
  } catch (error) {
    if (errorCode(error) !== 'EACCES') throw error;
    found.unknown.push(`${path}/`);
    return;
  }
  if (depth >= DEPTH_CAP) return;
  for (const name of names) if (!isLeaving(name)) visit(layout, `${path}/${name}`, { depth: depth + 1, found });
}

/** Hidden files, `.git` of a repository within, editors' leavings and our own temporary files are nobody's policy. */
function isLeaving(name: string): boolean {
  return name.startsWith('.') || name.endsWith('~');
}

function isKept(stat: BigIntStats): boolean {
  return stat.isSymbolicLink() || (stat.isFile() && stat.size <= SIZE_CAP);
}

function modeOf(stat: BigIntStats): PolicyFile['mode'] {
  if (stat.isSymbolicLink()) return '120000';
  return (stat.mode & 0o100n) === 0n ? '100644' : '100755';
}

function stampOf(stat: BigIntStats): string | null {
  const young = Math.abs(Date.now() - Number(stat.ctimeMs)) < YOUNG_MS;
  return young ? null : [stat.ino, stat.size, stat.mode, stat.mtimeNs, stat.ctimeNs].join(':');
}

/** What is kept of it; null when it cannot be read or is gone again. */
export function contentOf(layout: Layout, { path, mode }: Pick<PolicyFile, 'path' | 'mode'>): TreeChange['file'] {
  const absolute = join(layout.home, path);
  try {
    const bytes = mode === '120000' ? Buffer.from(readlinkSync(absolute)) : readRegular(absolute);
    return bytes && { mode, bytes };
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EACCES' || code === 'ENOENT' || code === 'EINVAL' || code === null) return null;
    throw error;
  }
}
