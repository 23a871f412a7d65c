// Budgets as the person meets them: told at 80 %, asked about once a day when one is spent, and raised for the day by
// the answer. What a spent one closes follows from the world alone (the gate, admission's `budget`).
import type { BeatPorts } from '../decide/move.ts';
import { describeError } from '../errors.ts';
import { readWorld } from '../look.ts';
import type { NewAsk } from '../ports/asks.ts';
import type { Ask } from '../world/ask.ts';
import { amountOf, goalOfScope, type ScopeSpend } from '../world/spend.ts';
import type { World } from '../world/world.ts';

/** The world, after what is due about its budgets was done. Reads it once while all is well. */
export function readBudgeted(ports: BeatPorts): World {
  const world = readWorld(ports);
  const concerns = Object.values(world.spend).some(({ signal }) => signal !== 'ok') || Object.values(world.asks).some(isAboutMoney);
  if (!concerns || ports.frozen() || ports.journal.problem() !== null) return world;
  return tend(world, ports) ? readWorld(ports) : world;
}

function isAboutMoney({ kind }: { kind: string }): boolean {
  return kind === 'budget';
}

/** True when something was changed that the world shows. */
function tend(world: World, ports: BeatPorts): boolean {
  const now = ports.clock.now();
  const { day, ends } = ports.spend.day(now);
  const asks = ports.asks.all().filter(isAboutMoney);
  const settled = asks.map((ask) => settle(ask, { day, now, world, ports }));
  const raised = Object.entries(world.spend).map(([scope, spend]) => {
    if (spend.signal === 'ok' || spend.usd === 0) return false; // a budget of nothing is the person's word
    tell(scope, spend, { day, ports });
    const ref = refOf(scope, day);
    if (spend.signal !== 'over' || asks.some((ask) => ask.ref === ref)) return false;
    return raise(budgetAsk(scope, spend, { ref, now, ends }), ports);
  });
  return [...settled, ...raised].some(Boolean);
}

// ── the ask ────────────────────────────────────────────────────────────────────────────────────────

function refOf(scope: string, day: string): string {
  return `budget:${scope}:${day}`;
}

function placeOf(ref: string | null): { scope: string; day: string } | null {
  const parts = /^budget:(.+):(\d{4}-\d\d-\d\d)$/.exec(ref ?? '');
  return parts?.[1] && parts[2] ? { scope: parts[1], day: parts[2] } : null;
}

function budgetAsk(scope: string, { usd, limit }: ScopeSpend, about: { ref: string; now: Date; ends: Date }): NewAsk {
  const goal = goalOfScope(scope);
  const whose = goal === null ? 'of this home' : `of the goal "${goal}"`;
  const stops = goal === null ? 'No decider is asked' : 'Nothing that names it is begun';
  const question =
    `The budget ${whose} is spent: ${dollars(usd)} of ${dollars(limit ?? 0)}. ${stops} before ${about.ends.toISOString()}. ` +
    `"more" adds ${dollars(limit ?? 0)} for today, an amount adds that, "stop" leaves it`;
  return {
    kind: 'budget',
    question,
    options: ['more', 'stop'],
    default: null,
    default_at: null,
    goal,
    worker: null,
    generation: null,
    ref: about.ref,
    decision: null,
    hash: null,
    at: about.now.toISOString(),
    expires_at: about.ends.toISOString(),
  };
}

/** With fifty asks open it is raised later: what is spent is closed all the same. */
function raise(ask: NewAsk, { asks, events }: BeatPorts): boolean {
  try {
    asks.raise(ask);
    return true;
  } catch (error) {
    events.emit({ event: 'budget-unasked', ref: ask.ref, message: describeError(error) });
    return false;
  }
}

/** Its answer is heard once, and it ends with its day. */
function settle(ask: Ask, { day, now, world, ports }: { day: string; now: Date; world: World; ports: BeatPorts }): boolean {
  const place = placeOf(ask.ref);
  if (ask.state === 'closed' || !place) return false;
  if (place.day !== day) {
    ports.asks.close(ask.id, 'its day is over', now);
    return true;
  }
  if (ask.state !== 'answered') return false;
  const limit = world.spend[place.scope]?.limit ?? 0; // as the person's file says it: it is raised once a day
  const former = ports.spend.raised(now)[place.scope];
  const usd = former ?? amountOf(ask.answer ?? '', limit);
  if (usd > 0 && former === undefined) {
    ports.journal.append({ type: 'note', event: 'budget-raised', scope: place.scope, day, usd, ask: ask.id }, ports.epoch);
    ports.spend.raise({ ...place, usd });
  }
  ports.asks.close(ask.id, usd > 0 ? `${dollars(usd)} more for today` : 'left as it is', now);
  return true;
}

// ── the notice ─────────────────────────────────────────────────────────────────────────────────────

/** Once a day for each of the two: that it is nearly spent, and that it is. */
function tell(scope: string, { usd, limit, signal }: ScopeSpend, { day, ports }: { day: string; ports: BeatPorts }): void {
  const over = signal === 'over';
  const goal = goalOfScope(scope);
  const whose = goal === null ? 'The budget of this home' : `The budget of the goal "${goal}"`;
  ports.notices.raise({
    id: `budget-${signal}-${scope.replace('/', '-')}-${day}`,
    message: `${whose} is ${over ? 'spent' : 'nearly spent'}: ${dollars(usd)} of ${dollars(limit ?? 0)}`,
    urgency: over ? 'high' : 'normal',
  });
}

function dollars(usd: number): string {
  return `$${usd.toFixed(2)}`;
}
