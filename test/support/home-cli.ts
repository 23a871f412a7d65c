// A home whose decider is a shell script that the test scripts beat by beat, seen through the real CLI alone.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalRecord } from '../../src/world/journal.ts';
import type { BeatRecord } from '../../src/world/record.ts';
import { makeRig, type Rig } from './rig.ts';
import { until } from './wait.ts';

export interface DecidedHome extends Rig {
  /** What the decider will answer, until told otherwise. A string is written as it is. */
  decides(decision: Record<string, unknown> | string): void;
  /** What the decider will run instead, as shell, in the home. */
  runs(script: string): void;
  /** How often the decider was started. */
  asked(): number;
  /** The world changes: a sensor of this home says something new. */
  stir(): void;
  /** `flyball beat --json`, whose record it returns. */
  beat(...flags: string[]): Promise<BeatRecord & { exit: number | null }>;
  journal(): JournalRecord[];
  /** A path beside the home, where a script may leave what is no part of it. */
  beside(name: string): string;
}

export interface HomeOptions {
  files?: Record<string, string>;
  /** More of flyball.yaml. */
  config?: string;
}

/** `autonomy: full` unless the config says otherwise: a model may run what norms and policies allow. */
export async function decidedHome({ files = {}, config = 'autonomy: full' }: HomeOptions = {}): Promise<DecidedHome> {
  const rig = await makeRig(files);
  const beside = (name: string) => join(rig.root, 'beside', name);
  mkdirSync(beside(''));
  const [script, count, tick] = [beside('decide.sh'), beside('asked'), beside('tick')];
  let ticks = 0;
  const home: DecidedHome = {
    ...rig,
    beside,
    decides: (decision) => {
      writeFileSync(beside('answer'), typeof decision === 'string' ? decision : JSON.stringify(decision));
      home.runs(`cat ${beside('answer')} > .decision.json`);
    },
    runs: (line) => writeFileSync(script, `echo asked >> ${count}\n${line}\n`),
    asked: () => (existsSync(count) ? readFileSync(count, 'utf8').split('\n').length - 1 : 0),
    stir: () => {
      ticks += 1;
      writeFileSync(tick, String(ticks));
    },
    beat: async (...flags) => {
      const ended = await rig.flyball(['beat', '--json', ...flags]);
      if (ended.stdout === '') throw new Error(`the beat left no record (exit ${ended.code}): ${ended.stderr}`);
      return { ...(ended.json() as BeatRecord), exit: ended.code }; // its shape is what test/scenarios/shapes.ts proves
    },
    journal: () =>
      rig
        .read('.flyball/journal.jsonl')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as JournalRecord), // likewise
  };
  home.stir();
  home.decides({ action: 'noop' });
  rig.write('sensors/tick.sh', `#!/bin/sh\n# flyball: interval=1h\nprintf '{"signal":%s}' "$(cat ${tick})"\n`, 0o700);
  rig.write('flyball.yaml', `decider: {use: command, command: 'sh ${script}', unconfined: true}\n${config}\n`);
  return home;
}

/** The record as the CLI prints it, without what the rig added. */
export function recordOf({ exit: _exit, ...record }: BeatRecord & { exit: number | null }): BeatRecord {
  return record;
}

/** Every file under a folder: its inode, its time and what it holds. `but` are paths left out, with all below them. */
export function filesUnder(folder: string, but: readonly string[] = []): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (path: string) => {
    if (but.includes(path)) return;
    const absolute = join(folder, path);
    const stat = lstatSync(absolute);
    if (stat.isDirectory()) {
      for (const name of readdirSync(absolute)) walk(path === '' ? name : `${path}/${name}`);
      return;
    }
    const held = stat.isFile() ? createHash('sha256').update(readFileSync(absolute)).digest('hex').slice(0, 16) : 'no file';
    found[path] = `${stat.ino} ${stat.mtimeMs} ${held}`;
  };
  walk('');
  return found;
}

/** The paths whose file came, went or changed. */
export function differing(before: Record<string, string>, after: Record<string, string>): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((path) => before[path] !== after[path]).sort();
}

/** `git` in the home's own history of policy files; empty while there is none. */
export function historyOf(rig: Rig, ...args: string[]): string {
  const folder = join(rig.home, '.flyball/history.git');
  return existsSync(folder) ? execFileSync('git', [`--git-dir=${folder}`, ...args], { env: rig.env, encoding: 'utf8' }).trim() : '';
}

/** Starts the pulse apart, and resolves with its pid once it has acted. */
export async function upAndBeaten(home: DecidedHome): Promise<number> {
  const started = await home.flyball(['up', '--json']);
  if (started.code !== 0) throw new Error(started.stderr);
  await until(() => home.asked() > 0, 'the first decision');
  await until(async () => (await statusOf(home)).last_beat?.did === 'acted', 'the first beat');
  return pidOf(home);
}

interface SeenStatus {
  pulse: { running: boolean; pid: number; epoch: number; busy: string | null };
  gate: { open: boolean; reason: string };
  last_beat: { id: number; did: string; action: string | null } | null;
  stop: { reason: string } | null;
  problems: { what: string }[];
}

export async function statusOf(home: DecidedHome): Promise<SeenStatus> {
  return (await home.flyball(['--home', home.home, 'status', '--json'])).json() as SeenStatus;
}

export async function pidOf(home: DecidedHome): Promise<number> {
  return (await statusOf(home)).pulse.pid;
}
