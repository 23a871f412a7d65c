// Splits a Markdown text into its YAML front matter and its prose. It parses no YAML.

export interface FrontMatter {
  /** Everything before the body, byte for byte: the fences and the YAML between them; '' when there is none. */
  head: string;
  /** The YAML between the fences, or null when there is no front matter. */
  yaml: string | null;
  body: string;
  /** The line (from 1) on which the body begins. */
  bodyLine: number;
  /** It begins with a fence that is never closed; all of it is body then. */
  unclosed: boolean;
}

/** `head + body` is always the text itself. A fence is a line of three dashes; it may end in CRLF or blanks. */
export function splitFrontMatter(text: string): FrontMatter {
  const opening = /^\uFEFF?---[ \t]*\r?\n/.exec(text);
  const none = { head: '', yaml: null, body: text, bodyLine: 1 };
  if (!opening) return { ...none, unclosed: false };
  const closing = /^---[ \t]*(?:\r?\n|$)/gm;
  closing.lastIndex = opening[0].length;
  const found = closing.exec(text);
  if (!found) return { ...none, unclosed: true };
  const end = found.index + found[0].length;
  const head = text.slice(0, end);
  const yaml = text.slice(opening[0].length, found.index);
  return { head, yaml, body: text.slice(end), bodyLine: head.split('\n').length, unclosed: false };
}
