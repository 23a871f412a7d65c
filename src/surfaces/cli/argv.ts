// argv → verb and input. Flags are read off the verb's own schema, so help and parsing cannot disagree.
import { Command, CommanderError, Option } from 'commander';
import { PersonError } from '../../errors.ts';
import { type Field, fieldsOf } from '../../lib/fields.ts';
import type { FieldMeta } from '../../verbs/define.ts';
import type { VerbFacts } from '../../verbs/facts.ts';
import type { Globals } from './plain-words.ts';

export type Parsed = { parsed: 'input'; input: Record<string, unknown>; globals: Globals } | { parsed: 'help' };

export function parseArgv(verb: VerbFacts, argv: readonly string[]): Parsed {
  const command = commandOf(verb);
  try {
    command.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return { parsed: 'help' };
    throw asPersonError(error, verb);
  }
  const options: Record<string, unknown> = command.opts();
  const input = validate(verb, { ...positionals(command), ...flags(verb, options) });
  return { parsed: 'input', input, globals: globalsOf(options) };
}

/** The help of one verb: commander's, then the verb's own paragraphs. */
export function helpOf(verb: VerbFacts): string {
  const text = commandOf(verb).helpInformation().trimEnd();
  return verb.details ? `${text}\n\n${verb.details}` : text;
}

/** The verb as a commander command: for parsing and for its help. It never prints and never exits. */
function commandOf(verb: VerbFacts): Command {
  const command = new Command(`flyball ${verb.name}`)
    .exitOverride()
    .configureOutput({ writeOut: () => {}, writeErr: () => {} })
    .summary(verb.summary)
    .description(verb.summary)
    .allowExcessArguments(false)
    .helpOption('-h, --help', 'This help.');
  for (const field of fieldsOf(verb.input)) {
    if (metaOf(field).positional) command.argument(argument(field), field.sentence);
    else command.addOption(option(field));
  }
  return addGlobals(command, verb);
}

function addGlobals(command: Command, verb: VerbFacts): Command {
  command.addOption(new Option('-o, --output <format>', 'How the answer is printed.').choices(['json', 'wide', 'name']));
  command.option('--json', 'The same as -o json.').option('--debug', 'Show the stack of an error.');
  if (verb.home === 'none') return command;
  command.option(
    '--home <dir>',
    'The home; else $FLYBALL_HOME, the nearest folder above with a flyball.yaml, the only one running, ~/flyball.',
  );
  return command.option(
    '--set <key=value>',
    'A setting for this run, over file and environment; may be repeated.',
    (text, all: string[]) => [...all, text],
    [],
  );
}

function argument(field: Field): string {
  const dots = metaOf(field).positional === 'variadic' ? '...' : '';
  return field.required ? `<${field.name}${dots}>` : `[${field.name}${dots}]`;
}

function option(field: Field): Option {
  const meta = metaOf(field);
  const value =
    field.type === 'boolean' ? '' : ` <${field.choices ? field.choices.join('|') : field.type === 'number' ? 'number' : 'value'}>`;
  const short = meta.short ? `-${meta.short}, ` : '';
  return new Option(`${short}--${flagOf(field)}${value}`, field.sentence);
}

function flagOf(field: Field): string {
  return field.name.replaceAll('_', '-');
}

export function metaOf(field: Field): FieldMeta {
  return field.meta as FieldMeta; // what the verb gave with `.meta({…})`
}

function positionals(command: Command): Record<string, unknown> {
  return Object.fromEntries(
    command.registeredArguments.flatMap((registered, index) => {
      const value: unknown = command.processedArgs[index];
      return value === undefined || (Array.isArray(value) && value.length === 0) ? [] : [[registered.name(), value]];
    }),
  );
}

/** commander camel-cases `--take-over`; the schema says `take_over`. */
function flags(verb: VerbFacts, options: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    fieldsOf(verb.input).flatMap((field) => {
      const value = options[flagOf(field).replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase())];
      if (metaOf(field).positional || value === undefined) return [];
      return [[field.name, field.type === 'number' && value !== '' && !Number.isNaN(Number(value)) ? Number(value) : value]];
    }),
  );
}

function validate(verb: VerbFacts, raw: Record<string, unknown>): Record<string, unknown> {
  const parsed = verb.input.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const name = String(issue?.path[0] ?? '').replaceAll('_', '-');
  const positional = verb.input.shape[name] && fieldsOf(verb.input).some((field) => field.name === name && metaOf(field).positional);
  const words = issue?.message.replace(/^Invalid (input|option): /, '') ?? 'is wrong';
  throw new PersonError(`${positional ? name.toUpperCase() : `--${name}`}: ${words}`, { hint: `flyball help ${verb.name}` });
}

function globalsOf(options: Record<string, unknown>): Globals {
  const set = (options.set as string[] | undefined) ?? []; // collected by the option's own parser
  return {
    home: typeof options.home === 'string' ? options.home : null,
    output: options.json ? 'json' : ((options.output as Globals['output'] | undefined) ?? 'text'), // commander checked the choice
    debug: options.debug === true,
    set: Object.fromEntries(set.map(keyAndValue)),
  };
}

function keyAndValue(text: string): [string, string] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new PersonError(`--set takes KEY=VALUE, not "${text}"`, { hint: 'flyball config lists the keys' });
  return [text.slice(0, equals), text.slice(equals + 1)];
}

/** commander's words, without its "error: ", and its suggestion as the hint. */
function asPersonError(error: CommanderError, verb: VerbFacts): PersonError {
  const [what = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  return new PersonError(what, { hint: suggestion?.replace(/^\((.*)\)$/, '$1') || `flyball help ${verb.name}` });
}
