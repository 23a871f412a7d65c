// Guards: remembered failures, caps and wakes that feed the gate. Kept in .flyball/guards.json.
import { goalId } from './goal-id.ts';
import type { Stamp } from './journal.ts';
import type { BeatFacts, BeatRecord, Did } from './record.ts';
import type { Change, World } from './world.ts';

export interface Guards {
  v: 1;
  /** Consecutive failures; only success clears. */
  failures: number;
  /** When the last of them was; the back-off counts from here. */
  failed_at: string | null;
  /** Digest of the policy files then: an edit by the person cuts the wait. */
  failed_policy: string | null;
  /** What the decider is told as LAST FAILURE. */
  last_failure: { beat: number; problem: string; at: string } | null;
  /** Launches in the last rolling hour, written before each launch. */
  attempts: { at: string; costs: boolean }[];
  /** All future wakes: reason → time. Reasons: nap, noop, back-off, settle, limited, rule:NAME, schedule:NAME. */
  wakes: Record<string, string>;
  /** A usage limit or a missing login: nobody is asked until then; said once. */
  limited: { until: string; message: string; policy: string } | null;
  /** What flyball itself wrote since the baseline: such a change does not open the gate by itself. */
  own: Stamp[];
  /** Items of the world (`/goals/inbox`) that flyball wrote in its last acting beats. */
  touched: string[];
  /** Beats in a row that were opened only by items in `touched`. */
  own_streak: number;
  /** Overtaken beats in a row. */
  overtaken: number;
  /** The last shell output, shown to the decider once. */
  last_output: { beat: number; text: string } | null;
  /** When each goal was last acted on, for FAIRNESS. */
  goal_acts: Record<string, string>;
  last_did: Did | null;
  /** The last beat whose record has been folded into these guards. */
  last_beat: number;
}

export const NO_GUARDS: Guards = {
  v: 1,
  failures: 0,
  failed_at: null,
  failed_policy: null,
  last_failure: null,
  attempts: [],
  wakes: {},
  limited: null,
  own: [],
  touched: [],
  own_streak: 0,
  overtaken: 0,
  last_output: null,
  goal_acts: {},
  last_did: null,
  last_beat: 0,
};

const NO_FACTS: BeatFacts = { after: [], policy: '', limited: null, cancelled: false, output: null };

const HOUR_MS = 3_600_000;
/** A noop in an unchanged world is asked again after this. */
const NOOP_TTL_MS = 6 * HOUR_MS;
const NAP_MAX_MS = 300_000;
/** The decider sees a shell's output this soon. */
const SHELL_NAP_S = 5;
/** So many beats in a row opened only by own writes are a loop, and count as a failure. */
const OWN_STREAK_MAX = 5;
const TOUCHED_MAX = 20;
const OWN_MAX = 100;

/** The guards as they are to be read now: a clock that was set back leaves no time in the future that would close the gate for ever. */
export function guardsAt(guards: Guards, now: Date): Guards {
  const noLater = (at: string, max: number) => (Date.parse(at) > max ? new Date(max).toISOString() : at);
  const time = now.getTime();
  const wakes = { ...guards.wakes };
  if (wakes.nap) wakes.nap = noLater(wakes.nap, time + NAP_MAX_MS);
  if (wakes.noop) wakes.noop = noLater(wakes.noop, time + NOOP_TTL_MS);
  return {
    ...guards,
    wakes,
    failed_at: guards.failed_at && noLater(guards.failed_at, time),
    attempts: guards.attempts
      .map((attempt) => ({ ...attempt, at: noLater(attempt.at, time) }))
      .filter((attempt) => Date.parse(attempt.at) > time - HOUR_MS),
  };
}

/** Idempotent: a record that is folded in already changes nothing. */
export function afterBeat(record: BeatRecord, guards: Guards): Guards {
  if (record.id === null || record.id <= guards.last_beat) return guards;
  const at = record.ended_at ?? record.at;
  const facts = record.facts ?? NO_FACTS;
  const next: Guards = { ...guards, wakes: { ...guards.wakes }, last_did: record.did, last_beat: record.id };
  next.overtaken = record.did === 'overtaken' && !facts.cancelled ? guards.overtaken + 1 : 0;
  next.own_streak = onlyTouched(record, guards) ? guards.own_streak + 1 : 0;
  if (record.goal_acted) next.goal_acts = { ...guards.goal_acts, [record.goal_acted]: at };
  if (facts.limited) next.limited = { ...facts.limited, policy: facts.policy };
  if (record.by.kind === 'decider') foldDecider(record, next, facts);
  else if (movesBaseline(record)) forgetWhatWasSeen(next);
  if (record.did === 'acted' || record.did === 'asked') rememberOwn(record, next, facts);
  if (next.own_streak >= OWN_STREAK_MAX) {
    fail(next, { record, policy: facts.policy, problem: `${OWN_STREAK_MAX} beats in a row were woken only by what flyball itself wrote` });
    next.own_streak = 0;
  }
  return next;
}

