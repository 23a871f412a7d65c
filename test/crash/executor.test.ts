// kill -9, a full disk and a failing disk at every call of the executor that changes something, for every kind:
// nothing is done twice, nothing is half done, everything is settled, and the next action works.
import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TEMPORARY } from '../../src/lib/files.ts';
import { checkJournal } from '../../src/store/journal-check.ts';
import { type HomeRig, makeHome, openHome } from '../support/home-rig.ts';
import { CASES, type CrashCase, stateOf } from './cases.ts';

const HOWS = ['kill', 'ENOSPC', 'EIO', 'EACCES'] as const;
/** All four at each point when asked for; else each point gets one of them, in turn, and every second is a kill. */
const ALL = process.env.FLYBALL_CRASH === 'all';
/** In the checkout, so that the one native package is found from there. */
const BUNDLES = resolve('.cache/crash');
const TOGETHER = 2;
let root = '';
/** What a pulse does before and around every action, as the action that does nothing shows it. */
let ofEveryKind: string[] = [];
/** How the actions ended, by status: a test that only ever saw one of them would prove little. */
const seen = new Map<string, number>();

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'flyball-crash-'));
  mkdirSync(BUNDLES, { recursive: true });
  const shared = { outdir: BUNDLES, outExtension: { '.js': '.mjs' }, format: 'esm', platform: 'node', target: 'node20' } as const;
  await build({ ...shared, entryPoints: ['test/support/crash.ts'] });
  await build({
    ...shared,
    entryPoints: ['test/crash/one-action.ts'],
    bundle: true,
    external: ['fs-native-extensions', 'vitest'],
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  });
  const [noop] = CASES;
  if (noop) ofEveryKind = await callsOf(noop);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Run {
  /** Undefined: only count. */
  at?: number;
  how?: string;
}

/** The action in a process of its own; resolves when that is dead, however it died. */
function runAction(home: string, it: CrashCase, { at = 0, how = 'count' }: Run): Promise<{ killed: boolean }> {
  const env = { PATH: process.env.PATH, FLYBALL_CRASH_AT: String(at), FLYBALL_CRASH_HOW: how, FLYBALL_CRASH_LOG: `${home}.log` };
  const args = ['--import', join(BUNDLES, 'crash.mjs'), join(BUNDLES, 'one-action.mjs'), home, JSON.stringify(it.decision)];
  return new Promise((done) => execFile(process.execPath, args, { env }, (error) => done({ killed: error?.signal === 'SIGKILL' })));
}

function prepared(it: CrashCase, name: string): string {
  const template = join(root, it.name);
  const home = join(root, `${it.name}-${name}`);
  try {
    cpSync(template, home, { recursive: true, errorOnExist: true });
  } catch {
    const rig = makeHome(it.files);
    cpSync(rig.home, template, { recursive: true });
    rig.remove();
    cpSync(template, home, { recursive: true });
  }
  return home;
}

async function callsOf(it: CrashCase): Promise<string[]> {
  const home = prepared(it, 'count');
  await runAction(home, it, {});
  const rig = openHome(home);
  expect(stateOf(it, rig)).not.toBe('before');
  rig.remove();
  return readFileSync(`${home}.log`, 'utf8').split('\n');
}

/** One point: crash, restart, look. Returns what is wrong, with where it happened. */
async function crashAt(it: CrashCase, at: number, how: string): Promise<string[]> {
  const home = prepared(it, `${at}-${how}`);
  const { killed } = await runAction(home, it, { at, how });
  const rig = openHome(home);
  const wrong: string[] = [];
  const demand = (holds: boolean, what: string) => {
    if (!holds) wrong.push(`${it.name}, ${how} at call ${at}: ${what}`);
  };
  demand(killed === (how === 'kill'), killed ? 'it was killed' : 'it was not killed');
  try {
    const { running } = await rig.recover();
    demand(running === null, 'a command was not waited for');
    inspect(it, rig, demand);
    const next = await rig.act({ action: 'write_goal', id: 'next', body: 'It goes on.' });
    demand(next.executed.outcome?.status === 'done', `the next action: ${JSON.stringify(next.executed)}`);
    demand(rig.read('goals/next.md') === 'It goes on.\n', 'the next action left nothing');
    demand(checkJournal(rig.layout).ok, 'the chain does not go on');
  } catch (error) {
    demand(false, `threw ${error instanceof Error ? error.stack : error}`);
  }
  rmSync(home, { recursive: true, force: true });
  return wrong;
}

