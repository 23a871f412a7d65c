// kill -9, or a failing disk, at the calls of `flyball undo` that change the disk or start a process: the undo is
// done once or not at all, the next verb or beat settles it, and an undo of all files is never left half-way.
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { TEMPORARY } from '../../src/lib/files.ts';
import { checkJournal } from '../../src/store/journal-check.ts';
import { layout } from '../../src/store/layout.ts';
import type { JournalRecord } from '../../src/world/journal.ts';
import { openHome } from '../support/home-rig.ts';
import { makeRig, type Rig } from '../support/rig.ts';

const CRASH = resolve('.cache/crash-undo/crash.mjs');
const ERRORS = ['ENOSPC', 'EIO', 'EACCES'] as const;
/** FLYBALL_CRASH=all: killed and failing at every call. Else at some, in turn. */
const ALL = process.env.FLYBALL_CRASH === 'all';
const IN_TURN = 6;
const TOGETHER = 2;

beforeAll(async () => {
  await build({ entryPoints: ['test/support/crash.ts'], outfile: CRASH, format: 'esm', platform: 'node', target: 'node20' });
});

interface Story {
  name: string;
  /** What was done, by beats, before it is undone. */
  done: Record<string, unknown>[];
  args: string[];
}

const FILES = {
  'PLAYBOOK.md': 'Be kind.\n',
  'goals/learn.md': '---\npriority: 1\n---\nLearn Rust.\n',
  'sensors/one.sh': '#!/bin/sh\necho \'{"signal":1}\'\n',
};
/** The files that an undo touches here. */
const PATHS = [...Object.keys(FILES), 'goals/new.md', 'goals/archive/learn.md', 'sensors/two', '.flyball/schedules/daily.json'];

const STORIES: readonly Story[] = [
  { name: 'of a written goal', done: [{ action: 'write_goal', id: 'learn', body: 'Learn more.' }], args: ['1'] },
  { name: 'of an archived goal', done: [{ action: 'archive_goal', id: 'learn' }], args: ['1'] },
  { name: 'of a schedule', done: [{ action: 'write_schedule', name: 'daily', every_s: 86_400, note: 'look' }], args: ['1'] },
  {
    name: 'of all files, to a time',
    done: [
      { action: 'write_goal', id: 'learn', body: 'Learn more.' },
      { action: 'write_playbook', body: 'Be kinder.' },
      { action: 'write_goal', id: 'new', body: 'New.' },
      { action: 'write_sensor', name: 'two', script: FILES['sensors/one.sh'] },
    ],
    args: ['--to'],
  },
];

interface Home {
  rig: Rig;
  args: string[];
  before: string;
  after: string;
  /** As it is before the undo. */
  reset(): void;
}

function files(rig: Rig): string {
  return JSON.stringify(
    PATHS.map((path) => {
      try {
        return rig.read(path);
      } catch {
        return null;
      }
    }),
  );
}

async function homeOf(story: Story): Promise<Home> {
  const rig = await makeRig({ ...FILES, 'flyball.yaml': 'decider: {use: rules}\n' });
  const inside = openHome(rig.home);
  inside.ports.history.keep();
  const after = files(rig);
  const kept = new Date();
  // The history counts whole seconds: what comes next is to be later.
  while (Math.floor(Date.now() / 1_000) === Math.floor(kept.getTime() / 1_000)) await new Promise((resolve) => setImmediate(resolve));
  for (const decision of story.done) {
    const { executed } = await inside.act(decision, { person: true });
    expect(executed.outcome?.status).toBe('done');
  }
  const before = files(rig);
  const template = join(rig.root, 'template');
  cpSync(rig.home, template, { recursive: true });
  const reset = () => {
    for (const name of readdirSync(rig.home)) rmSync(join(rig.home, name), { recursive: true, force: true });
    cpSync(template, rig.home, { recursive: true });
  };
  return { rig, before, after, reset, args: story.args[0] === '--to' ? ['--to', kept.toISOString()] : story.args };
}

const undo = ({ rig, args }: Home, env: Record<string, string> = {}) =>
  rig.flyball(['--home', rig.home, 'undo', ...args, '--yes', '--json'], { env });

const crashing = (home: Home, env: Record<string, string>) => undo(home, { NODE_OPTIONS: `--import=${CRASH}`, ...env });

function outcomes(rig: Rig): string[] {
  const records = rig
    .read('.flyball/journal.jsonl')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as JournalRecord);
  return records.flatMap((record) => (record.type === 'outcome' && record.id.startsWith('p') ? [record.status] : []));
}

async function crashAt(home: Home, at: number, how: string): Promise<string[]> {
  const { rig } = home;
  home.reset();
  const wrong: string[] = [];
  const demand = (holds: boolean, what: string) => {
    if (!holds) wrong.push(`${how} at call ${at}: ${what}`);
  };
  const { signal } = await crashing(home, { FLYBALL_CRASH_AT: String(at), FLYBALL_CRASH_HOW: how });
  demand((signal === 'SIGKILL') === (how === 'kill'), `it ended by ${signal}`);
  // Half the time a beat settles it, half the time the next undo does.
  if (at % 2 === 0) await rig.flyball(['--home', rig.home, 'beat', '--json']);
  const first = await undo(home);
  demand(first.code === 0 || first.code === 1, `the next undo gave ${first.code}: ${first.stderr}`);
  if (first.code === 1 && files(rig) !== home.after) demand((await undo(home)).code === 0, 'the undo after it was not done');
  demand(files(rig) === home.after, 'the files are not as they were');
  const done = outcomes(rig);
  demand(done.filter((status) => status === 'done').length === 1, `outcomes: ${done.join()}`);
  const check = checkJournal(layout(rig.home));
  demand(check.ok && check.open.length === 0, `the journal: ${JSON.stringify(check)}`);
  await rig.flyball(['--home', rig.home, 'beat', '--json']);
  const left = ['', 'goals', 'goals/archive', 'sensors'].flatMap((folder) => names(join(rig.home, folder)));
  demand(!left.some((name) => name.startsWith(TEMPORARY)), `left behind: ${left.join()}`);
  demand(rig.read('.flyball/nos.json').includes('"undone"'), 'no no was left');
  return wrong;
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

for (const [turn, story] of STORIES.entries()) {
  test(`undo ${story.name}: killed or failing anywhere, it is done once or not at all`, async () => {
    const homes = await Promise.all(Array.from({ length: TOGETHER }, () => homeOf(story)));
    const [first] = homes;
    if (!first) return;
    const log = join(first.rig.root, 'calls');
    const plain = await crashing(first, { FLYBALL_CRASH_LOG: log });
    expect(plain).toMatchObject({ code: 0 });
    expect(files(first.rig)).toBe(first.after);
    const count = readFileSync(log, 'utf8').split('\n').length;
    const points = Array.from({ length: count }, (_, n) => n + 1).flatMap((at) => {
      const error = ERRORS[at % ERRORS.length] ?? 'EIO';
      if (ALL) return ['kill', error].map((how) => ({ at, how }));
      return at % IN_TURN === turn % IN_TURN ? [{ at, how: at % (2 * IN_TURN) < IN_TURN ? 'kill' : error }] : [];
    });
    const crashes = points.length;
    const wrong: string[] = [];
    const work = async (home: Home) => {
      for (let point = points.shift(); point; point = points.shift()) wrong.push(...(await crashAt(home, point.at, point.how)));
    };
    await Promise.all(homes.map(work));
    process.stdout.write(`undo ${story.name}: ${count} calls, ${crashes} crashes\n`);
    expect(wrong).toEqual([]);
  }, 1_800_000);
}
