// The home as a place: which one is meant, whose it is, whether its owner has allowed it, and how one is made.
import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Env } from './config-text.ts';
import { describeError, PersonError } from './errors.ts';
import { errorCode } from './lib/error-code.ts';
import { createExclusive, makeFolder, readText } from './lib/files.ts';
import { tryLock } from './lib/lock.ts';
import { Homes } from './store/homes.ts';
import { configOf, type Layout, layout } from './store/layout.ts';
import { ensureOwner, machineId, type Owner, raiseEpoch, readOwner } from './store/owner.ts';
import type { House, OwnerState } from './verbs/hands.ts';

// ── which one ──────────────────────────────────────────────────────────────────────────────────────

export interface FoundHome {
  home: string;
  found: House['found'];
}

/** `--home`, FLYBALL_HOME, the nearest ancestor with a flyball.yaml, the only home running, ~/flyball. */
export function findHome(options: { flag: string | null; env: Env; cwd: string }): FoundHome {
  const { flag, env, cwd } = options;
  if (flag !== null) return { home: resolve(cwd, flag), found: 'flag' };
  const around = homeAround({ env, cwd });
  if (around) return around;
  const running = runningHomes(env);
  const [only] = running;
  if (only !== undefined && running.length === 1) return { home: only, found: 'running' };
  return { home: join(userHome(env), 'flyball'), found: 'default' };
}

/** The home that is meant where nobody names one: FLYBALL_HOME, or the nearest ancestor with a flyball.yaml. */
export function homeAround({ env, cwd }: { env: Env; cwd: string }): FoundHome | null {
  if (env.FLYBALL_HOME) return { home: resolve(cwd, env.FLYBALL_HOME), found: 'environment' };
  const above = nearestAncestor(cwd);
  return above === null ? null : { home: above, found: 'ancestor' };
}

/** What is said on stderr of a home that was not named. */
export function foundNote({ home, found }: FoundHome): string | null {
  if (found === 'running') return `home: ${home} (the only one that runs)`;
  return found === 'default' ? `home: ${home} (the default)` : null;
}

function nearestAncestor(from: string): string | null {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(configOf(folder))) return folder;
    if (dirname(folder) === folder) return null;
  }
}

/** Homes of this user whose pulse holds its lock now. */
function runningHomes(env: Env): string[] {
  return homesOf(env)
    .marked()
    .filter((home) => pulseLockHeld(layout(home)));
}

/** Looks by trying: for an instant the lock is ours, so a pulse that starts must try more than once. */
export function pulseLockHeld(at: Layout): boolean {
  if (!existsSync(at.pulseLock)) return false;
  const lock = tryLock(at.pulseLock);
  lock?.release();
  return lock === null;
}

export function homesOf(env: Env): Homes {
  const state = env.XDG_STATE_HOME?.startsWith('/') ? env.XDG_STATE_HOME : join(userHome(env), '.local', 'state');
  return new Homes(join(state, 'flyball'));
}

function userHome(env: Env): string {
  return env.HOME || homedir();
}

// ── whose it is, and whether it may run ────────────────────────────────────────────────────────────

export interface HouseOptions {
  at: Layout;
  found: House['found'];
  env: Env;
  uid: number;
  /** The folder of the package, whose own home is what `init` seeds from. */
  packageRoot: string;
  now(): Date;
  /** The rules' and deciders' commands, for the list of what would run. */
  commands(at: Layout): Promise<string[]>;
}

export function house(options: HouseOptions): House {
  const { at, env, uid } = options;
  const homes = homesOf(env);
  const id = () => readOwner(at)?.id ?? null;
  return {
    layout: at,
    found: options.found,
    exists: () => [at.config, at.playbook, at.goals, at.machine].some((path) => existsSync(path)),
    allowed: () => homes.isAllowed(at.home, id()),
    allow: () => {
      refuseOthers(at, uid);
      homes.allow(at.home, { id: ensureOwner(at, uid).id, how: 'allowed', at: options.now() });
    },
    wouldRun: async () => [...executables(at), ...verifies(at), ...(await options.commands(at))],
    refuseOthers: () => void refuseOthers(at, uid),
    owner: () => ownerState(at, uid),
    takeOver: () => {
      raiseEpoch(at, uid);
    },
    create: () => create(options),
    at: (dir) => house({ ...options, at: layout(resolve(dir)), found: 'flag' }),
    running: () => runningHomes(env),
  };
}

