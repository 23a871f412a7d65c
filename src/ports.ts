// Every way the story touches the outside, as small interfaces. Does nothing itself. Adapters implement
// them (store/, sense/, decide/deciders/), compose.ts builds the adapters, tests use fakes of what one beat asks of
// them, or the real ones over a disk in memory.
import type { Awake } from './world/awake.ts';
import type { GoalFile } from './world/goal.ts';
import type { Guards } from './world/guards.ts';
import type { Entry, Intent, IntentRecord, JournalRecord, Receipt, Stamp } from './world/journal.ts';
import type { BeatRecord, Cost } from './world/record.ts';
import type { RuleStates } from './world/rule-state.ts';
import type { BegunReceipt, LastReceipt, Schedule } from './world/schedule.ts';
import type { SpendRow, SpendRun, Spent } from './world/spend.ts';
import type { World, WorldGoal, WorldReading } from './world/world.ts';

export interface Clock {
  now(): Date;
  /** Milliseconds that only grow and stand still while the machine sleeps. */
  monotonicMs(): number;
}

/** Diagnostic lines and warnings; never read by the program. */
export interface Events {
  /** Appends one event to events.ndjson; a failure to do so is swallowed (a display, not a record). */
  emit(event: { event: string; [field: string]: unknown }): void;
}

// ── looking ────────────────────────────────────────────────────────────────────────────────────────

/** The person's sensors. Runs what is due, keeps the readings, says which there are. */
export interface Sensors {
  /**
   * Starts every sensor that is due now (all of them when `all`), at most 8 at a time, each under its own
   * deadline. Resolves when those that it started have ended; never rejects because of one of them.
   */
  look(options: { all: boolean; signal: AbortSignal }): Promise<void>;
  /** The readings as they are on disk now, by name; `pending` for a sensor that never ran. */
  readings(now: Date): Record<string, WorldReading>;
  /** When the next sensor is due, or null. */
  nextDueAt(now: Date): Date | null;
  /** observed_at of every sensor, for the heartbeat. */
  observedAt(): Record<string, string>;
  /** Ends every running sensor and watcher, and resolves when none is left. */
  close(): Promise<void>;
}

/** Goals: files, verifies, conditions. */
export interface Goals {
  /** Runs each goal's `verify` that is due (`verify_every`, a changed text, or `all`). Resolves when done. */
  verify(options: { all: boolean; signal: AbortSignal }): Promise<void>;
  /** Reads all goal files, brings generation and conditions up to date on disk, and returns them for the world. */
  read(context: GoalContext): Record<string, WorldGoal>;
  /** The files as they were read last, with their specs. */
  files(): GoalFile[];
  nextDueAt(now: Date): Date | null;
  close(): Promise<void>;
}

/** What a goal's conditions follow from, beside its own file and verify. */
export interface GoalContext {
  now: Date;
  /** The rest of the world, for `done_when`. */
  world: Omit<World, 'goals'>;
  /** The files as they were just read; read anew when they are not given. */
  files?: readonly GoalFile[];
  /** True when the configured decider reads prose (a command or a model), so that a goal without a worker is attended. */
  deciderReadsProse: boolean;
  /** The sources of the person's rules, in which a goal's id may be spoken of. */
  ruleTexts: readonly string[];
}

// ── deciding ───────────────────────────────────────────────────────────────────────────────────────

export interface DeciderRequest {
  beat: number;
  prompt: string;
  /** JSON Schema of the decision. */
  schema: Record<string, unknown>;
  /** Value of FLYBALL_RUN for every child: `<home id>/<epoch>/b<beat>`. */
  mark: string;
  /** Hard deadline, which ends the whole process tree. */
  timeoutMs: number;
  signal: AbortSignal;
  /** Receives every byte that came from the decider (kept verbatim, bounded by the receiver). */
  log(bytes: string | Uint8Array): void;
}

