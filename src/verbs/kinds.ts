// What `get` can list: each kind as items of name, spec and status (DESIGN 19).
import type { BeatRecord } from '../world/record.ts';
import type { Hands, Item } from './hands.ts';

export const KINDS = ['goals', 'sensors', 'workers', 'asks', 'schedules', 'leases', 'loops', 'beats', 'rules'] as const;
export type Kind = (typeof KINDS)[number];

/** Beats that a list without names shows: the newest. */
const BEATS_LISTED = 50;

export async function itemsOf(kind: Kind, names: readonly string[], hands: Hands): Promise<Item[]> {
  switch (kind) {
    case 'goals':
      return hands.goals();
    case 'sensors':
      return (await hands.sensors()).map((sensor) => ({ ...sensor, spec: { ...sensor.spec }, status: { ...sensor.status } }));
    case 'asks':
      return (await hands.asks()).all().map(({ id, kind: about, question, options, decision, ...rest }) => {
        const { state, answer, answered_at, answered_by, later_until = null, closed_at = null, closed_reason = null, ...spec } = rest;
        return {
          name: id,
          spec: { kind: about, question, options, decision, ...spec },
          status: { state, answer, answered_at, answered_by, later_until, closed_at, closed_reason },
        };
      });
    case 'schedules':
      return schedules(hands);
    case 'beats':
      return beats(names, hands);
    case 'rules':
      return rules(hands);
    case 'workers':
    case 'leases':
    case 'loops':
      return []; // none of these exist without a session host
  }
}

async function beats(names: readonly string[], hands: Hands): Promise<Item[]> {
  const store = await hands.beats();
  const ids = names.length > 0 ? names.filter((name) => /^\d{1,15}$/.test(name)).map(Number) : store.newest(BEATS_LISTED);
  return ids.flatMap((id) => {
    const record = store.read(id);
    return record
      ? [{ name: String(id), spec: { at: record.at, gate: record.gate, changes: record.changes }, status: statusOf(record) }]
      : [];
  });
}

function statusOf({ v: _v, id: _id, at: _at, gate: _gate, changes: _changes, ...status }: BeatRecord): Record<string, unknown> {
  return status;
}

async function schedules(hands: Hands): Promise<Item[]> {
  const book = await hands.schedules();
  const found = book.all();
  if (found.length === 0) return [];
  const { dueOf } = await import('../world/slots.ts');
  const { settings } = await hands.config();
  const receipts = book.lastReceipts();
  return found.map((schedule) => {
    const last = receipts[schedule.name] ?? null;
    const { v: _v, name, ...spec } = schedule;
    const { next, due } = dueOf(schedule, { last: last?.slot ?? null, now: hands.clock.now(), tz: settings.tz });
    return { name, spec, status: { next, due, last } };
  });
}

async function rules(hands: Hands): Promise<Item[]> {
  const { settings } = await hands.config();
  const states = (await hands.state()).ruleStates();
  return settings.rules.map(({ name, ...spec }) => {
    const { text: _text, ...status } = states[name] ?? {
      text: '',
      episodes: {},
      failures: 0,
      until: null,
      held: null,
      spent: false,
      slot: null,
    };
    return { name, spec, status };
  });
}

/** The singular and the short forms that fingers know. */
export function kindNamed(typed: string): Kind | null {
  const word = typed.toLowerCase();
  return KINDS.find((kind) => kind === word || kind === `${word}s`) ?? null;
}
