// The memory of no, and of what waits: what is being asked is not asked again, and what the person has taken
// back, refused or removed is asked about before it is done again.
import type { Asks, Nos } from '../ports/asks.ts';
import { type Ask, OPEN_ASKS_CAP, waitsToRun } from '../world/ask.ts';
import { identity, noWords, type Place, speaksOf } from '../world/no.ts';
import type { VerdictReason } from '../world/record.ts';
import type { AdmitRequest, Memory } from './define.ts';

/** The step's own name where it denies because the same waits already: nobody has failed then. */
export const WAITING = 'waiting';

type Decision = Record<string, unknown> & { action: string };

export function recall(decision: Decision, place: Place, { asks, nos }: { asks: Asks; nos: Pick<Nos, 'all' | 'deletion'> }): Memory {
  const all = asks.all();
  const same = identity(decision);
  const isSame = (ask: Ask) => ask.decision !== null && (ask.state === 'open' || waitsToRun(ask)) && identity(ask.decision) === same;
  const left = nos.all().filter((no) => speaksOf(no, decision, place.target));
  const deletion = left.some(({ why }) => why === 'deleted') ? null : nos.deletion(decision.action, place);
  return {
    open: all.filter((ask) => ask.state === 'open').length,
    waiting: all.find(isSame)?.id ?? null,
    nos: deletion ? [...left, deletion] : left,
  };
}

/** An approval is the answer, and a person's verb is the person: neither is held against itself. */
export function memory({ by, memory: known }: AdmitRequest): VerdictReason[] {
  if (!known || by.kind === 'approval' || by.kind === 'person') return [];
  if (known.waiting !== null) return [reason('deny', WAITING, `the same waits for the person's answer already, as ask ${known.waiting}`)];
  return known.nos.map((no) => reason('ask', no.id, noWords(no)));
}

/** What needs a yes when nobody reads one more question. */
export function tooManyAsks(known: Memory | undefined): VerdictReason[] {
  if (!known || known.open < OPEN_ASKS_CAP) return [];
  return [reason('deny', 'asks', `it needs a yes, and ${OPEN_ASKS_CAP} asks are open; the person has to answer some of them first`)];
}

function reason(result: VerdictReason['result'], name: string, message: string): VerdictReason {
  return { step: 'memory', result, name, message };
}
