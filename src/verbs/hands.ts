// Hands: everything that a verb may reach. `Door` is what the surface brings (terminal, place, settings),
// `Work` what compose.ts brings (the adapters). Every member of `Work` loads what it needs when it is called,
// so that `status` and `get` start without YAML, CEL, watchers and child processes.

import type { Asks, Nos } from '../ports/asks.ts';
import type { BeatStore, Clock, Journal, Schedules, Spend, State } from '../ports.ts';
import type { Layout } from '../store/layout.ts';
import type { Ask } from '../world/ask.ts';
import type { Condition } from '../world/condition.ts';
import type { Asked, Question } from '../world/question.ts';
import type { BeatRecord, Gate, Verdict } from '../world/record.ts';
import type { Settings } from '../world/settings.ts';
import type { World, WorldReading } from '../world/world.ts';
import type { Containment } from './containment.ts';
import type { VerbFacts } from './facts.ts';
import type { Brake } from './hands-brake.ts';
import type { ReplayWork } from './replay-plan.ts';
import type { UndoWork } from './undo-plan.ts';

export type Hands = Door & Work;

// ── what the surface brings ────────────────────────────────────────────────────────────────────────

export interface Door {
  readonly layout: Layout;
  readonly version: string;
  /** How flyball is typed here: `flyball` when the one on PATH is this build, else the path that works; with `--home` where that is needed. */
  readonly command: string;
  /** The same without `--home`. */
  readonly program: string;
  readonly clock: Clock;
  readonly terminal: Terminal;
  readonly output: 'text' | 'wide' | 'name' | 'json';
  /** Aborted by Ctrl-C and SIGTERM; its reason is the signal's name (`SIGINT`, `SIGTERM`). */
  readonly signal: AbortSignal;
  /** The environment, for editors and children. Read once, in config.ts. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The person's uid. */
  readonly uid: number;
  /** How this CLI is started again, apart from a verb: the program and its first arguments, `--home` and `--set` included. */
  readonly self: readonly [string, ...string[]];
  /** A line to stderr. */
  say(line: string): void;
  /** One item of a stream (`-f`): the text for people, the document as a line of NDJSON with `--json`. */
  emit(item: { json: unknown; text: string }): void;
  /** The settings as they are now: re-read when the file changed, the last good ones when it does not parse. */
  config(): Promise<LoadedConfig>;
  /** Every problem of a file of the home (config, goal, sensor, playbook, loop): by its relative path and the text it would have. */
  checkFile(path: string, text: string): Promise<FileProblem[]>;
  /** Every field with its sentence, value and source. */
  configFields(): Promise<ConfigField[]>;
  readonly house: House;
  /** Up to where the person has seen the journal, as a sequence number. */
  readonly looked: { last(): number; mark(seq: number): void };
  /** What answers on person.sock, or that nobody does. */
  pulse(): Promise<PulseState>;
  verbs(): Promise<VerbFacts[]>;
  /** The help of one verb, with its flags. */
  helpText(verb: VerbFacts): Promise<string>;
  completionScript(shell: 'zsh' | 'bash' | 'fish'): Promise<string>;
  /** The pages that follow from the registries, by path in the repository. */
  pages(): Promise<Record<string, string>>;
}

export interface Terminal {
  /** stdout is a terminal. */
  readonly out: boolean;
  /** stdin and stderr are: a question can be asked. */
  readonly asks: boolean;
  /** Asks on stderr, reads one line of stdin; null at its end. Only when `asks`. */
  ask(question: string): Promise<string | null>;
  /** All of stdin, for an argument that is `-`. Bounded. */
  read(): Promise<string>;
  /** Runs a program on this terminal (an editor) and resolves with its exit code. */
  run(program: string, path: string): Promise<number>;
}

