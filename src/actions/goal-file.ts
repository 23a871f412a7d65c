// Which file a goal's id means: its name as a slug, so that `Learn Rust.md` is the goal learn-rust.
import type { HomeFiles } from '../ports.ts';
import { archivePath, goalPath } from '../store/layout.ts';
import { goalId, isGoalName } from '../world/goal-id.ts';

const ENDING = '.md';

export type GoalFile = { found: 'one'; path: string } | { found: 'none'; path: string } | { found: 'several'; problem: string };

/** The goal's file, or the path that a new one would get. */
export function goalFile(id: string, files: HomeFiles): GoalFile {
  const names = files.list('goals').filter((name) => isGoalName(name) && goalId(name) === id);
  if (names.length > 1)
    return { found: 'several', problem: `${names.map(goalPath).join(' and ')} are both the goal ${id}; one of them needs another name` };
  const [name] = names;
  return name === undefined ? { found: 'none', path: goalPath(`${id}${ENDING}`) } : { found: 'one', path: goalPath(name) };
}

/** A thousand archived goals of one id are a mistake. */
const SUFFIXES = 1_000;

/** The first free name in goals/archive/: `ID.md`, `ID~2.md` … (no id has a `~`, so these are no other goal's). */
export function freeArchivePath(id: string, files: HomeFiles): string | null {
  const taken = new Set(files.list('goals/archive').map((name) => name.toLowerCase()));
  for (let n = 1; n <= SUFFIXES; n++) {
    const name = `${id}${n === 1 ? '' : `~${n}`}${ENDING}`;
    if (!taken.has(name)) return archivePath(name);
  }
  return null;
}

/** The archived goal of that id, the latest when there are several; null when there is none. */
export function archivedGoal(id: string, files: HomeFiles): string | null {
  const versions = files.list('goals/archive').flatMap((name) => {
    const [, stem = '', suffix = '1'] = /^(.*?)(?:~(\d{1,4}))?\.md$/i.exec(name) ?? [];
    return isGoalName(name) && goalId(stem) === id ? [{ name, n: Number(suffix) }] : [];
  });
  const latest = versions.sort((a, b) => b.n - a.n)[0];
  return latest ? archivePath(latest.name) : null;
}
