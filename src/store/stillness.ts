// How long the policy files have been still, and whether git is at work in the home: a decider that costs is
// not asked in the middle of an edit, a checkout or a rebase.
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../lib/error-code.ts';
import { listNames } from '../lib/files.ts';
import type { Layout } from './layout.ts';

/** So long must nobody have touched them. */
const STILL_MS = 10_000;
/** What git leaves in its folder while something is under way. */
const GIT_BUSY = ['index.lock', 'MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REVERT_HEAD', 'rebase-merge', 'rebase-apply', 'BISECT_LOG'];

/** Until when to wait, or null when the files are still. */
export function settlingUntil(layout: Layout, now: Date): Date | null {
  if (GIT_BUSY.some((name) => modifiedAt(join(layout.home, '.git', name)) !== null)) return new Date(now.getTime() + STILL_MS);
  const files = [layout.playbook, layout.config, layout.goals, layout.sensors, layout.loops];
  for (const folder of [layout.goals, layout.sensors, layout.loops]) files.push(...listNames(folder).map((name) => join(folder, name)));
  let newest = 0;
  for (const file of files) {
    const at = modifiedAt(file);
    // A time in the future (another machine's clock, a restored archive) says nothing of an edit just now.
    if (at !== null && at <= now.getTime()) newest = Math.max(newest, at);
  }
  const until = newest + STILL_MS;
  return until > now.getTime() ? new Date(until) : null;
}

function modifiedAt(path: string): number | null {
  try {
    return lstatSync(path).mtimeMs;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null; // ENOTDIR: `.git` is a file in a worktree
    throw error;
  }
}
