// The repository is itself a home. These are its sensors, its worker, its rules and its loops, run for real.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { rules } from '../src/decide/rules.ts';
import type { RuleStates } from '../src/world/rule-state.ts';
import { settingsSchema } from '../src/world/settings.ts';
import type { World } from '../src/world/world.ts';
import { aGoal, aReading, aWorld, NOON } from './support/builders.ts';

const ROOT = join(import.meta.dirname, '..');
const SHELLS = ['sh', 'dash', 'bash'].filter((shell) => spawnSync(shell, ['-c', ':']).status === 0);
const DAYS_AGO = new Date(Date.now() - 3 * 86_400_000);

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'flyball example ')); // a space, as homes of people have
  for (const name of ['sensors', 'workers', 'goals', 'flyball.yaml']) cpSync(join(ROOT, name), join(home, name), { recursive: true });
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

interface Run {
  env?: Record<string, string>;
  shell?: string;
}

function run(script: string, { env = {}, shell = 'sh' }: Run = {}) {
  return spawnSync(shell, [script], { cwd: home, encoding: 'utf8', env: { PATH: process.env.PATH, ...env } });
}

function sense(name: string, options: Run = {}): { signal: Record<string, unknown>; detail?: Record<string, number> } {
  const { status, stdout, stderr } = run(`sensors/${name}.sh`, options);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return z
    .object({ signal: z.record(z.string(), z.unknown()), detail: z.record(z.string(), z.number()).optional() })
    .parse(JSON.parse(stdout)) as ReturnType<typeof sense>; // absent and undefined are one here
}

/** A PATH with only these programs on it. */
function onlyPrograms(...names: string[]): string {
  const folder = join(home, 'bin');
  mkdirSync(folder);
  for (const name of names) symlinkSync(execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim(), join(folder, name));
  return folder;
}

const IDENTITY = {
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@b',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@b',
  GIT_CONFIG_GLOBAL: '/dev/null',
};

function git(folder: string, line: string, env: Record<string, string> = {}): void {
  execFileSync('git', line.split(' '), { cwd: folder, env: { ...process.env, ...IDENTITY, ...env }, stdio: 'pipe' });
}

/** A checkout with one pushed commit. */
function checkout(name = 'checkout'): string {
  const folder = join(home, name);
  git(home, 'init -q -b main --bare far.git');
  git(home, `init -q -b main ${name}`);
  writeFileSync(join(folder, 'kept.txt'), 'kept\n');
  git(folder, 'add .');
  git(folder, 'commit -q -m first');
  git(folder, 'remote add origin ../far.git');
  git(folder, 'push -q origin main');
  return folder;
}

describe('every script', () => {
  test.each(SHELLS)('is understood by %s, can be executed, and every sensor prints one object', (shell) => {
    for (const name of [...readdirSync(join(ROOT, 'sensors')).map((it) => `sensors/${it}`), 'workers/page.sh']) {
      expect(spawnSync(shell, ['-n', join(ROOT, name)]).status, name).toBe(0);
      expect(statSync(join(ROOT, name)).mode & 0o111, name).toBe(0o111);
    }
    for (const name of ['disk', 'page', 'repo', 'units'])
      expect(Object.keys(sense(name, { shell }).signal).length, name).toBeGreaterThan(0);
  });
});

describe('the sensor disk', () => {
  test('calls the disk low and full by the limits it is given, and refuses limits that are no numbers', () => {
    expect(sense('disk', { env: { DISK_LOW_PCT: '0', DISK_FULL_PCT: '101' } }).signal).toEqual({ level: 'low' });
    expect(sense('disk', { env: { DISK_LOW_PCT: '0', DISK_FULL_PCT: '0' } }).signal).toEqual({ level: 'full' });
    expect(sense('disk', { env: { DISK_LOW_PCT: '101', DISK_FULL_PCT: '101' } }).signal).toEqual({ level: 'ok' });
    expect(run('sensors/disk.sh', { env: { DISK_LOW_PCT: '90%' } })).toMatchObject({ status: 1, stdout: '' });
  });

  test('fails when df prints no percentage', () => {
    const env = { PATH: onlyPrograms('awk') };
    writeFileSync(
      join(home, 'bin/df'),
      '#!/bin/sh\necho "Filesystem 1024-blocks Used Available Capacity Mounted on"\necho "none - - - - /"\n',
      { mode: 0o755 },
    );
    expect(run('sensors/disk.sh', { env, shell: '/bin/sh' })).toMatchObject({ status: 1, stdout: '' });
  });
});

