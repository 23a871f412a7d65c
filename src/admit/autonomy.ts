// The autonomy ladder, over what a model chose. What a rule, a goal's worker or a verb says, the person has said.
import type { Risk } from '../actions/define.ts';
import type { VerdictReason } from '../world/record.ts';
import type { Settings } from '../world/settings.ts';
import { type AdmitRequest, goalNamed } from './define.ts';
import { CONTAINED, isAllowed, uncontained } from './sandbox.ts';

type Ladder = Settings['autonomy'];
const LADDER: readonly Ladder[] = ['observe', 'propose', 'act', 'full'];
/** Reversible, and yet what everything else is judged by. */
const ASKS_UNDER_ACT = new Set(['write_playbook']);

export function autonomy(request: AdmitRequest): VerdictReason[] {
  const { action, by, goal } = request;
  if (by.kind !== 'decider') return [];
  const risk = riskOf(request);
  const unnamed = risk === 'inert' ? null : goalProblem(request);
  if (unnamed) return [deny(null, unnamed)];
  const { level, from } = levelOf(goal, request);
  if (risk === 'inert' || level === 'full') return [];
  if (level === 'observe') return [deny(from, `under autonomy observe (${from}) only noop, notifications and questions are done`)];
  if (level === 'propose') return [ask(from, `under autonomy propose (${from}) this needs a yes`)];
  if (ASKS_UNDER_ACT.has(action.action)) return [ask(from, `under autonomy act ${action.action} needs a yes`)];
  if (risk !== 'code') return [];
  if (action.action !== 'run_shell') return [ask(from, `under autonomy act ${action.action} is code and needs a yes`)];
  if (isAllowed(request)) return [];
  const problem = uncontained(request);
  return problem === null
    ? [CONTAINED]
    : [ask(from, `under autonomy act a command needs a yes unless it matches allow_commands or is sandboxed (here it is not: ${problem})`)];
}

/** `verify` and `command` given by a decision are code, whatever the kind. */
function riskOf({ action, risk }: AdmitRequest): Risk {
  return typeof action.verify === 'string' || typeof action.command === 'string' ? 'code' : risk;
}

/** Where goals set an autonomy of their own, nothing may slip past by naming none, or one that is not there. */
function goalProblem({ action, goal, world }: AdmitRequest): string | null {
  if (!Object.values(world.goals).some((one) => one.autonomy !== null)) return null;
  if (goal === null) return 'goals here set their own autonomy: name the `goal` that this serves';
  const makesIt = /^(write|restore)_goal$/.test(action.action);
  return goalNamed(goal, world) || makesIt
    ? null
    : `there is no goal "${goal}": name one of ${Object.keys(world.goals).slice(0, 20).join(', ')}`;
}

/** The lower of home and goal; a goal whose file is Invalid might have said anything, so it asks. */
function levelOf(goal: string | null, { world, settings }: AdmitRequest): { level: Ladder; from: string } {
  const home: { level: Ladder; from: string } = { level: settings.autonomy, from: 'flyball.yaml' };
  const served = goalNamed(goal, world);
  const invalid = served?.conditions.some((one) => one.type === 'Invalid' && one.status === 'True');
  const own = invalid ? 'propose' : LADDER.find((level) => level === served?.autonomy);
  return own && LADDER.indexOf(own) < LADDER.indexOf(home.level) ? { level: own, from: `the goal ${goal}` } : home;
}

function deny(name: string | null, message: string): VerdictReason {
  return { step: 'autonomy', result: 'deny', name, message };
}

function ask(name: string | null, message: string): VerdictReason {
  return { step: 'autonomy', result: 'ask', name, message };
}