export type DeciderEnd =
  | {
      end: 'well';
      cost: Cost;
      model: string | null;
      /** Who answered, when it was not the one that was asked first. */
      by?: string;
      /** Why the first one was passed over: its login or limit is still to be mended. */
      passedOver?: DeciderFailure;
    }
  | ({ end: 'badly'; cost: Cost; model: string | null } & DeciderFailure);

export interface DeciderFailure {
  /** `auth` and `limited` are states, not failures (DESIGN 5). */
  reason: 'exit' | 'timeout' | 'spawn' | 'network' | 'auth' | 'limited' | 'refused' | 'aborted';
  message: string;
  /** For `limited`: when to ask again, if it said. */
  until: Date | null;
  /** For `auth`: the command that cures it. */
  cure: string | null;
}

/**
 * What turns a prompt into `.decision.json` in the home. `decide` leaves at most that one file and resolves
 * when nothing that it started is alive any more; it does not reject for anything that a decider can do.
 */
export interface Decider {
  readonly name: string;
  /** True when asking it costs money: then the stricter cap and `settling` apply. */
  readonly costs: boolean;
  readonly readsProse: boolean;
  /** Said in `status` and `doctor`, e.g. "this decider can act on its own". */
  readonly warning: string | null;
  decide(request: DeciderRequest): Promise<DeciderEnd>;
}

/** `.decision.json`, the one-shot file. */
export interface DecisionFile {
  /** Moves one that nobody asked for to .flyball/stray/; true when there was one. */
  sweep(): boolean;
  /** Renames it to beats/<id>/decision.json and reads it from there. Never follows a link, never blocks on a FIFO. */
  claim(beat: number): Claim;
}
export type Claim =
  | { claimed: 'text'; text: string }
  | { claimed: 'none' }
  /** Not a regular file, too large, not UTF-8: moved away all the same, with the problem worded for the decider. */
  | { claimed: 'bad'; problem: string };

// ── acting ─────────────────────────────────────────────────────────────────────────────────────────

/** The home's own files as an action sees them: relative paths, confined to the home. */
export interface HomeFiles {
  /** The text now, or null when there is none. Refuses (TerminalError) what leaves the home by `..`, link, case or unicode trick. */
  read(path: string): string | null;
  /** The names in a folder of the home, sorted. */
  list(folder: string): string[];
  /** True when the text now there is what flyball itself wrote last and nobody has changed since. */
  isOwn(path: string): boolean;
}

/** One file as it is to be: null content means it is to be gone. */
export interface FileChange {
  path: string;
  /** The text that this change was computed from (null: there was none). Nothing else is ever overwritten. */
  before: string | null;
  after: string | null;
  /** Permission bits; those of the file now there, else 0600, unless told. */
  mode?: number;
  /** `person`: also what no action may touch (flyball.yaml, loops/). Only ever set by what a person's verb does. */
  reach?: 'action' | 'person';
}

/** What changes the home's files. `conflict`: somebody else's text is there, and still is, whole. */
export interface HomeWriter {
  /** `tag` names what a crash leaves behind, so that recovery can tell it from the person's files. */
  change(change: FileChange, tag: string): 'done' | 'conflict';
  /** One rename to a name that is free. */
  move(move: { from: string; to: string; before: string }): 'done' | 'conflict';
  stamp(path: string): Stamp;
  /** The text now there, also of a file that only the person's own verbs touch. */
  text(path: string): string | null;
  /** Settles what a crash left beside the files of this intent: our own debris goes, the person's text comes back. True when theirs came back. */
  tidy(intent: Pick<Intent, 'before' | 'after'>, tag: string): boolean;
  /** Clears temporary files that no open intent speaks of; what might be somebody's text is moved to .flyball/stray/, never removed. */
  sweep(): void;
}

/** Processes that carry a mark of this home. */
export interface Marks {
  /** The marks of the living, this process not among them. */
  living(): Promise<string[]>;
  /** Ends all whose mark fits; resolves with how many could not be ended. */
  end(fits: (mark: string) => boolean): Promise<number>;
}

