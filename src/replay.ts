// Replay: recorded beats decided anew, offline, with other rules, another playbook or another decider. Each beat is
// judged on the world that it saw; nothing is executed, and nothing of the home is changed.
import { actionDocs } from './actions/index.ts';
import { moveFrom } from './decide/move.ts';
import { prompt } from './decide/prompt.ts';
import { type Eligible, ruleFired, rules } from './decide/rules.ts';
import { canonicalJson, digest } from './lib/digest.ts';
import { cutText } from './lib/text.ts';
import { afterBeat, type Guards, guardsAt, NO_GUARDS } from './world/guards.ts';
import type { BeatRecord } from './world/record.ts';
import { newRuleState } from './world/rule-memory.ts';
import type { RuleStates } from './world/rule-state.ts';
import type { Rule, Settings } from './world/settings.ts';
import type { World } from './world/world.ts';

export interface Recorded {
  record: BeatRecord & { id: number };
  world: World;
  /** What was remembered of the rules then; null for a beat that did not keep it. */
  states: RuleStates | null;
}

export interface ReplayInput {
  /** All that are kept, the oldest first: those before `since` tell what the decider was told. */
  beats: readonly Recorded[];
  since: Date;
  rules: readonly Rule[];
  settings: Pick<Settings, 'tz' | 'decider'>;
  /** Another playbook's text. */
  playbook: string | null;
  /** Asks the decider about a beat; null: those that the decider decided are not decided anew. */
  ask: ((beat: Recorded, prompt: string) => Promise<Choice>) | null;
  /** False: nobody is asked after the rules. */
  hasDecider: boolean;
}

/** Who chose what. Without a decision: why not. */
export interface Choice {
  by: { kind: string; name: string | null };
  decision: Record<string, unknown> | null;
  problem: string | null;
}

export interface Replayed {
  beat: number;
  at: string;
  was: Choice;
  now: Choice;
  differs: boolean;
}

/** Those that are decided anew: a yes of the person's is no judgement. */
export function inWindow({ record }: Recorded, since: Date): boolean {
  return Date.parse(record.at) >= since.getTime() && record.ended_at !== null && record.by.kind !== 'approval';
}

/** What each beat would come to now, in order. */
export async function* replay(input: ReplayInput): AsyncGenerator<Replayed> {
  let guards: Guards = NO_GUARDS;
  let changed: RuleStates = {};
  for (const beat of input.beats) {
    const { record } = beat;
    if (inWindow(beat, input.since)) {
      const seen = { ...beat, world: withPlaybook(beat.world, input.playbook) };
      const ruled = byRules(seen, changed, input);
      changed = ruled.changed;
      const was: Choice = { by: { kind: record.by.kind, name: record.by.name }, decision: record.decision, problem: record.problem };
      const now = ruled.choice ?? (await byDecider(seen, guards, was, input));
      yield { beat: record.id, at: record.at, was, now, differs: !sameAction(was, now) };
    }
    guards = afterBeat(record, guards);
  }
}

/** How many of them somebody would be asked about. */
export function questions(input: Omit<ReplayInput, 'ask'>): Recorded[] {
  let changed: RuleStates = {};
  return input.beats.filter((beat) => {
    if (!inWindow(beat, input.since)) return false;
    const ruled = byRules({ ...beat, world: withPlaybook(beat.world, input.playbook) }, changed, input);
    changed = ruled.changed;
    return ruled.choice === null;
  });
}

const PLAYBOOK_CAP = 16 * 1024;

function withPlaybook(world: World, text: string | null): World {
  return text === null ? world : { ...world, playbook: { ...cutText(text, PLAYBOOK_CAP), digest: digest(text) } };
}

// ── rules ──────────────────────────────────────────────────────────────────────────────────────────

/**
 * The first rule that has a move. A rule whose text is as it was then is judged with what was remembered of it then;
 * an edited one begins anew and is remembered from beat to beat of the replay.
 */
