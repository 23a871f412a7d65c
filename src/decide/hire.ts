// PURE. Hire, the one built-in rule: the most important goal that does not hold, names a worker and has none
// alive gets one.
import { splitFrontMatter } from '../lib/front-matter.ts';
import type { GoalFile } from '../world/goal.ts';
import { HIRE_PREFIX, newRuleState } from '../world/rule-memory.ts';
import type { RuleState, RuleStates } from '../world/rule-state.ts';
import { overGoal } from '../world/spend.ts';
import type { World } from '../world/world.ts';

export interface HireInput {
  world: World;
  /** `hire: false` turns it off. */
  enabled: boolean;
  /** False while there is nothing that could hold a worker's session. */
  sessions: boolean;
  /** The goals' files, in which the workers are named. */
  files?: readonly GoalFile[];
  /** What is remembered of former tries, and the time that they wait for. */
  states?: RuleStates;
  now?: Date;
}

export interface HireResult {
  action: (Record<string, unknown> & { action: 'start_worker' }) | null;
  /** The goal that the action is for. */
  goal: string | null;
  /** Why a goal gets no worker although it needs one: for `status` and `why`. */
  problem: string | null;
  /** `hire:GOAL` → when it may be tried again. */
  wakes: Record<string, string>;
}

/** 1 min, 2 min, 4 min … 6 h between two tries for one goal. */
const BACK_OFF_MS = 60_000;
const BACK_OFF_MAX_MS = 6 * 3_600_000;

export function hire({ world, enabled, sessions, files = [], states = {}, now }: HireInput): HireResult {
  const nobody: HireResult = { action: null, goal: null, problem: null, wakes: {} };
  const needy = enabled ? files.filter((file) => needsWorker(file, world)).sort((a, b) => byPriority(a, b, world)) : [];
  if (!sessions) {
    const names = needy.map((file) => `"${file.id}"`).join(', ');
    const problem = `no session host yet: ${names} ${needy.length === 1 ? 'names a worker, which nobody' : 'name workers, which nobody'} can start`;
    return needy.length === 0 ? nobody : { ...nobody, problem };
  }
  const wakes: Record<string, string> = {};
  for (const file of needy) {
    const until = now ? waitsUntil(stateOf(file, states), now) : null;
    if (until === null) return { action: start(file), goal: file.id, problem: null, wakes };
    wakes[`${HIRE_PREFIX}${file.id}`] = until;
  }
  return { ...nobody, wakes };
}

/** A worker was asked for, however that went: the next try for this goal waits, longer each time. */
export function hireTried(states: RuleStates, { file, now }: { file: GoalFile; now: Date }): RuleStates {
  const former = stateOf(file, states);
  const failures = former.failures + 1;
  const wait = Math.min(BACK_OFF_MS * 2 ** (failures - 1), BACK_OFF_MAX_MS);
  return { ...states, [`${HIRE_PREFIX}${file.id}`]: { ...former, failures, until: new Date(now.getTime() + wait).toISOString() } };
}

/** Forgets the tries for goals that are gone, and for those that hold and have waited. */
export function hireForgets(states: RuleStates, { world, now }: { world: World; now: Date }): RuleStates {
  const kept = Object.entries(states).filter(([name, state]) => {
    if (!name.startsWith(HIRE_PREFIX)) return true;
    const id = name.slice(HIRE_PREFIX.length);
    const goal = Object.hasOwn(world.goals, id) ? world.goals[id] : undefined;
    return goal !== undefined && !(goal.ready && waitsUntil(state, now) === null);
  });
  return Object.fromEntries(kept);
}

/**
 * Not Ready by a check that says so, or by having none; a check that could not be made is no reason to hire.
 */
function needsWorker(file: GoalFile, world: World): boolean {
  const goal = world.goals[file.id];
  if (!goal || !file.spec?.worker || file.spec.paused || overGoal(file.id, world)) return false;
  if (goal.status !== 'False' && goal.reason !== 'NoCheck') return false;
  return !Object.entries(world.workers).some(
    ([name, worker]) => !worker.signal.startsWith('ended') && (worker.goal === file.id || name === workerName(file)),
  );
}

function byPriority(a: GoalFile, b: GoalFile, world: World): number {
  const difference = (world.goals[a.id]?.priority ?? 0) - (world.goals[b.id]?.priority ?? 0);
  return difference !== 0 ? difference : a.id < b.id ? -1 : 1;
}

function start(file: GoalFile): Record<string, unknown> & { action: 'start_worker' } {
  const { agent, loop, repo, verify, command, prompt } = file.spec?.worker ?? {};
  const brief = splitFrontMatter(file.text).body.trim();
  const fields = { agent, loop, repo, verify, command };
  return {
    action: 'start_worker',
    id: workerName(file),
    prompt: prompt ?? (brief ? `${file.title}\n\n${brief}` : file.title),
    goal: file.id,
    ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
  };
}

function workerName(file: GoalFile): string {
  return file.spec?.worker?.name ?? file.id;
}

/** An edit of the goal begins anew. */
function stateOf(file: GoalFile, states: RuleStates): RuleState {
  const known = states[`${HIRE_PREFIX}${file.id}`];
  return known?.text === file.folded ? known : newRuleState(file.folded);
}

/** A clock that was set back never makes it wait longer than the longest wait. */
function waitsUntil(state: RuleState, now: Date): string | null {
  if (state.until === null || Date.parse(state.until) <= now.getTime()) return null;
  return new Date(Math.min(Date.parse(state.until), now.getTime() + BACK_OFF_MAX_MS)).toISOString();
}
