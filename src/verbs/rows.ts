// Items of `get` as rows of a table that people read.
import { isPlainObject } from '../lib/digest.ts';
import { oneLine, visible } from '../lib/text.ts';
import { titleOfSpec } from '../world/goal-title.ts';
import type { Item } from './hands.ts';
import type { Kind } from './kinds.ts';

/** The columns of each kind, and those that `-o wide` adds. */
const HEADS: Readonly<Record<Kind, { plain: readonly string[]; wide: readonly string[] }>> = {
  goals: { plain: ['NAME', 'READY', 'PRIORITY', 'GOAL'], wide: ['REASON', 'SINCE', 'GENERATION', 'PAUSED', 'MESSAGE'] },
  sensors: { plain: ['NAME', 'STATE', 'AGE', 'SIGNAL'], wide: ['MODE', 'INTERVAL', 'MS', 'TRUST', 'PATH'] },
  workers: { plain: ['NAME', 'STATE'], wide: [] },
  asks: { plain: ['ID', 'STATE', 'KIND', 'ANSWER', 'QUESTION'], wide: ['AT', 'GOAL', 'WORKER', 'DEFAULT', 'EXPIRES', 'REASON'] },
  schedules: { plain: ['NAME', 'WHEN', 'NEXT', 'DUE', 'LAST', 'NOTE'], wide: ['TZ', 'MISFIRE', 'CREATED', 'REASON'] },
  leases: { plain: ['NAME', 'OWNER'], wide: [] },
  loops: { plain: ['NAME', 'KIND'], wide: [] },
  beats: { plain: ['BEAT', 'AT', 'GATE', 'DID', 'BY', 'ACTION'], wide: ['EPOCH', 'USD', 'OUTCOME'] },
  rules: { plain: ['NAME', 'WHEN', 'HELD'], wide: ['DOES', 'FAILURES', 'UNTIL'] },
};

export interface Rows {
  head: string[];
  row(item: Item): string[];
}

export function rowsOf(kind: Kind, width: 'plain' | 'wide'): Rows {
  const { plain, wide } = HEADS[kind];
  if (width === 'plain') return { head: [...plain], row: (item) => plainRow(kind, item) };
  return { head: [...plain, ...wide], row: (item) => [...plainRow(kind, item), ...moreOf(kind, item)] };
}

function plainRow(kind: Kind, { name, spec, status }: Item): string[] {
  switch (kind) {
    case 'goals':
      return [name, readiness(status), String(spec.priority ?? ''), titleOfSpec(spec)];
    case 'sensors':
      return [name, sensorState(status), status.age_s === null ? '' : `${String(status.age_s)}s`, short(status.signal)];
    case 'asks':
      return [name, String(status.state), String(spec.kind), askAnswer(spec, status), oneLine(visible(String(spec.question)), 200)];
    case 'schedules':
      return [
        name,
        String(spec.at ?? spec.cron ?? `every ${String(spec.every_s)}s`),
        text(status.next),
        text(status.due),
        [wordOf(status.last, 'slot'), wordOf(status.last, 'result')].filter(Boolean).join(' '),
        String(spec.note),
      ];
    case 'beats':
      return [name, String(spec.at), wordOf(spec.gate, 'reason'), String(status.did), byOf(status.by), wordOf(status.decision, 'action')];
    case 'rules':
      return [name, String(spec.when), String(status.held ?? '')];
    default:
      return [name];
  }
}

/** What `-o wide` adds. */
function moreOf(kind: Kind, { spec, status }: Item): string[] {
  switch (kind) {
    case 'goals': {
      const shown = told(status);
      return [
        wordOf(shown, 'reason'),
        wordOf(shown, 'lastTransitionTime'),
        text(status.generation),
        text(spec.paused ?? false),
        wordOf(shown, 'message'),
      ];
    }
    case 'sensors':
      return [
        text(spec.mode),
        spec.interval_s === null ? '' : `${text(spec.interval_s)}s`,
        text(status.ms),
        text(spec.trust),
        text(spec.path),
      ];
    case 'asks':
      return [spec.at, spec.goal, spec.worker, spec.default, spec.expires_at, status.closed_reason].map(text);
    case 'schedules':
      return [...[spec.tz, spec.misfire, spec.created_at].map(text), wordOf(status.last, 'reason')];
    case 'beats':
      return [
        text(status.epoch),
        isPlainObject(status.cost) ? text(status.cost.usd) : '',
        wordOf(status.outcome, 'note') || text(status.problem),
      ];
    case 'rules':
      return [wordOf(spec.do, 'action'), text(status.failures), text(status.until)];
    default:
      return [];
  }
}

/** What was answered; while it is open, what may be. */
function askAnswer(spec: Record<string, unknown>, status: Record<string, unknown>): string {
  if (status.answer !== null) return oneLine(visible(text(status.answer)), 40);
  const options = Array.isArray(spec.options) ? spec.options : [];
  return status.state === 'open' ? oneLine(visible(options.join('|')), 40) : '';
}

function text(value: unknown): string {
  return value === null || value === undefined ? '' : String(value);
}

function readiness(status: Record<string, unknown>): string {
  const condition = told(status);
  return wordOf(condition, 'type') === 'Invalid' ? 'Invalid' : wordOf(condition, 'status') || 'Unknown';
}

/** The condition that says most: an Invalid goal's, else whether it is Ready. */
function told(status: Record<string, unknown>): unknown {
  const conditions: unknown[] = Array.isArray(status.conditions) ? status.conditions : [];
  const of = (type: string) => conditions.find((condition) => wordOf(condition, 'type') === type);
  return wordOf(of('Invalid'), 'status') === 'True' ? of('Invalid') : of('Ready');
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
