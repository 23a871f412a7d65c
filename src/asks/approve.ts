// A yes: what admission answers with `ask` becomes a question, and what the person has answered with a yes, or by
// choosing an option that does something, is a beat's move: that very decision, at most once.
import { alwaysLine, alwaysPolicy } from '../actions/always.ts';
import type { Prepared } from '../actions/define.ts';
import { placeOf } from '../actions/target.ts';
import { type Approved, type BeatPorts, type Decision, goalOf, type Move, moveFrom, type OpenRecord } from '../decide/move.ts';
import { describeError } from '../errors.ts';
import { canonicalJson, digest } from '../lib/digest.ts';
import { unifiedDiff } from '../lib/patch.ts';
import { cutText, oneLine } from '../lib/text.ts';
import type { NewAsk } from '../ports/asks.ts';
import { askPath } from '../store/layout.ts';
import { APPROVAL_OPTIONS, APPROVAL_TTL_MS, type Ask, chosenAction, hasLapsed, waitsToRun } from '../world/ask.ts';
import { type By, FREE, type Verdict } from '../world/record.ts';
import type { World } from '../world/world.ts';

const QUESTION_CAP = 2_048;
const CUT_NOTE = '\n… this is not all of it: `flyball answer` shows the decision whole';

// ── asking ─────────────────────────────────────────────────────────────────────────────────────────

/** The decision as a question to the person; the beat's own world, which it was decided on, is kept with it. */
export function askForYes(record: OpenRecord & { verdict: Verdict }, prepared: Prepared, ports: BeatPorts): OpenRecord {
  const { verdict, facts } = record;
  try {
    const id = ports.asks.raise(approvalAsk(record, prepared, ports));
    // Its coming is our own doing: it is no news for the decider that caused it.
    const after = [{ path: askPath(id), digest: digest(id) }];
    return { ...record, did: 'asked', verdict: { ...verdict, ask: id }, problem: `this became the ask ${id}`, facts: { ...facts, after } };
  } catch (error) {
    return { ...record, did: 'denied', problem: `it needs the person's yes, and they could not be asked: ${describeError(error)}` };
  }
}

function approvalAsk(record: OpenRecord & { verdict: Verdict }, prepared: Prepared, ports: BeatPorts): NewAsk {
  const decision = record.decision as Decision; // a beat that asks has one
  const place = placeOf(decision, ports.files);
  // A policy or a norm that asks cannot be lifted by a policy: then there is no line that would mean `always`.
  const lasting = record.verdict.reasons.some(({ step, result }) => (step === 'policy' || step === 'norms') && result === 'ask')
    ? null
    : alwaysPolicy(decision);
  const now = ports.clock.now();
  return {
    kind: 'approval',
    question: words(decision, prepared, record.verdict),
    options: APPROVAL_OPTIONS.filter((option) => option !== 'always' || lasting !== null),
    default: null,
    default_at: null,
    goal: goalOf(decision),
    worker: null,
    generation: null,
    ref: `b${record.id}`,
    decision,
    hash: digest(canonicalJson(decision)),
    at: now.toISOString(),
    expires_at: new Date(now.getTime() + APPROVAL_TTL_MS).toISOString(),
    approval: {
      base: record.id,
      by: record.by,
      ...place,
      digest: ports.nos.stamp(place.path),
      evidence: record.evidence,
      nos: record.verdict.reasons.flatMap(({ step, result, name }) => (step === 'memory' && result === 'ask' && name ? [name] : [])),
      always: lasting && alwaysLine(lasting),
    },
  };
}

/** Our own words stand first, and the decider's on one line: nothing that it wrote can pass for them. What is cut says so. */
function words(decision: Decision, prepared: Prepared, verdict: Verdict): string {
  const { action, journal, because: _because, beat: _beat, next_interval_s: _nap, ...fields } = decision;
  const why = verdict.reasons.filter(({ result }) => result === 'ask').map(({ message }) => message);
  const diffs =
    prepared.prepared === 'files' ? prepared.changes.map(({ path, before, after }) => unifiedDiff(path, before ?? '', after ?? '')) : [];
  const what =
    diffs.length > 0
      ? diffs
      : Object.entries(fields).map(([name, value]) => `${name}: ${typeof value === 'string' ? value : canonicalJson(value)}`);
  const said = typeof journal === 'string' ? [`It says of it: ${oneLine(journal, 200)}`] : [];
  const head = [`May this be done? ${action}`, `It asks because ${oneLine(why.join('; '), 800)}.`, ...said, ''].join('\n');
  const shown = cutText(what.join('\n'), Math.max(0, QUESTION_CAP - Buffer.byteLength(head + CUT_NOTE)));
  return `${head}${shown.text}${shown.cut ? CUT_NOTE : ''}`;
}

// ── answered ───────────────────────────────────────────────────────────────────────────────────────

