// YAML with places: a value, and the line and column of everything in it.
import { isMap, isNode, isPair, LineCounter, parseDocument } from 'yaml';

export interface Place {
  line: number;
  column: number;
}

export interface YamlText {
  value: unknown;
  /** What the parser says against it, first line of each message. */
  problems: (Place & { what: string })[];
  /** Where the value at this path stands; the nearest parent that exists when it does not. */
  valueAt(path: readonly PropertyKey[]): Place;
  /** Where the key at this path stands. */
  keyAt(path: readonly PropertyKey[]): Place;
}

export function readYaml(text: string): YamlText {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const place = (offset: number): Place => {
    const { line, col } = counter.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const offsetOf = (path: readonly PropertyKey[]): number => {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return node.range[0];
    }
    return document.contents?.range?.[0] ?? 0;
  };
  const problems = document.errors.map((error) => ({ ...place(error.pos[0]), what: firstLine(error.message) }));
  const value = problems.length > 0 ? { refused: null } : toValue(document);
  if ('refused' in value && value.refused !== null) problems.push({ line: 1, column: 1, what: value.refused });
  return {
    value: 'given' in value ? value.given : undefined,
    problems,
    valueAt: (path) => place(offsetOf(path)),
    keyAt: (path) => {
      const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
      const pair = isMap(parent) ? parent.items.find((entry) => isPair(entry) && String(entry.key) === String(path.at(-1))) : undefined;
      const key = pair?.key;
      return place(isNode(key) && key.range ? key.range[0] : offsetOf(path));
    },
  };
}

/** Anchors may not blow a small text up into a large value: the parser counts the copies and throws. */
function toValue(document: ReturnType<typeof parseDocument>): { given: unknown } | { refused: string } {
  try {
    return { given: document.toJS({ maxAliasCount: 100 }) };
  } catch (error) {
    return { refused: firstLine(error instanceof Error ? error.message : String(error)) };
  }
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}
