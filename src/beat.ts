// ONE BEAT: see the world, ask the gate, let a rule or the decider choose one action, admit it, execute it,
// record it. Read this first. At most one action, chosen by the decider, performed only by the executor.
import { carryOut } from './carry-out.ts';
import { conclude } from './conclude.ts';
import { askDecider } from './decide/ask.ts';
import type { BeatPorts, BeatRequest, OpenRecord, Sight } from './decide/move.ts';
import { newlyEligible, see } from './decide/see.ts';
import { type BeatRecord, FREE } from './world/record.ts';

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
  if (ports.settings.rules.length > 0) ports.beats.write(id, 'rules.json', JSON.stringify(sight.states)); // for replay
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
