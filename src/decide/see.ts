// What a beat looks at: one read of the world, the rules' verdicts on it, what has changed, and the gate.
import type { Scene } from '../actions/define.ts';
import { kindNamed } from '../actions/index.ts';
import { budgets } from '../admit/budgets.ts';
import { approvedMove } from '../asks/approve.ts';
import { readBudgeted } from '../asks/budgets.ts';
import { canonicalJson } from '../lib/digest.ts';
import { readWorld } from '../look.ts';
import { diff, policyDigest } from '../world/diff.ts';
import { type Guards, guardsAt, isOwnEffect } from '../world/guards.ts';
import type { By } from '../world/record.ts';
import type { World } from '../world/world.ts';
import { gate } from './gate.ts';
import { hire } from './hire.ts';
import { type BeatPorts, type BeatRequest, type Decision, goalOf, type Move, moveFrom, type Sight } from './move.ts';
import { type RulesResult, rules } from './rules.ts';

/** More evidence than a reader follows. */
const RULE_POINTERS = 8;

export function see(request: BeatRequest, ports: BeatPorts): Sight {
  const now = ports.clock.now();
  const world = readBudgeted(ports);
  const states = ports.state.ruleStates();
  const verdicts = rules({ rules: ports.settings.rules, world, states, now, tz: ports.settings.tz });
  const journalProblem = ports.journal.problem();
  if (journalProblem === null && canonicalJson(states) !== canonicalJson(verdicts.states)) ports.state.saveRuleStates(verdicts.states);
  const guards = withWakes(verdicts.wakes, world, ports);
  const baseline = ports.state.baseline();
  const before = baseline === null ? null : ports.beats.world(baseline); // pruned by hand: everything is looked at anew
  const changes = before ? diff(before, world) : [];
  const approved = approvedMove(world, ports);
  const own = approved ?? ownMove(verdicts, world, ports);
  const policy = policyDigest(world, ports.configDigest);
  const facts = {
    now,
    frozen: ports.frozen(),
    journalProblem,
    overBudget: world.spend.home?.signal === 'over',
    guards,
    policy,
    changes,
    approved: approved !== null,
    ownOnly: changes.length > 0 && changes.every((change) => isOwnEffect(change, world, guards)),
    hasBaseline: before !== null,
    ruleEligible: own !== null,
    scheduleDue: Object.values(world.schedules).some((schedule) => schedule.due !== null),
    decider: ports.decider,
    settlingUntil: ports.decider?.costs ? ports.settlingUntil(now) : null, // looking at every file, for nobody else
    force: request.force,
  };
  return { world, changes, guards, states, own, policy, gate: gate(facts) };
}

/** The guards with the wakes of rules and schedules in their one map; they follow from the world anew each time. */
function withWakes(ofRules: Record<string, string>, world: World, ports: BeatPorts): Guards {
  const now = ports.clock.now();
  const kept = ports.state.guards();
  const guards = guardsAt(kept, now);
  const others = Object.entries(guards.wakes).filter(([reason]) => !/^(rule|schedule):/.test(reason));
  const slots = Object.entries(world.schedules).flatMap(([name, { next }]) => (next === null ? [] : [[`schedule:${name}`, next]]));
  const wakes = Object.fromEntries([...others, ...Object.entries(ofRules), ...slots]);
  // A time that a clock which was set back left ahead counts from now on, and not from each look anew.
  const ahead = [kept.failed_at, ...kept.attempts.map(({ at }) => at)].some((at) => at !== null && Date.parse(at) > now.getTime());
  const moved = ahead || canonicalJson(wakes) !== canonicalJson(kept.wakes);
  if (moved && ports.journal.problem() === null) ports.state.saveGuards({ ...guards, wakes });
  return { ...guards, wakes };
}

/** Rules first, in order, then hire. A rule whose action would change nothing is not eligible. */
function ownMove(verdicts: RulesResult, world: World, ports: BeatPorts): Move | null {
  for (const match of verdicts.eligible) {
    const by: By = { kind: 'rule', name: match.rule, ...(match.item ? { item: match.item } : {}) };
    // What the rule looked at is its evidence: if it moves on before the action, the beat is overtaken.
    const because = match.because?.slice(0, RULE_POINTERS);
    const move = moveFrom(JSON.stringify({ ...match.action, ...(because?.length ? { because } : {}) }), by, {
      world,
      beat: null,
      evidence: 'optional',
    });
    if (move.move === 'act' && isSpent(move.decision, world)) continue;
    if (move.move !== 'act' || ports.executor.prepare(move.decision, sceneOf(world, by, ports)).prepared !== 'unchanged') return move;
  }
  const hired = hire({
    world,
    files: Object.values(world.goals).some((goal) => !goal.ready) ? ports.goals.files() : [], // nobody else is hired for
    states: ports.state.ruleStates(),
    now: ports.clock.now(),
    enabled: ports.settings.hire,
    sessions: false,
  });
  if (!hired.action) return null;
  return moveFrom(JSON.stringify(hired.action), { kind: 'hire', name: hired.goal }, { world, beat: null, evidence: 'optional' });
}

/** A rule that may not act for its goal waits: it has not failed. */
function isSpent(decision: Decision, world: World): boolean {
  return budgets({ goal: goalOf(decision), risk: kindNamed(decision.action).risk, world }).length > 0;
}

/** The rule that has a move now and had none when the decider was asked. */
export function newlyEligible(sight: Sight, ports: BeatPorts): string | null {
  if (sight.own) return null;
  const world = readWorld(ports);
  const verdicts = rules({
    rules: ports.settings.rules,
    world,
    states: ports.state.ruleStates(),
    now: ports.clock.now(),
    tz: ports.settings.tz,
  });
  const own = ownMove(verdicts, world, ports);
  return own && own.move !== 'none' ? own.by.name : null;
}

/** What a kind may know while it prepares for a beat that has no number yet. */
export function sceneOf(seen: World, by: By, ports: BeatPorts): Omit<Scene, 'files' | 'asks'> {
  return { seen, settings: ports.settings, id: 'b0', beat: null, now: ports.clock.now(), person: by.kind !== 'decider' };
}
