// Why an expression is not true: its first part that is not, and the values that the part looked at.
import { evaluate, type Node, parsed, type Scope } from './cel.ts';
import { isNode } from './cel-check.ts';

export interface Part {
  /** The part's own text. */
  text: string;
  /** What it looked at: `readings.disk.signal.level` and its value. */
  values: { path: string; value: unknown }[];
}

/** The first of the parts joined by `&&` that is not true; null when all are. */
export function firstFalsePart(source: string, values: Scope): Part | null {
  const ast = parsed(source);
  if (!ast) return null;
  for (const part of conjuncts(ast)) {
    const text = textOf(part, source);
    const answer = evaluate(text, values);
    if (answer.ok && answer.value === true) continue;
    return { text, values: lookedAt(part, source, values) };
  }
  return null;
}

/** Each plain path (`a.b.c`, `a["b"].c`) that an expression names, in order and once, with its segments. */
export function paths(source: string): { text: string; segments: string[] }[] {
  const ast = parsed(source);
  const found = new Map<string, string[]>();
  if (ast) collect(ast, (node, segments) => found.set(textOf(node, source), segments));
  return [...found].map(([text, segments]) => ({ text, segments }));
}

function conjuncts(node: Node): Node[] {
  if (node.op !== '&&' || !Array.isArray(node.args)) return [node];
  return node.args.filter(isNode).flatMap(conjuncts);
}

function textOf(node: Node, source: string): string {
  return source.slice(node.start, node.end);
}

/** A reader wants a handful of values, not a page. */
const MAX_VALUES = 6;

function lookedAt(part: Node, source: string, values: Scope): Part['values'] {
  const found = new Map<string, unknown>();
  collect(part, (node) => {
    const path = textOf(node, source);
    const answer = evaluate(path, values);
    if (answer.ok) found.set(path, answer.value);
  });
  return [...found].slice(0, MAX_VALUES).map(([path, value]) => ({ path, value }));
}

function collect(node: unknown, found: (node: Node, segments: string[]) => void): void {
  if (Array.isArray(node)) {
    for (const inner of node) collect(inner, found);
    return;
  }
  if (!isNode(node)) return;
  const segments = segmentsOf(node);
  if (segments) found(node, segments);
  else if (node.op === 'rcall' && Array.isArray(node.args)) collect(node.args.slice(1), found);
  else collect(node.args, found);
}

function segmentsOf(node: Node): string[] | null {
  if (node.op === 'id') return [String(node.args)];
  if ((node.op !== '.' && node.op !== '[]') || !Array.isArray(node.args)) return null;
  const [owner, key]: unknown[] = node.args;
  const before = isNode(owner) ? segmentsOf(owner) : null;
  const last = node.op === '.' ? key : isNode(key) && key.op === 'value' ? key.args : null;
  if (!before || (typeof last !== 'string' && typeof last !== 'bigint')) return null;
  return [...before, String(last)];
}
