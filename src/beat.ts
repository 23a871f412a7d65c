// ONE BEAT: see the world, ask the gate, let a rule or the decider choose one action, admit it, execute it,
// record it. Read this first. At most one action, chosen by the decider, performed only by the executor.
import { admission } from './admit.ts';
import { conclude } from './conclude.ts';
import { askDecider, countAttempt } from './decide/ask.ts';
import { type BeatPorts, type BeatRequest, type Errand, goalOf, type Move, type OpenRecord, type Sight } from './decide/move.ts';
import { newlyEligible, sceneOf, see } from './decide/see.ts';
import type { Executed } from './execute.ts';
import { canonicalJson } from './lib/digest.ts';
import { resolvePointer } from './lib/pointer.ts';
import { readWorld } from './look.ts';
import type { Actor } from './world/journal.ts';
import { type BeatRecord, type By, FREE, type Verdict } from './world/record.ts';
import type { World } from './world/world.ts';

/**
 * One beat. Resolves with its record, whatever the decider did; throws only when a promise of the machine is
 * broken (a disk that fails between intent and outcome), which the pulse reports and recovery settles.
 */
export async function beat(request: BeatRequest, ports: BeatPorts): Promise<BeatRecord> {
  const sight = see(request, ports);
  if (!sight.gate.open) return { ...draft(sight, ports), ended_at: ports.clock.now().toISOString() };
  const record = open(sight, ports);
  const move =
    sight.own ??
    (ports.decider
      ? await askDecider(ports.decider, record, { sight, request, ports, newlyEligible: () => newlyEligible(sight, ports) })
      : { move: 'none' });
  const ended = await carryOut(move, record, { sight, request, ports });
  return conclude(ended, sight.world, ports);
}

// ── open ───────────────────────────────────────────────────────────────────────────────────────────

function open(sight: Sight, ports: BeatPorts): OpenRecord {
  const record = draft(sight, ports);
  const id = ports.beats.open(record, sight.guards.last_beat);
  ports.beats.write(id, 'world.json', JSON.stringify(sight.world));
  return { ...record, id };
}

function draft(sight: Sight, ports: BeatPorts): BeatRecord & Pick<OpenRecord, 'facts'> {
  return {
    v: 1,
    id: null,
    at: sight.world.at,
    ended_at: null,
    epoch: ports.epoch,
    did: 'rested',
    gate: sight.gate,
    by: { kind: 'none', name: null },
    changes: sight.changes,
    decision: null,
    evidence: [],
    verdict: null,
    outcome: null,
    problem: null,
    cost: FREE,
    facts: { after: [], policy: sight.policy, limited: null, cancelled: false, output: null },
  };
}

// ── carry out ──────────────────────────────────────────────────────────────────────────────────────

/** Admission, one more look, and the executor. Returns the record with what came of it. */
async function carryOut(move: Move, opened: OpenRecord, errand: Errand): Promise<OpenRecord> {
  const { ports, sight, request } = errand;
  if (move.move === 'none') return opened;
  if (move.move === 'lost') {
    return { ...opened, by: move.by, did: move.did, problem: move.problem, cost: move.cost, facts: { ...opened.facts, ...move.facts } };
  }
  const { decision, by } = move;
  const goal = goalOf(decision);
  const record: OpenRecord = {
    ...opened,
    by,
    decision,
    evidence: move.evidence,
    cost: move.cost,
    did: 'failed',
    ...(goal ? { goal_acted: goal } : {}),
  };
  if (by.kind !== 'decider') countAttempt(ports, false);
  const world = readWorld(ports);
  const moved = movedOn(move.evidence, world);
  if (moved) return { ...record, did: 'overtaken', problem: moved };
  const admitted = admission(decision, by, { world, sight, ports });
  // Approvals are not asked for yet: what needs a yes is denied, and says so.
  const verdict: Verdict = admitted.result === 'ask' ? { ...admitted, result: 'deny' } : admitted;
  if (verdict.result === 'deny') return { ...record, verdict, did: 'denied', problem: refusal(admitted) };
  const prepared = ports.executor.prepare(decision, { ...sceneOf(sight.world, by, ports), id: `b${opened.id}`, beat: opened.id });
  if (prepared.prepared === 'refused') return { ...record, verdict, did: 'refused', problem: prepared.problem };
  if (request.signal.aborted) return { ...record, verdict, problem: 'ended before it began', facts: { ...record.facts, cancelled: true } };
  ports.beats.save({ ...record, verdict }); // what recovery needs, should we die in the next step
  const executed = await ports.executor.carryOut(decision, prepared, {
    beat: opened.id,
    by: actorOf(by),
    goal,
    epoch: ports.epoch,
    mark: ports.mark(`b${opened.id}`),
    signal: request.effects,
  });
  return withOutcome({ ...record, verdict }, executed);
}

/** Words for the decider when what it rested on is no longer so (DESIGN 4, "overtaken"), else null. */
function movedOn(evidence: BeatRecord['evidence'], world: World): string | null {
  for (const { pointer, value } of evidence) {
    if (!pointer.includes('/signal')) continue;
    const now = resolvePointer(world, pointer);
    if (!now.found) return `${pointer} was there when you decided and is gone now`;
    if (canonicalJson(now.value) !== canonicalJson(value))
      return `${pointer} was ${canonicalJson(value)} when you decided and is ${canonicalJson(now.value)} now`;
  }
  return null;
}

/** The strictest step's words, for the decider. */
function refusal(verdict: Verdict): string {
  const strictest = verdict.reasons.filter((reason) => reason.result === verdict.result).map((reason) => reason.message);
  return verdict.result === 'ask' ? `it needs the person's yes: ${strictest.join('; ')}` : strictest.join('; ');
}

function withOutcome(record: OpenRecord, { outcome, ask, after, output, problem }: Executed): OpenRecord {
  const facts = { ...record.facts, after, output };
  if (ask !== null)
    return {
      ...record,
      did: 'asked',
      outcome,
      facts,
      problem: `this became the ask ${ask}: ${outcome?.note ?? 'it cannot be done without the person'}`,
    };
  if (outcome?.status === 'done') return { ...record, did: 'acted', outcome, facts };
  return { ...record, did: 'failed', outcome, facts, problem: problem ?? outcome?.note ?? 'nothing was done' };
}

function actorOf(by: By): { kind: Actor; name: string | null } {
  return { kind: by.kind === 'decider' ? 'decider' : by.kind === 'approval' ? 'approval' : 'rule', name: by.name };
}
