// Ports in memory, with a clock that the test moves. Of each only what one beat asks of it; the
// real adapters are played under the same beats by the model (test/model.test.ts) and by the real CLI (test/scenarios).

import type { BeatPorts } from '../../src/decide/move.ts';
import type { Executor } from '../../src/execute.ts';
import type { BeatStore, Clock, Decider, DeciderEnd, State } from '../../src/ports.ts';
import { type Guards, NO_GUARDS } from '../../src/world/guards.ts';
import type { BeatRecord } from '../../src/world/record.ts';
import { NO_COST } from '../../src/world/record.ts';
import type { RuleStates } from '../../src/world/rule-state.ts';
import { type Settings, settingsSchema } from '../../src/world/settings.ts';
import type { World, WorldGoal, WorldReading } from '../../src/world/world.ts';
import { NOON } from './builders.ts';

export class FakeClock implements Clock {
  #at = NOON.getTime();
  now(): Date {
    return new Date(this.#at);
  }
  monotonicMs(): number {
    return this.#at;
  }
  pass(ms: number): void {
    this.#at += ms;
  }
}

/** Everything that a fake home holds; the test changes it, the beat reads it. */
export interface FakeHome {
  clock: FakeClock;
  readings: Record<string, WorldReading>;
  goals: Record<string, WorldGoal>;
  guards: Guards;
  ruleStates: RuleStates;
  baseline: number | null;
  records: BeatRecord[];
  worlds: Map<number, World>;
  prompts: string[];
  acted: string[];
  spentUsd: number;
  frozen: boolean;
  journalProblem: string | null;
}

export function fakeHome(parts: Partial<FakeHome> = {}): FakeHome {
  return {
    clock: new FakeClock(),
    readings: {},
    goals: {},
    guards: NO_GUARDS,
    ruleStates: {},
    baseline: null,
    records: [],
    worlds: new Map(),
    prompts: [],
    acted: [],
    spentUsd: 0,
    frozen: false,
    journalProblem: null,
    ...parts,
  };
}

/** A decider that answers from a script; a string is its decision's text, an end is how it fails. */
export function scripted(
  home: FakeHome,
  answers: Iterator<string | DeciderEnd>,
  costs = false,
): { decider: Decider; claim(): string | null } {
  let left: string | null = null;
  return {
    claim: () => {
      const text = left;
      left = null;
      return text;
    },
    decider: {
      name: 'scripted',
      costs,
      readsProse: true,
      warning: null,
      decide: async ({ prompt }) => {
        home.prompts.push(prompt);
        const answer = answers.next().value;
        if (typeof answer !== 'string') return answer;
        left = answer;
        return { end: 'well', cost: NO_COST, model: null };
      },
    },
  };
}

export function fakePorts(home: FakeHome, options: { settings?: unknown; mind?: ReturnType<typeof scripted> } = {}): BeatPorts {
  const settings: Settings = settingsSchema.parse(options.settings ?? {});
  return {
    clock: home.clock,
    settings,
    deciderReadsProse: options.mind !== undefined,
    playbook: () => 'Be kind.\n',
    sensors: { look: async () => {}, readings: () => home.readings, nextDueAt: () => null, observedAt: () => ({}), close: async () => {} },
    goals: { verify: async () => {}, read: () => home.goals, files: () => [], nextDueAt: () => null, close: async () => {} },
    asks: fakeAsks(),
    policies: { add: () => 'added' },
    nos: { all: () => [], add: () => {}, forget: () => {}, settle: () => {}, stamp: () => null, deletion: () => null },
    files: { read: () => null, list: () => [], isOwn: () => false },
    schedules: { all: () => [], lastReceipts: () => ({}), begun: () => null, beginReceipt: () => {}, saveReceipt: () => {} },
    spend: {
      begin: () => {},
      add: ({ cost }) => cost,
      today: () => ({ usd: home.spentUsd, estimated: false, goals: {} }),
      rows: () => [],
      day: (now) => ({ day: now.toISOString().slice(0, 10), ends: new Date(now.getTime() + 86_400_000) }),
      raised: () => ({}),
      raise: () => {},
    },
    journal: {
      append: () => {
        throw new Error('nothing is journalled in this test');
      },
      open: () => [],
      newest: () => [],
      problem: () => home.journalProblem,
      line: () => {},
      lastLines: () => [],
    },
    history: { written: () => [] },
    state: fakeState(home),
    beats: fakeBeats(home),
    notices: { raise: () => {} },
    events: { emit: () => {} },
    decision: {
      sweep: () => false,
      claim: () => {
        const text = options.mind?.claim() ?? null;
        return text === null ? { claimed: 'none' } : { claimed: 'text', text };
      },
    },
    decider: options.mind?.decider ?? null,
    executor: fakeExecutor(home),
    epoch: 1,
    mark: (id) => `home/1/${id}`,
    configDigest: 'sha256:config',
    frozen: () => home.frozen,
    settlingUntil: () => null,
    onWake: () => () => {},
  };
}

function fakeState(home: FakeHome): State {
  return {
    guards: () => home.guards,
    saveGuards: (guards) => {
      home.guards = guards;
    },
    ruleStates: () => home.ruleStates,
    saveRuleStates: (states) => {
      home.ruleStates = states;
    },
    baseline: () => home.baseline,
    saveBaseline: (beat) => {
      home.baseline = beat;
    },
    awake: () => null,
    saveAwake: () => {},
    heartbeat: () => {},
  };
}

function fakeBeats(home: FakeHome): BeatStore {
  return {
    open: (record) => home.records.push({ ...record, id: home.records.length + 1 }),
    save: (record) => {
      home.records[(record.id ?? 0) - 1] = record;
    },
    write: (beat, name, content) => {
      if (name === 'world.json') home.worlds.set(beat, JSON.parse(content));
    },
    read: (beat) => home.records[beat - 1] ?? null,
    world: (beat) => home.worlds.get(beat) ?? null,
    ruleStates: () => null,
    log: () => {},
    folder: (beat) => `beats/${beat}`,
    newest: () => home.records.map((_, index) => index + 1).reverse(),
    prune: () => {},
  };
}

function fakeExecutor(home: FakeHome): Executor {
  return {
    prepare: () => ({ prepared: 'nothing', note: '' }),
    carryOut: async (decision) => {
      home.acted.push(decision.action);
      return { id: 'b1', outcome: { status: 'done', note: '', ms: 1 }, ask: null, after: [], output: null, problem: null };
    },
  };
}

/** Nobody is asked anything. */
function fakeAsks(): BeatPorts['asks'] {
  return {
    all: () => [],
    get: () => null,
    raise: () => '1',
    reserve: () => ({ id: '1', file: { path: '.flyball/asks/1.json', before: null, after: '{}' } }),
    answer: () => ({ answered: 'unknown', problem: 'there is no such ask' }),
    begin: () => false,
    release: () => {},
    close: () => {},
    seen: () => {},
    strand: () => {},
    postpone: () => false,
    lapse: () => [],
  };
}
