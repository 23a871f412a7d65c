// PURE. A goal's file: front matter and prose, read into a spec, or into what is wrong with it and where.

import * as z from 'zod';
import { digest, isPlainObject } from '../lib/digest.ts';
import { splitFrontMatter } from '../lib/front-matter.ts';
import { id as idSchema, isId } from '../lib/id.ts';
import { nearest } from '../lib/nearest.ts';
import { oneLine } from '../lib/text.ts';
import { readYaml, type YamlText } from '../lib/yaml-text.ts';
import { checkExpression } from './expressions.ts';
import { goalId } from './goal-id.ts';
import { TITLE_LENGTH, titleOf } from './goal-title.ts';
import { duration } from './settings.ts';

export interface GoalProblem {
  what: string;
  /** Counted in the whole file from 1; null when it is about the file itself. */
  line: number | null;
  column: number | null;
  /** A suggestion, when there is one. */
  next: string | null;
}

export interface GoalFile {
  /** Unique in the home: the slug of the name, or the whole name of one whose slug is taken. */
  id: string;
  /** Its name in goals/. */
  name: string;
  text: string;
  /** Digest of the file's bytes. */
  digest: string;
  /** Digest of the text with CRLF and trailing white space folded: what counts as another text. */
  folded: string;
  /** Its front matter as it stands there. */
  front: Record<string, unknown>;
  /** Null when the file is Invalid. */
  spec: GoalSpec | null;
  /** What the goal is called, also when it is Invalid. */
  title: string;
  problem: GoalProblem | null;
  /** What else is wrong beside `problem`. */
  further: GoalProblem[];
  warnings: GoalProblem[];
}

/** A verify is run again after this. */
const VERIFY_EVERY_MS = 600_000;
const VERIFY_TIMEOUT_MS = 60_000;
/** Goals without a priority come after those that name one. */
export const NO_PRIORITY = 100;
/** What an agent may never change, whatever the file says. */
export const PERSONS_KEYS = ['verify', 'done_when', 'autonomy', 'budget', 'worker', 'agent_may_edit'] as const;

const text = z.string().min(1);
const worker = z.looseObject({
  name: idSchema.optional(),
  agent: text.optional(),
  loop: text.optional(),
  command: text.optional(),
  repo: text.optional(),
  prompt: text.optional(),
  verify: text.optional(),
  setup: text.optional(),
});
const budget = z.looseObject({
  usd: z.union([z.number().nonnegative(), z.string().regex(/^\d+(\.\d+)?(\/day)?$/, { error: 'an amount is 2 or 2/day' })]).optional(),
  workers: z.int().nonnegative().optional(),
});

const frontSchema = z.looseObject({
  goal: text.optional(),
  priority: z.number().default(NO_PRIORITY),
  autonomy: z.enum(['observe', 'propose', 'act', 'full']).optional(),
  verify: text.optional(),
  verify_every: duration({ minMs: 1_000 }).default(VERIFY_EVERY_MS),
  verify_timeout: duration({ minMs: 100, maxMs: 3_600_000 }).default(VERIFY_TIMEOUT_MS),
  done_when: z.union([text, z.boolean().transform(String)]).optional(),
  worker: worker.optional(),
  budget: budget.optional(),
  paused: z.boolean().default(false),
  agent_may_edit: z.array(z.string()).default([]),
});
export type GoalSpec = z.output<typeof frontSchema>;
const KNOWN = Object.keys(frontSchema.shape);

/** Reads a goal. Whatever is wrong makes it Invalid, never absent. */
export function parseGoal(name: string, source: string): GoalFile {
  const id = goalId(name);
  const clean = source.replace(/^\uFEFF/, '');
  const parts = splitFrontMatter(source); // of two byte order marks the second is text
  const file: GoalFile = {
    id,
    name,
    text: source,
    digest: digest(source),
    folded: digest(foldText(clean)),
    front: {},
    spec: null,
    title: titleOf(parts.body) ?? id,
    problem: null,
    further: [],
    warnings: [],
  };
  if (!isId(id)) return { ...file, problem: aboutFile(`"${id}" cannot be a goal's name`, 'rename the file') };
  if (parts.unclosed)
    return { ...file, problem: { what: 'the front matter is never closed', line: 1, column: 1, next: 'end it with a line ---' } };
  return withFront(file, parts.yaml);
}

/** A goal whose file could not be read. */
export function unreadableGoal(name: string, why: string): GoalFile {
  return { ...parseGoal(name, ''), problem: aboutFile(why, null), spec: null };
}

