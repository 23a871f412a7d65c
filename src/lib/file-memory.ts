// What was made of files, remembered while the files stay the same: by inode, size and times, as git does it.
import type { Stats } from 'node:fs';

/** Two writes within one tick of the file system's clock leave the same times: of a file this young nothing is remembered. */
const YOUNG_MS = 100;

export interface FileMemory<T> {
  /** What `make` makes of the file that `stat` speaks of, taken before it is read. What is not `lasting` is made again each time. */
  of(path: string, stat: Stats, make: () => { value: T; lasting: boolean }): T;
  forgetAllBut(paths: readonly string[]): void;
}

export function fileMemory<T>(): FileMemory<T> {
  let known = new Map<string, { stat: Stats; value: T }>();
  return {
    of(path, stat, make) {
      const former = known.get(path);
      if (former && isSame(former.stat, stat)) return former.value;
      const { value, lasting } = make();
      const young = Math.abs(Date.now() - stat.ctimeMs) < YOUNG_MS;
      if (lasting && !young) known.set(path, { stat, value });
      else known.delete(path);
      return value;
    },
    forgetAllBut(paths) {
      if (known.size <= paths.length && paths.every((path) => known.has(path))) return;
      known = new Map(paths.flatMap((path) => [known.get(path)].flatMap((entry) => (entry ? [[path, entry] as const] : []))));
    },
  };
}

function isSame(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.ctimeMs === b.ctimeMs && a.mtimeMs === b.mtimeMs && a.size === b.size && a.mode === b.mode && a.dev === b.dev;
}
