// kill -9, or a failing disk, at the calls between the person's answer and the end of the approval's beat: what was
// approved is done exactly once, what was refused never, and the ask ends closed.
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { checkJournal } from '../../src/store/journal-check.ts';
import { layout } from '../../src/store/layout.ts';
import type { Ask } from '../../src/world/ask.ts';
import type { BeatRecord } from '../../src/world/record.ts';
import { openHome } from '../support/home-rig.ts';
import { makeRig, type Rig } from '../support/rig.ts';
import { timesDone } from './cases.ts';

const CRASH = resolve('.cache/crash-approvals/crash.mjs');
const TOGETHER = 2;
const ERRORS = ['ENOSPC', 'EIO', 'EACCES'] as const;
/** FLYBALL_CRASH=all: killed and failing at every call; =kill: killed at every call. Else in turn. */
const ALL = process.env.FLYBALL_CRASH === 'all';
const KILL_ALL = ALL || process.env.FLYBALL_CRASH === 'kill';
const IN_TURN = 8;
/** Beats after a crash: to recover, to do what was approved, to see that it is not done again, and one more. */
const BEATS_AFTER = 4;

beforeAll(async () => {
  await build({ entryPoints: ['test/support/crash.ts'], outfile: CRASH, format: 'esm', platform: 'node', target: 'node20' });
});

interface Story {
  name: string;
  decision: Record<string, unknown> & { action: string };
  word: 'yes' | 'no' | 'always';
  /** How often the effect is there. */
  done(rig: Rig): number;
}

const SHELL = { action: 'run_shell', cmd: 'echo ran >> trace' };
const traced = (rig: Rig): number => (existsSync(join(rig.home, 'trace')) ? rig.read('trace').split('\n').length - 1 : 0);
const GOAL = { action: 'write_goal', id: 'learn', body: 'Learn more.' };

const STORIES: readonly Story[] = [
  { name: 'a command is approved', decision: SHELL, word: 'yes', done: traced },
  { name: 'a goal is approved', decision: GOAL, word: 'yes', done: (rig) => (rig.read('goals/learn.md') === 'Learn more.\n' ? 1 : 0) },
  { name: 'a command is approved for always', decision: SHELL, word: 'always', done: traced },
  { name: 'a command is refused', decision: SHELL, word: 'no', done: traced },
];

interface Home {
  rig: Rig;
  reset(): void;
}

/** Killed in the first part the ask is being answered, in the second the answer is being carried out. */
type Part = 'answer' | 'beat';

/** A home in which the decision waits as ask 1; nobody decides from here on. */
async function homeOf({ decision }: Story): Promise<Home> {
  const config = `# mine\nautonomy: propose # careful\ndecider: {use: command, unconfined: true, command: 'cat answer > .decision.json'}\n`;
  const rig = await makeRig({ 'flyball.yaml': config, 'PLAYBOOK.md': 'Be kind.\n', 'goals/learn.md': 'Learn Rust.\n' });
  rig.write('answer', JSON.stringify(decision));
  const { stdout } = await rig.flyball(['--home', rig.home, 'beat', '--json']);
  if ((JSON.parse(stdout) as BeatRecord).did !== 'asked') throw new Error(stdout);
  rig.write('answer', '{"action":"noop"}');
  const template = join(rig.root, 'template');
  cpSync(rig.home, template, { recursive: true });
  const reset = () => {
    for (const name of readdirSync(rig.home)) rmSync(join(rig.home, name), { recursive: true, force: true });
    cpSync(template, rig.home, { recursive: true });
  };
  return { rig, reset };
}

const ARGS = { answer: (word: string) => ['answer', '1', word], beat: () => ['beat', '--json'] } as const;

function run(rig: Rig, args: readonly string[], env: Record<string, string> = {}) {
  const preload = Object.keys(env).length > 0 ? { NODE_OPTIONS: `--import=${CRASH}` } : {};
  return rig.flyball(['--home', rig.home, ...args], { env: { ...preload, ...env } });
}

interface Point {
  part: Part;
  at: number;
  how: string;
}

function pointsOf(part: Part, calls: number): Point[] {
  return Array.from({ length: calls }, (_, n) => n + 1).flatMap((at) => {
    const error = ERRORS[at % ERRORS.length] ?? 'EIO';
    const hows = KILL_ALL
      ? ['kill', ...(ALL ? ERRORS : [])]
      : [...(at % IN_TURN === 0 ? ['kill'] : []), ...(at % IN_TURN === 3 ? [error] : [])];
    return hows.map((how) => ({ part, at, how }));
  });
}

