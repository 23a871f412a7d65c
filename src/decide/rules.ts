// PURE. The person's rules over the world: which are eligible now, in order, and what is remembered of each.
// A rule speaks once in an episode (`when` true without a break, per item), so that it neither repeats itself
// nor hides the rules below it.
import { evaluate, type Scope, scope } from '../lib/cel.ts';
import { firstFalsePart, paths } from '../lib/cel-explain.ts';
import { type CronLine, cronLine } from '../lib/cron.ts';
import { canonicalJson, digest } from '../lib/digest.ts';
import { formatDuration } from '../lib/duration.ts';
import { resolvePointer, toPointer } from '../lib/pointer.ts';
import { fillTemplates } from '../lib/template-tree.ts';
import { oneLine } from '../lib/text.ts';
import { WORLD_ROOTS } from '../world/expressions.ts';
import { backOffUntil, beginEpisode, clampEpisode, clampUntil, HIRE_PREFIX, newRuleState, spentEpisodes } from '../world/rule-memory.ts';
import type { Episode, RuleState, RuleStates } from '../world/rule-state.ts';
import type { Rule } from '../world/settings.ts';
import type { World } from '../world/world.ts';

/** Failures in a row after which a rule is held. */
const HELD_AFTER = 3;

export interface RulesInput {
  rules: readonly Rule[];
  world: World;
  states: RuleStates;
  now: Date;
  /** Zone of `at`; the machine's own when undefined. */
  tz: string | undefined;
}

export interface Eligible {
  rule: string;
  /** The item of `for_each`, '' without one. */
  item: string;
  action: Record<string, unknown> & { action: string };
  /** Pointers to the single values that `when` looked at. */
  because?: string[];
}

export interface RulesResult {
  states: RuleStates;
  eligible: Eligible[];
  /** `rule:NAME` → when to look again. */
  wakes: Record<string, string>;
  /** Errors, one a rule at most: shown in `status`. */
  problems: { rule: string; message: string }[];
  /** Per rule, in order: why it has no move; empty when it has one. */
  why: { name: string; eligible: boolean; reasons: { step: 'rule'; message: string }[] }[];
}

/** Everything that follows from the rules at this instant. Its only memory is `states`. */
export function rules(input: RulesInput): RulesResult {
  const result: RulesResult = { states: builtIn(input.states), eligible: [], wakes: {}, problems: [], why: [] };
  const sections = scope(Object.fromEntries(WORLD_ROOTS.map((root) => [root, input.world[root]])));
  for (const rule of input.rules) {
    const judged = unusable(rule, result.states) ?? judgeRule(rule, input, sections);
    if (judged.state) result.states[rule.name] = judged.state;
    result.eligible.push(...judged.eligible);
    if (judged.wake) result.wakes[`rule:${rule.name}`] = judged.wake.toISOString();
    if (judged.problem) result.problems.push({ rule: rule.name, message: judged.problem });
    const reasons = judged.eligible.length > 0 ? [] : [{ step: 'rule' as const, message: judged.problem ?? judged.reason }];
    result.why.push({ name: rule.name, eligible: judged.eligible.length > 0, reasons });
  }
  return result;
}

interface JudgedRule {
  state: RuleState | null;
  eligible: Eligible[];
  wake: Date | null;
  problem: string | null;
  reason: string;
}

/** What hire remembers is kept in the same file, under names that no rule may have. */
function builtIn(states: RuleStates): RuleStates {
  return Object.fromEntries(Object.entries(states).filter(([name]) => name.startsWith(HIRE_PREFIX)));
}

function unusable({ name }: Rule, states: RuleStates): JudgedRule | null {
  const problem = Object.hasOwn(states, name)
    ? `a second rule is called "${name}": this one is passed over`
    : name.startsWith(HIRE_PREFIX) || name === '__proto__'
      ? `no rule can be called "${name}": give it another name`
      : null;
  return problem === null ? null : { state: null, eligible: [], wake: null, problem, reason: '' };
}

// ── one rule ───────────────────────────────────────────────────────────────────────────────────────

/** What judging one item of a rule needs. */
interface Bench {
  rule: Rule;
  input: RulesInput;
  sections: Scope;
  state: RuleState;
  slots: { line: CronLine; due: Date | null } | null;
}

interface JudgedItem {
  id: string;
  episode: Episode | null;
  move: Eligible | null;
  wake: Date | null;
  problem: string | null;
  slow: boolean;
  reason: string;
}

