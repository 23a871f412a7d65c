// The rig: the real built CLI in a temporary home, with an environment of its own and nothing of the tester's.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

export const CLI = resolve(import.meta.dirname, '../../dist/cli.mjs');

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** stdout as one JSON document. */
  json(): unknown;
  /** The last line of stderr as JSON: what `--json` says of a failure. */
  error(): { code: number; message: string; hint: string | null };
}

export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  input?: string;
}

export interface Rig {
  /** A folder that holds everything of this rig. */
  root: string;
  home: string;
  env: Record<string, string>;
  /** `flyball ARGS` in the home, to its end. */
  flyball(args: readonly string[], options?: RunOptions): Promise<Ended>;
  /** A child that goes on; ended with the test. */
  begin(args: readonly string[], options?: RunOptions): Begun;
  write(path: string, text: string, mode?: number): void;
  read(path: string): string;
}

export interface Begun {
  child: ChildProcess;
  /** What it has written so far. */
  stdout(): string;
  stderr(): string;
  ended: Promise<Ended>;
}

/** A home that its person has made: allowed, with the files given; not the example's. */
export async function makeRig(files: Record<string, string> = {}): Promise<Rig> {
  const rig = bareRig();
  mkdirSync(rig.home, { mode: 0o700 });
  rig.write('flyball.yaml', files['flyball.yaml'] ?? 'interval: 60s\n');
  for (const [path, text] of Object.entries(files)) rig.write(path, text, path.startsWith('sensors/') ? 0o700 : 0o600);
  for (const name of ['PLAYBOOK.md', 'goals', 'sensors', 'loops', 'workers']) if (!hasPath(files, name)) placeholder(rig, name);
  const made = await rig.flyball(['init', rig.home, '--yes']);
  if (made.code !== 0) throw new Error(`the rig could not make its home: ${made.stderr}`);
  return rig;
}

/** The same without a home. */
export function bareRig(): Rig {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'flyball-rig-')));
  const home = join(root, 'home');
  const env = { PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`, HOME: join(root, 'user'), LANG: 'C.UTF-8', TZ: 'UTC' };
  mkdirSync(env.HOME);
  const begun = new Set<Begun>();
  const begin = (args: readonly string[], options: RunOptions = {}) => {
    const one = start(args, {
      cwd: options.cwd ?? (existsSync(home) ? home : root),
      env: { ...env, ...options.env },
      input: options.input ?? '',
    });
    begun.add(one);
    return one;
  };
  const rig: Rig = {
    root,
    home,
    env,
    begin,
    flyball: (args, options) => begin(args, options).ended,
    write: (path, text, mode = 0o600) => {
      mkdirSync(dirname(join(home, path)), { recursive: true, mode: 0o700 });
      writeFileSync(join(home, path), text);
      chmodSync(join(home, path), mode);
    },
    read: (path) => readFileSync(join(home, path), 'utf8'),
  };
  onTestFinished(async () => {
    if (existsSync(join(home, '.flyball'))) await rig.flyball(['--home', home, 'down']);
    for (const { child } of begun) if (child.exitCode === null) child.kill('SIGKILL');
    await Promise.all([...begun].map(({ ended }) => ended));
    rmSync(root, { recursive: true, force: true });
  });
  return rig;
}

function start(args: readonly string[], options: { cwd: string; env: Record<string, string>; input: string }): Begun {
  const child = spawn(process.execPath, [CLI, ...args], { cwd: options.cwd, env: options.env });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {}); // a child that reads nothing
  child.stdin.end(options.input);
  const ended = new Promise<Ended>((done, fail) => {
    child.once('error', fail);
    child.once('close', (code, signal) =>
      done({ code, signal, stdout, stderr, json: () => JSON.parse(stdout), error: () => errorOf(stderr) }),
    );
  });
  return { child, stdout: () => stdout, stderr: () => stderr, ended };
}

function errorOf(stderr: string): ReturnType<Ended['error']> {
  const last = stderr.trimEnd().split('\n').at(-1) ?? '';
  const parsed = JSON.parse(last) as { error: ReturnType<Ended['error']> }; // the shape is what the tests look at
  return parsed.error;
}

function hasPath(files: Record<string, string>, name: string): boolean {
  return Object.keys(files).some((path) => path === name || path.startsWith(`${name}/`));
}

/** `init` seeds only what is not there at all: something of that name keeps the example out. */
function placeholder(rig: Rig, name: string): void {
  if (name === 'PLAYBOOK.md') rig.write(name, '# Playbook\n');
  else mkdirSync(join(rig.home, name), { mode: 0o700 });
}
