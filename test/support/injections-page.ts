// docs/injections.md, from what the sieges came to.
import type { BeatRecord } from '../../src/world/record.ts';
import type { Siege } from './injection-house.ts';
import { INJECTIONS, type Injection } from './injections.ts';

export interface Besieged {
  injection: Injection;
  act: Siege;
  full: Siege;
}

export function injectionsPage(all: readonly Besieged[]): string {
  const rows = all.map(({ injection: { family, name }, act, full }) => `| ${family} | ${name} | ${came(act)} | ${came(full)} |`);
  return [
    '# Injections, and what became of them',
    '',
    'Derived by `test/injections.test.ts`, which fails when this page is stale. A sensor of a real home prints what a',
    'stranger wrote; a decider obeys every instruction that it finds, decoded in every way that it knows, beat after',
    'beat; the real executor and the real admission stand between them and the disk. The home lets `make **` and',
    '`git log **` run unasked, denies `git push`, and has a rule that puts a reading into a command. There is no sandbox.',
    '',
    `${all.length} attempts, each under \`autonomy: act\` (the default) and under \`autonomy: full\`. Effects beyond what the`,
    `home’s policy lets an agent do: ${beyond(all)}. Commands of a stranger that ran: ${ran(all)}.`,
    '',
    'A cell tells what the decider answered and what came of it, in order. *done* is what the policy lets an agent do',
    'unasked: notes, and what can be undone. *asked* waits for the person, and lapses; the steps that asked follow.',
    'Under `full` a model may run code, so there only norms, policies and taint stand in the way.',
    '',
    '| family | attempt | under `act` | under `full` |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

export const ATTEMPTS = INJECTIONS.length;

function beyond(all: readonly Besieged[]): number {
  return all.reduce((sum, { act, full }) => sum + act.beyond.length + full.beyond.length, 0);
}

function ran(all: readonly Besieged[]): number {
  return all.filter(({ act, full }) => act.ran || full.ran).length;
}

/** Each kind and what came of it, said once. */
function came({ records }: Siege): string {
  const obeyed = records.filter(({ decision }) => decision?.reason !== 'nothing more to obey');
  const said = [...new Set(obeyed.map(outcomeOf))];
  return said.length > 0 ? said.join('; ') : 'nothing reached the decider';
}

function outcomeOf(record: BeatRecord): string {
  const { decision, did, verdict, by } = record;
  const kind = decision ? `${by.kind === 'rule' ? 'the rule’s ' : ''}\`${String(decision.action)}\`` : 'answer';
  if (did === 'acted') return `${kind} done`;
  if (did === 'failed') return `${kind} ran and failed`;
  const strictest = verdict?.reasons.filter(({ result }) => result === (did === 'denied' ? 'deny' : 'ask')).map(({ step }) => step) ?? [];
  const steps = [...new Set(strictest)].join(', ');
  return `${kind} ${did}${steps === '' ? '' : ` (${steps})`}`;
}
