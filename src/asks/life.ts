// What becomes of asks between beats, from what is on disk alone: an approval that a crash cut off is settled by the
// journal, a rule that is held asks the person, and what was answered and seen leaves the world.
import { ruleReleased } from '../decide/rules.ts';
import { describeError } from '../errors.ts';
import { digest } from '../lib/digest.ts';
import type { Asks, NewAsk, Nos } from '../ports/asks.ts';
import type { BeatStore, Clock, Events, Journal, State } from '../ports.ts';
import { type Ask, chosenAction } from '../world/ask.ts';
import type { JournalRecord } from '../world/journal.ts';
import type { RuleState } from '../world/rule-state.ts';

export interface AskLifePorts {
  clock: Clock;
  events: Events;
  journal: Pick<Journal, 'newest'>;
  asks: Asks;
  nos: Pick<Nos, 'all' | 'forget'>;
  state: Pick<State, 'ruleStates' | 'saveRuleStates' | 'baseline'>;
  beats: Pick<BeatStore, 'world'>;
}

/** How far back the journal is searched for what an answer has begun: all that is kept. */
const SEARCHED = 1_000_000;
/** An answer stays in view for this long, so that a decider with other things to do first still finds it. */
const IN_VIEW_MS = 24 * 3_600_000;
const GO_ON = 'go on';
const KEEP = 'keep it held';

/** Before each beat, when no intent is open any more. */
export function settleAsks(ports: AskLifePorts): void {
  const asks = ports.asks.all();
  for (const ask of asks) if (ask.state === 'executing') settleExecuting(ask, ports);
  holdRules(ports);
  closeSeen(asks, ports);
}

// ── what a crash cut off ───────────────────────────────────────────────────────────────────────────

/** At most once: the newest intent that names the ask says what came of it; without one nothing began. */
function settleExecuting(ask: Ask, { asks, journal, clock }: AskLifePorts): void {
  const records = journal.newest(SEARCHED);
  const intent = records.find((record) => record.type === 'intent' && record.approval === ask.id);
  const outcome = intent?.type === 'intent' ? outcomeOf(intent.id, records) : undefined;
  if (intent && !outcome) return; // open: it is settled first
  if (!outcome || outcome.status === 'void') asks.release(ask.id);
  else asks.close(ask.id, outcome.status === 'done' ? 'done' : `${outcome.status}: ${outcome.note}`, clock.now());
}

function outcomeOf(id: string, records: readonly JournalRecord[]) {
  const found = records.find((record) => record.type === 'outcome' && record.id === id);
  return found?.type === 'outcome' ? found : undefined;
}

// ── held rules ─────────────────────────────────────────────────────────────────────────────────────

/** A held rule has one open question; its answer is taken here, and an edit of the rule answers it too. */
function holdRules(ports: AskLifePorts): void {
  const held = new Map(
    Object.entries(ports.state.ruleStates()).flatMap(([rule, state]) =>
      state.held === null ? [] : [[refOf(rule, state), { rule, state }]],
    ),
  );
  for (const ask of ports.asks.all()) {
    if (!ask.ref?.startsWith('rule:') || ask.state === 'closed') continue;
    const of = held.get(ask.ref);
    if (of && ask.state === 'answered') takeAnswer(ask, of.rule, ports);
    else if (!of) ports.asks.close(ask.id, 'the rule is not held any more', ports.clock.now());
  }
  for (const [ref, { rule, state }] of held) ask(ref, { rule, state }, ports);
}

/** The same for as long as it is held for the same reason. */
function refOf(rule: string, { text, held, until }: RuleState): string {
  return `rule:${rule}:${digest(JSON.stringify([text, held, until])).slice(7, 19)}`;
}

function takeAnswer(ask: Ask, rule: string, { asks, nos, state, clock }: AskLifePorts): void {
  if (ask.answer === GO_ON) {
    const held = state.ruleStates()[rule]?.held ?? '';
    // The person has just said what a second question about the interrupted action would ask.
    for (const no of nos.all()) if (no.why === 'interrupted' && held.includes(no.at)) nos.forget(no.id);
    state.saveRuleStates(ruleReleased(state.ruleStates(), rule));
  }
  asks.close(ask.id, ask.answer === GO_ON ? 'the rule goes on' : 'the rule stays held until it is edited', clock.now());
}

function ask(ref: string, { rule, state }: { rule: string; state: RuleState }, { asks, clock, events }: AskLifePorts): void {
  const now = clock.now();
  const question: NewAsk = {
    kind: 'question',
    question: `The rule "${rule}" is held: ${state.held ?? ''}. Shall it go on? \`flyball why rules/${rule}\` says what happened.`,
    options: [GO_ON, KEEP],
    default: null,
    default_at: null,
    goal: null,
    worker: null,
    generation: null,
    ref,
    decision: null,
    hash: null,
    at: now.toISOString(),
    expires_at: null,
  };
  try {
    asks.raise(question);
  } catch (error) {
    events.emit({ event: 'held-rule-not-asked', rule, message: describeError(error) }); // fifty are open: asked when there is room
  }
}

// ── answered and seen ──────────────────────────────────────────────────────────────────────────────

/** What a whole decision has seen answered leaves the world: an approval at once, an answer to a decider after a day. */
function closeSeen(asks: readonly Ask[], { asks: book, state, beats, clock }: AskLifePorts): void {
  const now = clock.now();
  const ended = asks.filter((ask) => ask.kind === 'approval' && ask.state === 'closed' && !ask.seen);
  const old = asks.filter((ask) => isPlainAnswer(ask) && Date.parse(ask.answered_at ?? ask.at) < now.getTime() - IN_VIEW_MS);
  const baseline = ended.length + old.length > 0 ? state.baseline() : null;
  const seen = (baseline === null ? null : beats.world(baseline)?.asks) ?? {};
  const wasSeen = ({ id }: Ask) => Object.hasOwn(seen, id) && seen[id]?.signal === 'answered';
  for (const { id } of ended.filter(wasSeen)) book.seen(id);
  for (const { id } of old.filter(wasSeen)) book.close(id, 'answered', now);
}

/** For the decider to read, and nothing else comes of it. */
function isPlainAnswer(ask: Ask): boolean {
  const forDecider = (ask.kind === 'question' || ask.kind === 'conflict') && ask.worker === null && ask.asked_by === undefined;
  return forDecider && ask.state === 'answered' && chosenAction(ask) === null;
}
