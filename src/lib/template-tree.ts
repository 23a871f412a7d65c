// A value whose strings hold `{{ CEL }}`, filled in at every depth.
import type { Scope } from './cel.ts';
import { isPlainObject } from './digest.ts';
import { type Filled, fillShell, fillText, shellTemplateProblem, templateExpressions } from './template.ts';

/** Keys whose text a shell will run. */
const SHELL_KEYS = new Set(['cmd', 'command', 'verify', 'setup']);
/** Keys of a program in any language, for which nobody can quote. */
const PROGRAM_KEYS = new Set(['script']);

export type FilledTree = { ok: true; value: unknown } | Exclude<Filled, { ok: true }>;

/** `action` names what is done and is never a template. */
export function fillTemplates(tree: unknown, values: Scope): FilledTree {
  let problem: Exclude<FilledTree, { ok: true }> | null = null;
  const value = mapStrings(tree, (text, key) => {
    if (problem || !text.includes('{{')) return text;
    const filled = fillOne(text, key, values);
    if (filled.ok) return filled.text;
    problem = filled;
    return text;
  });
  return problem ?? { ok: true, value };
}

/** Every expression in a tree's templates, and what is wrong with how they are written. */
export function treeExpressions(tree: unknown): { expressions: string[]; problems: string[] } {
  const found: { expressions: string[]; problems: string[] } = { expressions: [], problems: [] };
  mapStrings(tree, (text, key) => {
    if (!text.includes('{{') || key === 'action') return text;
    const { expressions, problem } = templateExpressions(text);
    found.expressions.push(...expressions);
    const wrong = problem ?? (SHELL_KEYS.has(key) ? shellTemplateProblem(text) : PROGRAM_KEYS.has(key) ? noQuoting(key) : null);
    if (wrong) found.problems.push(wrong);
    return text;
  });
  return found;
}

function fillOne(text: string, key: string, values: Scope): Filled {
  if (key === 'action') return { ok: true, text };
  if (PROGRAM_KEYS.has(key)) return { ok: false, kind: 'error', message: noQuoting(key), slow: false };
  return SHELL_KEYS.has(key) ? fillShell(text, values) : fillText(text, values);
}

function noQuoting(key: string): string {
  return `"${key}" cannot hold {{ }}: nothing can quote a value for every language; let the program read it`;
}

function mapStrings(tree: unknown, change: (text: string, key: string) => string, key = ''): unknown {
  if (typeof tree === 'string') return change(tree, key);
  if (Array.isArray(tree)) return tree.map((inner) => mapStrings(inner, change, key));
  if (!isPlainObject(tree)) return tree;
  return Object.fromEntries(Object.entries(tree).map(([name, inner]) => [name, mapStrings(inner, change, name)]));
}
