// A digest of what `on=PATH` names, from which a change of that file or folder is seen without reading it.
import { lstatSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { digest } from '../lib/digest.ts';
import { errorCode } from '../lib/error-code.ts';

/** Entries looked at below a folder: each costs microseconds at every look. What lies beyond is not seen. */
const ENTRIES = 500;
const DEPTH = 8;

/** Names, sizes and times of the file, or of everything in the folder. Absence and trouble have digests of their own. */
export function onPathDigest(home: string, path: string): string {
  const root = resolve(home, path);
  const lines: string[] = [];
  const visit = (at: string, depth: number): void => {
    if (lines.length >= ENTRIES) return;
    try {
      const stat = lstatSync(at, { bigint: true });
      lines.push(JSON.stringify([relative(root, at), String(stat.mode), String(stat.ino), String(stat.size), String(stat.mtimeNs)]));
      if (stat.isDirectory() && depth < DEPTH) for (const name of readdirSync(at).sort()) visit(join(at, name), depth + 1);
    } catch (error) {
      lines.push(JSON.stringify([relative(root, at), errorCode(error) ?? 'unreadable']));
    }
  };
  visit(root, 0);
  return digest(lines.join('\n'));
}
