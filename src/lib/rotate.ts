// Bounded append-only files: `path` becomes `archive.1`, `archive.1` becomes `archive.2`, and so on.
import { renameSync, statSync } from 'node:fs';
import { errorCode } from './error-code.ts';
import { removeIfThere } from './files.ts';

/** Rotates when `path` is larger than `bytes`; `keep` older files stay. */
export function rotateAbove(path: string, { archive, bytes, keep }: { archive: string; bytes: number; keep: number }): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat || stat.size <= bytes) return;
  removeIfThere(`${archive}.${keep}`);
  for (let n = keep - 1; n >= 1; n--) moveIfThere(`${archive}.${n}`, `${archive}.${n + 1}`);
  moveIfThere(path, `${archive}.1`);
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
