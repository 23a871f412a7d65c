// What an action acts on: the target as its kind says, and the file of the home that this means now.
import type { HomeFiles } from '../ports.ts';
import { PLAYBOOK_PATH, schedulePath } from '../store/layout.ts';
import type { Place } from '../world/no.ts';
import { goalFile } from './goal-file.ts';
import { kinds } from './index.ts';
import { sensorFile } from './sensor-file.ts';

/** `action` may be as the journal keeps it, its long strings folded: what names a target is never long. */
export function placeOf(action: Readonly<Record<string, unknown>> & { action: string }, files: HomeFiles): Place {
  const kind = kinds.find((it) => it.kind === action.action);
  const named = kind?.target(action as never) ?? null; // its own fields, since it is that kind's action
  return { target: named, path: fileOfTarget(named, files) };
}

/** The path that it has or would get; null for what is no file, or not one file. */
function fileOfTarget(target: string | null, files: HomeFiles): string | null {
  if (target === null) return null;
  if (target === 'playbook') return PLAYBOOK_PATH;
  const [, folder, name] = /^(goals|sensors|schedules)\/([^/]+)$/.exec(target) ?? [];
  if (folder === undefined || name === undefined) return null;
  if (folder === 'schedules') return schedulePath(name);
  const found = folder === 'goals' ? goalFile(name, files) : sensorFile(name, files);
  return found.found === 'several' ? null : found.path;
}
