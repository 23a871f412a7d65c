// PURE. How what is remembered of a rule changes: episodes begin, it fires, it fails, it is held.
import type { Episode, RuleState, RuleStates } from './rule-state.ts';

/** What hire remembers of a goal stands beside the rules under this name. */
export const HIRE_PREFIX = 'hire:';

/** 60 s, 120 s, 240 s, then 300 s. */
const BACK_OFF_MS = 60_000;
const BACK_OFF_MAX_MS = 300_000;
const HELD_AFTER = 3;
/** Items of a `once` rule that are remembered as spoken of after they are gone. */
const MAX_SPENT = 1_000;

/** The rule's move, as it ended. */
export interface Spoke {
  rule: string;
  /** The item of `for_each`, '' without one. */
  item: string;
  now: Date;
}

export function newRuleState(text: string): RuleState {
  return { text, episodes: {}, failures: 0, until: null, held: null, spent: false, slot: null };
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
    const wait = Math.min(BACK_OFF_MS * 2 ** (failures - 1), BACK_OFF_MAX_MS);
    const held = failures >= HELD_AFTER ? `${failures} failures in a row` : state.held;
    return { ...state, failures, until: new Date(now.getTime() + wait).toISOString(), held };
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

// ── episodes ───────────────────────────────────────────────────────────────────────────────────────

/** `at`: slots up to the last one seen are over, also when the clock has been set back since. */
export function beginEpisode(state: RuleState, now: Date, rule: { at?: string | undefined }): Episode {
  const at = now.toISOString();
  return { since: at, fired: rule.at !== undefined && state.slot !== null && state.slot > at ? state.slot : null };
}

/** A clock that was set back must not make an episode wait for a time that lies in the future. */
export function clampEpisode(episode: Episode, now: Date, rule: { at?: string | undefined }): Episode {
  const at = now.toISOString();
  const since = episode.since > at ? at : episode.since;
  const fired = rule.at === undefined && episode.fired !== null && episode.fired > at ? at : episode.fired;
  return since === episode.since && fired === episode.fired ? episode : { since, fired };
}

/** The back-off's end, never further away than its longest. */
export function clampUntil(until: string | null, now: Date): string | null {
  const latest = new Date(now.getTime() + BACK_OFF_MAX_MS).toISOString();
  return until !== null && until > latest ? latest : until;
}

export function spentEpisodes(state: RuleState): [string, Episode][] {
  const spent = Object.entries(state.episodes).filter(([, episode]) => episode.fired !== null);
  return spent.sort(([, a], [, b]) => ((a.fired ?? '') < (b.fired ?? '') ? -1 : 1)).slice(-MAX_SPENT);
}
