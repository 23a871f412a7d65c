// What follows from a finished beat: rule states, guards, baseline, receipts. All of it follows from the
// record alone and may be done again, so that a killed beat is concluded by the next one.
import { placeOf } from './actions/target.ts';
import { WAITING } from './admit/memory.ts';
import { ruleFailed, ruleFired, ruleInterrupted } from './decide/rules.ts';
import type { Asks, Nos } from './ports/asks.ts';
import type { BeatStore, Clock, HomeFiles, Journal, Notices, Schedules, State } from './ports.ts';
import { handled } from './receipts.ts';
import { afterBeat, guardsAt, movesBaseline } from './world/guards.ts';
import { noAbout } from './world/no.ts';
import type { BeatRecord } from './world/record.ts';
import type { Settings } from './world/settings.ts';
import type { World } from './world/world.ts';

/** Pruning reads the whole folder of beats: not at each of them. */
const PRUNE_EVERY = 20;

export interface ConcludePorts {
  clock: Clock;
  state: State;
  asks: Asks;
  nos: Pick<Nos, 'add'>;
  files: HomeFiles;
  beats: BeatStore;
  schedules: Schedules;
  notices: Notices;
  journal: Journal;
  epoch: number;
  settings: Settings;
}

/** Ends the record and does what follows from it. */
export function conclude<Beat extends BeatRecord & { id: number }>(record: Beat, world: World, ports: ConcludePorts): Beat {
  const ended = { ...record, ended_at: ports.clock.now().toISOString() };
  ports.beats.save(ended);
  follow(ended, () => world, ports);
  if (ended.id % PRUNE_EVERY === 0) prune(ports);
  return ended;
}

/** What the baseline, an open ask or an open intent refers to is never pruned. */
function prune(ports: ConcludePorts): void {
  const keep = new Set<number>();
  const baseline = ports.state.baseline();
  if (baseline !== null) keep.add(baseline);
  for (const ask of ports.asks.all()) {
    const beat = /^b(\d+)$/.exec(ask.ref ?? '')?.[1];
    if (beat && ask.state !== 'closed') keep.add(Number(beat));
  }
  for (const intent of ports.journal.open()) if (intent.beat !== null) keep.add(intent.beat);
  ports.beats.prune(keep, ports.clock.now());
}

/** Idempotent: guards.last_beat says whether it was done, and is written after everything but the baseline. `seen` is asked for when it was not. */
export function follow(record: BeatRecord & { id: number }, seen: () => World | null, ports: ConcludePorts): void {
  const guards = guardsAt(ports.state.guards(), ports.clock.now());
  if (guards.last_beat >= record.id) return;
  const world = seen();
  if (world) tellOfUnattended(world, ports);
  if (record.facts?.limited && !guards.limited) tellOfLimit(record, ports);
  rememberRule(record, ports);
  rememberInterrupted(record, ports);
  if (world && movesBaseline(record)) {
    handled(record, world, { ...ports, tz: ports.settings.tz });
    ports.state.saveBaseline(record.id);
  }
  ports.state.saveGuards(afterBeat(record, guards));
}

/** A rule has spoken when its beat ended in any way but being overtaken; a failure begins its own back-off. */
function rememberRule(record: BeatRecord, ports: ConcludePorts): void {
  const { by, did, outcome } = record;
  if (by.kind !== 'rule' || by.name === null || did === 'overtaken' || record.facts?.cancelled) return;
  const now = new Date(record.ended_at ?? record.at);
  const states = ports.state.ruleStates();
  const at = { rule: by.name, item: by.item ?? '', now };
  if (outcome?.status === 'interrupted') ports.state.saveRuleStates(ruleInterrupted(states, at));
  else if (did === 'acted' || did === 'asked' || waitsAlready(record)) ports.state.saveRuleStates(ruleFired(states, at));
  else ports.state.saveRuleStates(ruleFailed(states, at));
}

/** Its action is being asked about: the rule has spoken, and has not failed. */
function waitsAlready({ verdict }: BeatRecord): boolean {
  return verdict?.reasons.some(({ step, name }) => step === 'memory' && name === WAITING) === true;
}

/** Nobody knows how far it came: the same is asked about before it is done again. */
function rememberInterrupted({ id, decision, outcome, ended_at, at }: BeatRecord, { nos, files }: ConcludePorts): void {
  if (outcome?.status !== 'interrupted' || typeof decision?.action !== 'string') return;
  const action = { ...decision, action: decision.action };
  nos.add(noAbout(action, placeOf(action, files), { why: 'interrupted', id: `b${id ?? 0}`, at: ended_at ?? at }));
}

/** A goal that nobody and nothing will work on: told once each time that it comes to be so. */
function tellOfUnattended(world: World, ports: ConcludePorts): void {
  for (const [id, goal] of Object.entries(world.goals)) {
    const condition = goal.conditions.find((one) => one.type === 'Unattended' && one.status === 'True');
    if (!condition) continue;
    const message = `Nobody works on the goal "${id}": ${condition.message}`;
    ports.notices.raise({ id: `unattended-${id}-${Date.parse(condition.lastTransitionTime)}`, message, urgency: 'normal' });
  }
}

/** A missing login or a usage limit is told once, with what cures it; nobody is asked until then. */
function tellOfLimit(record: BeatRecord & { id: number }, ports: ConcludePorts): void {
  const message = `The decider ${record.by.name ?? ''} cannot be asked: ${record.facts?.limited?.message ?? ''}`;
  ports.notices.raise({ id: `limited-b${record.id}`, message, urgency: 'high' });
}