function ownerState(at: Layout, uid: number): OwnerState {
  const owner = refuseOthers(at, uid);
  if (!owner) return { owner: 'nobody' };
  return owner.machine === machineId() ? { owner: 'ours' } : { owner: 'other-machine', machine: owner.machine };
}

/** Throws when the folder, its .flyball/ or its owner.json is another user's; also when one of them cannot be looked at. */
function refuseOthers(at: Layout, uid: number): Owner | null {
  for (const path of [at.home, at.machine]) {
    const owner = ownerOf(path);
    if (owner !== null && owner !== uid) throw notYours(path, owner, uid);
  }
  const owner = readOwner(at);
  if (owner && owner.uid !== uid) throw notYours(at.home, owner.uid, uid);
  return owner;
}

function notYours(path: string, owner: number, uid: number): PersonError {
  return new PersonError(`${path} belongs to the user with the uid ${owner}, and you are ${uid}`, {
    hint: 'run flyball as its owner, or name a home of your own with --home',
  });
}

function ownerOf(path: string): number | null {
  try {
    return statSync(path).uid;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw new PersonError(`${path} cannot be looked at: ${describeError(error)}`, { cause: error });
  }
}

function executables(at: Layout): string[] {
  return listFiles(at.sensors)
    .filter(({ mode }) => (mode & 0o111) !== 0)
    .map(({ path }) => `sensor  ${relative(at.home, path)}`);
}

/** Read as lines, not as YAML: it is shown to a person who decides, and must not miss what a parser would refuse. */
function verifies(at: Layout): string[] {
  return listFiles(at.goals)
    .filter(({ path }) => path.endsWith('.md'))
    .flatMap(({ path }) =>
      [...(readText(path) ?? '').matchAll(/^\s*(verify|command|setup):\s*(.+)$/gm)].map(
        ([, key, text]) => `${key?.padEnd(7) ?? ''} ${relative(at.home, path)}: ${text ?? ''}`,
      ),
    );
}

// ── how one is made ────────────────────────────────────────────────────────────────────────────────

/** What a new home is seeded with; each is left out where something of that name is already. */
const SEED = ['flyball.yaml', 'PLAYBOOK.md', 'goals', 'sensors', 'loops', 'workers'] as const;
const IGNORED = ['/.flyball/', '/.decision.json', '/STOP', '/journal.md', '/reports/', ''].join('\n');

function create(options: HouseOptions): ReturnType<House['create']> {
  const { at } = options;
  const dir = at.home;
  try {
    refuseOthers(at, options.uid);
    makeFolder(dir);
    const seeds = SEED.filter((name) => existsSync(join(options.packageRoot, name)));
    const kept = seeds.filter((name) => existsSync(join(dir, name)));
    const made = seeds
      .filter((name) => !kept.includes(name))
      .flatMap((name) => copy(join(options.packageRoot, name), join(dir, name), dir));
    if (createExclusive(join(dir, '.gitignore'), IGNORED)) made.push('.gitignore');
    homesOf(options.env).allow(dir, { id: ensureOwner(at, options.uid).id, how: 'made', at: options.now() });
    return { made, kept };
  } catch (error) {
    if (error instanceof PersonError) throw error;
    throw new PersonError(`no home could be made in ${dir}: ${describeError(error)}`, {
      hint: 'name another folder',
      code: 1,
      cause: error,
    });
  }
}

/** Copies a file or folder of the package, never over something; the home's files are the person's alone (0600, 0700). */
function copy(from: string, to: string, home: string): string[] {
  if (!statSync(from).isDirectory()) {
    const mode = statSync(from).mode & 0o100 ? 0o700 : 0o600;
    if (!createExclusive(to, readFileSync(from), { mode })) return [];
    chmodSync(to, mode); // whatever the umask took
    return [relative(home, to)];
  }
  makeFolder(to);
  return readdirSync(from)
    .filter((name) => !name.startsWith('.') && basename(name) !== 'archive')
    .sort()
    .flatMap((name) => copy(join(from, name), join(to, name), home));
}

function listFiles(folder: string): { path: string; mode: number }[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .flatMap((entry) => {
        const path = join(folder, entry.name);
        return existsSync(path) ? [{ path, mode: statSync(path).mode }] : [];
      });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
