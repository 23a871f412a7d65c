// What a text says to whoever decodes it. Linear, and at most a few times as long as the text.

export interface Decoding {
  /** How it was written. */
  how: string;
  text: string;
}

/** An encoded text within an encoded text: deeper nesting is not looked into. */
const DEPTH = 2;

export function decodings(text: string, depth = DEPTH): Decoding[] {
  const inner = [
    { how: 'base64', text: base64(text) },
    { how: 'hex', text: hex(text) },
    { how: 'escapes', text: escapes(text) },
    { how: 'invisible tags', text: tags(text) },
  ].filter((one) => one.text !== '');
  const deeper = depth > 1 ? inner.flatMap((one) => decodings(one.text, depth - 1)) : [];
  const whole =
    depth === DEPTH
      ? [
          { how: 'rot13', text: rot13(text) },
          { how: 'backwards', text: backwards(text) },
        ]
      : [];
  return [...inner, ...deeper, ...whole];
}

const BASE64 = /[A-Za-z0-9+/_-]{10,}/g;
const WRAPPED = /(?<=[A-Za-z0-9+/]{16})\r?\n(?=[A-Za-z0-9+/]{4})/g;

function base64(text: string): string {
  const lines = text.replaceAll(WRAPPED, '');
  return (lines.match(BASE64) ?? []).flatMap((word) => readable(Buffer.from(word, 'base64'))).join('\n');
}

const HEX = /(?:(?:\\x|0x)?[0-9a-f]{2}[\s:,;]?){8,4096}/gi;

function hex(text: string): string {
  return (text.match(HEX) ?? []).flatMap((run) => readable(Buffer.from(run.replaceAll(/\\x|0x|[\s:,;]/gi, ''), 'hex'))).join('\n');
}

/** Only what reads as text: nearly every long word decodes to some bytes. */
function readable(bytes: Buffer): string[] {
  const text = bytes.toString('utf8').replaceAll('\0', ''); // UTF-16 of ASCII is ASCII with zeros
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is no text
  return text.length < 4 || /[\u0001-\u0008\u000e-\u001f\u007f\ufffd]/.test(text) ? [] : [text];
}

const ESCAPES =
  /(?:%[0-9a-f]{2})+|\\u\{?[0-9a-f]{2,6}\}?|\\x[0-9a-f]{2}|\\[0-7]{3}|&#x?[0-9a-f]{1,6};|&(?:amp|lt|gt|quot|apos|sol|colon|nbsp);/gi;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", sol: '/', colon: ':', nbsp: ' ' };

/** The text with every escape replaced; empty when it has none. */
function escapes(text: string): string {
  const plain = text.replaceAll(ESCAPES, unescaped);
  return plain === text ? '' : plain;
}

function unescaped(written: string): string {
  if (written.startsWith('%')) return Buffer.from(written.replaceAll('%', ''), 'hex').toString('utf8');
  const named = /^&(\w+);$/.exec(written)?.[1];
  if (named !== undefined) return NAMED[named.toLowerCase()] ?? written;
  if (/^\\[0-7]/.test(written)) return character(Number.parseInt(written.slice(1), 8), written);
  const digits = /[0-9a-f]+(?=[;}]?$)/i.exec(written)?.[0] ?? '';
  return character(Number.parseInt(digits, /^&#\d/.test(written) ? 10 : 16), written);
}

function character(code: number, otherwise: string): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : otherwise;
}

const TAG = /[\u{e0020}-\u{e007e}]/gu;

/** Characters that no screen shows and that a model reads as ASCII. */
function tags(text: string): string {
  return (text.match(TAG) ?? []).map((tag) => String.fromCodePoint((tag.codePointAt(0) ?? 0) - 0xe0000)).join('');
}

function rot13(text: string): string {
  return text.replaceAll(/[a-z]+/gi, (word) => {
    const letters = Buffer.from(word, 'latin1');
    for (let at = 0; at < letters.length; at++) {
      const letter = letters[at] ?? 0;
      const base = letter < 97 ? 65 : 97;
      letters[at] = ((letter - base + 13) % 26) + base;
    }
    return letters.toString('latin1');
  });
}

function backwards(text: string): string {
  return Array.from(text).reverse().join('');
}
