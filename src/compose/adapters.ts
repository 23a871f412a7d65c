// Builds the adapters of one home that may act: for a pulse, or for one beat. Everything heavy (child
// processes, git, expressions) is imported here and nowhere on the way of `status` and `get`.

import { readText } from '../lib/files.ts';
import type { Standstill } from '../lib/standstill.ts';
import type { Asks, Nos, Policies } from '../ports/asks.ts';
import type { History } from '../ports/history.ts';
import type { Shell } from '../ports/shell.ts';
import type * as Ports from '../ports.ts';
import { createSensors, type HomeSensors } from '../sense/run-sensors.ts';
import { runVerify } from '../sense/verify.ts';
import { openAsks } from '../store/asks.ts';
import { createBeats } from '../store/beats.ts';
import { homeWriter } from '../store/careful-write.ts';
import { createDecisionFile } from '../store/decision-file.ts';
import { createEvents } from '../store/events.ts';
import { type FileGoals, fileGoals } from '../store/goals.ts';
import { openHistory } from '../store/history.ts';
import { homeFiles } from '../store/home-files.ts';
import { openJournal } from '../store/journal.ts';
import { openMarks } from '../store/marks.ts';
import { openNos } from '../store/nos.ts';
import { openNotices } from '../store/notices.ts';
import type { Epoch } from '../store/owner.ts';
import { openPolicies } from '../store/policies.ts';
import { fileSchedules } from '../store/schedules.ts';
import { openShell } from '../store/shell.ts';
import { sensorBox, shellBox } from '../store/shell-box.ts';
import { createSpend } from '../store/spend.ts';
import { createState } from '../store/state.ts';
import { personTurn } from '../store/turn.ts';
import type { Door } from '../verbs/hands.ts';
import type { Settings } from '../world/settings.ts';
import { childEnv } from './child-env.ts';

/** What the adapters are told of the governor that they work for. */
export interface Environment {
  epoch: Epoch;
  settings(): Settings;
  /** Held while STOP is there. */
  still: Standstill;
  /** A reading or a verify has news. */
  onNews(): void;
}

export interface Adapters {
  clock: Ports.Clock;
  events: Ports.Events;
  state: Ports.State;
  beats: Ports.BeatStore;
  journal: Ports.Journal;
  history: History;
  asks: Asks;
  nos: Nos;
  policies: Policies;
  notices: Ports.Notices;
  schedules: Ports.Schedules;
  spend: Ports.Spend;
  sensors: HomeSensors;
  goals: FileGoals;
  decision: Ports.DecisionFile;
  files: Ports.HomeFiles;
  writer: Ports.HomeWriter;
  shell: Shell;
  marks: Ports.Marks;
  turn: Ports.PersonTurn;
  playbook(): string | null;
  /** FLYBALL_RUN of a child: `<home id>/<epoch>/<id>`. */
  mark(id: string): string;
  childEnv(): Record<string, string>;
}

export function openAdapters(door: Door, environment: Environment): Adapters {
  const { layout, clock } = door;
  const events = createEvents(layout, clock);
  const { epoch, still } = environment;
  const mark = (id: string) => `${epoch.home}/${epoch.number}/${id}`;
  const env = () => childEnv(door, environment.settings());
  const history = openHistory(layout);
  const sandboxed = { layout, settings: () => environment.settings(), person: door.env };
  return {
    clock,
    events,
    mark,
    childEnv: env,
    history,
    state: createState(layout),
    beats: createBeats(layout),
    journal: begunBy(epoch, openJournal({ layout, now: () => clock.now() })),
    asks: openAsks(layout),
    nos: openNos(layout, history),
    policies: openPolicies(layout),
    notices: openNotices(layout, clock),
    schedules: fileSchedules(layout, events),
    spend: createSpend(layout, {
      get tz() {
        return environment.settings().tz;
      },
      get assume() {
        return environment.settings().spend.assume;
      },
    }),
    sensors: createSensors({
      layout,
      clock,
      events,
      env,
      mark,
      still,
      box: sensorBox({ ...sandboxed, mark: mark('sandbox') }),
      onReading: () => environment.onNews(),
    }),
    goals: fileGoals({
      layout,
      clock,
      events,
      env,
      mark: (goal) => mark(`verify-${goal}`),
      runVerify: (run) => runVerify({ ...run, still }),
      onVerified: () => environment.onNews(),
    }),
    decision: createDecisionFile(layout),
    files: homeFiles(layout, history.isOwn),
    writer: homeWriter(layout),
    shell: openShell(layout, env, { box: shellBox(sandboxed), still }),
    marks: openMarks(),
    turn: personTurn(layout),
    playbook: () => readText(layout.playbook),
  };
}

/** Its first record begins the epoch: a beat that rests writes nothing but the heartbeat. */
function begunBy(epoch: Epoch, journal: Ports.Journal): Ports.Journal {
  const append: Ports.Journal['append'] = (entry, number) => {
    epoch.begin();
    return journal.append(entry, number);
  };
  return { ...journal, append };
}
