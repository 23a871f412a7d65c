// kill -9, or a failing disk, at the calls of a whole beat of the real CLI that change the disk or start a process:
// the next beats bring the house where it was to go, the action is done once, and the journal holds.
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { checkJournal } from '../../src/store/journal-check.ts';
import { layout } from '../../src/store/layout.ts';
import type { BeatRecord } from '../../src/world/record.ts';
import { openHome } from '../support/home-rig.ts';
import { makeRig, type Rig } from '../support/rig.ts';
import { CASES, stateOf, timesDone } from './cases.ts';

const CRASH = resolve('.cache/crash-beat/crash.mjs');
const TOGETHER = 2;
const ERRORS = ['ENOSPC', 'EIO', 'EACCES'] as const;
/** FLYBALL_CRASH=all: every kind, killed and failing at every call; =kill: killed. Else the first story is killed at each, and the rest is taken in turn. */
const ALL = process.env.FLYBALL_CRASH === 'all';
const KILL_ALL = ALL || process.env.FLYBALL_CRASH === 'kill';
const IN_TURN = 4;
/** Beats after the crash: one to recover and act, one to see that nothing is done again. */
const BEATS_AFTER = 2;

beforeAll(async () => {
  await build({ entryPoints: ['test/support/crash.ts'], outfile: CRASH, format: 'esm', platform: 'node', target: 'node20' });
});

interface Story {
  name: string;
  /** flyball.yaml. */
  config: string;
  /** The kind of its action, of which the journal must say exactly once that it was done. */
  kind: string;
  files?: Record<string, string>;
  /** How often the effect is there: 1 is right. */
  done(rig: Rig): number;
}

const ruled = (action: object): string => JSON.stringify({ rules: [{ name: 'go', when: 'true', do: action }], decider: { use: 'rules' } });
const lines = (rig: Rig, path: string): string[] => {
  try {
    return rig.read(path).split('\n').filter(Boolean);
  } catch {
    return [];
  }
};

const FEW: readonly Story[] = [
  {
    name: 'a rule writes a goal',
    kind: 'write_goal',
    config: ruled({ action: 'write_goal', id: 'learn', body: 'Learn more.' }),
    done: (rig) => (rig.read('goals/learn.md') === 'Learn more.\n' ? 1 : 0),
  },
  {
    name: 'a rule runs a command',
    kind: 'run_shell',
    config: ruled({ action: 'run_shell', cmd: 'echo ran >> trace' }),
    done: (rig) => lines(rig, 'trace').length,
  },
  {
    name: 'a command decides on a question',
    kind: 'ask_human',
    config: JSON.stringify({
      decider: {
        use: 'command',
        unconfined: true,
        command: 'echo \'{"action":"ask_human","question":"Which?"}\' > .decision.json',
      },
    }),
    done: (rig) => [1, 2, 3].flatMap((n) => lines(rig, `.flyball/asks/${n}.json`)).length,
  },
];

/** The same for the other kinds, each by a rule. */
const OTHERS = CASES.filter(({ name }) => name !== 'write_goal' && name !== 'run_shell').map(
  (it): Story => ({
    name: `a rule does ${it.name}`,
    kind: it.name,
    config: ruled(it.decision),
    files: it.files,
    done: (rig) => (['after', 'either'].includes(stateOf(it, openHome(rig.home))) ? 1 : 0),
  }),
);
const STORIES = KILL_ALL ? [...FEW, ...OTHERS] : FEW;

const FILES = { 'PLAYBOOK.md': 'Be kind.\n', 'goals/learn.md': 'Learn Rust.\n', 'sensors/one.sh': '#!/bin/sh\necho \'{"signal":1}\'\n' };