/** Only a decision taken with the whole world in view marks its changes as seen (promise 13). */
export function movesBaseline(record: BeatRecord): boolean {
  if (record.by.kind === 'none') return record.did === 'rested' && record.gate.open;
  return record.by.kind === 'decider' && ((record.did === 'acted' && record.outcome?.status === 'done') || record.did === 'asked');
}

function foldDecider(record: BeatRecord, next: Guards, facts: BeatFacts): void {
  const wokenByNap = record.gate.reason === 'nap-over';
  if (movesBaseline(record)) {
    forgetWhatWasSeen(next);
    next.failures = 0;
    next.failed_at = next.failed_policy = next.last_failure = next.limited = null;
    next.last_output = null;
    napAfter(record, next, { facts, wokenByNap });
    return;
  }
  delete next.wakes.nap;
  const second = record.did === 'overtaken' && next.overtaken >= 2;
  if (facts.cancelled || facts.limited || (record.did === 'overtaken' && !second)) return;
  fail(next, { record, policy: facts.policy, problem: record.problem ?? record.outcome?.note ?? record.did });
}

function fail(next: Guards, options: { record: BeatRecord; policy: string; problem: string }): void {
  const at = options.record.ended_at ?? options.record.at;
  next.failures += 1;
  next.failed_at = at;
  next.failed_policy = options.policy;
  next.last_failure = { beat: options.record.id ?? 0, problem: options.problem, at };
}

function forgetWhatWasSeen(next: Guards): void {
  next.own = [];
  delete next.wakes.nap;
  delete next.wakes.noop;
}

function napAfter(record: BeatRecord, next: Guards, { facts, wokenByNap }: { facts: BeatFacts; wokenByNap: boolean }): void {
  const at = Date.parse(record.ended_at ?? record.at);
  const isNoop = record.decision?.action === 'noop';
  if (isNoop) next.wakes.noop = new Date(at + NOOP_TTL_MS).toISOString();
  if (facts.output !== null && record.id !== null) next.last_output = { beat: record.id, text: facts.output };
  const asked = record.decision?.next_interval_s;
  const seconds = typeof asked === 'number' ? asked : facts.output === null ? null : SHELL_NAP_S;
  if (seconds !== null && !(isNoop && wokenByNap)) next.wakes.nap = new Date(at + seconds * 1_000).toISOString();
}

function rememberOwn(record: BeatRecord, next: Guards, facts: BeatFacts): void {
  if (record.did === 'acted' && record.outcome?.status !== 'done') return;
  next.own = [...next.own, ...facts.after].slice(-OWN_MAX);
  const items = facts.after
    .map((stamp) => itemOf(stamp.path))
    .filter((item): item is string => item !== null && !item.startsWith('/asks/')); // what becomes of an ask is the person's doing
  next.touched = [...new Set([...items, ...next.touched])].slice(0, TOUCHED_MAX);
}

/** The item of the world that a file of the home becomes, or null. */
function itemOf(path: string): string | null {
  const goal = /^goals\/(?:archive\/)?([^/]+)\.md$/.exec(path);
  if (goal?.[1]) return `/goals/${goalId(`${goal[1]}.md`)}`;
  const sensor = /^sensors\/([^/.]+)/.exec(path);
  if (sensor?.[1]) return `/readings/${sensor[1]}`;
  if (path === 'PLAYBOOK.md') return '/playbook';
  const machine = /^\.flyball\/(asks|schedules)\/([^/]+)\.json$/.exec(path);
  return machine ? `/${machine[1]}/${machine[2]}` : null;
}

function onlyTouched(record: BeatRecord, guards: Guards): boolean {
  if (record.gate.reason !== 'changed' || record.changes.length === 0) return false;
  return record.changes.every((change) => guards.touched.some((item) => change.path === item || change.path.startsWith(`${item}/`)));
}

/** True when the change is exactly what flyball wrote since the baseline: it is shown to the decider, but does not wake it. */
export function isOwnEffect(change: Change, world: World, guards: Guards): boolean {
  return guards.own.some((stamp) => {
    const item = itemOf(stamp.path);
    if (item === null) return false;
    if (item.startsWith('/goals/') || item === '/playbook') {
      return (change.path === item || change.path === `${item}/text`) && stamp.digest === textDigest(item, world);
    }
    // What else flyball makes has no text in the world: its coming is its own effect, what becomes of it is not.
    if (item.startsWith('/asks/') && world.asks[item.slice('/asks/'.length)]?.signal !== 'open') return false;
    return (change.path === item || change.path === `${item}/signal`) && change.op === (stamp.digest === null ? 'gone' : 'added');
  });
}

function textDigest(item: string, world: World): string | null {
  return item === '/playbook' ? world.playbook.digest : (world.goals[item.slice('/goals/'.length)]?.digest ?? null);
}
