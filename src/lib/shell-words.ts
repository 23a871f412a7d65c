// A shell line as words and operators: enough to judge it before it runs, never to run it.

export type ShellToken =
  | {
      token: 'word';
      /** What the shell would pass on, as far as that is known without running anything. */
      text: string;
      /** Holds an expansion (`$…` or backquotes) outside single quotes: what it becomes is not known. */
      expands: boolean;
      /** Holds an unquoted `* ? [ { ~`: may become other words. */
      globs: boolean;
      /** Was written without any quote or backslash. */
      plain: boolean;
    }
  | { token: 'operator'; text: string };

const OPERATOR = /^(?:&&|\|\||\|&|;;|<<<?|>>|[;&|<>()\n`])/;
const BLANK = /^[ \t]+/;

/** Null when a quote is not closed. A comment is one operator, `#`; what it says is dropped. */
export function shellTokens(line: string): ShellToken[] | null {
  const tokens: ShellToken[] = [];
  let at = 0;
  while (at < line.length) {
    const rest = line.slice(at);
    const blank = BLANK.exec(rest);
    const operator = OPERATOR.exec(rest);
    if (blank) at += blank[0].length;
    else if (rest.startsWith('#')) {
      tokens.push({ token: 'operator', text: '#' });
      at += /^[^\n]*/.exec(rest)?.[0].length ?? 0;
    } else if (operator) {
      tokens.push({ token: 'operator', text: operator[0] });
      at += operator[0].length;
    } else {
      const word = readWord(line, at);
      if (!word) return null;
      tokens.push(word.token);
      at = word.end;
    }
  }
  return tokens;
}

/** One piece of a word: how it is written, and what of it is text. */
const PIECES: readonly { shape: RegExp; kind: 'single' | 'double' | 'escaped' | 'dollar' | 'glob' | 'text' }[] = [
  { shape: /^'([^']*)'/, kind: 'single' },
  { shape: /^"((?:[^"\\]|\\[\s\S])*)"/, kind: 'double' },
  { shape: /^\\([\s\S])/, kind: 'escaped' },
  { shape: /^(\$[({]?)/, kind: 'dollar' },
  { shape: /^([*?[{~])/, kind: 'glob' },
  { shape: /^([^ \t\n'"\\$*?[{~;&|<>()`]+|[\]}])/, kind: 'text' },
];

function readWord(line: string, start: number): { token: ShellToken; end: number } | null {
  let [at, text, expands, globs, plain] = [start, '', false, false, true];
  while (at < line.length && !/^[ \t\n;&|<>()`]/.test(line.slice(at, at + 1))) {
    const rest = line.slice(at);
    const piece = PIECES.map(({ shape, kind }) => ({ kind, match: shape.exec(rest) })).find(({ match }) => match);
    if (!piece?.match) return null;
    const inner = piece.match[1] ?? '';
    expands ||= piece.kind === 'dollar' || (piece.kind === 'double' && /(^|[^\\])(\\\\)*[$`]/.test(inner));
    globs ||= piece.kind === 'glob';
    plain &&= piece.kind !== 'single' && piece.kind !== 'double' && piece.kind !== 'escaped';
    text += piece.kind === 'double' ? inner.replaceAll(/\\(["\\$`\n])/g, (_, escaped: string) => (escaped === '\n' ? '' : escaped)) : inner;
    at += piece.match[0].length;
  }
  return { token: { token: 'word', text, expands, globs, plain }, end: at };
}
