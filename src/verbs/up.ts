// up: starts the pulse, and says so only when it has been seen alive.
import * as z from 'zod';
import { PersonError } from '../errors.ts';
import { remoteFileSystem } from '../lib/file-system.ts';
import { askAllowed, confirm, requireOwnMachine, requireSettings } from './allowed.ts';
import { defineVerb, type Reply } from './define.ts';
import type { Hands, PulseState } from './hands.ts';

export const up = defineVerb({
  name: 'up',
  group: 'house',
  summary: 'Start the pulse: detached, or in the foreground.',
  details: 'In the foreground Ctrl-C is `flyball down`. A home that you have neither made nor allowed is shown first, and asked for once.',
  person: true,
  writes: true,
  input: z.strictObject({
    foreground: z.boolean().default(false).describe('Stay here until Ctrl-C.'),
    yes: z.boolean().default(false).describe('Allow what would be asked.').meta({ short: 'y' }),
    take_over: z.boolean().default(false).describe("The home was another machine's: make it this one's."),
  }),
  run: async ({ foreground, yes, take_over }, hands) => {
    await askAllowed(hands, { house: hands.house, yes });
    await requireSettings(hands);
    await settleMachine(hands, { takeOver: take_over, yes });
    nameFileSystem(hands);
    if (foreground) return runHere(hands);
    const now = await hands.pulse();
    if (now.running) return alreadyUp(now, hands);
    const pulse = await hands.upDetached();
    return { exit: 0, json: documentOf(pulse, hands, false), text: await banner(pulse, hands) };
  },
});

async function settleMachine(hands: Hands, { takeOver, yes }: { takeOver: boolean; yes: boolean }): Promise<void> {
  if (hands.house.owner().owner !== 'other-machine') return;
  if (!takeOver) requireOwnMachine(hands);
  await confirm(hands, yes, 'Is the pulse on the other machine ended, and shall this machine take over?');
  hands.house.takeOver();
}

function nameFileSystem(hands: Hands): void {
  const remote = remoteFileSystem(hands.layout.home);
  if (remote) hands.say(`${hands.layout.home} is on ${remote}: changes are not announced there, so the pulse polls`);
}

async function runHere(hands: Hands): Promise<Reply> {
  const exit = await hands.upForeground({
    ready: (state) => {
      void banner(state, hands).then((text) => hands.emit({ json: documentOf(state, hands, false), text })); // prints, cannot fail but for a closed stdout
    },
  });
  return { exit, json: undefined };
}

function alreadyUp(pulse: Extract<PulseState, { running: true }>, hands: Hands): Reply {
  if (pulse.pid === null)
    throw new PersonError('a pulse holds the lock of this home and does not answer', { hint: 'flyball down', code: 1 });
  return { exit: 0, json: documentOf(pulse, hands, true), text: `the pulse runs already, pid ${pulse.pid}` };
}

function documentOf(state: PulseState, hands: Hands, already: boolean): object {
  const { pid, epoch, since } = state.running ? state : { pid: null, epoch: null, since: null };
  return { v: 1, home: hands.layout.home, pid, epoch, since, already };
}

/** What the person should know now: the home, who decides, what it costs, how to look in and how to stop. */
async function banner(state: PulseState, hands: Hands): Promise<string> {
  const [decider, { settings }] = await Promise.all([hands.decider(), hands.config()]);
  const cost = decider.costs ? `at most $${settings.spend.day.toFixed(2)} a day` : 'costs nothing, calls nobody';
  return [
    `home     ${hands.layout.home}`,
    `pulse    ${state.running && state.pid !== null ? `pid ${state.pid}` : 'runs'}`,
    `decider  ${decider.name}: ${cost}${decider.warning ? `. ${decider.warning}` : ''}`,
    `look     ${hands.command} status · ${hands.command} journal -f · ${hands.command} why`,
    `stop     ${hands.command} down`,
  ].join('\n');
}
