// The door that the CLI is: terminal, place and settings, as verbs know them.
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { isatty } from 'node:tty';
import { configFields, loadConfig } from '../../config.ts';
import type { Env } from '../../config-text.ts';
import { PersonError } from '../../errors.ts';
import { type FoundHome, homeAround, house, pulseLockHeld } from '../../home.ts';
import { shellQuote } from '../../lib/text.ts';
import { type Layout, layout } from '../../store/layout.ts';
import type { Verb } from '../../verbs/define.ts';
import type { Door, FileProblem, PulseState, Terminal } from '../../verbs/hands.ts';
import { type Streams, shown } from './output.ts';
import type { Globals } from './plain-words.ts';

export interface DoorOptions {
  env: Env;
  cwd: string;
  uid: number;
  version: string;
  /** The package's folder, and the file in it that was started. */
  packageRoot: string;
  entry: string;
  globals: Globals;
  place: FoundHome;
  streams: Streams;
  stdin(): NodeJS.ReadStream;
  signal: AbortSignal;
  verbs(): Promise<Verb[]>;
  looked(at: Layout): Door['looked'];
  checkFile(at: Layout, file: { path: string; text: string }, searchPath: string): Promise<FileProblem[]>;
}

export function openDoor(options: DoorOptions): Door {
  const { env, uid, version, globals, place, streams } = options;
  const at = layout(place.home);
  const source = { layout: at, env, flags: globals.set, version };
  const say = (line: string) => streams.err(`${line}\n`);
  const config = () => loadConfig(source);
  return {
    layout: at,
    version,
    command: commandAsTyped(options),
    program: programAsTyped(options),
    clock: { now: () => new Date(), monotonicMs: () => Number(process.hrtime.bigint()) / 1e6 },
    terminal: terminal(options),
    output: globals.output,
    signal: options.signal,
    env,
    uid,
    self: [process.execPath, ...process.execArgv, options.entry, '--home', place.home, ...setFlags(globals)],
    say,
    emit: (piece) => streams.out(`${globals.output === 'json' ? JSON.stringify(piece.json) : shown(piece.text, streams.tty)}\n`),
    config,
    checkFile: (path, text) => options.checkFile(at, { path, text }, options.env.PATH ?? ''),
    looked: options.looked(at),
    configFields: () => configFields(source),
    house: house({
      ...options,
      at,
      found: place.found,
      now: () => new Date(),
      commands: async (home) => commandsOf(await loadConfig({ ...source, layout: home })),
    }),
    pulse: () => pulseState({ at, env, uid, version, say }),
    verbs: options.verbs,
    helpText: async (verb) => (await import('./argv.ts')).helpOf(verb),
    completionScript: async (shell) => (await import('./complete.ts')).completionScript(shell),
    pages: async () => (await import('./pages.ts')).pages(await options.verbs()),
  };
}

async function pulseState(line: { at: Layout; env: Env; uid: number; version: string; say(text: string): void }): Promise<PulseState> {
  if (!existsSync(line.at.machine)) return { running: false };
  const { pingPulse } = await import('../socket/client.ts');
  const answer = await pingPulse(line);
  if (answer.answered) return answer.result;
  // A pulse makes its socket under the lock and removes it before it lets go: without one there is none to ask the lock for.
  const held = answer.why === 'silent' || (answer.why === 'refused' && pulseLockHeld(line.at));
  return held ? { running: true, pid: null, epoch: null, since: null, busy: null, version: null } : { running: false };
}

/** The commands that settings would run, for the list that a person allows. */
function commandsOf({ settings, problem }: Awaited<ReturnType<Door['config']>>): string[] {
  const rules = settings.rules.map((rule) => `rule    ${rule.name}: ${String(rule.do.cmd ?? rule.do.action)}`);
  const decider = settings.decider.use === 'rules' ? [] : [`decider ${settings.decider.use}`];
  return [...rules, ...decider, ...(problem ? [`(${problem.where} does not parse: ${problem.what})`] : [])];
}

function setFlags(globals: Globals): string[] {
  return Object.entries(globals.set).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
}

// ── how flyball is typed here ──────────────────────────────────────────────────────────────────────

/** `flyball` only when that word finds this build; with `--home` when the person gave it and needs it again. */
function commandAsTyped(options: DoorOptions): string {
  const { globals, place } = options;
  const program = programAsTyped(options);
  if (globals.home === null || homeAround(options)?.home === place.home) return program;
  return `${program} --home ${plainWord(place.home)}`;
}

export function programAsTyped({ env, entry }: Pick<DoorOptions, 'env' | 'entry'>): string {
  return onPath(env.PATH ?? '') === realpathSync.native(entry) ? 'flyball' : plainWord(entry);
}

function onPath(path: string): string | null {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, 'flyball');
    if (folder.startsWith('/') && existsSync(file)) return realpathSync.native(file);
  }
  return null;
}

function plainWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : shellQuote(text);
}

/** An answer or a question is a few lines. */
const STDIN_BYTES = 64 * 1024;

// ── the terminal ───────────────────────────────────────────────────────────────────────────────────

function terminal({ streams, stdin, signal }: DoorOptions): Terminal {
  return {
    out: streams.tty,
    get asks() {
      return isatty(0) && isatty(2);
    },
    ask: async (question) => {
      const { createInterface } = await import('node:readline/promises');
      const lines = createInterface({ input: stdin(), output: process.stderr });
      const ended = new Promise<null>((resolve) => lines.once('close', () => resolve(null)));
      try {
        return await Promise.race([lines.question(question, { signal }), ended]);
      } finally {
        lines.close();
      }
    },
    read: async () => {
      const parts: Buffer[] = [];
      let bytes = 0;
      for await (const part of stdin()) {
        parts.push(Buffer.from(part)); // no encoding is set, so these are bytes
        bytes += parts.at(-1)?.length ?? 0;
        if (bytes > STDIN_BYTES)
          throw new PersonError(`stdin holds more than ${STDIN_BYTES / 1_024} KiB`, { hint: 'write a file and name it' });
      }
      return Buffer.concat(parts).toString('utf8');
    },
    run: async (program, path) => {
      const { spawn } = await import('node:child_process'); // on no other verb's way
      return new Promise((resolve, reject) => {
        // The variable may hold arguments ("code --wait"), so a shell reads it, as git does.
        const child = spawn('/bin/sh', ['-c', `${program} "$1"`, 'sh', path], { stdio: 'inherit' });
        child.once('error', reject);
        child.once('exit', (code) => resolve(code ?? 1));
      });
    },
  };
}