function inspect(it: CrashCase, rig: HomeRig, demand: (holds: boolean, what: string) => void): void {
  const check = checkJournal(rig.layout);
  demand(check.ok && check.open.length === 0, `the journal: ${JSON.stringify(check)}`);
  const records = rig.ports.journal.newest(100);
  const intents = records.filter((record) => record.type === 'intent' && record.id === 'b1');
  const outcomes = records.flatMap((record) => (record.type === 'outcome' && record.id === 'b1' ? [record.status] : []));
  demand(intents.length <= 1 && outcomes.length === intents.length, `${intents.length} intents, outcomes ${outcomes.join()}`);
  const state = stateOf(it, rig);
  const [outcome = 'not begun'] = outcomes;
  const fits = {
    done: ['after', 'either'],
    'not begun': ['before', 'either'],
    void: ['before', 'either'],
    failed: ['before', 'either'],
    interrupted: ['before', 'after', 'either'],
  };
  demand(fits[outcome].includes(state), `outcome ${outcome}, and the files are ${state}`);
  seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
  demand(leftovers(rig).length === 0, `left behind: ${leftovers(rig).join()}`);
  inspectRollForward(it, rig, { outcome, demand });
}

function inspectRollForward(
  it: CrashCase,
  rig: HomeRig,
  { outcome, demand }: { outcome: string; demand: (holds: boolean, what: string) => void },
): void {
  const lines = (rig.read('journal.md') ?? '').split('\n').filter(Boolean);
  if (outcome === 'done') demand(lines.length === 1, `journal.md: ${JSON.stringify(lines)}`);
  else demand(lines.length <= 1, `journal.md: ${JSON.stringify(lines)}`);
  rig.ports.history.keep();
  const git = (...args: string[]) => execFileSync('git', ['--git-dir', rig.layout.history, ...args], { encoding: 'utf8' });
  git('fsck', '--strict');
  const commits = git('log', '--format=%an %(trailers:key=Flyball-Id,valueonly)')
    .split('\n')
    .filter((line) => line.startsWith('flyball'));
  const isPolicy = Object.keys(it.changes).some((path) => !path.startsWith('.flyball'));
  demand(commits.length === (outcome === 'done' && isPolicy ? 1 : 0), `commits of flyball: ${JSON.stringify(commits)}`);
  for (const beat of rig.ports.beats.newest(5)) demand(rig.ports.beats.read(beat)?.ended_at !== null, `beat ${beat} has no end`);
}

function leftovers(rig: HomeRig): string[] {
  return ['', 'goals', 'goals/archive', 'sensors', '.flyball/stray'].flatMap((folder) => {
    try {
      return readdirSync(join(rig.home, folder)).filter((name) => name.startsWith(TEMPORARY));
    } catch {
      return [];
    }
  });
}

for (const it of CASES) {
  test(`${it.name}: killed or failing at any point, it is done once or not at all`, async () => {
    const calls = await callsOf(it);
    const own = it.decision.action === 'noop' || ALL ? 0 : calls.findIndex((call, n) => call !== ofEveryKind[n]);
    const points = calls.flatMap((_, n) => {
      if (n < own) return []; // the same as for every kind: crashed with `noop`
      const turn = n % 2 === 0 ? 'kill' : HOWS[1 + ((n >> 1) % 3)];
      return (ALL ? HOWS : [turn ?? 'kill']).map((how) => ({ at: n + 1, how }));
    });
    const wrong: string[] = [];
    const work = async () => {
      for (let point = points.shift(); point; point = points.shift()) wrong.push(...(await crashAt(it, point.at, point.how)));
    };
    const count = points.length;
    await Promise.all(Array.from({ length: TOGETHER }, work));
    process.stdout.write(
      `${it.name}: ${calls.length} calls, ${count} crashes; ${[...seen].map(([status, n]) => `${n} ${status}`).join(', ')}\n`,
    );
    seen.clear();
    expect(wrong).toEqual([]);
  }, 1_800_000);
}
