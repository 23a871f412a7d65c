// PURE. What is remembered of a rule, against the clock: episodes, slots that are over, the back-off.
import type { Episode, RuleState } from './rule-state.ts';

/** What hire remembers of a goal stands beside the rules under this name. */
export const HIRE_PREFIX = 'hire:';

/** 60 s, 120 s, 240 s, then 300 s. */
const BACK_OFF_MS = 60_000;
const BACK_OFF_MAX_MS = 300_000;
/** Items of a `once` rule that are remembered as spoken of after they are gone. */
const MAX_SPENT = 1_000;

export function newRuleState(text: string): RuleState {
  return { text, episodes: {}, failures: 0, until: null, held: null, spent: false, slot: null };
}

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

export function backOffUntil(failures: number, now: Date): string {
  return new Date(now.getTime() + Math.min(BACK_OFF_MS * 2 ** (failures - 1), BACK_OFF_MAX_MS)).toISOString();
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
