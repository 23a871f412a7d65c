// Which file of the home an action's target means: `goals/inbox` is goals/inbox.md, or `goals/In Box.md`.
import type { HomeFiles } from '../ports.ts';
import { PLAYBOOK_PATH, schedulePath } from '../store/layout.ts';
import { goalFile } from './goal-file.ts';
import { sensorFile } from './sensor-file.ts';

/** The path that it has or would get; null for what is no file, or not one file. */
export function fileOfTarget(target: string | null, files: HomeFiles): string | null {
  if (target === null) return null;
  if (target === 'playbook') return PLAYBOOK_PATH;
  const [, folder, name] = /^(goals|sensors|schedules)\/([^/]+)$/.exec(target) ?? [];
  if (folder === undefined || name === undefined) return null;
  if (folder === 'schedules') return schedulePath(name);
  const found = folder === 'goals' ? goalFile(name, files) : sensorFile(name, files);
  return found.found === 'several' ? null : found.path;
}
