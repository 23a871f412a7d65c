// Front matter belongs to the person: an agent's body changes the prose, and of the front matter only the keys
// that the person listed in `agent_may_edit`.
import { canonicalJson, isPlainObject } from '../lib/digest.ts';
import { splitFrontMatter } from '../lib/front-matter.ts';
import { editYaml } from '../lib/yaml-edit.ts';
import { readYaml } from '../lib/yaml-text.ts';
import { PERSONS_KEYS, parseGoal } from '../world/goal.ts';

export type Framed =
  /** The whole text, prose from the agent under front matter that it may write. */
  { body: string } | { conflict: string };

/** The agent's body under the front matter of `shown` (null: there is no goal yet). `yes`: the person is asked about what is theirs in it. */
export function underOwnedFrontMatter(body: string, shown: string | null, { yes }: { yes: boolean }): Framed {
  const theirs = splitFrontMatter(shown ?? '');
  if (theirs.unclosed) return { conflict: 'its front matter is not closed (a line of three dashes is missing)' };
  const mine = splitFrontMatter(body);
  if (mine.unclosed) return { conflict: 'the new text opens front matter and does not close it' };
  if (mine.yaml === null) return { body: joined(theirs.head, mine.body) };
  const proposed = mapping(mine.yaml);
  if (proposed === null) return { conflict: 'the front matter of the new text is no valid YAML mapping' };
  const owned = mapping(theirs.yaml ?? '');
  if (owned === null) return { conflict: 'its front matter does not parse, so nobody can tell what the new text changes in it' };
  const changed = changedKeys(owned, proposed);
  const denied = changed.filter((key) => !mayEdit(key, owned, shown === null));
  if (denied.length > 0 && !yes)
    return { conflict: `the new text sets ${denied.map((key) => `\`${key}\``).join(', ')} in the front matter, which is yours to set` };
  if (theirs.yaml === null) return { body: changed.length === 0 ? mine.body : body };
  const yaml = editYaml(theirs.yaml, Object.fromEntries(changed.map((key) => [key, proposed[key]])));
  return { body: changed.length === 0 ? joined(theirs.head, mine.body) : `---\n${yaml ?? theirs.yaml}---\n${mine.body}` };
}

/** What the body sets in the front matter of `shown` and only the person may set; null: it takes that away. */
export function personsKeysSet(body: string, shown: string | null): Record<string, unknown> {
  const owned = mapping(splitFrontMatter(shown ?? '').yaml ?? '');
  const proposed = mapping(splitFrontMatter(body).yaml ?? '');
  if (!owned || !proposed || splitFrontMatter(body).yaml === null) return {};
  const denied = changedKeys(owned, proposed).filter((key) => !mayEdit(key, owned, shown === null));
  return Object.fromEntries(denied.map((key) => [key, proposed[key] ?? null]));
}

/** What differs in the front matter of the text as it is to be, read as the goal's reader will read it, and is not an agent's to change. */
export function keysChanged(after: string, before: string | null): string[] {
  const [now, then] = [after, before ?? ''].map((text) => mapping(splitFrontMatter(text).yaml ?? ''));
  if (!now || !then) return [];
  return changedKeys(then, now).filter((key) => !mayEdit(key, then, before === null));
}

/** True when the front matter is valid (or there is none); what has been valid must stay so. */
export function isValidGoal(text: string): boolean {
  return parseGoal('goal.md', text).spec !== null;
}

/** In a goal of the agent's own making, everything but what is never an agent's. */
function mayEdit(key: string, owned: Record<string, unknown>, isNew: boolean): boolean {
  if (PERSONS_KEYS.some((known) => known === key)) return false;
  return isNew || (Array.isArray(owned.agent_may_edit) && owned.agent_may_edit.includes(key));
}

function changedKeys(owned: Record<string, unknown>, proposed: Record<string, unknown>): string[] {
  const keys = new Set([...Object.keys(owned), ...Object.keys(proposed)]);
  return [...keys].filter((key) => canonicalJson(owned[key] ?? null) !== canonicalJson(proposed[key] ?? null));
}

function mapping(yaml: string): Record<string, unknown> | null {
  try {
    const { value, problems } = readYaml(yaml);
    if (problems.length > 0) return null;
    if (value === null || value === undefined) return {};
    return isPlainObject(value) ? value : null;
  } catch {
    return null; // an alias bomb
  }
}

function joined(head: string, body: string): string {
  return head === '' || head.endsWith('\n') ? head + body : `${head}\n${body}`;
}
