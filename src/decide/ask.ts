// Asks the decider: prompt out, one decision file in. What the decider did wrong comes back as a lost move.
import { randomBytes } from 'node:crypto';
import { actionDocs, actionJsonSchema } from '../actions/index.ts';
import type { Decider, DeciderEnd, DeciderFailure } from '../ports.ts';
import { guardsAt } from '../world/guards.ts';
import type { By } from '../world/record.ts';
import type { SpendRun } from '../world/spend.ts';
import { type BeatPorts, type Errand, goalOf, type Made, type Move, moveFrom, type OpenRecord } from './move.ts';
import { prompt } from './prompt.ts';

/** A missing login is tried again after this, or when a policy file is edited. */
const LOGIN_WAIT_MS = 3_600_000;

/** `newlyEligible` says, when something has changed meanwhile, which rule now has a move: it cancels the question. */
export async function askDecider(decider: Decider, record: OpenRecord, errand: Errand & { newlyEligible(): string | null }): Promise<Move> {
  const { ports } = errand;
  const text = writePrompt(record, errand);
  if (ports.decision.sweep()) ports.events.emit({ event: 'stale-decision', beat: record.id });
  countAttempt(ports, decider.costs);
  const { end, cancelled } = await launch(decider, { prompt: text, beat: record.id }, errand);
  const by: By = { kind: 'decider', name: (end.end === 'well' && end.by) || decider.name, ...(end.model ? { model: end.model } : {}) };
  const move: Made = cancelled
    ? { move: 'lost', by, did: 'overtaken', problem: cancelled, cost: end.cost, facts: { cancelled: true } }
    : answerOf(end, by, { record, errand, asked: decider.name });
  const goal = move.move === 'act' ? goalOf(move.decision) : null;
  const cost = ports.spend.add({ ...runOf(record.id, ports), goal, agent: by.name ?? decider.name, model: end.model, cost: end.cost });
  return { ...move, cost };
}

/** What came of the question. */
function answerOf(end: DeciderEnd, by: By, { record, errand, asked }: { record: OpenRecord; errand: Errand; asked: string }): Made {
  const { ports, sight } = errand;
  if (end.end === 'badly') return lost(end, by, ports.clock.now());
  if (end.passedOver) tellOfPassedOver(asked, end.passedOver, ports);
  const claim = ports.decision.claim(record.id);
  const refused = { move: 'lost', by, did: 'refused', cost: end.cost } as const;
  if (claim.claimed === 'none') return { ...refused, problem: 'the decider ended and left no decision' };
  if (claim.claimed === 'bad') return { ...refused, problem: claim.problem };
  return moveFrom(claim.text, by, { world: sight.world, beat: record.id, evidence: ports.settings.decider.evidence, cost: end.cost });
}

function writePrompt(record: OpenRecord, { ports, sight }: Errand): string {
  const { text, cuts } = prompt({
    world: sight.world,
    changes: sight.changes,
    guards: sight.guards,
    beat: record.id,
    nonce: randomBytes(8).toString('hex'),
    actions: actionDocs(),
    evidence: ports.settings.decider.evidence,
  });
  ports.beats.write(record.id, 'prompt.md', text);
  for (const pointer of cuts) ports.events.emit({ event: 'prompt-cut', beat: record.id, pointer });
  return text;
}

/** Written before the launch, so that the hourly cap holds whatever happens to us. */
export function countAttempt(ports: BeatPorts, costs: boolean): void {
  const now = ports.clock.now();
  const guards = guardsAt(ports.state.guards(), now);
  ports.state.saveGuards({ ...guards, attempts: [...guards.attempts, { at: now.toISOString(), costs }] });
}

/** A decision is a run of the home's own. */
function runOf(beat: number, { clock }: BeatPorts): Pick<SpendRun, 'at' | 'beat' | 'scope'> {
  return { at: clock.now().toISOString(), beat, scope: 'home' };
}

/** Runs the decider; a rule that begins to match meanwhile cancels the question, and so does STOP. */
async function launch(
  decider: Decider,
  told: { prompt: string; beat: number },
  errand: Errand & { newlyEligible(): string | null },
): Promise<{ end: DeciderEnd; cancelled: string | null }> {
  const { ports, request } = errand;
  const cancel = new AbortController();
  let cancelled: string | null = null;
  const stopWatching = ports.onWake(() => {
    if (cancelled) return;
    const rule = ports.frozen() ? null : errand.newlyEligible();
    cancelled = ports.frozen()
      ? 'cancelled: STOP appeared while the decider was thinking'
      : rule && `cancelled: the rule ${rule} began to match while the decider was thinking`;
    if (cancelled) cancel.abort();
  });
  if (decider.costs) ports.spend.begin({ ...runOf(told.beat, ports), goal: null, agent: decider.name, model: null });
  try {
    const end = await decider.decide({
      ...told,
      schema: actionJsonSchema(),
      mark: ports.mark(`b${told.beat}`),
      timeoutMs: ports.settings.decider.timeout,
      signal: AbortSignal.any([request.signal, cancel.signal]),
      log: (bytes) => ports.beats.log(told.beat, bytes),
    });
    return { end, cancelled };
  } finally {
    stopWatching();
  }
}

/** A fallback that answers must not hide what the first one lacks; said once a day. */
function tellOfPassedOver(name: string, failure: DeciderFailure, ports: BeatPorts): void {
  const cure = failure.cure ? `. To cure it: ${failure.cure}` : '';
  const day = ports.clock.now().toISOString().slice(0, 10);
  const message = `The decider ${name} was passed over for its fallback: ${failure.message}${cure}`;
  ports.notices.raise({ id: `passed-over-${day}`, message, urgency: 'normal' });
}

function lost(end: Extract<DeciderEnd, { end: 'badly' }>, by: By, now: Date): Made {
  const message = end.cure ? `${end.message}; to cure it: ${end.cure}` : end.message;
  const until = end.until ?? (end.reason === 'auth' || end.reason === 'limited' ? new Date(now.getTime() + LOGIN_WAIT_MS) : null);
  const facts = { limited: until && { until: until.toISOString(), message }, cancelled: end.reason === 'aborted' };
  return { move: 'lost', by, did: 'failed', problem: message, cost: end.cost, facts };
}
