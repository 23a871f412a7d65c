// status: how the house is, and the verb to type for whatever is not well.
import * as z from 'zod';
import { formatDuration } from '../lib/duration.ts';
import { distance, table } from '../lib/table.ts';
import type { Ask } from '../world/ask.ts';
import type { BeatRecord, Gate } from '../world/record.ts';
import type { Containment } from './containment.ts';
import { defineVerb } from './define.ts';
import { describeEntry } from './entries.ts';
import type { GoalItem, Hands, Heartbeat, LoadedConfig, Problem, PulseState, SensorItem } from './hands.ts';
import type { StopState } from './hands-brake.ts';
import { anyNeedsYou, askRows, countAsks } from './status-asks.ts';
import { lookAtSchedules, type ScheduleFacts, scheduleProblems, scheduleRows } from './status-schedules.ts';
import { lookAtSpend, moneyLine, type SpendFacts, spendProblems } from './status-spend.ts';

export const status = defineVerb({
  name: 'status',
  group: 'look',
  summary: 'How the house is: pulse, goals, asks, sensors, and what needs you.',
  details: 'Bare `flyball` is the same. Exit code 0: it runs and nothing needs you. 1: something does, or no pulse runs.',
  input: z.strictObject({}),
  plain: (words) => (words.length === 0 ? {} : null),
  run: async (_input, hands) => {
    const facts = await look(hands);
    const problems = problemsOf(facts, hands);
    const healthy = facts.pulse.running && problems.length === 0 && !anyNeedsYou(facts.asks, facts.now);
    return {
      exit: healthy ? 0 : 1,
      json: document(facts, problems, hands),
      ...(hands.output === 'json' ? {} : { text: await textOf(facts, problems, hands) }),
    };
  },
});

interface Facts {
  now: Date;
  config: LoadedConfig;
  pulse: PulseState;
  heartbeat: Heartbeat | null;
  stop: StopState | null;
  /** STOP is gone, and these still stand still. */
  frozen: number;
  last: BeatRecord | null;
  goals: GoalItem[];
  sensors: SensorItem[];
  asks: Ask[];
  spend: SpendFacts;
  schedules: ScheduleFacts;
  journalProblem: string | null;
  /** Null where nothing is to run in the sandbox. */
  walls: Containment | null;
}

async function look(hands: Hands): Promise<Facts> {
  const now = hands.clock.now();
  const [config, pulse, stop, heartbeat, goals, sensors, asks, beats, spend, journal, walls] = await Promise.all([
    hands.config(),
    hands.pulse(),
    hands.stopped(),
    hands.heartbeat(),
    hands.goals(),
    hands.sensors(),
    hands.asks(),
    hands.beats(),
    hands.spend(),
    hands.journal(),
    hands.containment({ always: false }),
  ]);
  const [newest] = beats.newest(1);
  return {
    now,
    config,
    pulse,
    heartbeat,
    stop,
    frozen: stop ? 0 : (await hands.frozen()).length,
    last: newest === undefined ? null : beats.read(newest),
    goals,
    sensors,
    asks: asks.all(),
    walls,
    spend: lookAtSpend(spend, config.settings.spend.day, now),
    schedules: await lookAtSchedules(hands, now, lateMs(config)),
    journalProblem: heartbeat && journal.problem(), // looked at here: a full disk takes no heartbeat either
  };
}

// ── what is wrong ──────────────────────────────────────────────────────────────────────────────────

/** A beat that late means that the pulse hangs. */
const LATE_INTERVALS = 3;

function lateMs({ settings }: LoadedConfig): number {
  return LATE_INTERVALS * settings.interval + settings.decider.timeout;
}

function problemsOf(facts: Facts, hands: Hands): Problem[] {
  const { config, stop, journalProblem } = facts;
  const type = (verb: string) => `${hands.command} ${verb}`;
  const found: Problem[] = [];
  if (config.problem) {
    const held = config.from === 'last-good' ? 'the last good settings hold' : 'no former settings are known';
    const since = distance(facts.now, new Date(config.problem.since));
    found.push({ what: `${config.problem.what} (since ${since}; ${held})`, where: config.problem.where, next: type('edit config') });
  }
  if (stop)
    found.push({
      what: `everything is frozen${stop.reason ? `: ${stop.reason}` : ''}`,
      where: hands.layout.stop,
      next: type('resume'),
    });
  if (facts.frozen > 0)
    found.push({ what: `STOP is gone, and ${facts.frozen} processes still stand still`, where: hands.layout.stop, next: type('resume') });
  if (journalProblem)
    found.push({ what: `nothing is done: ${journalProblem}`, where: hands.layout.journal, next: type('check --journal') });
  if (facts.walls?.stops && facts.walls.problem)
    found.push({ what: `what must run in the sandbox is refused: ${facts.walls.problem}`, where: 'sandbox', next: type('doctor') });
  found.push(...pulseProblems(facts, type, hands), ...sensorProblems(facts, type), ...goalProblems(facts, type));
  found.push(...spendProblems(facts.spend, { ...facts, type }), ...(facts.pulse.running ? scheduleProblems(facts.schedules, type) : []));
  return found;
}

