// Text with `{{ CEL }}` in it, filled in; in a shell line each value is quoted into words of its own.
import { type Evaluated, evaluate, type Scope } from './cel.ts';
import { shellQuote } from './text.ts';

type Piece = { text: string } | { cel: string };

export type Filled = { ok: true; text: string } | Exclude<Evaluated, { ok: true }>;

/** The expressions that a text holds, or what is wrong with how they are written. */
export function templateExpressions(text: string): { expressions: string[]; problem: string | null } {
  const pieces = split(text);
  if (typeof pieces === 'string') return { expressions: [], problem: pieces };
  return { expressions: pieces.flatMap((piece) => ('cel' in piece ? [piece.cel] : [])), problem: null };
}

export function fillText(text: string, values: Scope): Filled {
  return fill(text, values, (value) => inProse(value));
}

/** Values become quoted words, so that whatever they hold they are data; refused where quoting does not make them so. */
export function fillShell(line: string, values: Scope): Filled {
  const problem = shellTemplateProblem(line);
  return problem ? { ok: false, kind: 'error', message: problem, slow: false } : fill(line, values, (value) => asWords(value));
}

export function shellTemplateProblem(line: string): string | null {
  const pieces = split(line);
  if (typeof pieces === 'string') return pieces;
  let before = '';
  for (const piece of pieces) {
    if ('text' in piece) before += piece.text;
    else {
      const place = unsafePlace(before);
      if (place) return inPlace(piece.cel, place);
      before += "'v'"; // what it will be: a closed, quoted word
    }
  }
  return null;
}

function inPlace(cel: string, place: string): string {
  return `{{ ${cel} }} stands ${place}, where quoting does not hold: begin the line with v={{ ${cel} }}; and write "$v" there`;
}

function fill(text: string, values: Scope, write: (value: unknown) => string): Filled {
  const pieces = split(text);
  if (typeof pieces === 'string') return { ok: false, kind: 'error', message: pieces, slow: false };
  let filled = '';
  for (const piece of pieces) {
    if ('text' in piece) {
      filled += piece.text;
      continue;
    }
    const answer = evaluate(piece.cel, values);
    if (!answer.ok) return answer.kind === 'error' ? { ...answer, message: `{{ ${piece.cel} }}: ${answer.message}` } : answer;
    filled += write(answer.value);
  }
  return { ok: true, text: filled };
}

/** Text and expressions in order; a sentence when a `{{` is never closed. A `}}` within a string or a map of the expression does not end it. */
function split(text: string): Piece[] | string {
  const pieces: Piece[] = [];
  let at = 0;
  for (let open = text.indexOf('{{'); open !== -1; open = text.indexOf('{{', at)) {
    const close = closing(text, open + 2);
    if (close === -1) return `"${text.slice(open, open + 40)}" is never closed by }}; to write {{ itself: {{ "{{" }}`;
    pieces.push({ text: text.slice(at, open) }, { cel: text.slice(open + 2, close).trim() });
    at = close + 2;
  }
  pieces.push({ text: text.slice(at) });
  return pieces;
}

function closing(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === '"' || character === "'") {
      at = endOfString(text, at);
      if (at === -1) return -1;
    } else if (character === '{') depth++;
    else if (character === '}') {
      if (depth === 0 && text[at + 1] === '}') return at;
      depth--;
    }
  }
  return -1;
}

function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === text[from]) return at;
  }
  return -1;
}

function inProse(value: unknown): string {
  if (typeof value === 'string') return value;
  if (isListOfScalars(value)) return value.map(inProse).join(', ');
  return JSON.stringify(value) ?? '';
}

function asWords(value: unknown): string {
  return isListOfScalars(value) ? value.map((part) => oneWord(part)).join(' ') : oneWord(value);
}

function oneWord(value: unknown): string {
  // A NUL would end the argument early in whatever runs the line.
  return shellQuote(inProse(value).replaceAll('\u0000', ''));
}

function isListOfScalars(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.every((part) => part === null || typeof part !== 'object');
}

/**
 * Where single quotes do not make a value harmless, by what stands before it; null where they do. It errs on
 * the side of refusing: within anything but plain words and closed quotes the place counts as unsafe.
 */
function unsafePlace(before: string): string | null {
  let rest = before;
  let wordBegins = true;
  while (rest !== '') {
    const plain = /^(?:'[^']*'|"(?:[^"\\$`]|\\[\s\S]|\$\w+|\$\{\w+\})*"|\\[\s\S]|\$\{\w+\}|\$(?=[\w?!#@*-]))/.exec(rest);
    const unsafe = plain ? null : UNSAFE.find(({ shape }) => shape.test(rest));
    if (unsafe) return unsafe.place;
    if (wordBegins && rest.startsWith('#')) return 'in or after a comment';
    if (wordBegins && /^(?:eval|let)\s[^;\n&|]*$/.test(rest)) return 'in the words of eval or let';
    const taken = plain?.[0] ?? rest.slice(0, 1);
    wordBegins = /[\s;&|(]$/.test(taken);
    rest = rest.slice(taken.length);
  }
  return null;
}

const UNSAFE: readonly { shape: RegExp; place: string }[] = [
  { shape: /^"/, place: 'within or after double quotes that hold more than text' },
  { shape: /^\$?'/, place: 'within quotes' },
  { shape: /^`/, place: 'within or after backquotes' },
  { shape: /^\$[({["]/, place: 'within or after an expansion' },
  { shape: /^<</, place: 'in or after a here-document' },
  { shape: /^\(\(/, place: 'within or after arithmetic' },
  { shape: /^\[\[/, place: 'within or after [[' },
];
