// What the decider said → a typed decision, or a problem in words meant for the decider, which sees them next
// time. Nothing that comes out has a kind or a field that the registry does not know. Pure.
import type * as z from 'zod';
import { actionSchema } from '../actions/index.ts';
import { nearest } from '../lib/nearest.ts';
import { resolvePointer } from '../lib/pointer.ts';
import { oneLine } from '../lib/text.ts';
import type { World } from '../world/world.ts';
import { readObject } from './read-object.ts';

export type Decision = Record<string, unknown> & { action: string };

export interface Evidence {
  pointer: string;
  value: unknown;
}

export type Parsed =
  /** `repaired`: it stood in prose or needed small repairs, which is tolerated and worth an event. */
  { ok: true; decision: Decision; evidence: Evidence[]; repaired: boolean } | { ok: false; problem: string };

export interface ParseOptions {
  world: World;
  /** The beat that asked; null for what no decider wrote (a rule, a file that a person tries). */
  beat: number | null;
  evidence: 'optional' | 'required';
  /** The kinds there are; the registry's unless a test brings its own. */
  schema?: DecisionSchema;
}

/** What is used of `z.discriminatedUnion('action', [z.strictObject(…), …])`. */
export interface DecisionSchema {
  readonly options: readonly { readonly shape: Readonly<Record<string, unknown>> }[];
  safeParse(value: unknown): z.ZodSafeParseResult<unknown>;
}

/** Seconds within which "look again by then" is meant (DESIGN 4). */
const NAP_S = { least: 5, most: 300 } as const;
/** Deeper than any kind's fields; beyond it later code (JSON.stringify) could run out of stack. */
const MOST_DEPTH = 32;
/** More evidence than a reader follows. */
const MOST_POINTERS = 32;
/** A pointed-to value larger than this is kept with the beat's world, not again with its evidence. */
const VALUE_CAP = 16_384;
const PROBLEM_CAP = 1_000;
const LONE_SURROGATE = /\p{Surrogate}/gu;

export function parseDecision(text: string, options: ParseOptions): Parsed {
  const read = readObject(text);
  if (!read.ok) return refuse(read.problem);
  const schema = options.schema ?? actionSchema;
  const unfit = unfitValue(read.object) ?? unknownKind(read.object, schema) ?? wrongBeat(read.object, options.beat);
  if (unfit) return refuse(unfit);
  const checked = schema.safeParse(clampNap(read.object));
  if (!checked.success) return refuse(describeIssues(checked.error.issues, read.object, schema));
  const decision = checked.data as Decision; // every option of the schema is an object with the literal `action`
  const found = evidenceOf(decision, options);
  return 'problem' in found ? refuse(found.problem) : { ok: true, decision, evidence: found.evidence, repaired: read.repaired };
}

function refuse(problem: string): Parsed {
  return { ok: false, problem: oneLine(problem.replaceAll(LONE_SURROGATE, '\uFFFD'), PROBLEM_CAP) };
}

// ── what no field may hold ─────────────────────────────────────────────────────────────────────────

/** NUL, half a surrogate pair, or nesting without end: none survives the way to a file or a command unchanged. */
function unfitValue(object: Record<string, unknown>): string | null {
  const pending: { value: unknown; path: string; depth: number }[] = [{ value: object, path: '', depth: 0 }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { value, path, depth } = next;
    if (typeof value === 'string') {
      const fault = unfitText(value);
      if (fault) return `${path || 'the answer'} ${fault}`;
    }
    if (typeof value !== 'object' || value === null) continue;
    if (depth >= MOST_DEPTH) return `it is nested deeper than ${MOST_DEPTH} levels`;
    for (const [key, inner] of Object.entries(value)) {
      const fault = unfitText(key);
      if (fault) return `a field's name ${fault}`;
      pending.push({ value: inner, path: path === '' ? key : `${oneLine(path, 80)}.${key}`, depth: depth + 1 });
    }
  }
  return null;
}

function unfitText(text: string): string | null {
  if (text.includes('\u0000')) return 'holds a NUL character; leave it out';
  return text.search(LONE_SURROGATE) < 0 ? null : 'holds half of a surrogate pair, which is no character; leave it out';
}

// ── the kind, the beat, the nap ────────────────────────────────────────────────────────────────────

