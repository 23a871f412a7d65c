// A home that came from elsewhere is code: nothing of it is run before its person has said so.
import { PersonError } from '../errors.ts';
import type { Hands, House } from './hands.ts';

export async function requireAllowed(hands: Hands): Promise<void> {
  if (hands.house.allowed()) return requireSettings(hands);
  throw new PersonError(`nothing is run in ${hands.layout.home}: you have neither made nor allowed this home`, {
    hint: 'flyball up shows what would run, and asks (--yes allows it)',
  });
}

/** What another machine's pulse may be governing is not governed here too. */
export function requireOwnMachine(hands: Hands): void {
  if (hands.house.owner().owner !== 'other-machine') return;
  throw new PersonError(`${hands.layout.home} belongs to another machine, whose pulse may run`, {
    hint: 'end that pulse, then: flyball up --take-over',
    code: 1,
  });
}

/** A broken flyball.yaml of which no former state is known says nothing about what may be run. */
export async function requireSettings(hands: Hands): Promise<void> {
  const { problem, from } = await hands.config();
  if (problem && from === 'defaults') throw new PersonError(`${problem.where}: ${problem.what}`, { hint: problem.next });
}

/** Shows what would run and asks once; throws when the answer is not yes. */
export async function askAllowed(hands: Hands, { house, yes }: { house: House; yes: boolean }): Promise<void> {
  if (house.allowed()) return;
  const list = await house.wouldRun();
  hands.say(`You have neither made nor allowed the home ${house.layout.home}. A pulse there would run:`);
  for (const line of list) hands.say(`  ${line}`);
  if (list.length === 0) hands.say('  (nothing yet; later whatever is put there)');
  await confirm(hands, yes, 'Allow this home?');
  house.allow();
}

/** `--yes`, or a yes on the terminal; anything else is no. */
export async function confirm(hands: Hands, yes: boolean, question: string): Promise<void> {
  if (yes) return;
  if (!hands.terminal.asks) throw new PersonError(`${question} Nobody is there to ask`, { hint: 'the same with --yes', code: 2 });
  const answer = await hands.terminal.ask(`${question} [y/N] `);
  if (!/^y(es)?$/i.test(answer?.trim() ?? '')) throw new PersonError('not done', { code: 1 });
}
