// A beat record as lines for people: why it came, what it did, and what it would not.
import { oneLine } from '../lib/text.ts';
import type { BeatRecord } from '../world/record.ts';
import { clockTime } from './entries.ts';

/** Changes that are shown; the record has all. */
const CHANGES_SHOWN = 20;

export function beatLines(record: BeatRecord): string[] {
  const lines = [headline(record)];
  if (record.changes.length > 0)
    lines.push('changed', ...record.changes.slice(0, CHANGES_SHOWN).map((change) => `  ${changeLine(change)}`));
  if (record.changes.length > CHANGES_SHOWN) lines.push(`  and ${record.changes.length - CHANGES_SHOWN} more`);
  if (record.by.kind !== 'none') lines.push(`decided by ${[record.by.kind, record.by.name, record.by.model].filter(Boolean).join(' ')}`);
  if (record.decision) lines.push(`decision ${oneLine(JSON.stringify(record.decision), 500)}`);
  if (record.evidence.length > 0)
    lines.push('evidence', ...record.evidence.map((it) => `  ${it.pointer} = ${oneLine(JSON.stringify(it.value) ?? '', 200)}`));
  if (record.verdict) {
    lines.push(`verdict ${record.verdict.result}${record.verdict.ask ? ` (ask ${record.verdict.ask})` : ''}`);
    lines.push(
      ...record.verdict.reasons.map(({ step, result, name, message }) => `  ${step}${name ? ` ${name}` : ''}: ${result}, ${message}`),
    );
  }
  if (record.outcome) lines.push(`outcome ${record.outcome.status}: ${record.outcome.note} (${record.outcome.ms} ms)`);
  if (record.problem) lines.push(`problem ${record.problem}`);
  return [...lines, ...costLine(record)];
}

function headline({ id, at, did, gate }: BeatRecord): string {
  const until = gate.until ? ` until ${gate.until}` : '';
  const name = id === null ? 'no beat' : `beat ${id}`;
  return `${name}, ${clockTime(at)}: ${did}. The gate was ${gate.open ? 'open' : 'closed'}: ${gate.reason}${until}`;
}

function changeLine(change: BeatRecord['changes'][number]): string {
  if (change.op === 'added') return `+ ${change.path} ${oneLine(change.new ?? '', 120)}`;
  if (change.op === 'gone') return `- ${change.path} ${oneLine(change.old ?? '', 120)}`;
  return `~ ${change.path} ${oneLine(change.old ?? '', 120)} → ${oneLine(change.new ?? '', 120)}`;
}

function costLine({ cost }: BeatRecord): string[] {
  if (cost.usd === null && cost.tokens_in === null) return [];
  const money = cost.usd === null ? 'unknown' : `${cost.estimated ? '~' : ''}$${cost.usd.toFixed(4)}`;
  return [`cost ${money}, ${cost.tokens_in ?? '?'} tokens in, ${cost.tokens_out ?? '?'} out`];
}
