// One story, played on a house and held against the reference, to its calm end.
import { checkJournal } from '../../../src/store/journal-check.ts';
import { House } from './house.ts';
import { must, Reference } from './reference.ts';
import type { Meanwhile, Reply, Step, Story } from './steps.ts';

const GOAL = 'goals/x.md';
const MINUTE = 60_000;
const CALM_BEATS = 60;

const config = (autonomy: string) => `interval: 1s
autonomy: ${autonomy}
decider: {use: command, command: 'sh decide', unconfined: true}
shell: {sandbox: 'off'}
rules:
  - {name: three, when: 'readings.a.signal == 3', do: {action: send_notification, message: three}}
`;

export async function play({ autonomy, steps }: Story): Promise<House> {
  const house = new House(config(autonomy));
  const reference = new Reference(house);
  reference.edits('replace');
  for (const step of steps) await take(step, house, reference);
  await calm(house, reference);
  return house;
}

async function take(step: Step, house: House, reference: Reference): Promise<void> {
  let record = null;
  switch (step.step) {
    case 'beat':
      record = await beat(step, house, reference);
      break;
    case 'sense':
      turn(step.value, house, reference);
      break;
    case 'edit':
    case 'replace':
      reference.edits(step.step);
      break;
    case 'delete':
      reference.deletes();
      break;
    case 'undo':
      await reference.undoes();
      break;
    case 'answer':
      answer(step.yes, house, reference);
      break;
    case 'stop':
      reference.stops();
      break;
    case 'resume':
      reference.resumes();
      break;
    case 'usurp':
      house.usurp();
      break;
    case 'stray':
      house.save('.decision.json', '{"action":"run_shell","cmd":"touch stray"}');
      break;
    case 'pass':
      house.clock.pass(step.ms);
      break;
    case 'jump':
      house.clock.wall += step.ms;
      break;
  }
  reference.check(record);
}

async function beat(step: Extract<Step, { step: 'beat' }>, house: House, reference: Reference) {
  house.mind = async () => {
    const text = answerText(step, house);
    for (const event of step.meanwhile) await happens(event, house, reference);
    return { text, ends: step.reply === 'fails' ? 'badly' : step.reply === 'late' ? 'late' : 'well' };
  };
  if (step.dies) house.disk.arm(step.dies.call, step.dies.manner);
  const record = await house.beat({ force: step.force });
  const dead = house.disk.dead;
  if (dead) await house.die();
  house.disk.revive();
  if (step.meanwhile.includes('usurp') || (record === null && !dead)) await house.die();
  house.clock.pass(1_000);
  return record;
}

/** Decided on the home as it is when the decider is asked. */
function answerText({ reply, because }: { reply: Reply; because: boolean }, house: House): string | null {
  const now = house.read(GOAL) ?? '';
  const evidence = because ? { because: ['/readings/a/signal'] } : {};
  const decision = (fields: Record<string, unknown>) => JSON.stringify({ ...fields, ...evidence });
  switch (reply) {
    case 'append':
    case 'late':
    case 'fails':
      return decision({ action: 'write_goal', id: 'x', body: `${now}agent ${house.asked.length}\n` });
    case 'rewrite':
      return decision({ action: 'write_goal', id: 'x', body: `agent ${house.asked.length}\n` });
    case 'run':
      return decision({ action: 'run_shell', cmd: `touch ran-${house.asked.length % 2}` });
    case 'notify':
      return decision({ action: 'send_notification', message: `hello ${house.asked.length}` });
    case 'double':
      return '{"action":"noop"}\n{"action":"run_shell","cmd":"touch twice"}';
    case 'bad':
      return '{"action":"format_disk"';
    case 'noop':
      return decision({ action: 'noop' });
  }
}

async function happens(event: Meanwhile, house: House, reference: Reference): Promise<void> {
  switch (event) {
    case 'sense':
      turn((house.signal + 1) % 4, house, reference);
      house.clock.pass(1_500);
      await house.look();
      break;
    case 'edit':
    case 'replace':
      reference.edits(event);
      break;
    case 'delete':
      reference.deletes();
      break;
    case 'stop':
      reference.stops();
      break;
    case 'yes':
    case 'no':
      answer(event === 'yes', house, reference);
      break;
    case 'undo':
      await reference.undoes();
      break;
    case 'usurp':
      house.usurp();
      break;
  }
}

function turn(value: number, house: House, reference: Reference): void {
  if (value === 3 && house.signal !== 3) reference.threes += 1;
  house.signal = value;
}

function answer(yes: boolean, house: House, reference: Reference): void {
  const open = house.asks().find(({ state, kind }) => state === 'open' && kind === 'approval');
  if (open) reference.answers_(open.id, yes);
}

/** Nothing changes any more: it comes to rest, asks nobody, and what is on disk is whole. */
async function calm(house: House, reference: Reference): Promise<void> {
  reference.resumes();
  house.mind = async () => ({ text: '{"action":"noop"}', ends: 'well' });
  let rested = 0;
  for (let beats = 0; rested < 3; beats++) {
    must(beats < CALM_BEATS, 'it does not come to rest');
    const record = await house.beat();
    reference.check(record);
    if (record === null) await house.die();
    rested = record?.did === 'rested' && record.gate.reason === 'unchanged' ? rested + 1 : 0;
    house.clock.pass(6 * MINUTE);
  }
  reference.kept();
  const journal = checkJournal(house.layout);
  must(journal.ok && journal.open.length === 0, `the journal is not whole: ${JSON.stringify(journal)}`);
}