function judgeRule(rule: Rule, input: RulesInput, sections: Scope): JudgedRule {
  const text = digest(canonicalJson(rule));
  const known = input.states[rule.name];
  const kept = known?.text === text ? known : newRuleState(text);
  const former = { ...kept, until: clampUntil(kept.until, input.now) };
  const line = rule.at === undefined ? null : cronLine(rule.at, input.tz);
  if (typeof line === 'string') return { state: former, eligible: [], wake: null, problem: `at: ${line}`, reason: '' };
  const slots = line && { line, due: line.newest(1, input.now)[0] ?? null };
  const items = judgeItems({ rule, input, sections, state: former, slots });
  const state = remembered(former, items, { rule, due: slots?.due ?? null });
  const quiet = quietBecause(state, input.now);
  const moves = items.flatMap((item) => item.move ?? []);
  return {
    state,
    eligible: quiet ? [] : moves,
    wake: quiet && moves.length > 0 ? quiet.until : earliest(items.map((item) => item.wake)),
    problem: items.find((item) => item.problem !== null)?.problem ?? null,
    reason: quiet?.reason ?? reasonOf(rule, items),
  };
}

function judgeItems(bench: Bench): JudgedItem[] {
  const { rule, input } = bench;
  if (!rule.for_each) return [judgeItem('', bench.sections, bench)];
  const judged: JudgedItem[] = [];
  for (const [id, item] of Object.entries(input.world[rule.for_each])) {
    const slow = judged.at(-1)?.slow === true; // an expression that had to be ended is not tried on a thousand items
    if (slow) judged.push({ ...nothing(id, bench.state.episodes[id] ?? null, ''), slow });
    else judged.push(judgeItem(id, scope({ it: { ...item, id } }, bench.sections), bench));
  }
  return judged;
}

function judgeItem(id: string, values: Scope, bench: Bench): JudgedItem {
  const { rule, state, input } = bench;
  const former = state.episodes[id] ?? null;
  const answer = evaluate(rule.when, values);
  if (!answer.ok && answer.kind === 'missing-key') return nothing(id, null, `it needs ${answer.key}, which is not there`);
  if (!answer.ok) return { ...nothing(id, former, ''), problem: `when: ${answer.message}`, slow: answer.slow };
  if (answer.value === false) return nothing(id, null, falsePart(rule.when, values));
  if (answer.value !== true)
    return { ...nothing(id, former, ''), problem: `when gives ${oneLine(JSON.stringify(answer.value), 80)}, not true or false` };
  const episode = former ? clampEpisode(former, input.now, rule) : beginEpisode(state, input.now, rule);
  const moment = momentOf(rule, episode, bench);
  if (!moment.come) return { ...nothing(id, episode, moment.reason), wake: moment.wake };
  const filled = fillTemplates(rule.do, values);
  if (filled.ok) return { ...nothing(id, episode, ''), move: moveOf(id, filled.value, bench) };
  if (filled.kind === 'missing-key') return nothing(id, episode, `its action needs ${filled.key}, which is not there`);
  return { ...nothing(id, episode, ''), problem: `do: ${filled.message}`, slow: filled.slow };
}

function nothing(id: string, episode: Episode | null, reason: string): JudgedItem {
  return { id, episode, move: null, wake: null, problem: null, slow: false, reason };
}

function moveOf(item: string, filled: unknown, { rule, input }: Bench): Eligible {
  // Templates are filled in within strings only, and never in `action`: the shape is the one that the schema passed.
  const action = filled as Eligible['action'];
  const because = [...new Set(paths(rule.when).flatMap(({ segments }) => pointerOf(segments, rule, item)))].filter((pointer) => {
    const found = resolvePointer(input.world, pointer);
    return found.found && (found.value === null || typeof found.value !== 'object');
  });
  return { rule: rule.name, item, action, ...(because.length > 0 ? { because } : {}) };
}

function pointerOf(segments: readonly string[], rule: Rule, item: string): string[] {
  if (segments[0] !== 'it') return [toPointer(segments)];
  return rule.for_each ? [toPointer([rule.for_each, item, ...segments.slice(1)])] : [];
}

// ── time ───────────────────────────────────────────────────────────────────────────────────────────

type Moment = { come: true } | { come: false; wake: Date | null; reason: string };

/** Has the moment to speak come? `when` is true. */
function momentOf(rule: Rule, episode: Episode, { input, slots, state }: Bench): Moment {
  const now = input.now.getTime();
  const held = Date.parse(episode.since) + (rule.for ?? 0);
  if (now < held) return later(held, `true since ${episode.since}, for less than ${formatDuration(rule.for ?? 0)}`);
  if (rule.once && (rule.for_each ? episode.fired !== null : state.spent))
    return never('it has spoken its once; an edit of its text begins it anew');
  if (slots) return slotOf(episode, slots, input.now);
  if (episode.fired === null) return { come: true };
  if (rule.every === undefined) return never(`it has spoken (${episode.fired}) and stays true since ${episode.since}`);
  const again = Date.parse(episode.fired) + rule.every;
  return now >= again
    ? { come: true }
    : later(again, `it has spoken (${episode.fired}) and speaks again after ${formatDuration(rule.every)}`);
}

