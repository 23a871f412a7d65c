// Journal records as sentences.
import { oneLine } from '../lib/text.ts';
import type { JournalRecord } from '../world/journal.ts';

export function describeEntry(record: JournalRecord): string {
  return `${clockTime(record.at)}  ${sentence(record)}`;
}

function sentence(record: JournalRecord): string {
  switch (record.type) {
    case 'intent': {
      const { action, ...fields } = record.action;
      const by = record.by.name ? `${record.by.kind} ${record.by.name}` : record.by.kind;
      return oneLine(`${record.id} ${action} ${summary(fields)} (${by})`.replaceAll('  ', ' '), 200);
    }
    case 'outcome':
      return oneLine(`${record.id} ${record.status}: ${record.note}`, 200);
    case 'receipt':
      return `schedule ${record.schedule}, slot ${record.slot}: ${record.result}${record.reason ? ` (${record.reason})` : ''}`;
    case 'segment':
      return `segment from ${record.first_seq}`;
    case 'note': {
      const { event, v, seq, at, epoch, prev, type, ...rest } = record;
      return oneLine(`${event} ${Object.keys(rest).length > 0 ? JSON.stringify(rest) : ''}`.trim(), 200);
    }
  }
}

/** What it acts on, in a few words: the id, the name, or the text. */
function summary(fields: Record<string, unknown>): string {
  if (typeof fields.to === 'string') return `to ${fields.to}`;
  if (Array.isArray(fields.undoes)) return oneLine(fields.undoes.join(', '), 80);
  const telling = ['id', 'name', 'message', 'question', 'cmd', 'reason']
    .map((key) => fields[key])
    .find((value) => typeof value === 'string');
  return typeof telling === 'string' ? oneLine(telling, 80) : '';
}

/** Local time, as `journal.md` has it. */
export function clockTime(at: string): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
