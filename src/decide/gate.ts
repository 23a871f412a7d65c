// PURE. The gate: is this beat worth a decision? From data alone; the order is the contract (DESIGN 4).
import type { Guards } from '../world/guards.ts';
import type { Gate, OpenReason } from '../world/record.ts';
import type { Change } from '../world/world.ts';

/** Decisions in any rolling hour, whoever takes them; and those that cost money. Attempts count. */
export const DECISIONS_PER_HOUR = 120;
export const COSTLY_DECISIONS_PER_HOUR = 20;
const HOUR_MS = 3_600_000;
/** 60 s, 120 s, 240 s, then 300 s: long enough for a rate limit to clear, short enough that a recovery is noticed. */
const BACK_OFF_MS = 60_000;
const BACK_OFF_MAX_MS = 300_000;

export interface GateFacts {
  now: Date;
  frozen: boolean;
  journalProblem: string | null;
  overBudget: boolean;
  guards: Guards;
  /** Digest of the policy files now: an edit since the last failure cuts the wait. */
  policy: string;
  changes: readonly Change[];
  /** An answer of the person waits to be carried out. */
  approved: boolean;
  /** True when every change is the exact effect of what flyball itself wrote. */
  ownOnly: boolean;
  hasBaseline: boolean;
  ruleEligible: boolean;
  scheduleDue: boolean;
  /** Null when nobody is asked after the rules. */
  decider: { costs: boolean } | null;
  /** Until when the policy files have not been still for long enough, or null. */
  settlingUntil: Date | null;
  force: boolean;
}

export function gate(facts: GateFacts): Gate {
  if (facts.frozen) return closed('frozen', null);
  if (facts.journalProblem !== null) return closed('no-journal', null);
  if (facts.approved) return open('approved');
  const capped = cappedUntil(facts, DECISIONS_PER_HOUR, () => true);
  if (facts.ruleEligible) return capped ? closed('capped', capped) : open(why(facts) ?? 'rule');
  return closedForDecider(facts, capped) ?? unchangedOr(facts);
}

/** What closes the gate for a decider and not for a rule. */
function closedForDecider(facts: GateFacts, capped: Date | null): Gate | null {
  if (facts.decider && facts.overBudget) return closed('over-budget', null);
  if (capped) return closed('capped', capped);
  if (!facts.decider) return null;
  const costly = facts.decider.costs ? cappedUntil(facts, COSTLY_DECISIONS_PER_HOUR, (attempt) => attempt.costs) : null;
  if (costly) return closed('capped', costly);
  const { limited } = facts.guards;
  const waits = limited !== null && limited.policy === facts.policy && Date.parse(limited.until) > facts.now.getTime();
  if (limited && waits) return closed('limited', new Date(limited.until));
  if (facts.decider.costs && facts.settlingUntil) return closed('settling', facts.settlingUntil);
  const until = backOffUntil(facts.guards, facts.policy);
  if (until && until > facts.now && !facts.force) return closed('backing-off', until);
  return null;
}

function unchangedOr(facts: GateFacts): Gate {
  const reason = why(facts);
  if (reason) return open(reason);
  return closed('unchanged', nextWake(facts.guards));
}

/** The first open reason that holds, or null in an unchanged world. */
function why(facts: GateFacts): OpenReason | null {
  if (facts.force) return 'asked';
  if (!facts.hasBaseline) return 'first-beat';
  if (facts.changes.length > 0 && !facts.ownOnly) return 'changed';
  if (facts.scheduleDue) return 'due';
  if (facts.ruleEligible) return 'rule';
  if (!facts.decider) return null;
  if (hasCome(facts, 'nap')) return 'nap-over';
  if (hasCome(facts, 'noop')) return 'noop-expired';
  return null;
}

function hasCome(facts: GateFacts, wake: string): boolean {
  const at = facts.guards.wakes[wake];
  return at !== undefined && Date.parse(at) <= facts.now.getTime();
}

/** The end of the current back-off, or null when there is none. */
function backOffUntil(guards: Guards, policy: string): Date | null {
  if (guards.failures === 0 || guards.failed_at === null || guards.failed_policy !== policy) return null;
  const wait = Math.min(BACK_OFF_MS * 2 ** (guards.failures - 1), BACK_OFF_MAX_MS);
  return new Date(Date.parse(guards.failed_at) + wait);
}

/** When the oldest of the last hour's attempts leaves the hour, if the cap is reached. An attempt that seems to lie in the future counts. */
function cappedUntil(facts: GateFacts, cap: number, counts: (attempt: Guards['attempts'][number]) => boolean): Date | null {
  const recent = facts.guards.attempts.filter((attempt) => counts(attempt) && Date.parse(attempt.at) > facts.now.getTime() - HOUR_MS);
  if (recent.length < cap) return null;
  const oldest = recent.map((attempt) => Date.parse(attempt.at)).sort((a, b) => a - b)[recent.length - cap] ?? facts.now.getTime();
  return new Date(oldest + HOUR_MS);
}

function nextWake(guards: Guards): Date | null {
  const times = Object.values(guards.wakes).map((at) => Date.parse(at));
  return times.length > 0 ? new Date(Math.min(...times)) : null;
}

function open(reason: OpenReason): Gate {
  return { open: true, reason, until: null };
}

function closed(reason: Extract<Gate, { open: false }>['reason'], until: Date | null): Gate {
  return { open: false, reason, until: until?.toISOString() ?? null };
}