/** A slot speaks for the episode that was under way when it came; without one it has passed. */
function slotOf(episode: Episode, { line, due }: { line: CronLine; due: Date | null }, now: Date): Moment {
  const next = line.next(now);
  const waits: Moment = { come: false, wake: next, reason: next ? `its next slot is ${next.toISOString()}` : 'it has no further slot' };
  if (!due || Date.parse(episode.since) > due.getTime()) return waits;
  return episode.fired === null || Date.parse(episode.fired) < due.getTime() ? { come: true } : waits;
}

function later(at: number, reason: string): Moment {
  return { come: false, wake: new Date(at), reason };
}

function never(reason: string): Moment {
  return { come: false, wake: null, reason };
}

/** A failed rule waits, a held one is silent: neither hides the rules below. */
function quietBecause(state: RuleState, now: Date): { reason: string; until: Date | null } | null {
  if (state.held !== null) return { reason: `it is held: ${state.held}`, until: null };
  if (state.until === null || Date.parse(state.until) <= now.getTime()) return null;
  return { reason: `it has failed (${state.failures} in a row) and waits until ${state.until}`, until: new Date(state.until) };
}

function earliest(wakes: readonly (Date | null)[]): Date | null {
  return wakes.reduce((first, wake) => (wake && (!first || wake < first) ? wake : first), null);
}

// ── what became of its move ────────────────────────────────────────────────────────────────────────

/** The rule's move, as it ended. */
export interface Spoke {
  rule: string;
  /** The item of `for_each`, '' without one. */
  item: string;
  now: Date;
}

/** It did what it says: the episode counts as spoken. */
export function ruleFired(states: RuleStates, { rule, item, now }: Spoke): RuleStates {
  return change(states, rule, (state) => ({
    ...state,
    failures: 0,
    until: null,
    spent: true,
    episodes: { ...state.episodes, [item]: { since: state.episodes[item]?.since ?? now.toISOString(), fired: now.toISOString() } },
  }));
}

/** It failed: it waits, longer each time, and is held after three in a row. */
export function ruleFailed(states: RuleStates, { rule, now }: Spoke): RuleStates {
  return change(states, rule, (state) => {
    const failures = state.failures + 1;
    const held = failures >= HELD_AFTER ? `${failures} failures in a row` : state.held;
    return { ...state, failures, until: backOffUntil(failures, now), held };
  });
}

/** Nobody knows what came of it: it is never tried again by itself. */
export function ruleInterrupted(states: RuleStates, { rule, now }: Spoke): RuleStates {
  const held = `interrupted at ${now.toISOString()}, and nobody knows how far it came`;
  return change(states, rule, (state) => ({ ...state, held }));
}

/** The person has answered: it begins anew, without speaking again in an episode in which it has spoken. */
export function ruleReleased(states: RuleStates, rule: string): RuleStates {
  return change(states, rule, (state) => ({ ...state, failures: 0, until: null, held: null }));
}

/** A rule that has gone meanwhile has nothing to remember. */
function change(states: RuleStates, rule: string, next: (state: RuleState) => RuleState): RuleStates {
  const state = Object.hasOwn(states, rule) ? states[rule] : undefined;
  return state ? { ...states, [rule]: next(state) } : states;
}

// ── memory and words ───────────────────────────────────────────────────────────────────────────────

function remembered(former: RuleState, items: readonly JudgedItem[], { rule, due }: { rule: Rule; due: Date | null }): RuleState {
  const live = items.flatMap(({ id, episode }) => (episode ? [[id, episode] as const] : []));
  const spent = rule.once && rule.for_each ? spentEpisodes(former) : [];
  const slot = due && (former.slot === null || due.toISOString() > former.slot) ? due.toISOString() : former.slot;
  return { ...former, slot, episodes: Object.fromEntries([...spent, ...live]) };
}

function falsePart(when: string, values: Scope): string {
  const part = firstFalsePart(when, values);
  if (!part) return 'it is false';
  const seen = part.values.map(({ path, value }) => `${path} is ${oneLine(JSON.stringify(value) ?? 'nothing', 80)}`);
  return `${oneLine(part.text, 200)} is false${seen.length > 0 ? ` (${seen.join(', ')})` : ''}`;
}

function reasonOf(rule: Rule, items: readonly JudgedItem[]): string {
  if (!rule.for_each) return items[0]?.reason ?? '';
  if (items.length === 0) return `there are no ${rule.for_each}`;
  // What nearly speaks tells more than the first that is false.
  const telling = items.find((item) => item.episode !== null) ?? items[0];
  return `none of ${items.length} ${rule.for_each}; ${telling?.id ?? ''}: ${telling?.reason ?? ''}`;
}
