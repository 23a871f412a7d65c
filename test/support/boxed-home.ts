// A home whose commands run in the sandbox of run_shell, and a person beside it with things worth stealing.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { markedProcesses } from '../../src/lib/process-table.ts';
import type { ShellCommand, ShellEnd } from '../../src/ports/shell.ts';
import { type Layout, layout } from '../../src/store/layout.ts';
import { openShell } from '../../src/store/shell.ts';
import { shellBox } from '../../src/store/shell-box.ts';
import { settingsSchema } from '../../src/world/settings.ts';

export interface BoxedHome {
  readonly layout: Layout;
  readonly home: string;
  /** The person's HOME. */
  readonly user: string;
  /** A folder beside both. */
  readonly root: string;
  readonly person: Record<string, string>;
  /** flyball.yaml, as far as a command is concerned. */
  settings: Record<string, unknown>;
  /** Runs it in the sandbox. */
  inside(cmd: string, parts?: Partial<ShellCommand>): Promise<ShellEnd>;
  /** Why there is no sandbox with these settings. */
  problem(): Promise<string | null>;
  write(path: string, text: string): void;
  read(path: string): string;
  /** How many processes of its last command live. */
  alive(): Promise<number>;
  remove(): void;
}

const FILES = { 'PLAYBOOK.md': 'Be kind.\n', 'flyball.yaml': 'interval: 60s\n', 'goals/a.md': '# A\n', 'sensors/s.sh': '#!/bin/sh\n' };

export function boxedHome(): BoxedHome {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'flyball-boxed-')));
  const [home, user] = [join(root, 'home'), join(root, 'user')];
  const place = layout(home);
  const person: Record<string, string> = {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: user,
    LANG: 'C.UTF-8',
    API_TOKEN: 'hunter2',
    SSH_AUTH_SOCK: join(root, 'agent.sock'),
  };
  let beats = 0;
  const mark = () => `boxed-${process.pid}-${root.slice(-6)}/1/b${beats}`;
  const boxed: BoxedHome = {
    layout: place,
    home,
    user,
    root,
    person,
    settings: {},
    inside: (cmd, parts = {}) => {
      beats += 1;
      mkdirSync(join(place.beats, String(beats)), { recursive: true });
      const all = { cmd, beat: beats, mark: mark(), timeoutMs: 60_000, signal: new AbortController().signal, sandbox: 'on' as const };
      return openShell(place, () => person, { box: shellBox(options()) }).run({ ...all, ...parts });
    },
    problem: () => shellBox(options()).problem(mark()),
    write: (path, text) => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    read: (path) => readFileSync(join(root, path), 'utf8'),
    alive: async () => (await markedProcesses()).filter((found) => found.mark === mark()).length,
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
  const options = () => ({ layout: place, settings: () => settingsSchema.parse(boxed.settings), person });
  for (const [path, text] of Object.entries(FILES)) boxed.write(`home/${path}`, text);
  boxed.write('home/.flyball/owner.json', 'secret');
  boxed.write('home/.git/hooks/sample', '#!/bin/sh\n');
  boxed.write('user/.bashrc', 'alias x=y\n');
  boxed.write('user/.ssh/id', 'private');
  return boxed;
}

/** Why the tests of the sandbox cannot be run on this machine; null when they can. */
export async function noSandboxHere(): Promise<string | null> {
  const boxed = boxedHome();
  try {
    return await boxed.problem();
  } finally {
    boxed.remove();
  }
}

/** The words of every living process. */
export function liveArguments(): string {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => readIfThere(`/proc/${pid}/cmdline`))
    .join(' ');
}

/** The states (T: stopped) of the processes whose command line fits. */
export function statesOf(fits: RegExp): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && fits.test(readIfThere(`/proc/${name}/cmdline`)))
    .map((pid) => /\) (\S)/.exec(readIfThere(`/proc/${pid}/stat`))?.[1] ?? 'gone');
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // gone by now
  }
}