function byRules(
  { record, world, states }: Recorded,
  changed: RuleStates,
  { rules: all, settings }: Pick<ReplayInput, 'rules' | 'settings'>,
): { choice: Choice | null; changed: RuleStates } {
  const now = new Date(record.at);
  const isOld = (rule: Rule) => states?.[rule.name]?.text === digest(canonicalJson(rule));
  const known = Object.fromEntries(
    all.flatMap((rule) => {
      const state = isOld(rule) ? states?.[rule.name] : (changed[rule.name] ?? newRuleState(digest(canonicalJson(rule))));
      return state ? [[rule.name, state]] : [];
    }),
  );
  const judged = rules({ rules: all, world, states: known, now, tz: settings.tz });
  const won = judged.eligible.find((match) => !passedOver(match, record, { all, isOld }));
  const edited = Object.fromEntries(
    Object.entries(judged.states).filter(([name]) => all.some((rule) => rule.name === name && !isOld(rule))),
  );
  if (!won) return { choice: null, changed: edited };
  const by = { kind: 'rule', name: won.rule };
  const move = moveFrom(JSON.stringify(won.action), { kind: 'rule', name: won.rule }, { world, beat: null, evidence: 'optional' });
  const choice: Choice =
    move.move === 'act'
      ? { by, decision: move.decision, problem: null }
      : { by, decision: null, problem: move.move === 'lost' ? move.problem : null };
  return { choice, changed: ruleFired(edited, { rule: won.rule, item: won.item, now }) };
}

/** A rule as it was then, above the one that spoke then, would have changed nothing: the files told so, which are not kept. */
function passedOver(match: Eligible, { by }: BeatRecord, { all, isOld }: { all: readonly Rule[]; isOld(rule: Rule): boolean }): boolean {
  const rule = all.find(({ name }) => name === match.rule);
  if (!rule || !isOld(rule)) return false;
  // Of one rule's items another one spoke.
  if (by.kind === 'rule' && by.name === match.rule) return match.item !== (by.item ?? '');
  const spoke = by.kind === 'rule' ? all.findIndex(({ name }) => name === by.name) : all.length;
  return spoke === -1 ? false : all.indexOf(rule) < spoke;
}

// ── the decider ────────────────────────────────────────────────────────────────────────────────────

async function byDecider(beat: Recorded, guards: Guards, was: Choice, input: ReplayInput): Promise<Choice> {
  if (was.by.kind === 'hire') return was; // whom a goal hires is not judged by rules or prose
  if (!input.hasDecider) return { by: { kind: 'none', name: null }, decision: null, problem: null };
  const decidedThen = was.by.kind === 'decider';
  if (input.ask === null)
    return decidedThen ? was : { by: { kind: 'decider', name: null }, decision: null, problem: 'the decider would be asked' };
  const { record, world } = beat;
  const { text } = prompt({
    world,
    changes: record.changes,
    guards: guardsAt(guards, new Date(record.at)),
    beat: record.id,
    nonce: digest(`replay ${record.id}`).slice('sha256:'.length, 'sha256:'.length + 16),
    actions: actionDocs(),
    evidence: input.settings.decider.evidence,
  });
  return input.ask(beat, text);
}

// ── comparing ──────────────────────────────────────────────────────────────────────────────────────

/** Words about an action, and what may ride along on any, do not make it another one. */
const BESIDE = new Set(['journal', 'because', 'beat', 'next_interval_s', 'reason']);

/** The same kind with the same fields; or no action either time. */
function sameAction(was: Choice, now: Choice): boolean {
  if (was === now) return true;
  if (was.decision === null || now.decision === null) return was.decision === now.decision && was.by.kind === now.by.kind;
  return essence(was.decision) === essence(now.decision);
}

function essence(decision: Record<string, unknown>): string {
  return canonicalJson(Object.fromEntries(Object.entries(decision).filter(([field]) => !BESIDE.has(field))));
}
