// why ASK: who asks what and until when, the beat that raised it, and what its answer has led to.
import { PersonError } from '../errors.ts';
import type { Ask } from '../world/ask.ts';
import type { BeatRecord } from '../world/record.ts';
import { askCard, viewsOf } from './ask-view.ts';
import { beatLines } from './beat-text.ts';
import type { Reply } from './define.ts';
import type { Hands } from './hands.ts';

/** Beats that are searched for the one that did what was allowed: it follows its answer soon, or never. */
const SEARCHED = 500;

export async function whyAsk(id: string, hands: Hands): Promise<Reply> {
  const ask = (await hands.asks()).get(id);
  const [view] = ask ? await viewsOf([ask], hands) : [];
  if (!ask || !view) throw new PersonError(`there is no ask ${id}`, { hint: 'flyball get asks', code: 1 });
  const beats = [...(view.beat ? [view.beat] : []), ...(await doneFor(ask, hands))];
  const lines = [...(await askCard(view, hands)), ...beats.flatMap((record) => ['', ...beatLines(record)])];
  return { exit: 0, json: { v: 1, ask, beats }, text: lines.join('\n') };
}

/** The beats of its answer, oldest first. */
async function doneFor({ id, kind, actions }: Ask, hands: Hands): Promise<BeatRecord[]> {
  if (kind !== 'approval' && !actions) return [];
  const store = await hands.beats();
  const found = store.newest(SEARCHED).flatMap((beat) => store.read(beat) ?? []);
  return found.filter(({ by }) => by.kind === 'approval' && by.name === id).reverse();
}
