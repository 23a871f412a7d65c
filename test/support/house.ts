// Reads the project's own source as syntax trees, for the rules of the house.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { parseSync } from 'oxc-parser';

/** A syntax node, as far as a rule needs to know it: rules look at `type` first, then at the fields of that type. */
export interface Node {
  type: string;
  start: number;
  end: number;
  [field: string]: unknown;
}

export interface Import {
  /** Path from the project's root for a file of ours; else the package or `node:` module. */
  to: string;
  ours: boolean;
  /** True when it vanishes at run time. */
  typeOnly: boolean;
  line: number;
}

export interface Source {
  /** From the project's root, with forward slashes. */
  path: string;
  text: string;
  nodes: readonly Visited[];
  imports: readonly Import[];
  /** The lines that carry or end a comment. */
  commented: ReadonlySet<number>;
  lines: number;
  lineOf(node: Node): number;
}

export interface Visited {
  node: Node;
  /** From the nearest parent outwards. */
  parents: readonly Node[];
}

/** What a rule finds; one line, as a compiler prints it. */
export type Violation = string;

const ROOT = join(import.meta.dirname, '../..');

/** Every TypeScript file of the project's folder, parsed. */
export function readSources(folder: string): Source[] {
  const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  const files = names
    .filter((name) => /\.m?ts$/.test(name) && !name.includes('node_modules'))
    .map((name) => join(folder, name).replaceAll('\\', '/'));
  return files.sort().map((path) => parseSource(path, readFileSync(join(ROOT, path), 'utf8')));
}

export function parseSource(path: string, text: string): Source {
  const { program, comments, errors } = parseSync(path, text, { lang: 'ts' });
  if (errors[0]) throw new Error(`${path} does not parse: ${errors[0].message}`);
  const starts = lineStarts(text);
  const lineAt = (offset: number) => starts.findLastIndex((start) => start <= offset) + 1;
  const lineOf = (node: Node) => lineAt(node.start);
  const nodes = [...visit(program as unknown as Node, [])]; // the parser's union has no index signature; every member of it is a Node
  return {
    path,
    text,
    nodes,
    imports: nodes.flatMap(({ node }) => importsOf(node, path, lineOf(node))),
    commented: new Set(comments.flatMap(({ start, end }) => [lineAt(start), lineAt(end)])),
    lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    lineOf,
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'; // looked at, not trusted
}

function* visit(node: Node, parents: readonly Node[]): Generator<Visited> {
  yield { node, parents };
  const below = [node, ...parents];
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) yield* visit(child, below);
  }
}

/** `import`, `export … from`, `import()` and the type `import('…')` alike. */
function importsOf(node: Node, path: string, line: number): Import[] {
  const source = node.source;
  if (!isNode(source) || typeof source.value !== 'string') return [];
  const to = source.value;
  const ours = to.startsWith('.');
  const found = ours ? relative(ROOT, join(ROOT, normalize(join(dirname(path), to)))).replaceAll('\\', '/') : to;
  return [{ to: found, ours, typeOnly: isTypeOnly(node), line }];
}

function isTypeOnly(node: Node): boolean {
  if (node.type === 'TSImportType') return true;
  if (node.importKind === 'type' || node.exportKind === 'type') return true;
  const names = Array.isArray(node.specifiers) ? node.specifiers.filter(isNode) : [];
  return names.length > 0 && names.every((name) => name.importKind === 'type' || name.exportKind === 'type');
}

/** The dotted name of an expression (`process.stdout.write`), or null when it is anything else. */
export function dotted(node: unknown): string | null {
  if (!isNode(node)) return null;
  if (node.type === 'Identifier') return String(node.name);
  if (node.type !== 'MemberExpression' || node.computed === true) return null;
  const object = dotted(node.object);
  return object === null ? null : `${object}.${dotted(node.property)}`;
}