function unknownKind({ action }: Record<string, unknown>, schema: DecisionSchema): string | null {
  const kinds = kindsOf(schema);
  if (action === undefined) return `the field "action" is missing; it names the kind: ${kinds.join(', ')}`;
  if (typeof action !== 'string') return `action: ${typeName(action)} instead of a string; it names the kind: ${kinds.join(', ')}`;
  if (kinds.includes(action)) return null;
  return `"${oneLine(action, 80)}" is no kind of action${suggestion(action, kinds)}. The kinds are: ${kinds.join(', ')}`;
}

function wrongBeat({ beat }: Record<string, unknown>, asked: number | null): string | null {
  if (beat === undefined || asked === null || beat === asked) return null;
  return `beat: this decision says ${oneLine(JSON.stringify(beat), 40)}, but it was asked for beat ${asked}`;
}

/** Never refused: a number outside is moved to the nearest end, and what is no number is left out. */
function clampNap(object: Record<string, unknown>): Record<string, unknown> {
  const { next_interval_s: wanted, ...rest } = object;
  const seconds = typeof wanted === 'string' && wanted.trim() !== '' ? Number(wanted) : wanted;
  if (typeof seconds !== 'number' || Number.isNaN(seconds)) return rest;
  return { ...rest, next_interval_s: Math.min(NAP_S.most, Math.max(NAP_S.least, Math.round(seconds))) };
}

// ── words for what the schema refuses ──────────────────────────────────────────────────────────────

/** More problems than this at once help nobody. */
const MOST_ISSUES = 5;

function describeIssues(issues: readonly z.core.$ZodIssue[], object: Record<string, unknown>, schema: DecisionSchema): string {
  const fields = fieldsOf(String(object.action), schema);
  const words = issues.slice(0, MOST_ISSUES).map((issue) => `${describeIssue(issue, fields, object)}`);
  return `${object.action}: ${words.join('; ')}`;
}

function describeIssue(issue: z.core.$ZodIssue, fields: readonly string[], object: Record<string, unknown>): string {
  const where = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const top = issue.path.length === 0;
    const names = issue.keys.slice(0, MOST_ISSUES).map((key) => `"${oneLine(key, 60)}"${top ? suggestion(key, fields) : ''}`);
    const fault = `there is no field ${names.join(', ')}${where === '' ? '' : ` in ${where}`}`;
    return top ? `${fault}. Its fields are: ${fields.join(', ')}` : fault;
  }
  const [first] = issue.path;
  if (issue.path.length === 1 && typeof first === 'string' && !Object.hasOwn(object, first)) return `the field "${first}" is missing`;
  return `${where || 'the answer'}: ${issue.message}`;
}

function suggestion(word: string, candidates: readonly string[]): string {
  // A long word is no slip of the pen, and comparing it is quadratic.
  const meant = word.length <= 80 ? nearest(word, candidates) : null;
  return meant === null ? '' : ` (did you mean "${meant}"?)`;
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}

function kindsOf(schema: DecisionSchema): string[] {
  return schema.options.map(kindOf);
}

function kindOf(option: DecisionSchema['options'][number]): string {
  const literal = option.shape.action as z.ZodLiteral<string>; // the discriminator of the union
  return literal.value;
}

function fieldsOf(kind: string, schema: DecisionSchema): string[] {
  const option = schema.options.find((it) => kindOf(it) === kind);
  return option ? Object.keys(option.shape).filter((field) => field !== 'action') : [];
}

// ── evidence ───────────────────────────────────────────────────────────────────────────────────────

function evidenceOf(decision: Decision, { world, evidence }: ParseOptions): { evidence: Evidence[] } | { problem: string } {
  const pointers = Array.isArray(decision.because) ? decision.because.map(String) : [];
  if (pointers.length > MOST_POINTERS) return { problem: `because: more than ${MOST_POINTERS} pointers; name what the decision rests on` };
  if (pointers.length === 0 && evidence === 'required' && decision.action !== 'noop')
    return { problem: 'because: name at least one JSON Pointer into the world, such as "/readings/NAME/signal", that this rests on' };
  const found: Evidence[] = [];
  for (const pointer of pointers) {
    const shown = `"${oneLine(pointer, 200)}"`;
    if (pointer === '') return { problem: 'because: "" is the whole world; name the part that the decision rests on' };
    const target = resolvePointer(world, pointer);
    if (!target.found) return { problem: `because: ${shown} points at nothing in the world` };
    found.push({ pointer, value: kept(target.value) });
  }
  return { evidence: found };
}

function kept(value: unknown): unknown {
  const size = JSON.stringify(value)?.length ?? 0;
  return size <= VALUE_CAP ? value : `(${size} characters: see the beat's world.json)`;
}
