// resume: shows what would run first, then removes STOP and lets everything go on.
import * as z from 'zod';
import { describeError } from '../errors.ts';
import { distance } from '../lib/table.ts';
import type { Gate } from '../world/record.ts';
import { confirm } from './allowed.ts';
import { defineVerb } from './define.ts';
import type { Hands } from './hands.ts';
import type { ProcessName, StopState } from './hands-brake.ts';

export const resume = defineVerb({
  name: 'resume',
  group: 'brake',
  summary: 'End a stop: show what would run first, then let everything go on.',
  details: 'What STOP has stopped goes on where it stood, children before parents. What you had stopped yourself stays so.',
  person: true,
  writes: true,
  damaged: true,
  input: z.strictObject({
    yes: z.boolean().default(false).describe('Do not ask.').meta({ short: 'y' }),
  }),
  run: async ({ yes }, hands) => {
    const [stop, frozen] = await Promise.all([hands.stopped(), hands.frozen()]);
    const { home } = hands.layout;
    if (!stop && frozen.length === 0)
      return { exit: 0, json: { v: 1, home, resumed: false, continued: 0, left: [], next: null }, text: 'nothing is stopped' };
    const next = await whatComes(hands);
    for (const line of preview({ stop, frozen, next: next.words }, hands)) hands.say(line);
    await confirm(hands, yes, 'Go on?');
    const { continued, left } = await hands.resume();
    const text = [
      `everything goes on: ${continued.length === 0 ? 'no process had been stopped' : namesOf(continued)}`,
      ...(left.length > 0 ? [`stopped by somebody else, and still so: ${left.map(({ pid, name }) => `${name} (${pid})`).join(', ')}`] : []),
      ...((await hands.pulse()).running ? [] : [`no pulse runs: ${hands.command} up`]),
    ];
    return {
      exit: 0,
      json: { v: 1, home, resumed: true, continued: continued.length, left: left.map(({ pid, name }) => ({ pid, name })), next: next.gate },
      text: text.join('\n'),
    };
  },
});

interface Preview {
  stop: StopState | null;
  frozen: readonly ProcessName[];
  next: string;
}

function preview({ stop, frozen, next }: Preview, hands: Hands): string[] {
  const since = stop
    ? `stopped ${distance(hands.clock.now(), new Date(stop.since))}${stop.reason ? `: ${stop.reason}` : ''}`
    : 'STOP is gone already';
  return [since, frozen.length === 0 ? 'no process stands still' : `to go on: ${namesOf(frozen)}`, `then: ${next}`];
}

/** As many as a line takes. */
const NAMED = 8;

function namesOf(processes: readonly ProcessName[]): string {
  const counts = new Map<string, number>();
  for (const { name } of processes) counts.set(name, (counts.get(name) ?? 0) + 1);
  const named = [...counts].sort((a, b) => b[1] - a[1]);
  const shown = named.slice(0, NAMED).map(([name, count]) => (count === 1 ? name : `${count} × ${name}`));
  return `${processes.length === 1 ? '1 process' : `${processes.length} processes`} (${shown.join(', ')}${named.length > NAMED ? ', …' : ''})`;
}

/** What the first beat would do. Nothing that is wrong with the home keeps anybody from letting it go on. */
async function whatComes(hands: Hands): Promise<{ gate: Gate | null; words: string }> {
  try {
    const gate = await hands.gate({ resumed: true });
    if (!gate.open) return { gate, words: `nothing is decided (${gate.reason})` };
    const rule = (await hands.explainRules()).find(({ eligible }) => eligible);
    const who = rule ? `the rule ${rule.name}` : `the decider ${(await hands.decider()).name}`;
    return { gate, words: `${who} has the next move (${gate.reason})` };
  } catch (error) {
    return { gate: null, words: `what comes first cannot be said: ${describeError(error)}` };
  }
}