/** The oldest answer that waits to be carried out, as this beat's move. */
export function approvedMove(world: World, ports: BeatPorts): Move | null {
  const waiting = ports.asks.all().filter((ask) => ask.state === 'answered' && waitsToRun(ask));
  const [ask] = waiting.sort((a, b) => ((a.answered_at ?? '') < (b.answered_at ?? '') ? -1 : 1));
  return ask ? moveOf(ask, world, ports) : null;
}

function moveOf(ask: Ask, world: World, ports: BeatPorts): Move {
  const by: By = { kind: 'approval', name: ask.id };
  const lost = (problem: string): Move => ({ move: 'lost', by, did: 'overtaken', problem, cost: FREE });
  const chosen = chosenAction(ask);
  const base = baseOf(ask, ports);
  const stale = outdated(ask, ports);
  if (stale) return lost(stale);
  if (!chosen || !base) return lost('the world that it was decided on is gone');
  const approved = { ask: ask.id, answer: ask.answer ?? '', base: base.world, whose: base.by, always: ask.approval?.always ?? null };
  // The stored decision was parsed when it was made, and its hash has just said that it is still the same.
  if (ask.approval) return { move: 'act', by, decision: chosen as Decision, evidence: ask.approval.evidence, cost: FREE, approved };
  const move = moveFrom(JSON.stringify(chosen), by, { world, beat: null, evidence: 'optional' });
  return move.move === 'act' ? { ...move, approved } : { ...move, did: 'overtaken' };
}

/** The merge base, and whose words they were. */
function baseOf(ask: Ask, ports: BeatPorts): { world: World; by: By } | null {
  const beat = ask.approval?.base ?? Number(/^b(\d+)$/.exec(ask.ref ?? '')?.[1] ?? Number.NaN);
  if (!Number.isSafeInteger(beat)) return null;
  const world = ports.beats.world(beat);
  return world && { world, by: ask.approval?.by ?? ports.beats.read(beat)?.by ?? { kind: 'decider', name: null } };
}

/** Why the answer no longer fits, before anything else is judged; null when it may. */
function outdated(ask: Ask, { clock, nos }: BeatPorts): string | null {
  const lapses = ask.expires_at ?? new Date(Date.parse(ask.answered_at ?? ask.at) + APPROVAL_TTL_MS).toISOString();
  if (hasLapsed({ expires_at: lapses }, clock.now())) return `it lapsed at ${lapses}: a yes counts for 24 hours`;
  const { approval } = ask;
  if (!approval) return null;
  if (ask.hash !== digest(canonicalJson(ask.decision))) return 'its stored decision is not the one that was asked about';
  // Goals and the playbook are merged; what cannot be merged must be as it was.
  if (approval.target === null || approval.target === 'playbook' || approval.target.startsWith('goals/')) return null;
  return nos.stamp(approval.path) === approval.digest ? null : `${approval.path ?? approval.target} has changed since it was asked about`;
}

// ── carried out ────────────────────────────────────────────────────────────────────────────────────

/** What was answered is about to be done, and once: why it may not begin, or null. What `always` adds comes first. */
export function beginApproved({ ask, answer, always }: Approved, ports: BeatPorts): string | null {
  if (!ports.asks.begin(ask, answer)) return 'the answer was replaced meanwhile';
  if (answer === 'always' && always) allowAlways(always, ask, ports);
  return null;
}

/** The approval's beat has ended: its ask is closed with what came of it, or waits on when nothing began. */
export function settleApproval(record: OpenRecord, ports: BeatPorts): OpenRecord {
  const id = record.by.name ?? '';
  const close = (reason: string) => ports.asks.close(id, reason, ports.clock.now());
  if (record.outcome) {
    close(record.outcome.status === 'done' ? 'done' : `${record.outcome.status}: ${record.outcome.note}`);
    return record;
  }
  if (record.did === 'failed') {
    ports.asks.release(id);
    return record;
  }
  const problem = record.problem ?? 'it no longer fits';
  close(`overtaken: ${problem}`);
  tell(`what you approved (ask ${id}) was not done: ${problem}`, ports);
  return { ...record, did: 'overtaken' };
}

/** `always`: the policy that would have allowed it, in flyball.yaml, never over a save of the person's. */
function allowAlways(line: string, ask: string, ports: BeatPorts): void {
  const comment = `You answered "always" to ask ${ask} on ${ports.clock.now().toISOString()}.`;
  try {
    const added = ports.policies.add({ line, comment });
    if (added === 'added') tell(`flyball.yaml has a new policy: ${line}`, ports);
    else if (added === 'impossible') tell(`flyball.yaml could not be given this policy; add it yourself: ${line}`, ports);
  } catch (error) {
    tell(`flyball.yaml could not be given this policy (${describeError(error)}); add it yourself: ${line}`, ports);
  }
}

/** For the person's journal; what cannot be written there is no reason to stop. */
function tell(words: string, { journal, events, clock }: BeatPorts): void {
  try {
    journal.line(words, clock.now());
  } catch (error) {
    events.emit({ event: 'untold', message: words, problem: describeError(error) });
  }
}
