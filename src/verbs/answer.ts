// answer: what waits for the person, and their word on it. The first answer wins.
import * as z from 'zod';
import { PersonError } from '../errors.ts';
import { formatDuration, parseDuration } from '../lib/duration.ts';
import { distance, table } from '../lib/table.ts';
import { oneLine, visible } from '../lib/text.ts';
import type { Answered } from '../ports/asks.ts';
import type { Ask } from '../world/ask.ts';
import { type Steps, walk } from './answer-walk.ts';
import { ASK_HEAD, alwaysLines, answersTo, askCard, askRow, howToAnswer, viewsOf, waiting } from './ask-view.ts';
import { defineVerb, type Reply } from './define.ts';
import { clockTime } from './entries.ts';
import type { Hands } from './hands.ts';

/** An answer is read by a worker or a decider: a few pages at most. */
const ANSWER_BYTES = 16 * 1024;

export const answer = defineVerb({
  name: 'answer',
  group: 'steer',
  summary: 'What waits for you, and your answer to it.',
  details:
    'Without arguments: what is open; on a terminal one after the other. An approval takes yes, y, approve or always, or no, n, deny; a question with options one of them, or its number. ' +
    'The first answer wins: exit code 1 says who gave it and when. 2: not understood, and it stays open. ' +
    'On a terminal one letter is a command ([s]kip, [l]ater, [c]lose, [q]uit); such a word as an answer is given with `flyball answer ID WORD`.\n\n' +
    'A worker, and a command that flyball runs, may not answer. Without a sandbox they have your uid, and that refusal is a trip-wire, not a wall.\n\n' +
    '  flyball answer\n  flyball answer 3\n  flyball answer 3 yes\n  flyball answer 4 use the blue one\n  flyball answer 4 - < notes.txt\n  flyball answer 5 --later 2h',
  person: true,
  writes: true,
  input: z.strictObject({
    id: z.string().optional().describe('The number of the ask.').meta({ positional: true, complete: 'ask' }),
    text: z.array(z.string()).default([]).describe('The answer; - reads it from stdin.').meta({ positional: 'variadic' }),
    later: z.string().optional().describe('Not now: show it again after this long (30m, 2h). An approval lapses all the same.'),
    force: z.boolean().default(false).describe('Replace an answer that nothing has come of yet.'),
    free: z.boolean().default(false).describe('Answer in words of your own although there are options.'),
    close: z.boolean().default(false).describe('Nobody needs an answer any more: close it without one. A refusal is no, not this.'),
  }),
  run: async ({ id, text, later, force, free, close }, hands) => {
    if (id === undefined) return overview(hands);
    const number = numberOf(id);
    const asks = await hands.asks();
    const ask = asks.get(number);
    if (!ask) throw new PersonError(`there is no ask ${number}`, { hint: 'flyball answer', code: 1 });
    if ([later !== undefined, close, text.length > 0].filter(Boolean).length > 1)
      throw new PersonError('one of an answer, --later and --close', { hint: 'flyball help answer' });
    if (later !== undefined) return putOff(ask, later, hands);
    if (close) return closeIt(ask, hands);
    if (text.length === 0) return askOne(ask, hands);
    const said = text.length === 1 && text[0] === '-' ? (await hands.terminal.read()).trimEnd() : text.join(' ');
    return tell(ask, said, { force, free }, hands);
  },
});

