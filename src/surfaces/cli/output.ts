// What goes to stdout and stderr: stdout is payload, stderr is talk.
import { describeError, PersonError, TerminalError } from '../../errors.ts';
import { errorCode } from '../../lib/error-code.ts';
import { visible } from '../../lib/text.ts';
import type { ExitCode, Reply } from '../../verbs/define.ts';
import type { Door } from '../../verbs/hands.ts';

export interface Streams {
  out(text: string): void;
  err(text: string): void;
  /** stdout is a terminal. */
  tty: boolean;
}

export function printReply(reply: Reply, output: Door['output'], streams: Streams): void {
  const text = payload(reply, output, streams.tty);
  if (text !== '') streams.out(text.endsWith('\n') ? text : `${text}\n`);
}

function payload(reply: Reply, output: Door['output'], tty: boolean): string {
  if (output === 'name' && reply.names) return shown(reply.names.join('\n'), tty);
  if (output === 'wide' && reply.wide !== undefined) return shown(reply.wide, tty);
  if (output !== 'json' && reply.text !== undefined) return shown(reply.text, tty);
  if (reply.json === undefined) return shown(reply.text ?? '', tty);
  return tty ? JSON.stringify(reply.json, null, 2).replaceAll(UNESCAPED, asEscape) : JSON.stringify(reply.json);
}

/** What JSON may hold as it is, and a terminal obeys. */
const UNESCAPED = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2060-\u2069]/g;

function asEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** On a terminal what moves the cursor is shown and not done: most of what is printed was written by somebody else. */
export function shown(text: string, tty: boolean): string {
  return tty ? visible(text) : text;
}

export interface Failure {
  code: ExitCode;
  message: string;
  hint: string | null;
}

/** What the place says, which no flyball can cure. */
const CURES: Readonly<Record<string, string>> = {
  EROFS: 'the home is on a file system that takes no writes: mount it writable, or name another home with --home',
  ENOSPC: 'the disk is full: make room there, nothing was lost',
  EDQUOT: 'your quota is used up: make room there, nothing was lost',
  EACCES: 'its permissions forbid it: look at them with ls -ld',
  EPERM: 'its permissions forbid it: look at them with ls -ld and lsattr -d',
};

/** What a thrown thing means to the caller. What nobody foresaw is our fault: 70. */
export function failureOf(error: unknown): Failure {
  if (error instanceof PersonError) return { code: error.code, message: error.message, hint: error.hint };
  if (error instanceof TerminalError) return { code: 1, message: error.message, hint: null };
  const cure = CURES[errorCode(error) ?? ''];
  if (cure) return { code: 1, message: describeError(error), hint: cure };
  return { code: 70, message: describeError(error), hint: 'this is a fault of flyball; --debug shows where' };
}

export function printFailure(failure: Failure, options: { json: boolean; command: string; stack: string | null }, streams: Streams): void {
  const hint = failure.hint === null ? null : asTyped(failure.hint, options.command);
  if (options.stack) streams.err(`${options.stack}\n`);
  if (options.json) streams.err(`${JSON.stringify({ error: { code: failure.code, message: failure.message, hint } })}\n`);
  else streams.err(visible(`flyball: ${failure.message}\n${hint === null ? '' : `  ${hint}\n`}`));
}

/** A hint as it works where the person is: `flyball` becomes the path when that word would not find this build. */
function asTyped(text: string, command: string): string {
  return command === 'flyball' ? text : text.replaceAll(/(^|[\s`(:])flyball (?=[a-z-])/g, `$1${command} `);
}
