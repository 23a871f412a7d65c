// kill -9 at every signal and at every call that changes the disk, in stop and in resume: after the same verb once
// more all stands still or all goes on, each as it was.
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { type Crowd, crowd, isForeground } from './support/crowd.ts';
import { makeRig, type Rig } from './support/rig.ts';
import { until } from './support/wait.ts';

const BUNDLES = resolve('.cache/crash');

beforeAll(async () => {
  mkdirSync(BUNDLES, { recursive: true });
  const shared = { outdir: BUNDLES, outExtension: { '.js': '.mjs' }, format: 'esm', platform: 'node', target: 'node20' } as const;
  await build({ ...shared, entryPoints: ['test/support/crash.ts'] });
});

/** What a verb is started with, so that it dies at its N-th call. */
const DEATHS: Record<string, (n: number) => Record<string, string>> = {
  signal: (n) => {
    const code = `
      let calls = 0;
      const kill = process.kill;
      process.kill = (pid, name) => {
        calls += 1;
        if (calls === ${n}) { kill.call(process, process.pid, 'SIGKILL'); for (;;); }
        return kill.call(process, pid, name);
      };`;
    return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}` };
  },
  'change of the disk': (n) => ({ NODE_OPTIONS: `--import=${BUNDLES}/crash.mjs`, FLYBALL_CRASH_AT: String(n), FLYBALL_CRASH_HOW: 'kill' }),
};

interface Place {
  rig: Rig;
  all: Crowd;
  /** Stopped by a person before. */
  by: number[];
}

async function place(): Promise<Place> {
  const rig = await makeRig();
  const { id } = JSON.parse(rig.read('.flyball/owner.json')) as { id: string };
  const all = await crowd(`${id}/1`, ['terminal', 'stopped', 'setsid']);
  const by = all.rows('stopped').flatMap(({ pid, state }) => (state === 'T' ? [pid] : []));
  return { rig, all, by };
}

async function stands({ rig, all }: Place): Promise<void> {
  expect((await rig.flyball(['stop'])).code).toBe(0);
  await until(() => all.running().length === 0, 'all to stand still');
}

async function goes({ rig, all, by }: Place): Promise<void> {
  expect((await rig.flyball(['resume', '--yes'])).code).toBe(0);
  await until(() => all.rows().every(({ pid, state }) => (state === 'T') === by.includes(pid)), 'all to go on');
  const terminal = all.rows('terminal');
  expect(terminal.filter((row) => row.name === 'sleep' && isForeground(row, terminal))).toHaveLength(1);
  expect(existsSync(join(rig.home, 'STOP'))).toBe(false);
}

/** Kills the verb at its first call, its second, and so on, until it ends by itself; returns how often it was killed. */
async function killedAtEach({ rig }: Place, args: readonly string[], how: string, around: Around): Promise<number> {
  for (let n = 1; ; n++) {
    await around.before();
    const { signal } = await rig.flyball(args, { env: DEATHS[how]?.(n) ?? {} });
    await around.after(n);
    if (signal !== 'SIGKILL') return n - 1;
  }
}

interface Around {
  before(): Promise<void>;
  after(n: number): Promise<void>;
}

const HOWS = Object.keys(DEATHS);

test.each(HOWS)(
  'stop that is killed at any %s is done by the next stop, and lifted by the next resume',
  async (how) => {
    const here = await place();
    const after = async (n: number) => {
      if (n % 2 === 0) await stands(here);
      await goes(here);
    };
    expect(await killedAtEach(here, ['stop', 'because'], how, { before: async () => {}, after })).toBeGreaterThan(3);
  },
  240_000,
);

test.each(HOWS)(
  'resume that is killed at any %s leaves what the next resume, or the next stop, brings to its end',
  async (how) => {
    const here = await place();
    const after = async (n: number) => {
      if (n % 2 === 0) await stands(here);
      await goes(here);
    };
    expect(await killedAtEach(here, ['resume', '--yes'], how, { before: () => stands(here), after })).toBeGreaterThan(3);
  },
  240_000,
);
