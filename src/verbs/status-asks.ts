// The asks in `status`: how many wait, since when, and the line to type for each of the first.
import { distance } from '../lib/table.ts';
import { oneLine, visible } from '../lib/text.ts';
import type { Ask } from '../world/ask.ts';
import { howToAnswer, isPutOff, waiting } from './ask-view.ts';

/** As they stand in the document (DESIGN 19). */
export interface AskCounts {
  open: number;
  approvals: number;
  stranded: number;
  oldest_at: string | null;
}

export function countAsks(asks: readonly Ask[]): AskCounts {
  const open = asks.filter(({ state }) => state === 'open');
  return {
    open: open.length,
    approvals: open.filter(({ kind }) => kind === 'approval').length,
    stranded: asks.filter(({ state }) => state === 'stranded').length,
    oldest_at: open.map(({ at }) => at).sort()[0] ?? null,
  };
}

/** An open ask needs the person, unless they put it off. */
export function anyNeedsYou(asks: readonly Ask[], now: Date): boolean {
  return asks.some((ask) => ask.state === 'open' && !isPutOff(ask, now));
}

/** As many as fit under the rest on a screen; `answer` shows all. */
const SHOWN = 3;

export function askRows(asks: readonly Ask[], now: Date, command: string): string[][] {
  const there = waiting(asks, now);
  if (there.length === 0) return [];
  const { open, approvals, stranded, oldest_at } = countAsks(asks);
  const later = there.filter((ask) => isPutOff(ask, now)).length;
  const words = [
    ...(open > 0 ? [`${open} open, the oldest ${distance(now, new Date(oldest_at ?? now))}`] : []),
    ...(approvals > 0 ? [`${approvals} ${approvals === 1 ? 'needs' : 'need'} your yes or no`] : []),
    ...(later > 0 ? [`${later} put off`] : []),
    ...(stranded > 0 ? [`${stranded} whose asker is gone`] : []),
  ];
  const due = there.filter((ask) => !isPutOff(ask, now)).slice(0, SHOWN);
  return [
    ['asks', words.join('; '), `${command} answer`],
    ...due.map((ask) => ['', `${ask.id}: ${oneLine(visible(ask.question), 70)}`, howToAnswer(ask, command)]),
  ];
}