/** Files whose names give one id are all Invalid; the first keeps the id, the others are told apart by their names. */
export function withoutCollisions(files: readonly GoalFile[]): GoalFile[] {
  const byId = groupById(files);
  return [...byId.values()].flatMap((same) => {
    if (same.length === 1) return same;
    const names = same.map((file) => file.name).join(' and ');
    const problem = aboutFile(`${names} are both the goal "${same[0]?.id}"`, 'rename one of them');
    return same.map((file, index) => ({ ...file, id: index === 0 ? file.id : file.name, spec: null, problem }));
  });
}

/** CRLF and trailing white space are no other text. */
export function foldText(source: string): string {
  return source
    .replaceAll('\r\n', '\n')
    .replaceAll(/[ \t]+$/gm, '')
    .trimEnd();
}

// ── front matter ───────────────────────────────────────────────────────────────────────────────────

function withFront(file: GoalFile, front: string | null): GoalFile {
  const yaml = readYaml(front ?? '');
  const [broken, ...more] = yaml.problems.map(({ what, line, column }) => ({ what, line: line + 1, column, next: null }));
  if (broken) return { ...file, problem: broken, further: more };
  const value = yaml.value ?? {};
  if (!isPlainObject(value))
    return { ...file, problem: { what: 'the front matter is no list of keys', line: 2, column: 1, next: 'write key: value' } };
  // A key without a value is as one that is not there.
  const given = Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null));
  const parsed = frontSchema.safeParse(given);
  const warnings = warningsOf(given, yaml);
  if (!parsed.success) {
    const [problem = null, ...further] = parsed.error.issues.map((issue) => problemOf(issue, yaml, given));
    return { ...file, front: value, warnings, problem, further };
  }
  const spec = { ...parsed.data, agent_may_edit: parsed.data.agent_may_edit.filter((key) => !isPersons(key)) };
  return {
    ...file,
    front: value,
    warnings: [...warnings, ...expressionWarning(spec, yaml)],
    spec,
    title: spec.goal ? oneLine(spec.goal, TITLE_LENGTH) : file.title,
  };
}

function problemOf(issue: z.core.$ZodIssue, yaml: YamlText, value: unknown): GoalProblem {
  const { path } = issue;
  const place = yaml.valueAt(path);
  const was = path.reduce<unknown>(
    (inner, key) => (isPlainObject(inner) || Array.isArray(inner) ? Reflect.get(inner, key) : undefined),
    value,
  );
  const words = issue.message
    .replace(/^Invalid (input|option): /, '')
    .replaceAll('|', ' | ')
    .replace(/, received \w+$/, '');
  const what = issue.code === 'custom' || was === undefined ? words : `${words}, not ${oneLine(JSON.stringify(was), 80)}`;
  return { what: `${path.join('.')}: ${what}`, line: place.line + 1, column: place.column, next: null };
}

function warningsOf(value: Record<string, unknown>, yaml: YamlText): GoalProblem[] {
  const at = (path: readonly string[], what: string, next: string): GoalProblem => {
    const place = yaml.keyAt(path);
    return { what, line: place.line + 1, column: place.column, next };
  };
  const strangers = Object.keys(value).flatMap((key) => {
    const near = KNOWN.includes(key) ? null : nearest(key, KNOWN);
    return near ? [at([key], `unknown key "${key}"`, `did you mean "${near}"?`)] : [];
  });
  const listed = Array.isArray(value.agent_may_edit) ? value.agent_may_edit.filter((key) => isPersons(key)) : [];
  return [...strangers, ...listed.map((key) => at(['agent_may_edit'], `"${key}" is never an agent's to edit`, 'take it out of the list'))];
}

/** An expression that does not parse leaves the goal valid and its answer unknown. */
function expressionWarning(spec: GoalSpec, yaml: YamlText): GoalProblem[] {
  const found = spec.done_when === undefined ? null : checkExpression(spec.done_when, 'done_when');
  if (!found || found.ok) return [];
  const place = yaml.valueAt(['done_when']);
  return [{ what: `done_when: ${found.message}`, line: place.line + 1, column: place.column, next: null }];
}

function isPersons(key: unknown): boolean {
  return PERSONS_KEYS.some((known) => known === key);
}

function aboutFile(what: string, next: string | null): GoalProblem {
  return { what, line: null, column: null, next };
}

function groupById(files: readonly GoalFile[]): Map<string, GoalFile[]> {
  const groups = new Map<string, GoalFile[]>();
  for (const file of files) groups.set(file.id, [...(groups.get(file.id) ?? []), file]);
  return groups;
}
