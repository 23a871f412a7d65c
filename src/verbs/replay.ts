// replay: recorded beats decided anew with other rules, another playbook or another decider. Executes nothing.
import { resolve } from 'node:path';
import * as z from 'zod';
import { PersonError } from '../errors.ts';
import { readText } from '../lib/files.ts';
import { parseMoment } from '../lib/moment.ts';
import { oneLine } from '../lib/text.ts';
import { confirm, requireAllowed } from './allowed.ts';
import { defineVerb } from './define.ts';
import { clockTime } from './entries.ts';
import type { Hands } from './hands.ts';
import type { ReplayDone, ReplayedBeat, ReplayPlan, ReplayWhat } from './replay-plan.ts';

export const replay = defineVerb({
  name: 'replay',
  group: 'steer',
  summary: 'Decide recorded beats anew with edited rules, another playbook or another decider, and list those that differ.',
  details: `A test suite for judgement: every beat is judged on the world that it saw, and nothing is executed.
Rules alone cost nothing. With --playbook or --decider the decider is asked about each beat that no rule decides; what
that costs is said beforehand, you are asked (--yes where nobody can be), and it is entered in what was spent.

  flyball replay --since 2d
  flyball replay --rules edited.yaml
  flyball replay --playbook edited.md --since 12h`,
  person: true,
  writes: true,
  input: z.strictObject({
    since: z.string().default('7d').describe('From when on: 7d (ago), 10:00, 2026-03-02 or RFC 3339.'),
    playbook: z.string().optional().describe('A file that stands for PLAYBOOK.md.').meta({ complete: 'file' }),
    rules: z.string().optional().describe('A flyball.yaml whose rules count, or a file with a list of rules.').meta({ complete: 'file' }),
    decider: z.string().optional().describe('Who is asked instead, as decider.use names it.'),
    yes: z.boolean().default(false).describe('Spend what it costs without asking.').meta({ short: 'y' }),
  }),
  run: async ({ since, playbook, rules, decider, yes }, hands) => {
    await requireAllowed(hands);
    const what = whatOf({ since, playbook, rules, decider }, hands);
    const plan = await hands.planReplay(what);
    if (plan.beats === 0)
      throw new PersonError(`no beat is kept since ${what.since.toISOString()}`, { hint: 'flyball get beats', code: 1 });
    hands.say(planLine(plan));
    if (plan.costs && plan.asks > 0) await confirm(hands, yes, `Spend about $${plan.usd.toFixed(2)}?`);
    const done = await hands.replay(what, (count) => {
      if (plan.asks > 0 && hands.terminal.asks) hands.say(`${count} of ${plan.beats}`);
    });
    const differ = done.replayed.filter(({ differs }) => differs).map(({ differs: _, ...one }) => one);
    const json = {
      v: 1,
      since: what.since.toISOString(),
      beats: done.replayed.length,
      asked: plan.asks,
      cost: done.cost,
      ended: done.ended,
      differ,
    };
    return { exit: done.ended === null ? 0 : 1, json, text: lines(done).join('\n') };
  },
});

function whatOf(
  {
    since,
    playbook,
    rules,
    decider,
  }: { since: string; playbook: string | undefined; rules: string | undefined; decider: string | undefined },
  hands: Hands,
): ReplayWhat {
  const time = parseMoment(since, hands.clock.now());
  if (!time) throw new PersonError(`--since: "${since}" is no time`, { hint: 'such as 7d, 10:00 or 2026-03-02' });
  return {
    since: time,
    ...(playbook === undefined ? {} : { playbook: textOf('--playbook', playbook, hands) }),
    ...(rules === undefined ? {} : { rules: textOf('--rules', rules, hands) }),
    ...(decider === undefined ? {} : { decider }),
  };
}

/** As typed, from where the person is; else in the home. */
function textOf(flag: string, file: string, { layout }: Hands): string {
  for (const base of [process.cwd(), layout.home]) {
    const text = readText(resolve(base, file));
    if (text !== null) return text;
  }
  throw new PersonError(`${flag}: there is no file "${file}"`, { hint: 'flyball help replay' });
}

function planLine({ beats, asks, decider, costs, usd }: ReplayPlan): string {
  const count = `${beats} ${beats === 1 ? 'beat' : 'beats'}`;
  if (asks === 0) return `${count} decided anew by rules alone: it costs nothing`;
  return `${count} decided anew; ${decider} is asked about ${asks} of them${costs ? `, for about $${usd.toFixed(2)}` : ', which costs nothing'}`;
}

function lines({ replayed, cost, ended }: ReplayDone): string[] {
  const differ = replayed.filter(({ differs }) => differs);
  return [
    ...differ.map((one) => `beat ${one.beat}, ${clockTime(one.at)}\n  was  ${choiceLine(one.was)}\n  now  ${choiceLine(one.now)}`),
    `${differ.length} of ${replayed.length} would differ${cost.usd > 0 ? `; it cost ${cost.estimated ? '~' : ''}$${cost.usd.toFixed(4)}` : ''}`,
    ...(ended === null ? [] : [`it ended early: ${ended}`]),
  ];
}

function choiceLine({ by, decision, problem }: ReplayedBeat['was']): string {
  const who = [by.kind, by.name].filter(Boolean).join(' ');
  if (decision) return `${who}: ${oneLine(JSON.stringify(decision), 200)}`;
  return problem === null ? `${who === 'none' ? 'nobody' : who}: no action` : `${who}: ${oneLine(problem, 200)}`;
}
