// Worlds for tests of pure parts: an empty one, and its items with everything filled in.
import type { World, WorldGoal, WorldReading, WorldWorker } from '../../src/world/world.ts';

export const NOON = new Date('2026-06-01T12:00:00.000Z');

export function emptyWorld(parts: Partial<World> = {}): World {
  return {
    v: 1,
    at: NOON.toISOString(),
    playbook: { text: '', digest: 'sha256:', cut: false },
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
    age_s: 0,
    observed_at: NOON.toISOString(),
    stale: false,
    flapping: false,
    trust: 'untrusted',
    ...parts,
  };
}

export function aGoal(parts: Partial<WorldGoal> = {}): WorldGoal {
  return {
    goal: 'something holds',
    ready: false,
    status: 'False',
    reason: 'NotDone',
    attended: true,
    priority: 100,
    paused: false,
    autonomy: null,
    text: '',
    digest: 'sha256:',
    cut: false,
    generation: 1,
    conditions: [],
    ...parts,
  };
}

export function aWorker(parts: Partial<WorldWorker> = {}): WorldWorker {
  return {
    generation: 1,
    state: 'Running',
    mine: true,
    silent_s: 0,
    usd: null,
    reason: null,
    signal: 'live',
    agent: null,
    goal: null,
    started_at: null,
    idle_s: null,
    verify: 'none',
    ...parts,
  };
}
