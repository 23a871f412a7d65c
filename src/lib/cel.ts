// CEL over JSON values: whole numbers are ints, a missing key is told apart from an error, and nothing runs for long.
import { createContext, runInContext } from 'node:vm';
import { Environment } from '@marcbachmann/cel-js';

export type Evaluated =
  | { ok: true; value: unknown }
  /** A key that is not there: the expression counts as false. */
  | { ok: false; kind: 'missing-key'; key: string }
  /** `slow`: it was ended; trying it again for the next value would take as long again. */
  | { ok: false; kind: 'error'; message: string; slow: boolean };

/** Values under their names, converted for CEL once, each when an expression first names it. */
export interface Scope {
  readonly names: object;
}

/** An expression is a line or two; what is longer was not meant as one. */
export const MAX_SOURCE = 8_192;
/** A thousand goals with an expression each, and room. */
const MAX_COMPILED = 4_096;
/** Far more than any expression over a full world needs; a regular expression that backtracks for ever ends here. */
const MAX_MS = 250;
/** Characters and values that a result may hold: a decision's own bound. */
const MAX_RESULT = 262_144;

const LIMITS = { maxAstNodes: 2_000, maxDepth: 100, maxListElements: 500, maxMapEntries: 500, maxCallArguments: 32 };

/** A part of a parsed expression, as far as we look at it. `start` and `end` are offsets into the source. */
export interface Node {
  readonly op: string;
  readonly args: unknown;
  readonly start: number;
  readonly end: number;
}

type Program = ((names: object) => unknown) & { readonly ast: Node };
type Compiled = { program: Program; risky: boolean } | { problem: string };

/** Mixed arithmetic of ints and doubles is allowed, since JSON cannot tell 2.0 from 2: a load of 2 must not break `load / 1.5`. */
export function environment(options: { anyName: boolean }): Environment {
  const built = new Environment({ unlistedVariablesAreDyn: options.anyName, homogeneousAggregateLiterals: false, limits: LIMITS });
  const operators: Record<string, (a: number, b: number) => number> = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
  };
  for (const [sign, apply] of Object.entries(operators)) {
    const mixed = (a: number | bigint, b: number | bigint) => apply(Number(a), Number(b));
    built.registerOperator(`int ${sign} double: double`, mixed);
    built.registerOperator(`double ${sign} int: double`, mixed);
  }
  built.registerOperator('int == double: bool', (a: bigint, b: number) => Number(a) === b);
  return built;
}

const anyNames = environment({ anyName: true });
const compiled = new Map<string, Compiled>();
const scopes = new WeakSet<object>();

export function scope(variables: Record<string, unknown>, outer?: Scope): Scope {
  const names: object = Object.create(outer?.names ?? null);
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) continue;
    let cel: { value: unknown } | null = null;
    Object.defineProperty(names, name, {
      enumerable: true,
      get: () => {
        cel ??= { value: toCelOnce(value) };
        return cel.value;
      },
    });
  }
  const made = { names };
  scopes.add(made);
  return made;
}

/** The value of an expression as JSON. The same source over the same values gives the same answer; only its time is bounded. */
export function evaluate(source: string, variables: Record<string, unknown> | Scope): Evaluated {
  const entry = compile(source);
  if ('problem' in entry) return failed(entry.problem);
  const { names } = isScope(variables) ? variables : scope(variables);
  try {
    const run = () => fromCel(entry.program(names), { left: MAX_RESULT });
    return { ok: true, value: entry.risky ? withinTime(run) : run() };
  } catch (error) {
    if (hasCode(error, 'ERR_SCRIPT_EXECUTION_TIMEOUT')) {
      compiled.delete(source); // it was ended half way: what it kept for itself is not to be trusted
      return failed(`it took longer than ${MAX_MS} ms and was ended`, true);
    }
    return explainError(error, source);
  }
}

/** The parsed expression, or null when it does not parse. */
export function parsed(source: string): Node | null {
  const entry = compile(source);
  return 'problem' in entry ? null : entry.program.ast;
}

function isScope(variables: Record<string, unknown> | Scope): variables is Scope {
  return scopes.has(variables);
}

function compile(source: string): Compiled {
  const known = compiled.get(source);
  if (known) return known;
  const entry = compileNew(source);
  if (compiled.size >= MAX_COMPILED) {
    const oldest = compiled.keys().next();
    if (!oldest.done) compiled.delete(oldest.value);
  }
  if (source.length <= MAX_SOURCE) compiled.set(source, entry);
  return entry;
}

