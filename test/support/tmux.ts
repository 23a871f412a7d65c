// A real terminal: the CLI in a tmux of its own, typed into and read off the screen.
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { shellQuote } from '../../src/lib/text.ts';
import { CLI, type Rig } from './rig.ts';
import { until } from './wait.ts';

/** Why there is no terminal here; null when there is one. */
export const NO_TMUX: string | null = spawnSync('tmux', ['-V']).status === 0 ? null : 'tmux is not installed';

export interface Terminal {
  /** Words are typed as they are; then Enter. */
  types(line: string): void;
  /** tmux's names: `C-c`, `Escape`. */
  presses(key: string): void;
  screen(): string;
  /** Resolves with the screen once it shows this. */
  shows(text: string | RegExp): Promise<string>;
  /** The exit code, once the verb has ended. */
  exit(): Promise<number>;
}

/** `flyball ARGS` on a terminal of 100 columns and 60 lines. */
export function onTerminal(rig: Rig, args: readonly string[]): Terminal {
  const server = join(rig.root, 'tmux.sock');
  const tmux = (...words: string[]) =>
    execFileSync('tmux', ['-S', server, '-f', '/dev/null', ...words], { env: rig.env, encoding: 'utf8' });
  const words = [process.execPath, CLI, '--home', rig.home, ...args].map(shellQuote).join(' ');
  onTestFinished(() => {
    spawnSync('tmux', ['-S', server, 'kill-server']);
  });
  tmux(
    'new-session',
    '-d',
    '-s',
    'main',
    '-x',
    '100',
    '-y',
    '60',
    '-c',
    rig.home,
    `sh -c ${shellQuote(`${words}; echo "[exit $?]"; exec cat`)}`,
  );
  const screen = () => tmux('capture-pane', '-p', '-t', 'main');
  const shows = async (text: string | RegExp) => {
    const seen = () => (typeof text === 'string' ? screen().includes(text) : text.test(screen()));
    await until(seen, `${String(text)} on the screen`).catch((error) => {
      throw new Error(`${String(error)}, which is:\n${screen().trimEnd()}`);
    });
    return screen();
  };
  return {
    screen,
    shows,
    types: (line) => {
      if (line !== '') tmux('send-keys', '-t', 'main', '-l', line);
      tmux('send-keys', '-t', 'main', 'Enter');
    },
    presses: (key) => void tmux('send-keys', '-t', 'main', key),
    exit: async () => Number(/\[exit (\d+)\]/.exec(await shows(/\[exit \d+\]/))?.[1]),
  };
}
