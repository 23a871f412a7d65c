// Completion: flyball's words and live names, for zsh, bash and fish. The shell calls `flyball complete -- words…`.
import tab, { type ArgumentHandler, type RootCommand, script } from '@bomb.sh/tab';
import { type Field, fieldsOf } from '../../lib/fields.ts';
import { oneLine } from '../../lib/text.ts';
import type { Completion } from '../../verbs/define.ts';
import type { VerbFacts } from '../../verbs/facts.ts';
import type { Hands } from '../../verbs/hands.ts';
import { itemsOf, KINDS } from '../../verbs/kinds.ts';
import { titleOfSpec } from '../../world/goal-title.ts';
import { metaOf } from './argv.ts';

type Candidate = readonly [value: string, description: string];

/** The script itself is the library's; it prints what it makes, so its print is caught here. */
export function completionScript(shell: 'zsh' | 'bash' | 'fish'): string {
  return printedBy(() => script(shell, 'flyball', 'flyball'));
}

/** The candidates for the last of the words, a line each, as the library's scripts read them. */
export async function completeWords(words: readonly string[], hands: Hands): Promise<string> {
  const verbs = (await hands.verbs()).filter(({ hidden }) => !hidden);
  const verb = verbs.find(({ name }) => name === words[0]);
  for (const { name, summary } of verbs) tab.command(name, summary);
  if (verb) await describeVerb(tab, verb, hands);
  return printedBy(() => tab.parse([...words]));
}

async function describeVerb(root: RootCommand, verb: VerbFacts, hands: Hands): Promise<void> {
  const command = root.command(verb.name, verb.summary);
  for (const field of fieldsOf(verb.input)) {
    const meta = metaOf(field);
    const candidates = await candidatesFor(field, hands);
    const offer: ArgumentHandler = (complete) => {
      for (const [value, description] of candidates) complete(value, description);
    };
    if (meta.positional) command.argument(field.name, offer, meta.positional === 'variadic');
    else if (meta.short) command.option(field.name.replaceAll('_', '-'), field.sentence, meta.short);
    else command.option(field.name.replaceAll('_', '-'), field.sentence);
  }
  for (const [name, sentence] of GLOBAL_FLAGS) command.option(name, sentence);
}

const GLOBAL_FLAGS: readonly Candidate[] = [
  ['json', 'The answer as one document.'],
  ['output', 'json, wide or name.'],
  ['home', 'The home.'],
  ['help', 'Help.'],
];

async function candidatesFor(field: Field, hands: Hands): Promise<readonly Candidate[]> {
  if (field.choices) return field.choices.map((choice): Candidate => [choice, '']);
  const kind = metaOf(field).complete;
  if (!kind) return [];
  try {
    return await live(kind, hands);
  } catch {
    return []; // a key press is no place for an error
  }
}

async function live(kind: Completion, hands: Hands): Promise<Candidate[]> {
  switch (kind) {
    case 'kind':
      return KINDS.map((name): Candidate => [name, '']);
    case 'verb':
      return (await hands.verbs()).filter(({ hidden }) => !hidden).map(({ name, summary }): Candidate => [name, summary]);
    case 'goal':
      return named('goals', hands);
    case 'sensor':
      return named('sensors', hands);
    case 'rule':
      return named('rules', hands);
    case 'beat':
      return named('beats', hands);
    case 'ask':
      return (await hands.asks())
        .all()
        .filter(({ state }) => state === 'open' || state === 'stranded')
        .map(({ id, question }): Candidate => [id, oneLine(question, 60)]);
    case 'file':
      return []; // the shell knows files better
    case 'name':
      return [...(await named('goals', hands)), ...(await named('sensors', hands)), ...(await named('rules', hands))];
    case 'editable':
      return [
        ...(await named('goals', hands)),
        ...(await named('sensors', hands)),
        ['playbook', 'PLAYBOOK.md'],
        ['config', 'flyball.yaml'],
      ];
    case 'triable':
      return [...(await named('sensors', hands)), ...(await named('goals', hands)), ['prompt', 'what a decider would be told']];
    case 'explainable':
      return [...(await named('goals', hands)), ...(await named('rules', hands)), ...(await named('beats', hands))];
  }
}

async function named(kind: 'goals' | 'sensors' | 'rules' | 'beats', hands: Hands): Promise<Candidate[]> {
  const items = await itemsOf(kind, [], hands);
  return items.map(({ name, spec }): Candidate => [name, (kind === 'goals' && titleOfSpec(spec)) || kind.slice(0, -1)]);
}

/** The library speaks through console.log; what it says is payload like any other. */
function printedBy(work: () => void): string {
  const lines: string[] = [];
  const { log } = console;
  console.log = (...words: unknown[]) => lines.push(words.join(' '));
  try {
    work();
  } finally {
    console.log = log;
  }
  return lines.join('\n');
}
