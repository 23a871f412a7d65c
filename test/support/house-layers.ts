// The direction of imports: layers, cycles, and what a pure file may reach.
import type { Import, Source, Violation } from './house.ts';

interface Layer {
  level: number;
  name: string;
  is: RegExp;
  /** What may be imported beside the lower levels; unset: the level's own files. */
  beside?: RegExp;
  /** The highest lower level that may be imported; unset: the next lower one. */
  upTo?: number;
}

/** First match wins, so that a pure file inside an adapter's folder is told apart from it. */
const LAYERS: readonly Layer[] = [
  { level: 1, name: 'plain data', is: /^src\/(world\/.+|errors|store\/layout)\.ts$/ },
  { level: 0, name: 'lib', is: /^src\/lib\/.+\.ts$/ },
  { level: 2, name: 'ports', is: /^src\/ports(\/[a-z]+)?\.ts$/ },
  { level: 3, name: 'actions', is: /^src\/actions\/.+\.ts$/ },
  { level: 3, name: 'judgement', is: /^src\/(decide\/(gate|prompt(-[a-z]+)*|parse|read-object|rules|hire)|sense\/parse)\.ts$/ },
  { level: 3, name: 'verbs', is: /^src\/verbs\/.+\.ts$/ },
  {
    level: 4,
    name: 'the story',
    is: /^src\/((execute|admit)(\/[a-z-]+)?|asks\/[a-z]+|replay|beat|carry-out|conclude|receipts|recover|pulse|look|decide\/(ask|move|see))\.ts$/,
  },
  { level: 5, name: 'store', is: /^src\/store\/.+\.ts$/, upTo: 2, beside: /^src\/store\// },
  { level: 5, name: 'senses', is: /^src\/sense\/.+\.ts$/, upTo: 2, beside: /^src\/sense\// },
  {
    level: 5,
    name: 'deciders',
    is: /^src\/decide\/deciders\/.+\.ts$/,
    upTo: 2,
    // What a decision file may be, and where the prompt's stable part ends, is said in one place each.
    beside: /^src\/(decide\/(deciders\/.+|prompt)|store\/decision-file)\.ts$/,
  },
  {
    level: 6,
    name: 'settings',
    is: /^src\/config(-[a-z]+)?\.ts$/,
    upTo: 3,
    beside: /^src\/(config(-[a-z]+)?|(decide\/deciders|sense\/runners)\/index)\.ts$/,
  },
  { level: 6, name: 'the home as a place', is: /^src\/home\.ts$/, upTo: 3, beside: /^src\/(store\/.+|config(-[a-z]+)?)\.ts$/ },
  { level: 6, name: 'surfaces', is: /^src\/surfaces\/.+\.ts$/, upTo: 3, beside: /^src\/(surfaces\/.+|home|config(-[a-z]+)?)\.ts$/ },
  { level: 7, name: 'composition', is: /^src\/(compose(\/.+)?|program\/.+|cli)\.ts$/ },
];

function layerOf(path: string): Layer | null {
  return LAYERS.find((layer) => layer.is.test(path)) ?? null;
}

/** Every file has a layer, and imports only lower ones and its own; type imports count. */
export function layerViolations(sources: readonly Source[]): Violation[] {
  return sources.flatMap(({ path, imports }) => {
    const layer = layerOf(path);
    if (!layer) return [`${path}: belongs to no layer (see test/support/house-layers.ts)`];
    return imports
      .filter((it) => it.ours && !mayImport(layer, it))
      .map((it) => `${path}:${it.line}: ${layer.name} may not import ${it.to}`);
  });
}

function mayImport(layer: Layer, { to }: Import): boolean {
  const target = layerOf(to);
  if (to === 'package.json') return layer.level === 7; // the version
  if (!target) return false;
  if (target.level <= (layer.upTo ?? layer.level - 1)) return true;
  return layer.beside ? layer.beside.test(to) : target.level === layer.level;
}

/** Groups of files that reach each other, through types too (Tarjan). */
export function cycles(sources: readonly Source[]): string[][] {
  const edges = new Map(sources.map(({ path, imports }) => [path, imports.filter((it) => it.ours).map((it) => it.to)]));
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];

  const enter = (path: string): void => {
    const own = index.size;
    index.set(path, own);
    low.set(path, own);
    stack.push(path);
    for (const next of edges.get(path) ?? []) {
      if (!edges.has(next)) continue;
      if (!index.has(next)) enter(next);
      if (stack.includes(next)) low.set(path, Math.min(low.get(path) ?? own, low.get(next) ?? own));
    }
    if (low.get(path) !== own) return;
    const group = stack.splice(stack.indexOf(path));
    if (group.length > 1 || edges.get(path)?.includes(path)) found.push(group.sort());
  };

  for (const path of edges.keys()) if (!index.has(path)) enter(path);
  return found;
}

/** Pure by promise: plain data in, plain data out. */
const PURE = /^src\/(world\/.+|decide\/(gate|prompt(-[a-z]+)*|parse|read-object|rules|hire)|sense\/parse)\.ts$/;

/** A pure file reaches, at run time, nothing that touches the outside: neither itself nor through what it imports. */
export function purityViolations(sources: readonly Source[], touches: (source: Source) => Violation[]): Violation[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const reached = new Set(sources.filter(({ path }) => PURE.test(path)).map(({ path }) => path));
  for (const path of reached) {
    for (const it of byPath.get(path)?.imports ?? []) if (it.ours && !it.typeOnly && byPath.has(it.to)) reached.add(it.to);
  }
  return [...reached].sort().flatMap((path) => {
    const source = byPath.get(path);
    return source ? touches(source) : [];
  });
}
