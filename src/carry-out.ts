// A move carried out: one more look, admission, and the executor, or a question to the person. Every way in which
// it can end is in the record that comes back.
import { admission } from './admit.ts';
import { askForYes, beginApproved, settleApproval } from './asks/approve.ts';
import { countAttempt } from './decide/ask.ts';
import { type Errand, goalOf, type Move, type OpenRecord } from './decide/move.ts';
import { sceneOf } from './decide/see.ts';
import type { Executed } from './execute.ts';
import { readWorld } from './look.ts';
import { movedOn } from './world/evidence.ts';
import type { Actor } from './world/journal.ts';
import type { By, Verdict } from './world/record.ts';

export async function carryOut(move: Move, opened: OpenRecord, errand: Errand): Promise<OpenRecord> {
  if (move.move === 'none') return opened;
  const ended =
    move.move === 'act'
      ? await act(move, opened, errand)
      : { ...opened, by: move.by, did: move.did, problem: move.problem, cost: move.cost, facts: { ...opened.facts, ...move.facts } };
  return move.by.kind === 'approval' ? settleApproval(ended, errand.ports) : ended;
}

async function act(move: Extract<Move, { move: 'act' }>, opened: OpenRecord, { ports, sight, request }: Errand): Promise<OpenRecord> {
  const { decision, by, approved } = move;
  const goal = goalOf(decision);
  const parts = { by, decision, evidence: move.evidence, cost: move.cost, did: 'failed' as const, ...(goal ? { goal_acted: goal } : {}) };
  const judged: OpenRecord = { ...opened, ...parts };
  if (by.kind === 'rule' || by.kind === 'hire') countAttempt(ports, false);
  ports.nos.settle();
  const world = readWorld(ports);
  const moved = movedOn(move.evidence, world);
  if (moved) return { ...judged, did: 'overtaken', problem: moved };
  const verdict: Verdict = { ...admission(decision, by, { world, sight, ports }), ask: approved?.ask ?? null };
  const record = { ...judged, verdict };
  if (verdict.result === 'deny') return { ...record, did: 'denied', problem: refusal(verdict) };
  // An approval is laid over what its decider was shown, which is its beat's world and not this one's.
  const yes = approved !== undefined || verdict.result === 'ask';
  const scene = { ...sceneOf(approved?.base ?? sight.world, approved?.whose ?? by, ports), yes };
  const prepared = ports.executor.prepare(decision, { ...scene, id: `b${opened.id}`, beat: opened.id });
  if (prepared.prepared === 'refused') return { ...record, did: 'refused', problem: prepared.problem };
  if (approved && prepared.prepared === 'conflict') return { ...record, did: 'overtaken', problem: prepared.question };
  if (request.signal.aborted) return { ...record, problem: 'ended before it began', facts: { ...record.facts, cancelled: true } };
  ports.beats.save(record); // what recovery needs, should we die in the next step
  if (verdict.result === 'ask' && prepared.prepared !== 'conflict') return askForYes(record, prepared, ports);
  const late = approved ? beginApproved(approved, ports) : null;
  if (late) return { ...record, problem: late, facts: { ...record.facts, cancelled: true } };
  const executed = await ports.executor.carryOut(decision, prepared, {
    beat: opened.id,
    by: actorOf(by),
    goal,
    epoch: ports.epoch,
    mark: ports.mark(`b${opened.id}`),
    signal: request.effects,
    sandbox: verdict.sandbox,
    ...(approved ? { approval: approved.ask } : {}),
  });
  return withOutcome(record, executed);
}

/** The strictest step's words, for the decider. */
function refusal({ reasons, result }: Verdict): string {
  return reasons
    .filter((reason) => reason.result === result)
    .map((reason) => reason.message)
    .join('; ');
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
