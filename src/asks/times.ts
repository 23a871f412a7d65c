// What time does to asks: a default is taken when its time has come, an approval lapses, and what was answered and
// seen is put away. Part of the looking half: no beat is needed for it, and none is waited for.

import type { Asks } from '../ports/asks.ts';
import type { BeatStore, Clock, State } from '../ports.ts';
import { type Ask, waitsToRun } from '../world/ask.ts';
import { type Awake, countOn, untilDefault } from '../world/awake.ts';

/** While a default waits the time is counted this often: so much is lost at most when the machine itself dies. */
const COUNT_MS = 10_000;
/** An answer stays in the world so long. */
const ANSWERED_KEPT_MS = 24 * 3_600_000;
/** Between two looks at one time, so that an instant's fraction makes no spin. */
const LEAST_MS = 50;

export interface AskTimesPorts {
  clock: Clock;
  asks: Asks;
  state: Pick<State, 'awake' | 'saveAwake' | 'baseline'>;
  beats: Pick<BeatStore, 'world'>;
  /** For the journal. */
  note(event: string, fields: Record<string, unknown>): void;
}

export interface AskTimes {
  /** When there is something to do; null while nothing is waited for. */
  nextDueAt(now: Date): Date | null;
  /** The asks may have changed: they are looked at anew. */
  changed(): void;
  /** Takes the defaults and closes the approvals whose time has come; true when it did any of it. Nothing while `frozen`. */
  look(options: { frozen: boolean }): boolean;
}

export function askTimes(ports: AskTimesPorts): AskTimes {
  let due: Date | null | 'unknown' = 'unknown';
  return {
    nextDueAt: (now) => (due === 'unknown' ? now : due),
    changed: () => {
      due = 'unknown';
    },
    look: ({ frozen }) => {
      const now = ports.clock.now();
      due = new Date(now.getTime() + COUNT_MS); // should what follows fail, it is tried again, and not at once
      const awake = count(ports, frozen);
      const done = !frozen && settle(ports, awake, now);
      due = nextDue(ports.asks.all(), awake, now);
      return done;
    },
  };
}

/**
 * A day after its answer a question leaves the world, once a decision was taken with the answer in view: until then
 * rules may wait upon it, and no answer is lost on a decider that could not be asked.
 */
function putAway({ asks, state, beats }: AskTimesPorts, now: Date): void {
  const old = asks
    .all()
    .filter((ask) => ask.state === 'answered' && !waitsToRun(ask) && answeredBefore(ask, now.getTime() - ANSWERED_KEPT_MS));
  const baseline = old.length > 0 ? state.baseline() : null;
  const seen = baseline === null ? null : (beats.world(baseline)?.asks ?? null);
  for (const { id } of old) if (seen?.[id]?.signal === 'answered') asks.close(id, 'answered', now);
}

function answeredBefore({ answered_at }: Ask, time: number): boolean {
  return answered_at !== null && Date.parse(answered_at) <= time;
}

/** The count goes on, and is kept while there is anything to count. */
function count({ asks, state, clock }: AskTimesPorts, frozen: boolean): Awake {
  const kept = state.awake();
  const awake = countOn(asks.all(), kept, { monotonicMs: clock.monotonicMs(), frozen });
  if (Object.keys(awake.counted).length > 0 || (kept && Object.keys(kept.counted).length > 0)) state.saveAwake(awake);
  return awake;
}

function settle(ports: AskTimesPorts, awake: Awake, now: Date): boolean {
  const { asks, note } = ports;
  const lapsed = asks.lapse(now);
  for (const { id } of lapsed) note('approval-lapsed', { ask: id });
  putAway(ports, now);
  const taken = asks.all().filter((ask) => untilDefault(ask, awake) === 0 && takeDefault(asks, ask, now));
  for (const { id, default: answer } of taken) note('default-taken', { ask: id, answer });
  return lapsed.length + taken.length > 0;
}

/** False when the person was first. */
function takeDefault(asks: Asks, { id, default: text }: Ask, now: Date): boolean {
  return text !== null && asks.answer(id, { text, by: 'default', at: now }).answered === 'taken';
}

function nextDue(asks: readonly Ask[], awake: Awake, now: Date): Date | null {
  const waits = asks.flatMap((ask) => {
    const left = untilDefault(ask, awake);
    const lapse =
      ask.kind === 'approval' && ask.state === 'open' && ask.expires_at !== null ? Date.parse(ask.expires_at) - now.getTime() : null;
    return [...(left === null ? [] : [Math.min(left, COUNT_MS)]), ...(lapse === null ? [] : [lapse])];
  });
  return waits.length === 0 ? null : new Date(now.getTime() + Math.max(LEAST_MS, Math.min(...waits)));
}
