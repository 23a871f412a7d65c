// What `get` can list: each kind as items of name, spec and status (DESIGN 19).
import { isPlainObject } from '../lib/digest.ts';
import { titleOfSpec } from '../world/goal-title.ts';
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
        const { state, answer, answered_at, answered_by, ...spec } = rest;
        return {
          name: id,
          spec: { kind: about, question, options, decision, ...spec },
          status: { state, answer, answered_at, answered_by },
        };
      });
    case 'schedules':
      return (await hands.schedules()).all().map(({ v: _v, name, ...spec }) => ({ name, spec, status: {} }));
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

// ── as text ────────────────────────────────────────────────────────────────────────────────────────

/** A row of the table that people read; the head first. */
export const HEADS: Readonly<Record<Kind, readonly string[]>> = {
  goals: ['NAME', 'READY', 'PRIORITY', 'GOAL'],
  sensors: ['NAME', 'STATE', 'AGE', 'SIGNAL'],
  workers: ['NAME', 'STATE'],
  asks: ['ID', 'STATE', 'KIND', 'QUESTION'],
  schedules: ['NAME', 'WHEN', 'NOTE'],
  leases: ['NAME', 'OWNER'],
  loops: ['NAME', 'KIND'],
  beats: ['BEAT', 'AT', 'GATE', 'DID', 'BY', 'ACTION'],
  rules: ['NAME', 'WHEN', 'HELD'],
};

export function rowOf(kind: Kind, { name, spec, status }: Item): string[] {
  switch (kind) {
    case 'goals':
      return [name, readiness(status), String(spec.priority ?? ''), titleOfSpec(spec)];
    case 'sensors':
      return [name, sensorState(status), status.age_s === null ? '' : `${String(status.age_s)}s`, short(status.signal)];
    case 'asks':
      return [name, String(status.state), String(spec.kind), String(spec.question)];
    case 'schedules':
      return [name, String(spec.at ?? spec.cron ?? `every ${String(spec.every_s)}s`), String(spec.note)];
    case 'beats':
      return [name, String(spec.at), wordOf(spec.gate, 'reason'), String(status.did), byOf(status.by), wordOf(status.decision, 'action')];
    case 'rules':
      return [name, String(spec.when), String(status.held ?? '')];
    default:
      return [name];
  }
}

function readiness(status: Record<string, unknown>): string {
  const conditions = Array.isArray(status.conditions) ? status.conditions : [];
  const of = (type: string) => conditions.find((condition: unknown) => isPlainObject(condition) && condition.type === type);
  return wordOf(of('Invalid'), 'status') === 'True' ? 'Invalid' : wordOf(of('Ready'), 'status') || 'Unknown';
}

function sensorState(status: Record<string, unknown>): string {
  if (status.error === 'pending') return 'pending';
  if (status.failed) return `failed:${String(status.error)}`;
  return status.stale ? 'stale' : status.flapping ? 'flapping' : 'ok';
}

function byOf(by: unknown): string {
  return [wordOf(by, 'kind'), wordOf(by, 'name')].filter((word) => word !== '').join(' ');
}

function wordOf(value: unknown, key: string): string {
  const word = isPlainObject(value) ? value[key] : null;
  return typeof word === 'string' ? word : '';
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? '';
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
