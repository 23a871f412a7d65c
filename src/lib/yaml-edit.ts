// Changes keys of a YAML mapping and leaves everything else, comments too, as the person wrote it.
import { type Document, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { canonicalJson } from './digest.ts';

/** Null when the text is no mapping. A key whose new value is undefined is removed. */
export function editYaml(text: string, changes: Readonly<Record<string, unknown>>): string | null {
  const document = parseMapping(text);
  if (!document) return null;
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) document.delete(key);
    else document.set(key, value);
  }
  return isMap(document.contents) && document.contents.items.length === 0 ? '' : document.toString({ lineWidth: 0 });
}

/** One more entry of a list. */
export interface Entry {
  /** As YAML on one line: `- { name: x }`. */
  line: string;
  /** Stands on a line of its own above it. */
  comment: string;
}

/**
 * The text with one more entry at the end of the list `key`, which is made when there is none. The person's own
 * lines stay as they are, to the byte, unless the list is written in brackets. Null when that cannot be done.
 */
export function appendToList(text: string, key: string, entry: Entry): string | null {
  const document = parseMapping(text);
  if (!document) return null;
  const wanted = withEntry(document.toJS() as Record<string, unknown> | null, key, entry); // a mapping, or nothing at all
  if (wanted === null) return null;
  const found = [insertLines(text, document, key, entry), rewritten(text, key, entry)].find(
    (result) => result !== null && saysSame(result, wanted),
  );
  return found ?? null;
}

function parseMapping(text: string): Document.Parsed | null {
  const document = parseDocument(text);
  return document.errors.length > 0 || (document.contents !== null && !isMap(document.contents)) ? null : document;
}

function withEntry(value: Record<string, unknown> | null, key: string, { line }: Entry): Record<string, unknown> | null {
  const list = value?.[key] ?? [];
  const added: unknown = parseDocument(line).toJS();
  return Array.isArray(list) && Array.isArray(added) ? { ...value, [key]: [...list, ...added] } : null;
}

function saysSame(text: string, wanted: Record<string, unknown>): boolean {
  const document = parseDocument(text);
  return document.errors.length === 0 && canonicalJson(document.toJS()) === canonicalJson(wanted);
}

/** Below the last entry of a list that has a line for each, or with the key at the end of the file. */
function insertLines(text: string, document: Document.Parsed, key: string, { line, comment }: Entry): string | null {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = (indent: string) => [`# ${comment}`, line].map((it) => indent + it + newline).join('');
  const below = (offset: number, added: string) => {
    const lineEnd = text.indexOf('\n', offset);
    const above = lineEnd === -1 ? (text === '' || text.endsWith('\n') ? text : text + newline) : text.slice(0, lineEnd + 1);
    return above + added + (lineEnd === -1 ? '' : text.slice(lineEnd + 1));
  };
  const pair = isMap(document.contents) ? document.contents.items.find((it) => isScalar(it.key) && it.key.value === key) : undefined;
  if (!pair) return below(text.length, `${key}:${newline}${lines('  ')}`);
  const { key: name, value: list } = pair;
  if (isScalar(list) && list.value === null && isScalar(name) && name.range) return below(name.range[1], lines('  '));
  if (!isSeq(list) || list.flow || !list.range) return null;
  const [start, end] = list.range;
  const indent = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  // The end of an entry may lie behind its line break, or before a comment on its line.
  return indent.trim() === '' ? below(text.slice(0, end).trimEnd().length, lines(indent)) : null;
}

/** By the library, which keeps comments and order but not every space. */
function rewritten(text: string, key: string, { line, comment }: Entry): string | null {
  const document = parseDocument(text);
  const list = document.get(key, true);
  const added = parseDocument(line).contents;
  if (!isSeq(added) || !added.items[0]) return null;
  const item = document.createNode(added.items[0]);
  item.commentBefore = ` ${comment}`;
  if (isSeq(list)) {
    list.flow = false;
    list.add(item);
  } else document.set(key, document.createNode([item]));
  return document.toString({ lineWidth: 0 });
}