type Type = (verb: string) => string;

function pulseProblems({ pulse, heartbeat, config, now }: Facts, type: Type, hands: Hands): Problem[] {
  const where = hands.layout.home;
  if (!pulse.running) return [{ what: 'no pulse runs, so nothing is looked at', where, next: type('up') }];
  if (pulse.pid === null) return [{ what: 'the pulse runs and does not answer', where, next: type('down') }];
  if (heartbeat && now.getTime() - Date.parse(heartbeat.at) > lateMs(config))
    return [{ what: `the last beat was ${distance(now, new Date(heartbeat.at))}`, where, next: type('beat') }];
  return [];
}

/** Readings grow stale by themselves where no pulse runs: that is said once, of the pulse. */
function sensorProblems({ sensors, pulse }: Facts, type: Type): Problem[] {
  return sensors.flatMap(({ name, spec, status: it }) => {
    if (it.failed && it.error !== 'pending')
      return [{ what: `the sensor ${name} fails: ${it.error}`, where: spec.path, next: type(`try ${name}`) }];
    if (it.stale && pulse.running)
      return [
        {
          what: `the sensor ${name} has said nothing for ${it.age_s === null ? 'some time' : `${Math.round(it.age_s)} s`}`,
          where: spec.path,
          next: type(`try ${name}`),
        },
      ];
    return it.flapping
      ? [{ what: `the sensor ${name} changes with nearly every run`, where: spec.path, next: type(`describe ${name}`) }]
      : [];
  });
}

function goalProblems({ goals }: Facts, type: Type): Problem[] {
  return goals.flatMap((goal) => {
    const where = `goals/${goal.name}`;
    const invalid = conditionOf(goal, 'Invalid');
    if (invalid?.status === 'True') return [{ what: invalid.message, where, next: type(`edit ${goal.name}`) }];
    const alone = conditionOf(goal, 'Unattended');
    return alone?.status === 'True' && goal.spec.paused !== true ? [{ what: alone.message, where, next: type(`why ${goal.name}`) }] : [];
  });
}

function conditionOf(goal: GoalItem, type: string) {
  return goal.status.conditions.find((condition) => condition.type === type);
}

// ── the document ───────────────────────────────────────────────────────────────────────────────────

const NEVER_BEATEN: Gate = { open: true, reason: 'first-beat', until: null };

function document(facts: Facts, problems: Problem[], hands: Hands): object {
  const { pulse, heartbeat, config, goals, sensors, last, spend } = facts;
  const answering = pulse.running && pulse.pid !== null ? pulse : null;
  const having = (type: string) => goals.filter((goal) => conditionOf(goal, type)?.status === 'True').length;
  const named = (is: (item: SensorItem) => boolean) => sensors.filter(is).map(({ name }) => name);
  return {
    v: 1,
    home: hands.layout.home,
    version: hands.version,
    now: facts.now.toISOString(),
    pulse: {
      running: pulse.running,
      pid: answering?.pid ?? null,
      epoch: answering?.epoch ?? last?.epoch ?? 0,
      since: answering?.since ?? null,
      heartbeat_at: heartbeat?.at ?? null,
      interval_s: config.settings.interval / 1_000,
      busy: answering?.busy ?? null,
    },
    host: { running: false, pid: null, since: null, sessions: 0 },
    stop: facts.stop,
    gate: gateOf(facts),
    last_beat: last && { id: last.id, at: last.at, did: last.did, action: actionOf(last) },
    goals: {
      total: goals.length,
      ready: having('Ready'),
      blocked: having('Blocked'),
      stalled: having('Stalled'),
      invalid: having('Invalid'),
      paused: goals.filter(({ spec }) => spec.paused === true).length,
    },
    workers: { live: 0, pending: 0, waiting: 0, stuck: 0, frozen: 0 },
    asks: countAsks(facts.asks),
    sensors: {
      total: sensors.length,
      failing: named(({ status: it }) => it.failed && it.error !== 'pending'),
      stale: named(({ status: it }) => it.stale),
      flapping: named(({ status: it }) => it.flapping),
    },
    spend: { today_usd: spend.usd, estimated: spend.estimated, limit_usd: spend.limit },
    interruptions_today: 0,
    problems,
  };
}