async function homeOf(story: Story): Promise<{ rig: Rig; reset(): void }> {
  const rig = await makeRig({ ...FILES, ...story.files, 'flyball.yaml': story.config });
  const template = join(rig.root, 'template');
  cpSync(rig.home, template, { recursive: true });
  // The folder itself stays: a home is allowed by its place.
  const reset = () => {
    for (const name of readdirSync(rig.home)) rmSync(join(rig.home, name), { recursive: true, force: true });
    cpSync(template, rig.home, { recursive: true });
  };
  return { rig, reset };
}

const crashing = (rig: Rig, env: Record<string, string>) =>
  rig.flyball(['--home', rig.home, 'beat', '--json'], { env: { NODE_OPTIONS: `--import=${CRASH}`, ...env } });

interface Point {
  at: number;
  how: string;
}

function pointsOf(story: Story, calls: number): Point[] {
  const isFirst = story === STORIES[0];
  return Array.from({ length: calls }, (_, n) => n + 1).flatMap((at) => {
    const error = ERRORS[at % ERRORS.length] ?? 'EIO';
    const hows = KILL_ALL
      ? ['kill', ...(ALL ? ERRORS : [])]
      : [...(isFirst || at % IN_TURN === 0 ? ['kill'] : []), ...(at % IN_TURN === 2 ? [error] : [])];
    return hows.map((how) => ({ at, how }));
  });
}

async function crashAt(story: Story, { rig, reset }: { rig: Rig; reset(): void }, { at, how }: Point): Promise<string[]> {
  reset();
  const wrong: string[] = [];
  const demand = (holds: boolean, what: string) => {
    if (!holds) wrong.push(`${story.name}, ${how} at call ${at}: ${what}`);
  };
  const { signal } = await crashing(rig, { FLYBALL_CRASH_AT: String(at), FLYBALL_CRASH_HOW: how });
  demand((signal === 'SIGKILL') === (how === 'kill'), `it ended by ${signal}`);
  for (let n = 0; n < BEATS_AFTER; n++) {
    const { code, stdout, stderr } = await rig.flyball(['--home', rig.home, 'beat', '--json']);
    demand(code === 0 || code === 1, `beat ${n + 1} after it gave ${code}: ${stderr}${stdout}`);
  }
  // After an error the rule or the decider backs off: not done yet is well, done twice never is.
  const done = story.done(rig);
  demand(done === 1 || (done === 0 && how !== 'kill'), `the effect is there ${done} times`);
  const times = timesDone(openHome(rig.home), story.kind);
  demand(times === 1 || (times === 0 && how !== 'kill'), `the journal says ${times} times that it was done`);
  const check = checkJournal(layout(rig.home));
  demand(check.ok && check.open.length === 0, `the journal: ${JSON.stringify(check)}`);
  for (const beat of readdirSync(join(rig.home, '.flyball/beats'))) {
    const record = JSON.parse(rig.read(`.flyball/beats/${beat}/record.json`)) as BeatRecord;
    demand(record.ended_at !== null, `beat ${beat} has no end`);
  }
  return wrong;
}

for (const story of STORIES) {
  test(`${story.name}: killed or failing anywhere, it is done once and the next beats go on`, async () => {
    const homes = await Promise.all(Array.from({ length: TOGETHER }, () => homeOf(story)));
    const [first] = homes;
    if (!first) return;
    const log = join(first.rig.root, 'calls');
    await crashing(first.rig, { FLYBALL_CRASH_LOG: log });
    expect(story.done(first.rig)).toBe(1);
    const count = readFileSync(log, 'utf8').split('\n').length;
    const points = pointsOf(story, count);
    const crashes = points.length;
    const wrong: string[] = [];
    const work = async (home: { rig: Rig; reset(): void }) => {
      for (let point = points.shift(); point; point = points.shift()) wrong.push(...(await crashAt(story, home, point)));
    };
    await Promise.all(homes.map(work));
    process.stdout.write(`${story.name}: ${count} calls, ${crashes} crashes\n`);
    expect(wrong).toEqual([]);
  }, 1_800_000);
}
