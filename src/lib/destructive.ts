// A trip-wire for shell commands that are plainly destructive. It stops accidents, not an adversary.
import { type ShellToken, shellTokens } from './shell-words.ts';

/** Commands that only run another one: the word after their options is the command. */
const WRAPPERS = new Set(['env', 'nohup', 'time', 'exec', 'xargs', 'command', 'nice', 'ionice', 'timeout', 'setsid', 'stdbuf', 'builtin']);
const KEYWORDS = new Set(['then', 'else', 'elif', 'do', 'if', 'while', 'until', '{', '!']);
const SHELLS = new Set(['sh', 'bash', 'zsh', 'dash', 'ksh', 'fish']);
const POWER = new Set(['shutdown', 'reboot', 'halt', 'poweroff']);
const HARMLESS_DEVICES = new Set(['/dev/null', '/dev/zero', '/dev/stdout', '/dev/stderr', '/dev/tty']);
const DISK = /^\/dev\/(sd|nvme|hd|vd|xvd|mmcblk|disk|rdisk|mapper\/)/;
/** `/`, `/*`, the home in its spellings, and what lies directly under the root. */
const ROOTS =
  /^(\/+\.?|\/+\*|~|~\/+\*?|\$\{?HOME\}?\/*\*?|\/(bin|boot|dev|etc|home|lib|lib64|opt|root|sbin|srv|usr|var|Users|System|Library)\/*\*?)$/;
/** A line within a line within a line: deeper nesting is not looked into. */
const MAX_DEPTH = 4;

/** What makes the line plainly destructive, or null. */
export function destructive(line: string, depth = 0): string | null {
  if (depth > MAX_DEPTH) return null;
  const tokens = shellTokens(line);
  // A line whose quotes do not close does not run as written; what can be read of it is judged word by word.
  if (!tokens) return judgeAll(splitRoughly(line), depth);
  return judgeAll(tokens, depth) ?? insideOf(line, depth);
}

function judgeAll(tokens: readonly ShellToken[], depth: number): string | null {
  const commands = simpleCommands(tokens);
  for (const [index, { words, redirects, before }] of commands.entries()) {
    const device = redirects.find((target) => DISK.test(target));
    if (device) return `it writes over the device ${device}`;
    const argv = commandOf(words);
    const found = judge(argv, depth);
    if (found) return found;
    const source = before === '|' || before === '|&' ? commandOf(commands[index - 1]?.words ?? [])[0] : undefined;
    if (SHELLS.has(base(argv[0])) && (base(source) === 'curl' || base(source) === 'wget')) return 'it runs what it downloads';
  }
  return null;
}

function judge(argv: readonly string[], depth: number): string | null {
  const [command, ...rest] = [base(argv[0]), ...argv.slice(1)];
  if (command === 'sudo' || command === 'doas') return `it asks for another user's rights (${command})`;
  if (command === 'rm') return judgeRm(rest);
  if (command === 'git') return judgeGit(rest);
  if (command.startsWith('mkfs')) return 'it makes a file system';
  if (command === 'dd') return judgeDd(rest);
  if (POWER.has(command)) return `it ends the machine (${command})`;
  if (command === 'eval' || SHELLS.has(command)) {
    return rest.map((word) => (/\s/.test(word) ? destructive(word, depth + 1) : null)).find((found) => found !== null) ?? null;
  }
  return null;
}

function judgeRm(rest: readonly string[]): string | null {
  const flags = rest.filter((word) => /^-/.test(word));
  const short = flags.filter((flag) => !flag.startsWith('--')).join('');
  const recursive = /[rR]/.test(short) || flags.includes('--recursive');
  const force = short.includes('f') || flags.includes('--force');
  const target = rest.find((word) => ROOTS.test(word));
  return recursive && force && target ? `it removes ${target} and all that is in it` : null;
}

function judgeGit(rest: readonly string[]): string | null {
  const push = rest.indexOf('push');
  if (push === -1) return null;
  const words = rest.slice(push + 1);
  const trunk = words.find((word) => /^\+?([^:]*:)?(refs\/heads\/)?(main|master)$/.test(word));
  const forced = words.some((word) => /^(-[a-zA-Z]*f[a-zA-Z]*|--force(-with-lease.*|-if-includes)?)$/.test(word)) || trunk?.startsWith('+');
  return trunk && forced ? `it rewrites ${trunk.replace(/^\+/, '')} on a remote` : null;
}

function judgeDd(rest: readonly string[]): string | null {
  const target = rest.find((word) => word.startsWith('of=/dev/'))?.slice('of='.length);
  return target && !HARMLESS_DEVICES.has(target) ? `it writes over the device ${target}` : null;
}

interface Simple {
  words: string[];
  redirects: string[];
  before: string;
}

function simpleCommands(tokens: readonly ShellToken[]): Simple[] {
  const commands: Simple[] = [{ words: [], redirects: [], before: '' }];
  let redirecting = false;
  for (const token of tokens) {
    const current = commands.at(-1);
    if (token.token === 'operator' && /[<>]/.test(token.text)) redirecting = true;
    else if (token.token === 'operator') commands.push({ words: [], redirects: [], before: token.text });
    else if (redirecting) {
      current?.redirects.push(token.text);
      redirecting = false;
    } else current?.words.push(token.text);
  }
  return commands;
}

/** The words from the command's own name on: keywords, assignments and wrappers with their options are passed over. */
function commandOf(words: readonly string[]): string[] {
  let at = 0;
  let wrapped = false;
  for (; at < words.length; at++) {
    const word = words[at] ?? '';
    if (WRAPPERS.has(base(word))) wrapped = true;
    else if (!KEYWORDS.has(word) && !/^[A-Za-z_]\w*\+?=/.test(word) && !(wrapped && /^(-|\d)/.test(word))) break;
  }
  return words.slice(at);
}

function base(word: string | undefined): string {
  return word?.slice(word.lastIndexOf('/') + 1) ?? '';
}

/** Commands that stand in `$( )` or backquotes, also within double quotes. */
function insideOf(line: string, depth: number): string | null {
  for (const inner of line.matchAll(/\$\(|`/g)) {
    const found = destructive(line.slice(inner.index + inner[0].length).replace(/[)`"]+\s*$/, ''), depth + 1);
    if (found) return found;
  }
  return null;
}

function splitRoughly(line: string): ShellToken[] {
  return line
    .split(/([;&|\n()`"'])|\s+/)
    .filter((part) => part)
    .map((text) =>
      /^[;&|\n()`"']$/.test(text) ? { token: 'operator', text } : { token: 'word', text, expands: false, globs: false, plain: true },
    );
}