function gateOf({ stop, heartbeat, journalProblem }: Facts): Gate {
  if (!stop && journalProblem) return { open: false, reason: 'no-journal', until: null };
  return stop ? { open: false, reason: 'frozen', until: null } : (heartbeat?.gate ?? NEVER_BEATEN);
}

function actionOf(record: BeatRecord): string | null {
  const action = record.decision?.action;
  return typeof action === 'string' ? action : null;
}

// ── the text ───────────────────────────────────────────────────────────────────────────────────────

async function textOf(facts: Facts, problems: Problem[], hands: Hands): Promise<string> {
  const { goals, asks, spend, now, walls } = facts;
  const type = (verb: string) => `${hands.command} ${verb}`;
  const ready = goals.filter((goal) => conditionOf(goal, 'Ready')?.status === 'True').length;
  const decider = await hands.decider();
  const rows = [
    ['home', hands.layout.home, ''],
    ['pulse', pulseLine(facts), facts.pulse.running ? '' : type('up')],
    ['gate', gateLine(facts), facts.last ? type(`why ${facts.last.id ?? ''}`) : ''],
    ['decider', `${decider.name}${decider.costs ? `, ${moneyLine(spend)}` : ', costs nothing'}`, decider.warning ?? ''],
    ...(walls ? [['sandbox', walls.problem ?? walls.parts.map(({ code, held }) => `${code}: ${held}`)[0] ?? '', type('doctor')]] : []),
    ['goals', `${ready} of ${goals.length} hold`, type('get goals')],
    ...unready(goals, type),
    ['sensors', `${facts.sensors.length}`, type('get sensors')],
    ...scheduleRows(facts.schedules, now, type),
    ...askRows(asks, now, hands.command),
  ];
  return [...problems.map(({ what, where, next }) => `! ${where}: ${what}  →  ${next}`), table(rows), ...(await sinceLooked(hands))].join(
    '\n',
  );
}

function pulseLine({ pulse, config, now }: Facts): string {
  const every = `beats every ${formatDuration(config.settings.interval)}`;
  if (!pulse.running) return 'does not run';
  if (pulse.pid === null) return 'runs, and does not answer';
  return `runs, began ${distance(now, new Date(pulse.since))}, pid ${pulse.pid}, ${every}${pulse.busy ? `, ${pulse.busy} now` : ''}`;
}

function gateLine(facts: Facts): string {
  const gate = gateOf(facts);
  const until = gate.until ? `, again ${distance(facts.now, new Date(gate.until))}` : '';
  const { last } = facts;
  const action = last && actionOf(last) ? ` ${actionOf(last)}` : '';
  const beat = last ? `; beat ${last.id} ${last.did}${action} ${distance(facts.now, new Date(last.at))}` : '; no beat yet';
  return `${gate.open ? 'open' : 'closed'}, ${gate.reason}${until}${beat}`;
}

function unready(goals: GoalItem[], type: Type): string[][] {
  return goals
    .filter((goal) => goal.spec.paused !== true && conditionOf(goal, 'Ready')?.status !== 'True')
    .map((goal) => ['', `${goal.name}: ${conditionOf(goal, 'Ready')?.message ?? 'not looked at yet'}`, type(`why ${goal.name}`)]);
}

/** As many as fit under the rest on a screen; `journal --new` shows all. */
const SHOWN = 5;
const READ = 200;

async function sinceLooked(hands: Hands): Promise<string[]> {
  const newest = (await hands.journal()).newest(READ);
  const seen = hands.looked.last();
  const fresh = newest.filter((record) => record.seq > seen && record.type === 'intent');
  if (hands.terminal.out && newest[0]) hands.looked.mark(newest[0].seq);
  if (fresh.length === 0) return [];
  const head = fresh.length > SHOWN ? `since you last looked: ${fresh.length}, of which the newest` : 'since you last looked';
  return [
    head,
    ...fresh
      .slice(0, SHOWN)
      .reverse()
      .map((record) => `  ${describeEntry(record)}`),
    `  ${hands.command} journal`,
  ];
}
