// help: the verbs by group, or one of them with its flags.
import * as z from 'zod';
import { table } from '../lib/table.ts';
import { defineVerb } from './define.ts';
import { GROUPS, type VerbFacts } from './facts.ts';
import { pickName } from './pick-name.ts';

export const help = defineVerb({
  name: 'help',
  group: 'house',
  summary: 'This list, or the help of one verb.',
  home: 'none',
  input: z.strictObject({
    verb: z.string().optional().describe('A verb.').meta({ positional: true, complete: 'verb' }),
  }),
  run: async ({ verb: name }, hands) => {
    const verbs = await hands.verbs();
    if (name !== undefined) {
      const found = pickName(name, { what: 'verb', names: verbs.map((verb) => verb.name), prefix: hands.terminal.out, code: 2 });
      const verb = verbs.find((candidate) => candidate.name === found);
      if (verb) return { exit: 0, json: documentOf(verb), text: await hands.helpText(verb) };
    }
    const shown = verbs.filter(({ hidden }) => !hidden);
    return { exit: 0, json: { v: 1, verbs: shown.map(documentOf) }, text: overview(shown), names: shown.map((verb) => verb.name) };
  },
});

function documentOf({ name, group, summary, details, person }: VerbFacts): object {
  return { name, group, summary, details: details ?? null, person: person === true };
}

function overview(verbs: VerbFacts[]): string {
  const groups = GROUPS.map((group) => ({ group, verbs: verbs.filter((verb) => verb.group === group) })).filter(
    (it) => it.verbs.length > 0,
  );
  const rows = groups.flatMap(({ group, verbs: members }) =>
    members.map((verb, index) => [index === 0 ? group : '', verb.name, verb.summary]),
  );
  return [
    "flyball: a governor for one person's work. Bare `flyball` is status.",
    '',
    table(rows),
    '',
    'flyball help VERB says more. On every verb: --json, -o wide|name, --home DIR, --debug.',
    'Exit codes: 0 done · 1 the answer is no · 2 asked wrongly · 70 our fault · 124 time-out.',
  ].join('\n');
}
