// Goal statuses on disk: one file a goal, rewritten only when it changes. A lost or broken one begins again.
import { type BigIntStats, statSync } from 'node:fs';
import { join } from 'node:path';
import { describeError } from '../errors.ts';
import { errorCode } from '../lib/error-code.ts';
import { listNames, makeFolder, readText, removeIfThere, writeAtomic } from '../lib/files.ts';
import { isCount, isInteger, isListOf, isOneOf, isShaped, isText, orNull } from '../lib/shape.ts';
import type { Events } from '../ports.ts';
import { CONDITION_TYPES, type Condition } from '../world/condition.ts';
import type { GoalStatus } from '../world/goal-status.ts';
import type { Layout } from './layout.ts';

export interface StatusBook {
  /** Null when there is none, or none that can be read. */
  read(goal: string): GoalStatus | null;
  /** Writes it unless it is what `former` says. */
  write(goal: string, former: GoalStatus | null, status: GoalStatus): void;
  /** Once a start: the status of goals that have been gone for long is removed. */
  sweep(present: ReadonlySet<string>): void;
}

/** A goal that comes back within this goes on with its generation. */
const KEPT_MS = 30 * 86_400_000;

const CONDITION_FIELDS = [
  'type',
  'status',
  'reason',
  'message',
  'observedGeneration',
  'lastTransitionTime',
] as const satisfies readonly (keyof Condition)[];

const isStatus = isShaped<GoalStatus>({
  v: isOneOf(1),
  text: isText,
  generation: isCount,
  observedGeneration: isInteger,
  conditions: isListOf(
    isShaped<Condition>({
      type: isOneOf(...CONDITION_TYPES),
      status: isOneOf('True', 'False', 'Unknown'),
      reason: isText,
      message: isText,
      observedGeneration: isInteger,
      lastTransitionTime: isText,
    }),
  ),
  verify: orNull(
    isShaped<NonNullable<GoalStatus['verify']>>({
      command: isText,
      text: isText,
      at: isText,
      end: isOneOf('passed', 'failed', 'error'),
      exit: orNull(isInteger),
      message: isText,
    }),
  ),
});

export function statusBook(layout: Layout, events: Events): StatusBook {
  const known = new Map<string, { stamp: string; status: GoalStatus | null }>();
  const path = (goal: string) => join(layout.goalStates, `${goal}.json`);
  let swept = false;
  return {
    read: (goal) => {
      const stamp = stampOf(path(goal));
      const before = known.get(goal);
      if (before?.stamp === stamp) return before.status;
      const status =
        stamp === '' ? null : parseStatus(readText(path(goal)), (message) => events.emit({ event: 'goal_status_lost', goal, message }));
      known.set(goal, { stamp, status });
      return status;
    },
    write: (goal, former, status) => {
      if (former !== null && isSame(former, status)) return;
      try {
        makeFolder(layout.goalStates);
        // Derived from the files and the checks: what a power cut takes is found again.
        writeAtomic(path(goal), `${JSON.stringify(status)}\n`, { durable: false });
        known.set(goal, { stamp: stampOf(path(goal)), status });
      } catch (error) {
        events.emit({ event: 'goal_status_unwritten', goal, message: describeError(error) });
        known.set(goal, { stamp: stampOf(path(goal)), status }); // a full disk must not make each look begin a generation
      }
    },
    sweep: (present) => {
      if (swept) return;
      swept = true;
      try {
        sweepFolder(layout.goalStates, present);
      } catch (error) {
        events.emit({ event: 'goal_statuses_unswept', message: describeError(error) }); // nothing waits for it
      }
    },
  };
}

/** Field by field: as text, a thousand of them would take a tenth of a beat. */
function isSame(a: GoalStatus, b: GoalStatus): boolean {
  return (
    a.text === b.text &&
    a.generation === b.generation &&
    a.observedGeneration === b.observedGeneration &&
    a.conditions.length === b.conditions.length &&
    a.conditions.every((condition, index) => CONDITION_FIELDS.every((field) => condition[field] === b.conditions[index]?.[field])) &&
    (a.verify === b.verify || JSON.stringify(a.verify) === JSON.stringify(b.verify))
  );
}

function parseStatus(text: string | null, lost: (message: string) => void): GoalStatus | null {
  if (text === null) return null;
  try {
    const kept: unknown = JSON.parse(text);
    if (isStatus(kept)) return kept;
    throw new Error('it is no status of this version');
  } catch (error) {
    lost(describeError(error));
    return null;
  }
}

/** Each write makes a new file, so that its inode, time and size tell whether it is the one that was read; '' when there is none. */
function stampOf(path: string): string {
  const stat = statOf(path);
  return stat === null ? '' : `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
}

function statOf(path: string): BigIntStats | null {
  try {
    return statSync(path, { bigint: true });
  } catch (error) {
    // A file where the folder should be: then no status is there either, and writing says what is wrong.
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return null;
    throw error;
  }
}

function sweepFolder(folder: string, present: ReadonlySet<string>): void {
  const newest = statOf(folder)?.mtimeMs; // the file system's own clock: ours may have been set back
  if (newest === undefined) return;
  for (const name of listNames(folder)) {
    const stat = present.has(name.replace(/\.json$/, '')) ? null : statOf(join(folder, name));
    if (stat && Number(newest - stat.mtimeMs) > KEPT_MS) removeIfThere(join(folder, name));
  }
}
