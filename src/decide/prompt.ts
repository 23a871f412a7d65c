// What the decider is told, from stable to volatile: providers' caches hit on what comes first, so the beat's
// nonce, time and number come after all that is the same from beat to beat. Bounded, each cut marked. Pure.
import { oneLine } from '../lib/text.ts';
import type { Guards } from '../world/guards.ts';
import type { Change, World } from '../world/world.ts';
import { type Entries, entriesOf, fitted, share } from './prompt-lists.ts';
import { fence, quote, quoteCapped, quoteTail } from './prompt-quote.ts';
import { EVIDENCE_REQUIRED, FAIRNESS_NOTE, INSTRUCTIONS, NORMS } from './prompt-words.ts';

export interface PromptInput {
  world: World;
  changes: readonly Change[];
  guards: Guards;
  beat: number;
  /** Random, new for each beat: what stands between its fences is data. */
  nonce: string;
  /** The kinds of action, their fields and when to choose them (`actionDocs()`). */
  actions: string;
  evidence?: 'optional' | 'required';
}

export interface Prompt {
  text: string;
  /** What is not shown whole: JSON Pointers into the world (`/last_output`, `/last_failure` and `/changes` are the three that are not in it). */
  cuts: string[];
}

/** Bytes of UTF-8. */
export const TOTAL_CAP = 262_144;
const PLAYBOOK_CAP = 16_384;
const OUTPUT_CAP = 2_048;
const FAILURE_CAP = 2_048;
const CHANGES_CAP = 49_152;
/** Characters. */
const JOURNAL_CAP = 500;
const VALUE_CAP = 240;
const PATH_CAP = 200;
const MOST_CHANGES = 200;
const MOST_JOURNAL = 20;

/** The first section that may differ from beat to beat although no policy file changed. */
const FIRST_VOLATILE = 'READINGS';

export function prompt(input: PromptInput): Prompt {
  const cuts: string[] = [];
  const head = [
    section('INSTRUCTIONS', input.evidence === 'required' ? `${INSTRUCTIONS}\n\n${EVIDENCE_REQUIRED}` : INSTRUCTIONS),
    section('ACTIONS', input.actions.trim()),
    section('NORMS', NORMS),
    section('PLAYBOOK', playbook(input, cuts)),
  ].join('');
  const tail = volatileTail(input, cuts);
  const lists = entriesOf(input);
  const room = TOTAL_CAP - bytesOf(head) - bytesOf(tail) - lists.reduce((sum, list) => sum + bytesOf(section(list.title, list.intro)), 0);
  const shares = share(lists, room);
  const middle = lists.map((list, index) => listSection(list, shares[index] ?? 0, cuts)).join('');
  return { text: head + middle + tail, cuts };
}

/** The prompt in two: what is the same while no policy file changes, and the rest. */
export function splitStable(text: string): [stable: string, volatile: string] {
  const at = text.indexOf(`\n=== ${FIRST_VOLATILE} ===\n`) + 1;
  return [text.slice(0, at), text.slice(at)];
}

function section(title: string, body: string): string {
  return `=== ${title} ===\n${body}\n\n`;
}

function listSection(list: Entries, bytes: number, cuts: string[]): string {
  const { entries, left } = fitted(list, bytes);
  cuts.push(...list.entries.slice(0, entries.length).flatMap((entry) => entry.cuts));
  if (left > 0) cuts.push(list.pointer);
  const more = left > 0 ? [`[cut: ${left} more not shown, the page is full]`] : [];
  const body = [...(list.intro === '' ? [] : [list.intro]), ...entries, ...more].join('\n');
  return section(list.title, body);
}

function playbook({ world }: PromptInput, cuts: string[]): string {
  const quoted = quoteCapped(world.playbook.text, PLAYBOOK_CAP, world.playbook.cut);
  if (quoted.cut) cuts.push('/playbook/text');
  return quoted.text;
}

// ── what changes from beat to beat ─────────────────────────────────────────────────────────────────