/** The home as a place: whose it is, and what its owner has allowed. */
export interface House {
  readonly layout: Layout;
  /** How it was found, for stderr and doctor. */
  readonly found: 'flag' | 'environment' | 'ancestor' | 'running' | 'default';
  /** flyball.yaml, PLAYBOOK.md, goals/ or .flyball/ is there. */
  exists(): boolean;
  /** Made by this user with `init`, or allowed since. In any other home nothing of it is run. */
  allowed(): boolean;
  /** Remembers that this user allows it. */
  allow(): void;
  /** What would run once it is allowed: sensors, rules' commands, verifies. One line each. */
  wouldRun(): Promise<string[]>;
  /** Throws PersonError when another uid owns the home. */
  refuseOthers(): void;
  /** The same, and whose machine it is of. */
  owner(): OwnerState;
  /** Writes owner.json for this machine, epoch + 1. */
  takeOver(): void;
  /** Seeds it from the package's example home; never overwrites. What it made and what was there already. */
  create(): { made: string[]; kept: string[] };
  /** The same questions about another folder. */
  at(dir: string): House;
  /** Homes of this user in which a pulse was seen running. */
  running(): string[];
}

export type OwnerState = { owner: 'ours' } | { owner: 'nobody' } | { owner: 'other-machine'; machine: string };

export interface LoadedConfig {
  settings: Settings;
  /** Digest of flyball.yaml, null when there is none. */
  digest: string | null;
  /** Where `settings` come from beside environment and flags; `last-good` and `problem` go together. */
  from: 'file' | 'last-good' | 'defaults';
  /** The file as it is now does not parse. With `from: defaults` there is no former one either: nothing may be run by it. */
  problem: (Problem & { since: string }) | null;
}

/** A line of `status`: what is wrong, where, and the verb to type. */
export interface Problem {
  what: string;
  where: string;
  next: string;
}

/** A line of `check`. */
export interface FileProblem {
  /** Relative to the home. */
  file: string;
  line: number | null;
  column: number | null;
  what: string;
  /** A suggestion, when there is one. */
  next: string | null;
  /** A warning is shown and does not make `check` fail. */
  warning?: boolean;
}

export interface ConfigField {
  /** `decider.timeout`. */
  path: string;
  value: unknown;
  source: 'default' | 'file' | 'environment' | 'flag';
  sentence: string;
}

export type PulseState =
  | { running: true; pid: number; epoch: number; since: string; busy: 'deciding' | 'acting' | null; version: string }
  /** The lock is held and nobody answers. */
  | { running: true; pid: null; epoch: null; since: null; busy: null; version: null }
  | { running: false };

// ── what compose.ts brings ─────────────────────────────────────────────────────────────────────────

export interface Work extends Brake, UndoWork, ReplayWork {
  /** The world as it is on disk: runs nothing, changes nothing. */
  world(): Promise<World>;
  goals(): Promise<GoalItem[]>;
  sensors(): Promise<SensorItem[]>;
  journal(): Promise<Journal>;
  beats(): Promise<BeatStore>;
  asks(): Promise<Asks>;
  nos(): Promise<Nos>;
  schedules(): Promise<Schedules>;
  spend(): Promise<Spend>;
  state(): Promise<State>;
  /** heartbeat.json, or null before the first beat. */
  heartbeat(): Promise<Heartbeat | null>;
  /** What the gate would say of the world as it is now; `resumed`: if STOP were not there. */
  gate(options?: { resumed: boolean }): Promise<Gate>;
  /** What keeps each rule (and hire) from being this beat's decision: its first false part, with its values. */
  explainRules(): Promise<RuleExplanation[]>;
  /** Walks the hash chain. */
  checkJournal(): Promise<JournalCheck>;
  /** The diff that an action (`b42`, `p7`) left in the history of the policy files; null when there is none. */
  patch(id: string): Promise<string | null>;

