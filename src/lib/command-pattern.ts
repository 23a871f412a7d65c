// Command patterns: an argv with `*` for one word and a final `**` for the rest.
import { type ShellToken, shellTokens } from './shell-words.ts';

type Word = Extract<ShellToken, { token: 'word' }>;

/** What is wrong with a pattern, or null. */
export function patternProblem(pattern: string): string | null {
  const words = simpleCommand(pattern);
  if (!words) return `"${pattern}" is no single simple command: no ; & | < > $ \` ( ) outside quotes, every quote closed`;
  const rest = words.findIndex(isRest);
  if (rest === 0) return `"${pattern}" would allow every command: begin with the command's name`;
  return rest === -1 || rest === words.length - 1 ? null : `"${pattern}" has ** before its end: write * for one word, ** only as the last`;
}

/** True when the command is one simple command and its words are those of the pattern. What the shell would turn into other words matches only `**`. */
export function matchesPattern(command: string, pattern: string): boolean {
  if (patternProblem(pattern) !== null) return false;
  const argv = simpleCommand(command);
  const shape = simpleCommand(pattern);
  if (!argv || !shape || argv.length === 0) return false;
  if (/^[A-Za-z_]\w*\+?=/.test(argv[0]?.text ?? '')) return false; // an assignment before the command changes what the command is
  const open = isRest(shape.at(-1));
  const fixed = open ? shape.slice(0, -1) : shape;
  if (open ? argv.length < fixed.length : argv.length !== fixed.length) return false;
  return fixed.every((wanted, index) => wordMatches(argv[index], wanted));
}

export function matchesAny(command: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matchesPattern(command, pattern));
}

function wordMatches(word: Word | undefined, wanted: Word): boolean {
  if (!word || word.globs) return false;
  return (wanted.plain && wanted.text === '*') || word.text === wanted.text;
}

function isRest(word: Word | undefined): boolean {
  return word?.plain === true && word.text === '**';
}

/** The words of a single simple command; null for anything more, and for anything whose words cannot be known before it runs. */
function simpleCommand(line: string): Word[] | null {
  if (line.includes('\u0000')) return null; // it would end an argument early
  // A shell takes nothing else for a blank: a carriage return is a part of the word.
  const tokens = shellTokens(line.replaceAll(/^[ \t\n]+|[ \t\n]+$/g, ''));
  const words = (tokens ?? []).filter((token) => token.token === 'word');
  return tokens && words.length === tokens.length && words.every((word) => !word.expands) ? words : null;
}