/** `3`, `asks/3`, `#3`. */
function numberOf(typed: string): string {
  const number = /^(?:asks?\/|#)?([1-9]\d{0,14})$/.exec(typed)?.[1];
  if (number === undefined) throw new PersonError(`"${typed}" is no number of an ask`, { hint: 'flyball answer shows them' });
  return number;
}

// ── what waits ─────────────────────────────────────────────────────────────────────────────────────

async function overview(hands: Hands): Promise<Reply> {
  const open = waiting((await hands.asks()).all(), hands.clock.now());
  if (open.length === 0 && hands.output === 'text') hands.say('nothing waits for you');
  if (open.length > 0 && hands.output === 'text' && hands.terminal.out && hands.terminal.asks) return walk(open, stepsOf(hands), hands);
  const views = await viewsOf(open, hands);
  const [first] = open;
  if (first && hands.output === 'text') hands.say(`such as: ${howToAnswer(first, hands.command)}`);
  return {
    exit: 0,
    json: open,
    text: views.length === 0 ? '' : table([ASK_HEAD, ...views.map(askRow)]),
    names: open.map(({ id }) => `asks/${id}`),
  };
}

const stepsOf = (hands: Hands): Steps => ({
  tell: (ask, said) => tell(ask, said, { force: false, free: false }, hands),
  putOff: (ask, later) => putOff(ask, later, hands),
  close: (ask) => closeIt(ask, hands),
});

async function askOne(ask: Ask, hands: Hands): Promise<Reply> {
  const late = ask.state === 'open' || ask.state === 'stranded' ? null : lateWords(ask);
  if (late) throw new PersonError(late, { code: 1, hint: `flyball why asks/${ask.id}` });
  if (hands.terminal.out && hands.terminal.asks && hands.output === 'text') return walk([ask], stepsOf(hands), hands);
  const [view] = await viewsOf([ask], hands);
  if (view) for (const line of await askCard(view, hands)) hands.say(line);
  throw new PersonError(`ask ${ask.id} needs an answer`, { hint: howToAnswer(ask, 'flyball') });
}

// ── one answer ─────────────────────────────────────────────────────────────────────────────────────

interface Manner {
  force: boolean;
  free: boolean;
}

/** Throws PersonError: 1 when somebody was first or it is over, 2 when it was not understood. */
async function tell(ask: Ask, said: string, { force, free }: Manner, hands: Hands): Promise<Reply> {
  if (Buffer.byteLength(said) > ANSWER_BYTES)
    throw new PersonError(`an answer has at most ${ANSWER_BYTES / 1_024} KiB`, { hint: 'write a file, and answer with its path' });
  const asks = await hands.asks();
  const open = ask.state === 'open' || (ask.state === 'answered' && force);
  const text = open ? wordFor(ask, said, free) : said; // what is over says so, whatever was said
  const answered = asks.answer(ask.id, { text, by: 'person', at: hands.clock.now(), force });
  if (answered.answered !== 'taken') throw refusal(answered, ask.id);
  const note = `ask ${ask.id} is answered: ${oneLine(visible(answered.ask.answer ?? ''), 200)}`;
  const more = await whatComesOfIt(answered.ask, hands);
  return { exit: 0, json: { v: 1, id: ask.id, status: 'done', note }, text: [note, ...more].join('\n'), names: [`asks/${ask.id}`] };
}

/** An option by its label, else by its number. */
function wordFor(ask: Ask, said: string, free: boolean): string {
  const { options, id } = ask;
  const word = said.trim();
  if (ask.kind === 'approval' || ask.kind === 'budget') return said; // their words are read where they are taken
  if (!options) return said;
  const label = options.find((it) => it === word) ?? options.find((it) => it.toLowerCase() === word.toLowerCase());
  if (label !== undefined) return label;
  const numbered = /^\d{1,2}$/.test(word) ? options[Number(word) - 1] : undefined;
  if (numbered !== undefined) return numbered;
  if (free) return said;
  throw new PersonError(`ask ${id} takes one of ${answersTo(ask)}; "${oneLine(word, 80)}" is none of them, and it stays open`, {
    hint: 'with --free it is an answer all the same',
  });
}

function refusal(answered: Exclude<Answered, { answered: 'taken' }>, id: string): PersonError {
  if (answered.answered === 'unknown') return new PersonError(answered.problem, { hint: 'flyball answer', code: 1 });
  if (answered.answered === 'not-understood') return new PersonError(answered.problem, { hint: howToAnswer(answered.ask, 'flyball') });
  const hint = answered.ask.state === 'answered' ? '--force replaces it, as long as nothing has come of it' : `flyball why asks/${id}`;
  return new PersonError(lateWords(answered.ask) ?? answered.problem, { hint, code: 1 });
}

/** Who was first, and when. Null where nobody answered. */
function lateWords({ id, answer: given, answered_at, answered_by, state, closed_reason }: Ask): string | null {
  const reason = closed_reason ?? 'answered';
  if (given === null) return state === 'closed' ? `ask ${id} is closed: ${visible(reason)}` : null;
  const who = answered_by === 'default' ? 'its default was taken' : 'you answered it';
  const since = state === 'executing' ? ', which is being done now' : state === 'closed' ? `, and it is closed: ${visible(reason)}` : '';
  return `ask ${id} is answered: ${who} at ${clockTime(answered_at ?? '')}, "${oneLine(visible(given), 200)}"${since}`;
}

async function whatComesOfIt(ask: Ask, hands: Hands): Promise<string[]> {
  const always = ask.answer === 'always' && ask.kind === 'approval' ? alwaysLines(ask) : [];
  const acts = ask.state === 'answered' && (ask.kind === 'approval' || (ask.actions && Object.hasOwn(ask.actions, ask.answer ?? '')));
  if (!acts || (await hands.pulse()).running) return always;
  return [...always, `no pulse runs: it is done by the next beat (${hands.command} up)`];
}

// ── not now, not any more ──────────────────────────────────────────────────────────────────────────

async function putOff(ask: Ask, later: string, hands: Hands): Promise<Reply> {
  const ms = parseDuration(later);
  if (ms === null || ms < 1_000) throw new PersonError(`--later: "${later}" is no duration`, { hint: 'write 30m, 2h or 1d' });
  const until = new Date(hands.clock.now().getTime() + ms);
  if (!(await hands.asks()).postpone(ask.id, until))
    throw new PersonError(lateWords(ask) ?? `ask ${ask.id} is not open`, { hint: `flyball why asks/${ask.id}`, code: 1 });
  const lapses = ask.expires_at === null ? '' : `; it lapses ${distance(hands.clock.now(), new Date(ask.expires_at))} all the same`;
  const note = `ask ${ask.id} is put off for ${formatDuration(ms)}${lapses}`;
  return { exit: 0, json: { v: 1, id: ask.id, status: 'done', note }, text: note, names: [`asks/${ask.id}`] };
}

async function closeIt(ask: Ask, hands: Hands): Promise<Reply> {
  const over = ask.state === 'open' || ask.state === 'stranded' ? null : lateWords(ask);
  if (over) throw new PersonError(over, { hint: `flyball why asks/${ask.id}`, code: 1 });
  if (ask.kind === 'approval')
    throw new PersonError(`ask ${ask.id} is an approval: it is refused, not closed`, { hint: `flyball answer ${ask.id} no` });
  (await hands.asks()).close(ask.id, 'closed by you', hands.clock.now());
  const note = `ask ${ask.id} is closed without an answer`;
  return { exit: 0, json: { v: 1, id: ask.id, status: 'done', note }, text: note, names: [`asks/${ask.id}`] };
}
