// A home in a temporary folder with the real adapters: journal, history, files, shell. What a beat would do
// around an action (its folder, its record) is done here too.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { actionSchema } from '../../src/actions/index.ts';
import { createExecutor, type Executed, type Executor } from '../../src/execute.ts';
import { digest } from '../../src/lib/digest.ts';
import { cutText } from '../../src/lib/text.ts';
import type { Nos } from '../../src/ports/asks.ts';
import type * as Ports from '../../src/ports.ts';
import { type Recovered, type RecoverPorts, recover } from '../../src/recover.ts';
import { openAsks } from '../../src/store/asks.ts';
import { createBeats } from '../../src/store/beats.ts';
import { homeWriter } from '../../src/store/careful-write.ts';
import { createEvents } from '../../src/store/events.ts';
import { type FileHistory, openHistory } from '../../src/store/history.ts';
import { homeFiles } from '../../src/store/home-files.ts';
import { openJournal } from '../../src/store/journal.ts';
import { type Layout, layout } from '../../src/store/layout.ts';
import { openMarks } from '../../src/store/marks.ts';
import { openNos } from '../../src/store/nos.ts';
import { openNotices } from '../../src/store/notices.ts';
import { ensureOwner, raiseEpoch } from '../../src/store/owner.ts';
import { fileSchedules } from '../../src/store/schedules.ts';
import { openShell } from '../../src/store/shell.ts';
import { createState } from '../../src/store/state.ts';
import { personTurn } from '../../src/store/turn.ts';
import type { BeatRecord } from '../../src/world/record.ts';
import { settingsSchema } from '../../src/world/settings.ts';
import type { World } from '../../src/world/world.ts';
import { aGoal, aRecord, aWorld } from './builders.ts';

export const TEST_UID = 4242;
/** What the prompt shows of a goal. */
const GOAL_CAP = 8 * 1024;

export interface HomeRig {
  home: string;
  layout: Layout;
  epoch: number;
  ports: RecoverPorts & { files: Ports.HomeFiles; history: FileHistory; nos: Nos };
  executor: Executor;
  write(path: string, text: string): void;
  read(path: string): string | null;
  /** The world as a decider would be shown it now. */
  seen(): World;
  /** One beat with this decision. */
  act(decision: Record<string, unknown>, options?: ActOptions): Promise<Acted>;
  recover(): Promise<Recovered>;
  /** Marks of this home that still live. */
  living(): Promise<string[]>;
  remove(): void;
}

export interface ActOptions {
  seen?: World;
  person?: boolean;
  signal?: AbortSignal;
  sandbox?: 'on' | 'off';
  /** Runs between prepare and carrying out. */
  meanwhile?(): void;
}

export interface Acted {
  beat: number;
  prepared: string;
  executed: Executed;
}

export function makeHome(files: Record<string, string> = {}): HomeRig {
  const rig = openHome(mkdtempSync(join(tmpdir(), 'flyball-home-')));
  for (const [path, text] of Object.entries(files)) rig.write(path, text);
  return rig;
}

/** A pulse at its start, but for the lock: the epoch is raised. */
export function openHome(home: string): HomeRig {
  const place = layout(home);
  ensureOwner(place, TEST_UID);
  const owner = raiseEpoch(place, TEST_UID);
  const clock: Ports.Clock = { now: () => new Date(), monotonicMs: () => performance.now() };
  const history = openHistory(place);
  const ports = {
    clock,
    history,
    epoch: owner.epoch,
    events: createEvents(place, clock),
    state: createState(place),
    beats: createBeats(place),
    journal: openJournal({ layout: place, now: () => clock.now() }),
    asks: openAsks(place),
    nos: openNos(place, history),
    notices: openNotices(place, clock),
    schedules: fileSchedules(place, { emit: () => {} }),
    files: homeFiles(place, history.isOwn),
    writer: homeWriter(place),
    shell: openShell(place, () => ({ PATH: process.env.PATH ?? '', FLYBALL_HOME: home })),
    marks: openMarks(),
    turn: personTurn(place),
    settings: settingsSchema.parse({}),
    mark: (id: string) => `${owner.id}/${owner.epoch}/${id}`,
    signal: new AbortController().signal,
  };
  const executor = createExecutor(ports);
  const rig: HomeRig = {
    home,
    layout: place,
    epoch: owner.epoch,
    ports,
    executor,
    write: (path, text) => {
      mkdirSync(dirname(join(home, path)), { recursive: true });
      writeFileSync(join(home, path), text);
    },
    read: (path) => readOrNull(join(home, path)),
    seen: () => seenIn(rig),
    act: (decision, options = {}) => act(rig, decision, options),
    recover: () => recover(ports),
    living: async () => (await ports.marks.living()).filter((mark) => mark.startsWith(`${owner.id}/`)),
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
  return rig;
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function seenIn(rig: HomeRig): World {
  const goals: World['goals'] = {};
  for (const name of rig.ports.files.list('goals')) {
    const text = name.endsWith('.md') ? rig.read(`goals/${name}`) : null;
    if (text === null) continue;
    goals[name.slice(0, -3).toLowerCase().replaceAll(' ', '-')] = aGoal(text, { ...cutText(text, GOAL_CAP), digest: digest(text) });
  }
  const playbook = rig.read('PLAYBOOK.md') ?? '';
  return aWorld({ goals, playbook: { text: playbook, digest: digest(playbook), cut: false } });
}

async function act(rig: HomeRig, input: Record<string, unknown>, options: ActOptions): Promise<Acted> {
  const { ports, executor } = rig;
  const decision = actionSchema.parse(input);
  const record: BeatRecord = aRecord({
    id: null,
    ended_at: null,
    did: 'failed',
    outcome: null,
    decision,
    at: ports.clock.now().toISOString(),
  });
  const beat = ports.beats.open(record, ports.state.guards().last_beat);
  const seen = options.seen ?? rig.seen();
  const prepared = executor.prepare(decision, {
    seen,
    settings: settingsSchema.parse({}),
    id: `b${beat}`,
    beat,
    now: ports.clock.now(),
    person: options.person ?? false,
  });
  options.meanwhile?.();
  const executed = await executor.carryOut(decision, prepared, {
    beat,
    by: { kind: options.person ? 'rule' : 'decider', name: 'test' },
    goal: null,
    epoch: rig.epoch,
    mark: ports.mark(`b${beat}`),
    signal: options.signal ?? ports.signal,
    sandbox: options.sandbox ?? 'off',
  });
  const did = executed.ask !== null ? 'asked' : executed.outcome?.status === 'done' ? 'acted' : 'failed';
  ports.beats.save({
    ...record,
    id: beat,
    did,
    outcome: executed.outcome,
    problem: executed.problem,
    ended_at: ports.clock.now().toISOString(),
  });
  return { beat, prepared: prepared.prepared, executed };
}
