// One call of the CLI: argv → verb → exit code. Everything outside comes in as a parameter.

import { PersonError } from '../../errors.ts';
import { foundNote } from '../../home.ts';
import { nearest } from '../../lib/nearest.ts';
import type { ExitCode, Verb } from '../../verbs/define.ts';
import type { Door, Work } from '../../verbs/hands.ts';
import type { Parsed } from './argv.ts';
import { type DoorOptions, openDoor, programAsTyped } from './door.ts';
import { failureOf, printFailure, printReply } from './output.ts';
import { type Globals, plainWords, splitVerb } from './plain-words.ts';

export interface CliOptions extends Omit<DoorOptions, 'globals' | 'place' | 'verbs'> {
  registry: Readonly<Record<string, () => Promise<Verb>>>;
  aliases: Readonly<Record<string, readonly string[]>>;
  findHome(flag: string | null): DoorOptions['place'];
  compose(door: Door): Work;
}

export async function runCli(argv: readonly string[], options: CliOptions): Promise<ExitCode> {
  const known: { door: Door | null } = { door: null };
  try {
    return await serve(argv, { ...options, known });
  } catch (error) {
    const failure = failureOf(error);
    const stack = argv.includes('--debug') && error instanceof Error ? (error.stack ?? null) : null;
    const json = known.door ? known.door.output === 'json' : wantsJson(argv);
    printFailure(failure, { json, command: known.door?.command ?? programAsTyped(options), stack }, options.streams);
    return failure.code;
  }
}

async function serve(argv: readonly string[], options: CliOptions & { known: { door: Door | null } }): Promise<ExitCode> {
  if (argv[0] === 'complete' && argv[1] === '--') return complete(argv.slice(2), options);
  const { verb, rest } = await chooseVerb(argv, options);
  const parsed = readPlainly(verb, rest) ?? (await import('./argv.ts')).parseArgv(verb, rest);
  if (parsed.parsed === 'help') return serve(['help', verb.name], options);
  const door = openDoorFor(verb, parsed.globals, options);
  options.known.door = door;
  refuse(verb, door);
  const hands = Object.assign(options.compose(door), door);
  const reply = await verb.run(parsed.input, hands);
  printReply(reply, door.output, options.streams);
  return reply.exit;
}

/** Without commander and the verb's schema, where the verb says what plain words mean; else null. */
function readPlainly(verb: Verb, argv: readonly string[]): Parsed | null {
  const plain = verb.plain && plainWords(argv);
  const input = plain && verb.plain?.(plain.words);
  return plain && input ? { parsed: 'input', input, globals: plain.globals } : null;
}

async function chooseVerb(argv: readonly string[], options: CliOptions): Promise<{ verb: Verb; rest: string[] }> {
  const { word, rest } = splitVerb(argv);
  const name =
    word ??
    (rest.includes('--version') || rest.includes('-V') ? 'version' : rest.includes('--help') || rest.includes('-h') ? 'help' : 'status');
  const [real = name, ...more] = Object.hasOwn(options.aliases, name) ? (options.aliases[name] ?? []) : [name];
  const load = Object.hasOwn(options.registry, real) ? options.registry[real] : undefined;
  if (load)
    return {
      verb: await load(),
      rest: [...more, ...rest.filter((flag) => word !== null || !['--version', '-V', '-h', '--help'].includes(flag))],
    };
  const near = nearest(name, [...Object.keys(options.registry), ...Object.keys(options.aliases)]);
  throw new PersonError(`there is no verb "${name}"`, { hint: near ? `did you mean: flyball ${near}` : 'flyball help' });
}

function openDoorFor(verb: Verb, globals: Globals, options: CliOptions): Door {
  const place = verb.home === 'none' ? { home: options.cwd, found: 'flag' as const } : options.findHome(globals.home);
  const note = verb.home === 'none' ? null : foundNote(place);
  if (note) options.streams.err(`${note}\n`);
  return openDoor({ ...options, globals, place, verbs: () => Promise.all(Object.values(options.registry).map((load) => load())) });
}

/** What is refused before a verb is asked: a place that is no home or another's, a worker's hand on what is the person's. */
function refuse(verb: Verb, door: Door): void {
  refuseOthersHands(verb, door.env);
  if (verb.home === 'none') return;
  refuseDamaged(verb, door);
  if (verb.home !== 'optional' && !door.house.exists())
    throw new PersonError(`there is no home in ${door.layout.home}`, { hint: `flyball init ${door.layout.home}` });
}

/**
 * A worker, and a command that the pulse runs, ask the person and change nothing by themselves. Without a sandbox they
 * have the person's uid and could take these two names out of their environment: this is a trip-wire, not a wall.
 */
function refuseOthersHands(verb: Verb, env: Door['env']): void {
  if (verb.worker || !(verb.writes || verb.person)) return;
  const hint = 'only the person may ask it; flyball ask reaches them';
  if (env.FLYBALL_WORKER) throw new PersonError(`"${verb.name}" is not for workers`, { hint, code: 1 });
  if (env.FLYBALL_RUN) throw new PersonError(`"${verb.name}" is not for what flyball itself runs`, { hint, code: 1 });
}

function refuseDamaged(verb: Verb, door: Door): void {
  try {
    door.house.refuseOthers();
  } catch (error) {
    if (!verb.damaged || !(error instanceof PersonError) || error.code !== 1) throw error; // another user's home stays theirs
    door.say(error.message);
  }
}

async function complete(words: readonly string[], options: CliOptions): Promise<ExitCode> {
  const { completeWords } = await import('./complete.ts');
  const globals: Globals = { home: null, output: 'text', debug: false, set: {} };
  const place = options.findHome(null);
  const door = openDoor({ ...options, globals, place, verbs: () => Promise.all(Object.values(options.registry).map((load) => load())) });
  const text = await completeWords(words, Object.assign(options.compose(door), door));
  options.streams.out(`${text}\n`);
  return 0;
}

/** For errors before the flags were read. */
function wantsJson(argv: readonly string[]): boolean {
  return argv.some(
    (word, index) =>
      word === '--json' ||
      word === '-ojson' ||
      word === '--output=json' ||
      (word === 'json' && ['-o', '--output'].includes(argv[index - 1] ?? '')),
  );
}