function compileNew(source: string): Compiled {
  if (source.length > MAX_SOURCE) return { problem: `an expression is at most ${MAX_SOURCE} characters, this one has ${source.length}` };
  try {
    // The library declares no type for `ast`; check() and explain() rest on its shape and have tests.
    return { program: anyNames.parse(source) as unknown as Program, risky: isRisky(source) };
  } catch (error) {
    return { problem: describe(error, source) };
  }
}

/** Regular expressions may backtrack, and lists within lists multiply: these run against the clock (0.1 ms each), all else is linear. */
function isRisky(source: string): boolean {
  const walks = source.match(/\.\s*(all|exists|exists_one|map|filter|bind)\s*\(/g) ?? [];
  return walks.length > 1 || /\bmatches\b/.test(source);
}

const clocked = createContext(Object.create(null));

function withinTime(run: () => unknown): unknown {
  let value: unknown;
  clocked.run = () => {
    value = run();
  };
  runInContext('run()', clocked, { timeout: MAX_MS });
  return value;
}

// ── values in and out ──────────────────────────────────────────────────────────────────────────────

/** The sections of a world, which several scopes share: each is converted once. */
const converted = new WeakMap<object, unknown>();

function toCelOnce(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return toCel(value);
  if (!converted.has(value)) converted.set(value, toCel(value));
  return converted.get(value);
}

/** JSON as CEL sees it. What holds no whole number is passed on as it is. */
function toCel(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const inner = value.map(toCel);
    return inner.some((part, index) => part !== value[index]) ? inner : value;
  }
  const plain = value as Record<string, unknown>; // JSON: what is no list is an object
  // The library tells a map by its constructor; data may hold a key of that name.
  if (Object.hasOwn(plain, 'constructor') || Object.hasOwn(plain, '__proto__')) return asMap(plain);
  let copy: Record<string, unknown> | null = null;
  for (const key of Object.keys(plain)) {
    const former = plain[key];
    const inner = toCel(former);
    if (inner === former && former !== undefined) continue;
    copy ??= { ...plain };
    if (former === undefined) delete copy[key];
    else copy[key] = inner;
  }
  return copy ?? plain;
}

function asMap(value: Record<string, unknown>): Map<string, unknown> {
  return new Map(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([key, inner]) => [key, toCel(inner)]),
  );
}

function fromCel(value: unknown, room: { left: number }): unknown {
  room.left -= typeof value === 'string' ? value.length : 1;
  if (room.left < 0) throw new Error(`its result is larger than ${MAX_RESULT} characters`);
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((inner) => fromCel(inner, room));
  if (value instanceof Map) return asObject([...value], room);
  return isPlain(value) ? asObject(Object.entries(value), room) : fromCelType(value);
}

function asObject(entries: [unknown, unknown][], room: { left: number }): unknown {
  return Object.fromEntries(entries.map(([key, inner]) => [fromCel(key, room), fromCel(inner, room)]));
}

/** What CEL has and JSON has not, as JSON mappings write it. */
function fromCelType(value: object): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Date) return value.toISOString();
  const primitive: unknown = value.valueOf();
  if ('nanos' in value && typeof primitive === 'number') return `${primitive / 1_000}s`; // a duration counts in ms
  return typeof primitive === 'bigint' ? fromCel(primitive, { left: 1 }) : String(value);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

// ── what went wrong ────────────────────────────────────────────────────────────────────────────────

interface CelError {
  code: string;
  summary: string;
  node?: Node;
  range?: { start: number; end: number };
}

const MISSING = new Set(['no_such_key', 'index_out_of_bounds']);

function explainError(error: unknown, source: string): Evaluated {
  if (isCelError(error) && error.node && MISSING.has(error.code)) {
    return { ok: false, kind: 'missing-key', key: source.slice(error.node.start, error.node.end) };
  }
  return failed(describe(error, source));
}

function failed(message: string, slow = false): Evaluated {
  return { ok: false, kind: 'error', message, slow };
}

/** One line: what, and where in the source. */
export function describe(error: unknown, source: string): string {
  if (!isCelError(error)) return error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error);
  const what = error.summary.replaceAll(/dyn<([^<>]*)>/g, '$1');
  const { line, column } = position(source, error.range?.start ?? 0);
  return `${what} (line ${line}, column ${column})`;
}

export function isCelError(error: unknown): error is CelError {
  return error instanceof Error && 'summary' in error && typeof error.summary === 'string';
}

export function position(source: string, offset: number): { line: number; column: number } {
  const before = source.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** An error of another realm (that of the clock) is no `Error` of ours. */
function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
