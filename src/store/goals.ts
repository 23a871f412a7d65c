// Goals on disk: the person's files in goals/, their status in .flyball/goals/, and their verifies on a clock of
// their own. A file that cannot be read is Invalid, never absent; a folder that cannot be listed throws.
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { describeError } from '../errors.ts';
import { scope } from '../lib/cel.ts';
import { errorCode } from '../lib/error-code.ts';
import { type FileMemory, fileMemory } from '../lib/file-memory.ts';
import { listNames } from '../lib/files.ts';
import type { GoalContext, Goals } from '../ports.ts';
import { type GoalFile, parseGoal, unreadableGoal, withoutCollisions } from '../world/goal.ts';
import { isGoalName } from '../world/goal-id.ts';
import { statusOf, worldGoal } from '../world/goal-status.ts';
import type { WorldGoal } from '../world/world.ts';
import { type StatusBook, statusBook } from './goal-statuses.ts';
import { type GoalsOptions, GoalVerifies } from './goal-verifies.ts';

export interface FileGoals extends Goals {
  /** The files as they are now, with their specs, problems and warnings. */
  files(): GoalFile[];
}

/** A goal is a page; what is larger was not meant as one. */
const MAX_BYTES = 1_048_576;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function fileGoals(options: GoalsOptions): FileGoals {
  const read = goalReader(options.layout.goals);
  const book = statusBook(options.layout, options.events);
  const verifies = new GoalVerifies(options, book);
  return {
    files: read,
    verify: (request) => verifies.run(read, request), // never rejects
    read: (context) => {
      const files = context.files ?? read();
      verifies.forget(files);
      verifies.noticeEnded(context.world.workers);
      return readGoals(files, context, { book, verifies });
    },
    nextDueAt: (now) => verifies.nextDueAt(now),
    close: () => verifies.close(),
  };
}

function readGoals(
  files: readonly GoalFile[],
  context: GoalContext,
  { book, verifies }: { book: StatusBook; verifies: GoalVerifies },
): Record<string, WorldGoal> {
  const { readings, workers, asks, schedules, leases, spend, playbook, journal } = context.world;
  const values = scope({ readings, workers, asks, schedules, leases, spend, playbook, journal });
  const goals: Record<string, WorldGoal> = {};
  for (const file of files) {
    const former = book.read(file.id);
    const verified = file.spec && file.spec.verify === undefined ? null : (verifies.last(file.id) ?? former?.verify ?? null);
    const status = statusOf({ ...context, file, former, values, verified });
    book.write(file.id, former, status);
    goals[file.id] = worldGoal(file, status);
  }
  book.sweep(new Set(Object.keys(goals)));
  return goals;
}

// ── files ──────────────────────────────────────────────────────────────────────────────────────────

/** Looks at every goal file each time, and reads what has changed. Also what shows goals without keeping their status uses it. */
export function goalReader(folder: string): () => GoalFile[] {
  const memory = fileMemory<GoalFile | null>();
  let former: { files: (GoalFile | null)[]; goals: GoalFile[] } | null = null;
  return () => {
    const names = listNames(folder).filter(isGoalName);
    const files = names.map((name) => lookAt(name, join(folder, name), memory));
    memory.forgetAllBut(names.map((name) => join(folder, name)));
    const same = former?.files.length === files.length && former.files.every((file, at) => file === files[at]);
    if (!former || !same) former = { files, goals: withoutCollisions(files.filter((file) => file !== null)) };
    return former.goals;
  };
}

/** Null when it is gone since the folder was listed. */
function lookAt(name: string, path: string, memory: FileMemory<GoalFile | null>): GoalFile | null {
  let stat: Stats | undefined;
  try {
    stat = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    return unreadableGoal(name, `it cannot be read: ${describeError(error)}`);
  }
  if (!stat) return isLink(path) ? unreadableGoal(name, 'it is a link that points to nothing') : null;
  return memory.of(path, stat, () => {
    const text = readGoalText(path);
    if (text === null) return { value: null, lasting: false };
    if ('problem' in text) return { value: unreadableGoal(name, text.problem), lasting: false };
    return { value: parseGoal(name, text.text), lasting: true };
  });
}

/** Null when it is gone since it was looked at. Never blocks on a FIFO. */
function readGoalText(path: string): { text: string } | { problem: string } | null {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? null : { problem: `it cannot be read: ${describeError(error)}` };
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) return { problem: 'it is no regular file' };
    if (stat.size > MAX_BYTES) return { problem: `it is larger than ${MAX_BYTES} bytes` };
    return { text: utf8.decode(readFileSync(fd)) };
  } catch (error) {
    return { problem: error instanceof TypeError ? 'it is not UTF-8 text' : `it cannot be read: ${describeError(error)}` };
  } finally {
    closeSync(fd);
  }
}

function isLink(path: string): boolean {
  try {
    closeSync(openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK));
    return false;
  } catch (error) {
    return errorCode(error) === 'ELOOP';
  }
}
