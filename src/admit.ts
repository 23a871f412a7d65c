// Admission: may this action be done? Norms, the person's policies and the autonomy ladder are all evaluated;
// the strictest wins (deny, ask, allow), and every reason is kept. Nothing else checks permissions.
import type { Risk } from './actions/define.ts';
import { evaluate, scope } from './lib/cel.ts';
import { matchesAny } from './lib/command-pattern.ts';
import { destructive } from './lib/destructive.ts';
import { isId } from './lib/id.ts';
import type { By, Verdict, VerdictReason } from './world/record.ts';
import type { Settings } from './world/settings.ts';
import type { World, WorldGoal } from './world/world.ts';

export interface AdmitRequest {
  /** As decided: the kind in `action`, its fields beside it. */
  action: { action: string } & Record<string, unknown>;
  /** A `person` speaks through a verb. */
  by: { kind: By['kind'] | 'person' };
  /** The goal that it names, or the one that it is about. */
  goal: string | null;
  /** Risk of its kind. */
  risk: Risk;
  world: World;
  settings: Pick<Settings, 'policies' | 'autonomy' | 'allow_commands'>;
}

type Ladder = Settings['autonomy'];
const LADDER: readonly Ladder[] = ['observe', 'propose', 'act', 'full'];
/** Reversible, and yet what everything else is judged by. */
const ASKS_UNDER_ACT = new Set(['write_playbook']);
const STRICTNESS = { allow: 0, ask: 1, deny: 2 } as const;

export function admit(request: AdmitRequest): Verdict {
  const policies = ofPolicies(request);
  const lift = policies.find((reason) => reason.result === 'allow');
  const autonomy = ofAutonomy(request).map((reason) => lifted(reason, lift));
  const reasons = [...ofNorms(request), ...withoutAnswered(policies, request), ...autonomy];
  const result = reasons.reduce<Verdict['result']>(
    (worst, reason) => (STRICTNESS[reason.result] > STRICTNESS[worst] ? reason.result : worst),
    'allow',
  );
  return { result, reasons, ask: null };
}

/** The first policy that allows lifts an ask of autonomy, never a deny. */
function lifted(reason: VerdictReason, by: VerdictReason | undefined): VerdictReason {
  if (!by || reason.result !== 'ask') return reason;
  return { ...reason, result: 'allow', message: `${reason.message}; the policy "${by.name}" allows it` };
}

/** An approval is the yes that an ask of a policy was about. */
function withoutAnswered(policies: VerdictReason[], { by }: AdmitRequest): VerdictReason[] {
  return by.kind === 'approval' ? policies.filter((reason) => reason.result !== 'ask') : policies;
}

// ── norms ──────────────────────────────────────────────────────────────────────────────────────────

/** Fields whose text is code. */
const CODE_FIELDS = ['cmd', 'command', 'verify', 'script'] as const;

/** Compiled in; they hold for everybody. STOP and the confinement of paths are looked at where effects begin. */
function ofNorms({ action }: AdmitRequest): VerdictReason[] {
  const named = (['id', 'name'] as const).flatMap((field) => {
    const value = action[field];
    return typeof value === 'string' && !isId(value) ? [deny('norms', 'ids', `${JSON.stringify(value)} is no id that may be used`)] : [];
  });
  const code = CODE_FIELDS.flatMap((field) => {
    const value = action[field];
    const danger = typeof value === 'string' ? destructiveLine(value) : null;
    return danger ? [deny('norms', 'destructive', `${field} is refused: ${danger}`)] : [];
  });
  return [...named, ...code];
}

function destructiveLine(text: string): string | null {
  return (
    text
      .split('\n')
      .map((line) => destructive(line))
      .find((danger) => danger !== null) ?? destructive(text)
  );
}

// ── policies ───────────────────────────────────────────────────────────────────────────────────────

/** Every policy that speaks, in order. One that cannot be evaluated asks. */
function ofPolicies({ action, goal, world, settings }: AdmitRequest): VerdictReason[] {
  if (settings.policies.length === 0) return [];
  const { action: kind, ...fields } = action;
  const served = goalNamed(goal, world);
  const values = scope({ action: { ...fields, kind }, goal: served ? { ...served, id: goal } : null, world });
  return settings.policies.flatMap((policy): VerdictReason[] => {
    const answer = evaluate(policy.when, values);
    const reason = (result: VerdictReason['result'], message: string): VerdictReason[] => [
      { step: 'policy', result, name: policy.name, message },
    ];
    if (answer.ok && answer.value === true) return reason(policy.then, policy.message ?? `the policy "${policy.name}" says ${policy.then}`);
    if (answer.ok && answer.value === false) return [];
    // Kinds differ in their fields, and not every action serves a goal: a policy about those says nothing of the others.
    if (!answer.ok && answer.kind === 'missing-key' && /^(action|goal)\b/.test(answer.key)) return [];
    const why = answer.ok
      ? 'it gives neither true nor false'
      : answer.kind === 'missing-key'
        ? `there is no ${answer.key}`
        : answer.message;
    return reason('ask', `the policy "${policy.name}" could not be evaluated: ${why}`);
  });
}

// ── autonomy ───────────────────────────────────────────────────────────────────────────────────────

/** Over what a model chose. What a rule, a goal's worker or a verb says, the person has said. */
function ofAutonomy(request: AdmitRequest): VerdictReason[] {
  const { action, by, goal, settings } = request;
  if (by.kind !== 'decider') return [];
  const risk = riskOf(request);
  const unnamed = risk === 'inert' ? null : goalProblem(request);
  if (unnamed) return [deny('autonomy', null, unnamed)];
  const { level, from } = levelOf(goal, request);
  if (risk === 'inert' || level === 'full') return [];
  if (level === 'observe')
    return [deny('autonomy', from, `under autonomy observe (${from}) only noop, notifications and questions are done`)];
  if (level === 'propose') return [ask(from, `under autonomy propose (${from}) this needs a yes`)];
  if (ASKS_UNDER_ACT.has(action.action)) return [ask(from, `under autonomy act ${action.action} needs a yes`)];
  if (risk !== 'code') return [];
  if (action.action !== 'run_shell') return [ask(from, `under autonomy act ${action.action} is code and needs a yes`)];
  if (typeof action.cmd === 'string' && matchesAny(action.cmd, settings.allow_commands)) return [];
  return [ask(from, 'under autonomy act a command needs a yes unless it matches allow_commands')];
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

function goalNamed(goal: string | null, world: World): WorldGoal | undefined {
  return goal !== null && Object.hasOwn(world.goals, goal) ? world.goals[goal] : undefined;
}

/** The lower of home and goal; a goal whose file is Invalid might have said anything, so it asks. */
function levelOf(goal: string | null, { world, settings }: AdmitRequest): { level: Ladder; from: string } {
  const home: { level: Ladder; from: string } = { level: settings.autonomy, from: 'flyball.yaml' };
  const served = goalNamed(goal, world);
  const invalid = served?.conditions.some((one) => one.type === 'Invalid' && one.status === 'True');
  const own = invalid ? 'propose' : LADDER.find((level) => level === served?.autonomy);
  return own && LADDER.indexOf(own) < LADDER.indexOf(home.level) ? { level: own, from: `the goal ${goal}` } : home;
}

function deny(step: VerdictReason['step'], name: string | null, message: string): VerdictReason {
  return { step, result: 'deny', name, message };
}

function ask(name: string | null, message: string): VerdictReason {
  return { step: 'autonomy', result: 'ask', name, message };
}
