// Quoting: how any text of the home enters the prompt, so that it can forge neither a section nor a fence. Pure.
import { cutText } from '../lib/text.ts';

/** Whatever a reader could take for a line break becomes one, so that each piece is seen to be quoted. */
const BREAKS = /\r\n|[\r\v\f\u0085\u2028\u2029]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is made visible
const CONTROLS = /[\u0000-\u0008\u000e-\u001f\u007f-\u009f]|\p{Surrogate}/gu;

const QUOTE = '| ';

export function quote(text: string): string {
  const lines = text.replaceAll(BREAKS, '\n').replaceAll(CONTROLS, '\uFFFD').split('\n');
  if (lines.length > 1 && lines.at(-1) === '') lines.pop();
  return lines.map((line) => `${QUOTE}${line}`).join('\n');
}

export interface Quoted {
  text: string;
  cut: boolean;
}

/** Quoted and, beyond `maxBytes`, cut at a line's end with a mark. `already`: the text came to us cut. */
export function quoteCapped(text: string, maxBytes: number, already = false): Quoted {
  const { text: shown, cut } = cutText(text, maxBytes);
  if (!cut && !already) return { text: quote(shown), cut: false };
  return { text: `${quote(shown)}\n[cut: the text goes on; what is not shown here stays as it is]`, cut: true };
}

/** The last `maxBytes` of a text (the end of a command's output is what tells). */
export function quoteTail(text: string, maxBytes: number): Quoted {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return { text: quote(text), cut: false };
  let start = bytes.length - maxBytes;
  while (((bytes[start] ?? 0) & 0xc0) === 0x80) start++; // never inside a character
  return { text: `[cut: the beginning is not shown]\n${quote(bytes.subarray(start).toString('utf8'))}`, cut: true };
}

/** Quoted text between two lines that carry the beat's nonce. `title` is ours or has been made one line. */
export function fence(nonce: string, title: string, quoted: string): string {
  return `<<<DATA ${nonce} ${title}\n${quoted}\nDATA ${nonce}>>>`;
}
