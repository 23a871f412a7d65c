// answer on a terminal: what waits, one after the other, each with what a person needs to know before they say yes.
import { PersonError } from '../errors.ts';
import { parseDuration } from '../lib/duration.ts';
import type { Ask } from '../world/ask.ts';
import { askCard, isPutOff, viewsOf, waiting } from './ask-view.ts';
import type { Reply } from './define.ts';
import type { Hands } from './hands.ts';

/** What the walk may do with an ask. */
export interface Steps {
  tell(ask: Ask, said: string): Promise<Reply>;
  putOff(ask: Ask, later: string): Promise<Reply>;
  close(ask: Ask): Promise<Reply>;
}

const LATER = '2h';
/** So often a word that is not understood is asked for again; then the ask is left for another time. */
const TRIES = 5;

export async function walk(asks: readonly Ask[], steps: Steps, hands: Hands): Promise<Reply> {
  const due = asks.length === 1 ? asks : asks.filter((ask) => !isPutOff(ask, hands.clock.now()));
  const done: string[] = [];
  for (const [index, ask] of due.entries()) {
    hands.say(`${index === 0 ? '' : '\n'}${due.length === 1 ? '' : `${index + 1} of ${due.length}  `}${await cardOf(ask, hands)}`);
    const ended = await settle(ask, steps, hands);
    if (ended === 'quit') break;
    if (ended !== 'skipped') done.push(ended);
  }
  return { exit: 0, json: asks, text: [...done, await whatIsLeft(hands)].join('\n') };
}

async function whatIsLeft(hands: Hands): Promise<string> {
  const now = hands.clock.now();
  const left = waiting((await hands.asks()).all(), now);
  const later = left.filter((ask) => isPutOff(ask, now)).length;
  const due = left.length - later;
  if (due > 0) return `${due} ${due === 1 ? 'waits' : 'wait'} for you (${hands.command} answer)`;
  return later > 0 ? `nothing waits for you but what is put off: ${later}` : 'nothing waits for you any more';
}

async function cardOf(ask: Ask, hands: Hands): Promise<string> {
  const [view] = await viewsOf([(await hands.asks()).get(ask.id) ?? ask], hands); // as it is now: the one before may have taken time
  return view ? (await askCard(view, hands)).join('\n') : '';
}

/** One ask, until something has come of it: the words of that, `skipped`, or `quit`. */
async function settle(ask: Ask, steps: Steps, hands: Hands): Promise<string> {
  for (let tries = 0; tries < TRIES; tries++) {
    const line = await hands.terminal.ask(promptFor(ask));
    if (line === null) return 'quit';
    const command = commandIn(ask, line.trim());
    if (command.does === 'quit' || command.does === 'skip') return command.does === 'quit' ? 'quit' : 'skipped';
    try {
      const reply = await perform(command, ask, steps);
      hands.say(`  ${(reply.text ?? '').replaceAll('\n', '\n  ')}`);
      return (reply.text ?? '').split('\n')[0] ?? '';
    } catch (error) {
      if (!(error instanceof PersonError)) throw error;
      hands.say(`  ${error.message}`);
      if (error.code === 1) return 'skipped'; // it is over: there is nothing to ask again
    }
  }
  return 'skipped';
}

function promptFor({ kind, options, state }: Ask): string {
  if (state === 'stranded') return '[c]lose, [s]kip, [q]uit: ';
  if (kind === 'approval') return `[y]es, [n]o${options && !options.includes('always') ? '' : ', [a]lways'}, [s]kip, [l]ater, [q]uit: `;
  const answer = options ? `1-${options.length}` : 'your words';
  return `${answer}, or [s]kip, [l]ater, [c]lose, [q]uit: `;
}

type Deed = { does: 'close' } | { does: 'later'; after: string } | { does: 'tell'; words: string };
type Command = { does: 'skip' } | { does: 'quit' } | Deed;

/** One letter is a command, and an empty line skips; what is an option's label is that option. `l 30m` says for how long. */
function commandIn({ options, kind, state }: Ask, line: string): Command {
  const labelled = kind !== 'approval' && options?.some((label) => label.toLowerCase() === line.toLowerCase());
  if (labelled) return { does: 'tell', words: line };
  if (line === '' || /^s(kip)?$/i.test(line)) return { does: 'skip' };
  if (/^q(uit)?$/i.test(line)) return { does: 'quit' };
  if (/^c(lose)?$/i.test(line) && kind !== 'approval') return { does: 'close' };
  const after = /^l(?:ater)?(?:\s+(\S+))?$/i.exec(line);
  if (after && (after[1] === undefined || parseDuration(after[1]) !== null)) return { does: 'later', after: after[1] ?? LATER };
  if (kind === 'approval' && /^a$/i.test(line)) return { does: 'tell', words: 'always' };
  return state === 'stranded' ? { does: 'skip' } : { does: 'tell', words: line };
}

function perform(command: Deed, ask: Ask, steps: Steps): Promise<Reply> {
  if (command.does === 'close') return steps.close(ask);
  return command.does === 'later' ? steps.putOff(ask, command.after) : steps.tell(ask, command.words);
}