describe('the sensor page', () => {
  const page = () => join(home, 'reports/page/today.md');

  test('tells missing, torn, old and fresh apart', () => {
    expect(sense('page').signal).toEqual({ page: 'missing' });
    mkdirSync(join(home, 'reports/page'), { recursive: true });
    writeFileSync(page(), '# 2001-01-01, here\n');
    expect(sense('page').signal).toEqual({ page: 'torn' });
    writeFileSync(page(), '# 2001-01-01, here\n<!-- end -->\n');
    expect(sense('page').signal).toEqual({ page: 'old' });
    expect(run('workers/page.sh').status).toBe(0);
    expect(sense('page').signal).toEqual({ page: 'fresh' });
  });

  test("before six in the morning yesterday's page still counts, an older one does not", () => {
    const env = { PATH: `${onlyPrograms()}:${process.env.PATH}` };
    const five = Date.UTC(2026, 2, 10, 5) / 1000;
    const real = execFileSync('sh', ['-c', 'command -v date'], { encoding: 'utf8' }).trim();
    writeFileSync(join(home, 'bin/date'), `#!/bin/sh\nexport TZ=UTC\n[ "$1" = -d ] && exec ${real} "$@"\nexec ${real} -d @${five} "$@"\n`, {
      mode: 0o755,
    });
    mkdirSync(join(home, 'reports/page'), { recursive: true });
    for (const [day, state] of [
      ['2026-03-10', 'fresh'],
      ['2026-03-09', 'fresh'],
      ['2026-03-08', 'old'],
    ] as const) {
      writeFileSync(page(), `# ${day}, here\n<!-- end -->\n`);
      expect(sense('page', { env }).signal, day).toEqual({ page: state });
    }
  });
});