/** Whose turn it is to act beside the pulse: one person's verb at a time. Freed by the kernel when its holder dies. */
export interface PersonTurn {
  /** Throws PersonError when another verb has it for too long. */
  take(): Promise<{ release(): void }>;
  /** Runs `work` with the turn; false, and nothing was run, when a verb has it. */
  unlessTaken(work: () => void): boolean;
}

export interface Journal {
  /** Appends one record and fsyncs it. For an intent this is the fence: refused (throws TerminalError) under STOP or with a stale epoch. */
  append(entry: Entry, epoch: number): JournalRecord;
  /** Intents without an outcome, oldest first. */
  open(): IntentRecord[];
  /** The newest records first, of the kept segments. */
  newest(limit: number): JournalRecord[];
  /** Null when it can be written now; else why not (gate `no-journal`). */
  problem(): string | null;
  /** Appends a line to journal.md unless one of its last 20 lines equals it. */
  line(text: string, at: Date): void;
  lastLines(count: number): string[];
}

export interface BeatStore {
  /** Takes the next id by exclusive mkdir and writes the record. `after`: the last id that is remembered elsewhere, should the folders be gone. */
  open(record: BeatRecord, after: number): number;
  save(record: BeatRecord): void;
  write(beat: number, name: 'prompt.md' | 'world.json' | 'rules.json', content: string): void;
  read(beat: number): BeatRecord | null;
  world(beat: number): World | null;
  /** What was remembered of the rules when it looked; null when it did not keep that. */
  ruleStates(beat: number): RuleStates | null;
  /** Appends to decider.log, up to 1 MiB. */
  log(beat: number, bytes: string | Uint8Array): void;
  folder(beat: number): string;
  /** Ids, newest first. */
  newest(limit: number): number[];
  /** Keeps 500 beats and 7 days, whichever is more, and never removes one in `keep`. */
  prune(keep: ReadonlySet<number>, now: Date): void;
}

export interface Schedules {
  all(): Schedule[];
  /** The newest slot of each that has a receipt, by schedule; kept apart from the journal, which rotates. */
  lastReceipts(): Record<string, LastReceipt>;
  /** A receipt of which it is not known whether the journal has it: it was begun, and not saved. */
  begun(): BegunReceipt | null;
  /** Before the journal gets it. One at a time. */
  beginReceipt(begun: BegunReceipt): void;
  /** Once the journal has it. */
  saveReceipt(receipt: Receipt): void;
}

/** What the person is told without being asked. */
export interface Notices {
  /** Once per id: raising it again does nothing. */
  raise(notice: { id: string; message: string; urgency: 'low' | 'normal' | 'high' }): void;
}

/** Small state of the machine's own. Reading returns the empty value only when the file definitely does not exist. */
export interface State {
  guards(): Guards;
  saveGuards(guards: Guards): void;
  ruleStates(): RuleStates;
  saveRuleStates(states: RuleStates): void;
  /** The beat whose world is the baseline, or null. */
  baseline(): number | null;
  saveBaseline(beat: number): void;
  /** How long the machine was awake while defaults waited; null while none ever did. */
  awake(): Awake | null;
  saveAwake(awake: Awake): void;
  heartbeat(beat: { at: string; gate: BeatRecord['gate']; observed_at: Record<string, string> }): void;
}

export interface Spend {
  /**
   * Before a launch: charges what the run may cost. The row that `add` writes for the same scope and beat takes its
   * place; without one (we were killed meanwhile) it stays, as an estimate.
   */
  begin(run: SpendRun): void;
  /** Appends one row to spend.jsonl. Returns what is charged: an estimate where the cost is unknown. */
  add(run: SpendRun & { cost: Cost }): Cost;
  /** Dollars spent since local midnight, and whether any of it is estimated. */
  today(now: Date): Spent;
  /** The runs since then, oldest first. */
  rows(since: Date): SpendRow[];
  /** The home's local day, and the first instant of the next. */
  day(now: Date): { day: string; ends: Date };
  /** What the person has added to the limits of this local day, by scope. */
  raised(now: Date): Record<string, number>;
  /** Sets what is added to a scope's limit for that day. */
  raise(more: { scope: string; day: string; usd: number }): void;
}
