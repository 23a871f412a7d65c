// Values for tests, whole and valid; a test names only what it is about.

import { digest } from '../../src/lib/digest.ts';
import { CONDITION_TYPES, type ConditionStatus } from '../../src/world/condition.ts';
import { type BeatRecord, NO_COST } from '../../src/world/record.ts';
import type { World, WorldGoal, WorldReading } from '../../src/world/world.ts';

export const NOON = new Date('2026-03-02T12:00:00.000Z');
export const later = (ms: number, from: Date = NOON): Date => new Date(from.getTime() + ms);

export function aWorld(parts: Partial<World> = {}): World {
  return {
    v: 1,
    at: NOON.toISOString(),
    playbook: { text: 'Be kind.\n', digest: digest('Be kind.\n'), cut: false },
    goals: {},
    readings: {},
    workers: {},
    asks: {},
    schedules: {},
    leases: {},
    spend: {},
    journal: [],
    ...parts,
  };
}

export function aReading(signal: unknown, parts: Partial<WorldReading> = {}): WorldReading {
  return {
    signal,
    detail: null,
    failed: false,
    error: null,
    age_s: 1,
    observed_at: NOON.toISOString(),
    stale: false,
    flapping: false,
    trust: 'untrusted',
    ...parts,
  };
}

export function aGoal(text: string, parts: Partial<WorldGoal> = {}): WorldGoal {
  const status: ConditionStatus = parts.status ?? 'Unknown';
  return {
    goal: text.split('\n', 1)[0] ?? '',
    ready: status === 'True',
    status,
    reason: 'NoCheck',
    attended: true,
    priority: 3,
    paused: false,
    autonomy: null,
    text,
    digest: digest(text),
    cut: false,
    generation: 1,
    conditions: CONDITION_TYPES.map((type) => ({
      type,
      status: type === 'Ready' ? status : 'False',
      reason: 'Test',
      message: '',
      observedGeneration: 1,
      lastTransitionTime: NOON.toISOString(),
    })),
    ...parts,
  };
}

export function aRecord(parts: Partial<BeatRecord> = {}): BeatRecord {
  return {
    v: 1,
    id: 1,
    at: NOON.toISOString(),
    ended_at: NOON.toISOString(),
    epoch: 1,
    did: 'acted',
    gate: { open: true, reason: 'changed', until: null },
    by: { kind: 'decider', name: 'command' },
    changes: [],
    decision: { action: 'noop' },
    evidence: [],
    verdict: { result: 'allow', reasons: [], ask: null },
    outcome: { status: 'done', note: '', ms: 1 },
    problem: null,
    cost: NO_COST,
    facts: { after: [], policy: 'sha256:policy', limited: null, cancelled: false, output: null },
    ...parts,
  };
}
