// What is wrong with a CEL expression, told without values: where, and what to write instead.
import type { Environment } from '@marcbachmann/cel-js';
import { describe, environment, isCelError, MAX_SOURCE, type Node, parsed, position } from './cel.ts';
import { nearest } from './nearest.ts';

export interface Names {
  /** The names that an expression may begin with. */
  roots: readonly string[];
  /** Those of them that hold items under names of their own: subtracting from one is never meant. */
  collections: readonly string[];
  /** Names that people look for in vain, each with what to write instead. */
  absent?: Readonly<Record<string, string>>;
}

export type Checked = { ok: true; type: string } | { ok: false; message: string; line: number; column: number };

export function check(source: string, names: Names): Checked {
  if (source.length > MAX_SOURCE)
    return refuse(source, 0, `an expression is at most ${MAX_SOURCE} characters, this one has ${source.length}`);
  const ast = parsed(source);
  const hyphen = ast ? hyphened(ast, source, names) : null;
  if (hyphen) return hyphen;
  const found = checker(names.roots).check(source);
  if (found.valid) return { ok: true, type: found.type ?? 'dyn' };
  const unknown = /^Unknown variable: (\w+)/.exec(found.error?.message ?? '')?.[1];
  const at = isCelError(found.error) ? (found.error.range?.start ?? 0) : 0;
  if (unknown) return refuse(source, at, unknownName(unknown, names));
  return refuse(source, at, describe(found.error, source).replace(/ \(line \d+, column \d+\)$/, ''));
}

const checkers = new Map<string, Environment>();

function checker(roots: readonly string[]): Environment {
  const key = roots.join(' ');
  const known = checkers.get(key);
  if (known) return known;
  const built = environment({ anyName: false });
  for (const root of roots) built.registerVariable(root, 'dyn');
  checkers.set(key, built);
  return built;
}

function refuse(source: string, offset: number, message: string): Checked {
  return { ok: false, message, ...position(source, offset) };
}

function unknownName(name: string, names: Names): string {
  const instead = names.absent?.[name];
  if (instead !== undefined) return instead;
  const meant = nearest(name, names.roots);
  return `there is no "${name}" here; ${meant ? `did you mean "${meant}"?` : `an expression begins with one of ${names.roots.join(', ')}`}`;
}

/** `readings.my-x` parses as `readings.my` minus `x`: found wherever a minus touches a plain `a.b` on its left and a name that nobody knows on its right. */
function hyphened(node: unknown, source: string, names: Names): Checked | null {
  if (Array.isArray(node)) return first(node, (inner) => hyphened(inner, source, names));
  if (!isNode(node)) return null;
  return (node.op === '-' ? hyphenAt(node, source, names) : null) ?? hyphened(node.args, source, names);
}

function hyphenAt(node: Node, source: string, names: Names): Checked | null {
  const [left, right] = node.args as [Node, Node]; // a binary operator has two sides
  if (left.op !== '.') return null;
  const [owner, field] = left.args as [Node, string]; // `owner.field`
  const fieldAt = left.end - field.length;
  const name = /^[\w-]+/.exec(source.slice(fieldAt))?.[0] ?? '';
  if (!name.startsWith(`${field}-`)) return null; // it does not touch
  const fromCollection = owner.op === 'id' && names.collections.includes(String(owner.args));
  const start = leftmost(right);
  const stranger = start.op === 'id' && !names.roots.includes(String(start.args));
  if (!fromCollection && !stranger) return null;
  const path = source.slice(owner.start, owner.end);
  return refuse(source, left.start, `"${path}.${name}" means ${path}.${field} minus something: write ${path}["${name}"]`);
}

function leftmost(node: Node): Node {
  const inner: unknown = Array.isArray(node.args) ? node.args.find(isNode) : null;
  return isNode(inner) && inner.start === node.start ? leftmost(inner) : node;
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

function first<Item, Found>(items: readonly Item[], find: (item: Item) => Found | null): Found | null {
  for (const item of items) {
    const found = find(item);
    if (found !== null) return found;
  }
  return null;
}
