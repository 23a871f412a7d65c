// Looking: the half that never stops. It runs what is due (sensors, goals' verifies), and reads the whole
// world in one pass. It decides nothing and changes nothing but readings and goal statuses.
import { digest } from './lib/digest.ts';
import { cutText } from './lib/text.ts';
import type { Asks, Nos } from './ports/asks.ts';
import type { History } from './ports/history.ts';
import type { Clock, Goals, HomeFiles, Journal, Schedules, Sensors, Spend } from './ports.ts';
import { type Ask, answerInView, isInView } from './world/ask.ts';
import type { GoalFile } from './world/goal.ts';
import type { Settings } from './world/settings.ts';
import { dueOf } from './world/slots.ts';
import { budgetOf, spendScopes } from './world/spend.ts';
import type { World } from './world/world.ts';

/** A beat waits this long for sensors; a slower one leaves its former reading and wakes the pulse when it ends. */
const SENSOR_WAIT_MS = 1_000;
const PLAYBOOK_CAP = 16 * 1024;
const ASK_CAP = 2 * 1024;
/** Lines of journal.md that the decider sees. */
const JOURNAL_LINES = 20;

export interface LookPorts {
  clock: Clock;
  settings: Settings;
  sensors: Sensors;
  goals: Goals;
  asks: Asks;
  schedules: Schedules;
  spend: Spend;
  journal: Journal;
  /** Whose words the policy files are. */
  history: Pick<History, 'written'>;
  /** What the person has taken back, refused or removed. */
  nos: Pick<Nos, 'all' | 'deletion'>;
  files: HomeFiles;
  /** PLAYBOOK.md, or null when there is none. */
  playbook(): string | null;
  deciderReadsProse: boolean;
}

/** Starts what is due and resolves when the sensors have ended, or after the second that a beat waits. What is slower goes on and wakes the pulse. */
export async function look(ports: LookPorts, options: { all: boolean; signal: AbortSignal }): Promise<void> {
  void ports.goals.verify(options); // a verify may take its minute: nobody waits for it, and it never rejects
  let timer: NodeJS.Timeout | undefined;
  const waited = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, SENSOR_WAIT_MS);
  });
  await Promise.race([ports.sensors.look(options), waited]).finally(() => clearTimeout(timer));
}

/** Everything known at this instant, in one read pass. */
export function readWorld(ports: LookPorts): World {
  const now = ports.clock.now();
  const playbook = ports.playbook() ?? '';
  const files = ports.goals.files();
  const rest: Omit<World, 'goals'> = {
    v: 1,
    at: now.toISOString(),
    playbook: { ...cutText(playbook, PLAYBOOK_CAP), digest: digest(playbook) },
    readings: ports.sensors.readings(now),
    workers: {},
    asks: Object.fromEntries(
      ports.asks
        .all()
        .filter(isInView)
        .map((ask) => [ask.id, inWorld(ask)]),
    ),
    schedules: schedulesNow(ports, now),
    leases: {},
    spend: spendNow(ports, now, files),
    journal: ports.journal.lastLines(JOURNAL_LINES),
  };
  const goals = ports.goals.read({
    now,
    world: rest,
    files,
    deciderReadsProse: ports.deciderReadsProse,
    ruleTexts: ports.settings.rules.map((rule) => JSON.stringify(rule)),
  });
  return { ...rest, goals };
}

function inWorld(ask: Ask): World['asks'][string] {
  const signal = ask.state === 'stranded' ? 'stranded' : ask.state === 'open' ? 'open' : 'answered';
  const question = cutText(ask.question, ASK_CAP).text;
  const shown = { kind: ask.kind, goal: ask.goal, worker: ask.worker, question, options: ask.options, signal, at: ask.at } as const;
  const answer = answerInView(ask);
  return answer === null ? shown : { ...shown, answer };
}

function schedulesNow(ports: LookPorts, now: Date): World['schedules'] {
  const receipts = ports.schedules.lastReceipts();
  return Object.fromEntries(
    ports.schedules.all().map((schedule) => {
      const { next, due } = dueOf(schedule, { last: receipts[schedule.name]?.slot ?? null, now, tz: ports.settings.tz });
      return [schedule.name, { note: schedule.note, next, due }];
    }),
  );
}

/** Every scope with a budget, as far as its files say so. */
function spendNow(ports: Pick<LookPorts, 'spend' | 'settings'>, now: Date, files: readonly GoalFile[]): World['spend'] {
  const { spend, settings } = ports;
  const budgets = files.map((file) => [file.id, budgetOf(file.spec?.budget?.usd)] as const);
  const goals = Object.fromEntries(budgets.flatMap(([id, budget]) => (budget ? [[id, budget]] : [])));
  return spendScopes(spend.today(now), { day: settings.spend.day, goals, raised: spend.raised(now) });
}