describe('the worker page', () => {
  test('writes a whole page, and names a sensor that fails instead of calling all well', () => {
    const { stdout } = run('workers/page.sh');
    expect(stdout).toMatch(/^# \d{4}-\d\d-\d\d, .*\n\n## Needs you\n\n- [\s\S]*\n<!-- end -->\n$/);
    expect(run('workers/page.sh', { env: { DISK_LOW_PCT: 'much' } }).stdout).toContain('- The sensor disk fails.');
    expect(run('workers/page.sh', { env: { DISK_LOW_PCT: '0', DISK_FULL_PCT: '101' } }).stdout).toMatch(
      /- The disk is \d+ % full, \d+ GB are left\./,
    );
  });
});

describe('the sensor repo', () => {
  const look = (watch: string, env: Record<string, string> = {}) => sense('repo', { env: { HOME: home, WATCH_REPOS: watch, ...env } });

  test('says so when there is no git, and when there is no repository', () => {
    expect(look('.').signal).toEqual({ unsaved: 'no-repo', where: '' });
    expect(sense('repo', { env: { PATH: onlyPrograms() }, shell: '/bin/sh' }).signal).toEqual({ unsaved: 'no-git', where: '' });
  });

  test('a folder that is not there is an error, not a clean checkout', () => {
    const { status, stdout, stderr } = run('sensors/repo.sh', { env: { WATCH_REPOS: '/no/such/folder' } });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('/no/such/folder');
  });

  test('a damaged index is an error, not a clean checkout', () => {
    writeFileSync(join(checkout(), '.git/index'), 'damaged');
    expect(run('sensors/repo.sh', { env: { WATCH_REPOS: 'checkout' } })).toMatchObject({ status: 1, stdout: '' });
  });

  test('sees work that is changed, new or staged, by odd names too, and calls it old after a day', () => {
    const folder = checkout();
    expect(look('checkout').signal.unsaved).toBe('none');
    const names = ['-delete', 'with "quotes"', 'new\nline', 'ünïcode', ' spaces '];
    for (const name of names) writeFileSync(join(folder, name), 'x');
    expect(look('checkout')).toMatchObject({ signal: { unsaved: 'fresh', where: '' }, detail: { files: names.length } });
    git(folder, 'add -A');
    expect(look('checkout')).toMatchObject({ signal: { unsaved: 'fresh' }, detail: { files: names.length } });
    for (const name of ['-delete', 'with "quotes"', 'ünïcode', ' spaces ']) {
      utimesSync(join(folder, name), DAYS_AGO, DAYS_AGO);
      expect(look('checkout').signal, name).toEqual({ unsaved: 'old', where: 'checkout' });
      utimesSync(join(folder, name), new Date(), new Date());
    }
  });

  test('sees commits that no remote has, on a detached HEAD too, and calls them old after a day', () => {
    const folder = checkout();
    git(folder, 'checkout -q --detach');
    git(folder, 'commit -q --allow-empty -m second');
    expect(look('checkout')).toMatchObject({ signal: { unsaved: 'fresh' }, detail: { commits: 1 } });
    git(folder, 'commit -q --amend --allow-empty -m second', { GIT_COMMITTER_DATE: DAYS_AGO.toISOString() });
    expect(look('checkout')).toMatchObject({ signal: { unsaved: 'old', where: 'checkout' }, detail: { commits: 1 } });
  });

  test('looks at each folder of the list, skips empty parts, knows "~", and is not led astray by a git hook', () => {
    checkout();
    const all = look(':checkout::~/far.git:');
    expect(all).toMatchObject({ signal: { unsaved: 'none' }, detail: { repos: 2 } });
    expect(look('checkout', { GIT_DIR: join(home, 'nowhere'), GIT_INDEX_FILE: 'none' })).toMatchObject({ detail: { repos: 1 } });
  });

  test('a name of a folder cannot break out of the JSON', () => {
    const folder = checkout('a"},{"bé');
    writeFileSync(join(folder, 'old'), 'x');
    utimesSync(join(folder, 'old'), DAYS_AGO, DAYS_AGO);
    expect(look('a"},{"bé').signal).toEqual({ unsaved: 'old', where: 'a?????b??' });
  });
});

describe('the sensor units', () => {
  test('names the units that have failed, or says that there is no systemd', () => {
    const known = existsSync('/run/systemd/system') && spawnSync('systemctl', ['--version']).status === 0;
    expect(sense('units').signal).toMatchObject(
      known ? { state: expect.stringMatching(/^(ok|failed)$/) } : { state: 'no-systemd', failed: [] },
    );
  });
});

describe('the rest of the home', () => {
  test('flyball.yaml is valid, asks no model, and every rule has its own name', () => {
    const settings = settingsSchema.parse(parse(readFileSync(join(ROOT, 'flyball.yaml'), 'utf8')));
    expect(settings.decider.use).toBe('rules');
    const names = settings.rules.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test('the first look at a machine and a checkout is spoken of once, by the rule welcome', () => {
    const settings = settingsSchema.parse(parse(readFileSync(join(ROOT, 'flyball.yaml'), 'utf8')));
    const moves = (world: World, states: RuleStates = {}) => rules({ rules: settings.rules, world, states, now: NOON, tz: 'UTC' });
    const goals = { one: aGoal('One', { status: 'True' }), two: aGoal('Two', { status: 'False' }) };
    const disk = aReading({ level: 'ok' }, { detail: { used_pct: 22, free_gb: 80 } });
    const repo = aReading({ unsaved: 'fresh', where: '' }, { detail: { repos: 1, files: 2, commits: 3, stashes: 0 } });
    expect(moves(aWorld({ goals, readings: { disk } }))).toMatchObject({ eligible: [], problems: [] });
    const { eligible, problems } = moves(aWorld({ goals, readings: { disk, repo } }));
    expect(problems).toEqual([]);
    expect(eligible.map(({ rule, action }) => [rule, action.message])).toEqual([
      [
        'welcome',
        'First look. This disk is 22 % full. Checkouts: 1, in them 2 files uncommitted and 3 commits unpushed. 1 of 2 goals hold.',
      ],
    ]);
  });

  test('every criterion of the loop clean-commit passes on clean work, fails on what it names, and fails where it cannot look', () => {
    const loop = z.object({ criteria: z.array(z.object({ id: z.string(), run: z.string() })) });
    const { criteria } = loop.parse(parse(readFileSync(join(ROOT, 'loops/clean-commit.yaml'), 'utf8')));
    const folder = checkout();
    const failing = (cwd: string) => criteria.filter((it) => spawnSync('sh', ['-c', it.run], { cwd }).status !== 0).map((it) => it.id);
    expect(failing(folder)).toEqual([]);
    expect(failing(home)).toEqual(['conflict-markers', 'private-keys', 'big-files']);
    writeFileSync(join(folder, 'merge'), `${'<'.repeat(7)} ours\n`);
    writeFileSync(join(folder, 'key'), `-----BEGIN RSA ${'PRIVATE'} KEY-----\n`);
    writeFileSync(join(folder, 'big'), Buffer.alloc(10_485_761));
    git(folder, 'add .');
    git(folder, 'commit -q -m sorry');
    expect(failing(folder)).toEqual(['conflict-markers', 'private-keys', 'big-files']);
  });
});
