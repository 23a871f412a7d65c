// Every kind of action with a home in which it has something to do, and what is there before and after.
import { digest } from '../../src/lib/digest.ts';
import type { HomeRig } from '../support/home-rig.ts';

export interface CrashCase {
  name: string;
  decision: Record<string, unknown> & { action: string };
  files: Record<string, string>;
  /** The files that it changes, as text before and after; null: none. */
  changes: Record<string, [before: string | null, after: string | null]>;
  /** Whether the effect that has no fixed text is there (an ask, a notice, a command's trace): how often. */
  count?(rig: HomeRig): number;
}

const SCHEDULE =
  '{"v":1,"name":"weekly","at":null,"every_s":60,"cron":null,"tz":null,"misfire":"once","note":"n","created_at":"2026-03-02T12:00:00.000Z"}\n';
const SCRIPT = '#!/bin/sh\necho "{}"\n';
const FILES = {
  'PLAYBOOK.md': 'Be kind.\n',
  'goals/learn.md': '---\npriority: 1\n---\nLearn Rust.\n',
  'goals/archive/old.md': 'An old goal.\n',
  'sensors/mine.sh': SCRIPT,
  '.flyball/schedules/weekly.json': SCHEDULE,
};

function aCase(decision: CrashCase['decision'], changes: CrashCase['changes'], count?: CrashCase['count']): CrashCase {
  return { name: decision.action, decision, files: FILES, changes, ...(count ? { count } : {}) };
}

export const CASES: readonly CrashCase[] = [
  aCase({ action: 'noop', reason: 'all well' }, {}),
  // Under whatever id: a beat that was killed before its intent is void, and the next one does it.
  aCase({ action: 'send_notification', message: 'Look!' }, {}, (rig) => notices(rig).filter((text) => text.includes('Look!')).length),
  aCase({ action: 'ask_human', question: 'Which?' }, {}, (rig) => rig.ports.asks.all().filter((ask) => ask.question === 'Which?').length),
  aCase({ action: 'write_goal', id: 'learn', body: 'Learn more.' }, { 'goals/learn.md': [FILES['goals/learn.md'], 'Learn more.\n'] }),
  aCase(
    { action: 'archive_goal', id: 'learn' },
    {
      'goals/learn.md': [FILES['goals/learn.md'], null],
      'goals/archive/learn.md': [null, FILES['goals/learn.md']],
    },
  ),
  aCase(
    { action: 'restore_goal', id: 'old' },
    {
      'goals/old.md': [null, FILES['goals/archive/old.md']],
      'goals/archive/old.md': [FILES['goals/archive/old.md'], null],
    },
  ),
  aCase({ action: 'write_playbook', body: 'Be kinder.' }, { 'PLAYBOOK.md': [FILES['PLAYBOOK.md'], 'Be kinder.\n'] }),
  aCase({ action: 'write_sensor', name: 'disk', script: SCRIPT }, { 'sensors/disk': [null, SCRIPT] }),
  aCase({ action: 'remove_sensor', name: 'mine' }, { 'sensors/mine.sh': [SCRIPT, null] }),
  aCase({ action: 'run_shell', cmd: 'echo ran >> trace' }, {}, (rig) => (rig.read('trace') ?? '').split('\n').length - 1),
  aCase(
    { action: 'write_schedule', name: 'daily', every_s: 86_400, note: 'look' },
    {},
    (rig) => rig.ports.schedules.all().filter(({ name }) => name === 'daily').length,
  ),
  aCase({ action: 'drop_schedule', name: 'weekly' }, { '.flyball/schedules/weekly.json': [SCHEDULE, null] }),
];

function notices(rig: HomeRig): string[] {
  return rig.ports.files
    .list('.flyball/notices')
    .flatMap((name) => (name.endsWith('.json') ? [rig.read(`.flyball/notices/${name}`) ?? ''] : []));
}

/** How often the journal says that an action of this kind was done: files alone do not show a second time. */
export function timesDone(rig: HomeRig, kind: string): number {
  const records = rig.ports.journal.newest(500);
  const ids = new Set(records.flatMap((record) => (record.type === 'intent' && record.action.action === kind ? [record.id] : [])));
  return records.filter((record) => record.type === 'outcome' && record.status === 'done' && ids.has(record.id)).length;
}

/** `before`, `after`, or in words what else the changed files are. */
export function stateOf(it: CrashCase, rig: HomeRig): string {
  const now = Object.keys(it.changes).map((path) => [path, rig.read(path)] as const);
  const is = (side: 0 | 1) => now.every(([path, text]) => text === it.changes[path]?.[side]);
  const count = it.count?.(rig);
  if (count !== undefined) return count === 0 ? 'before' : count === 1 ? 'after' : `done ${count} times`;
  if (now.length === 0) return 'either';
  if (is(0)) return 'before';
  return is(1) ? 'after' : `half: ${JSON.stringify(now.map(([path, text]) => [path, text && digest(text)]))}`;
}