function volatileTail(input: PromptInput, cuts: string[]): string {
  const { world, guards, nonce, beat } = input;
  const neglected = mostNeglected(world, guards.goal_acts);
  const flapping = Object.keys(world.readings)
    .filter((name) => world.readings[name]?.flapping)
    .sort();
  return [
    neglected === null ? '' : section('FAIRNESS', `The most neglected goal: ${oneLine(neglected, 80)}. ${FAIRNESS_NOTE}`),
    section('RECENT JOURNAL', journal(input, cuts)),
    guards.last_output ? section('LAST OUTPUT', lastOutput(guards.last_output, nonce, cuts)) : '',
    flapping.length === 0
      ? ''
      : section('FLAPPING', `These readings change at nearly every look; do not chase them:\n${quote(flapping.join('\n'))}`),
    guards.last_failure ? section('LAST FAILURE', lastFailure(guards.last_failure, nonce, cuts)) : '',
    section('WHAT CHANGED', whatChanged(input, cuts)),
    `=== NOW ===\nAnswer with exactly one JSON object.\nbeat ${beat}\n${world.at}\n`,
  ].join('');
}

/** The unpaused goal that is not Ready and was acted on longest ago: never comes before long ago, then priority and name decide. */
export function mostNeglected(world: Pick<World, 'goals'>, acted: Readonly<Record<string, string>>): string | null {
  const since = (id: string): string => (Object.hasOwn(acted, id) ? (acted[id] ?? '') : '');
  const waiting = Object.entries(world.goals).filter(([, goal]) => !goal.ready && !goal.paused);
  waiting.sort(([a, left], [b, right]) => order(since(a), since(b)) || left.priority - right.priority || order(a, b));
  return waiting[0]?.[0] ?? null;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function journal({ world, nonce }: PromptInput, cuts: string[]): string {
  const from = Math.max(0, world.journal.length - MOST_JOURNAL);
  const lines = world.journal.slice(from).map((line, index) => {
    if (Array.from(line).length > JOURNAL_CAP) cuts.push(`/journal/${from + index}`);
    return oneLine(line, JOURNAL_CAP);
  });
  return lines.length === 0 ? '(nothing yet)' : fence(nonce, 'journal, oldest first', quote(lines.join('\n')));
}

function lastOutput({ beat, text }: { beat: number; text: string }, nonce: string, cuts: string[]): string {
  const quoted = quoteTail(text, OUTPUT_CAP);
  if (quoted.cut) cuts.push('/last_output');
  return fence(nonce, `output of the command of beat ${beat}`, quoted.text);
}

function lastFailure({ beat, problem }: { beat: number; problem: string }, nonce: string, cuts: string[]): string {
  const quoted = quoteCapped(problem, FAILURE_CAP);
  if (quoted.cut) cuts.push('/last_failure');
  return `Beat ${beat} came to nothing. Do not answer with the same again as it was.\n${fence(nonce, 'why', quoted.text)}`;
}

function whatChanged({ changes, nonce }: PromptInput, cuts: string[]): string {
  if (changes.length === 0) return '(nothing, since the last decision that had the whole world in view)';
  const lines: string[] = [];
  let bytes = 0;
  for (const change of changes.slice(0, MOST_CHANGES)) {
    const line = changeLine(change, cuts);
    bytes += bytesOf(line) + 3;
    if (bytes > CHANGES_CAP) break;
    lines.push(line);
  }
  const left = changes.length - lines.length;
  if (left > 0) cuts.push('/changes');
  const more = left > 0 ? `\n[cut: ${left} more changes]` : '';
  return `${fence(nonce, 'changes: + added, ~ changed, - gone', quote(lines.join('\n')))}${more}`;
}

const SIGNS = { added: '+', changed: '~', gone: '-' } as const;

function changeLine({ path, op, old, new: now }: Change, cuts: string[]): string {
  const shown = (value: string | null): string => {
    if (value === null) return '(nothing)';
    if (Array.from(value).length > VALUE_CAP) cuts.push(path);
    return oneLine(value.replaceAll('\n', ' ⏎ '), VALUE_CAP);
  };
  const what = op === 'added' ? `= ${shown(now)}` : op === 'gone' ? `(was ${shown(old)})` : `${shown(old)} → ${shown(now)}`;
  return `${SIGNS[op]} ${oneLine(path, PATH_CAP)} ${what}`;
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}