async function crashAt(story: Story, { rig, reset }: Home, { part, at, how }: Point): Promise<string[]> {
  reset();
  const wrong: string[] = [];
  const demand = (holds: boolean, what: string) => {
    if (!holds) wrong.push(`${story.name}, ${how} at call ${at} of the ${part}: ${what}`);
  };
  if (part === 'beat') await run(rig, ARGS.answer(story.word));
  const { signal } = await run(rig, ARGS[part](story.word), { FLYBALL_CRASH_AT: String(at), FLYBALL_CRASH_HOW: how });
  demand((signal === 'SIGKILL') === (how === 'kill'), `it ended by ${signal}`);
  demand(story.word !== 'no' || story.done(rig) === 0, 'what was refused was done');
  // The person says it again when nobody said that it was taken: the first answer wins.
  if (part === 'answer') await run(rig, ARGS.answer(story.word));
  for (let n = 0; n < BEATS_AFTER; n++) {
    const { code, stdout, stderr } = await run(rig, ARGS.beat());
    demand(code === 0 || code === 1, `beat ${n + 1} after it gave ${code}: ${stderr}${stdout}`);
  }
  for (const fault of faultsOf(story, rig, how)) demand(false, fault);
  return wrong;
}

/** What must hold in the end, whatever happened in between. */
function faultsOf(story: Story, rig: Rig, how: string): string[] {
  const times = timesDone(openHome(rig.home), story.decision.action);
  const ask = JSON.parse(rig.read('.flyball/asks/1.json')) as Ask;
  const journal = checkJournal(layout(rig.home));
  const config = rig.read('flyball.yaml');
  const expected = story.word === 'no' ? 0 : 1;
  // A disk that failed half way may have left the command's end unknown: then it is never run again.
  const failed = how !== 'kill' && /^(failed|interrupted|overtaken)/.test(ask.closed_reason ?? '');
  const lines = config.split('\n').filter((line) => line.includes('name: always-')).length;
  const beats = readdirSync(join(rig.home, '.flyball/beats')).map(
    (beat) => JSON.parse(rig.read(`.flyball/beats/${beat}/record.json`)) as BeatRecord,
  );
  return [
    ...(story.done(rig) === expected || (failed && story.done(rig) <= 1) ? [] : [`the effect is there ${story.done(rig)} times`]),
    ...(times === expected || (failed && times <= 1) ? [] : [`the journal says ${times} times that it was done`]),
    ...(ask.state === 'closed' ? [] : [`the ask is ${ask.state}`]),
    ...(story.word === 'no' && ask.closed_reason !== 'refused' ? [`the ask was closed: ${ask.closed_reason}`] : []),
    ...(lines === (story.word === 'always' ? 1 : 0) || (how !== 'kill' && lines === 0)
      ? []
      : [`flyball.yaml has ${lines} lines of always: ${config}`]),
    ...(config.startsWith('# mine\nautonomy: propose # careful\n') ? [] : [`flyball.yaml has lost something: ${config}`]),
    ...(journal.ok && journal.open.length === 0 ? [] : [`the journal: ${JSON.stringify(journal)}`]),
    ...beats.filter(({ ended_at }) => ended_at === null).map(({ id }) => `beat ${id} has no end`),
  ];
}

for (const story of STORIES) {
  test(`${story.name}, and killed or failing anywhere it is done as often as the person said`, async () => {
    const homes = await Promise.all(Array.from({ length: TOGETHER }, () => homeOf(story)));
    const [first] = homes;
    if (!first) return;
    const log = join(first.rig.root, 'calls');
    const counts: number[] = [];
    for (const part of ['answer', 'beat'] as const) {
      await run(first.rig, ARGS[part](story.word), { FLYBALL_CRASH_LOG: log });
      counts.push(readFileSync(log, 'utf8').split('\n').length);
    }
    expect(story.done(first.rig)).toBe(story.word === 'no' ? 0 : 1);
    const points = (['answer', 'beat'] as const).flatMap((part, n) => pointsOf(part, counts[n] ?? 0));
    const crashes = points.length;
    const wrong: string[] = [];
    const work = async (home: Home) => {
      for (let point = points.shift(); point; point = points.shift()) wrong.push(...(await crashAt(story, home, point)));
    };
    await Promise.all(homes.map(work));
    process.stdout.write(`${story.name}: ${counts.join(' + ')} calls, ${crashes} crashes\n`);
    expect(wrong).toEqual([]);
  }, 1_800_000);
}