  /** Runs one sensor now. Its kept reading stays as it is. */
  trySensor(name: string): Promise<TriedSensor>;
  /** Runs one goal's verify and done_when now. Its kept status stays as it is. */
  tryGoal(id: string): Promise<TriedGoal>;
  /** Admission of a decision's text, offline. */
  judge(text: string): Promise<{ verdict: Verdict | null; problem: string | null }>;
  evaluate(cel: string): Promise<{ value: unknown } | { problem: string }>;
  prompt(): Promise<{ gate: Gate; prompt: string; bytes: number; cuts: string[] }>;

  /** One beat: passed to the running pulse over its socket, else under the lock here. */
  beatOnce(options: { force: boolean }): Promise<BeatRecord>;
  /** Runs the pulse until it is told to end; resolves with the exit code. `ready` is called once it beats. */
  upForeground(options: { ready(state: PulseState): void }): Promise<0 | 70>;
  /** Starts the pulse apart from this terminal and resolves when it has answered. */
  upDetached(): Promise<Extract<PulseState, { pid: number }>>;
  /** Ends the pulse and resolves when its lock is free. False: none was running. */
  down(): Promise<boolean>;
  /** What an approval would do if it were done now: a diff for files, else words; null where the decision says it all. */
  preview(ask: Ask): Promise<string | null>;
  /** How this process asks the person: a worker over worker.sock, a script of the person's on disk. */
  askLine(): Promise<AskLine>;
  /** What contains the code that runs here, and what does not; null where nothing is to run in the sandbox, unless `always`. */
  containment(options: { always: boolean }): Promise<Containment | null>;
  /** Who decides here: its name, what it costs, what must be said of it. */
  decider(): Promise<{ name: string; costs: boolean; readsProse: boolean; warning: string | null }>;
}

/** The three steps of `flyball ask`. Each may be said again; while no pulse answers a worker waits for one. */
export interface AskLine {
  /** Not `patient`: gives up when no pulse has answered for a while. */
  raise(question: Question, options: { patient: boolean }): Promise<Asked>;
  /** Resolves once it is no longer open. */
  wait(ask: string): Promise<Asked>;
  /** The answer has reached whoever asked. */
  taken(ask: string): Promise<void>;
  /** Whoever asked waits no longer. */
  gone(ask: string): Promise<void>;
}

export interface Item<Spec = Record<string, unknown>, Status = Record<string, unknown>> {
  name: string;
  spec: Spec;
  status: Status;
}

export type GoalItem = Item<
  { text: string } & Record<string, unknown>,
  {
    generation: number;
    observedGeneration: number;
    /** All seven types, always. */
    conditions: Condition[];
    workers: string[];
    spend_usd: number;
  }
>;

export type SensorItem = Item<
  {
    path: string;
    mode: 'poll' | 'watch';
    format: string;
    interval_s: number | null;
    timeout_s: number;
    for_s: number | null;
    trust: 'trusted' | 'untrusted';
    digest: string;
  },
  WorldReading & { ms: number | null; bytes: number | null; pending_since: string | null }
>;

export interface RuleExplanation {
  name: string;
  /** It could be this beat's decision. */
  eligible: boolean;
  /** Empty when eligible. */
  reasons: { step: WhyStep; message: string }[];
}

export type WhyStep = 'gate' | 'rule' | 'norms' | 'policy' | 'autonomy' | 'taint' | 'budget' | 'memory' | 'paused' | 'cap' | 'decider';

export interface JournalCheck {
  v: 1;
  ok: boolean;
  records: number;
  segments: number;
  first_seq: number | null;
  last_seq: number | null;
  head: 'ok' | 'behind' | 'ahead';
  broken_at: number | null;
  open: string[];
}

export interface TriedSensor {
  reading: WorldReading;
  ms: number;
  bytes: number;
  /** The signal differs from the kept one: this reading would wake the loop. */
  wakes: boolean;
}

export interface TriedGoal {
  conditions: Condition[];
  verify: { exit: number | null; ms: number; output: string } | null;
  done_when: { value: unknown } | { problem: string } | null;
}

export interface Heartbeat {
  at: string;
  gate: Gate;
  /** When each sensor was read last. */
  observed_at: Record<string, string>;
}
