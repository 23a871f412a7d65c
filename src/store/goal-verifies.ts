// Goals' verifies on their own clock: at `verify_every`, at once when the text changed or a worker of the goal ended.
import pLimit from 'p-limit';
import { describeError } from '../errors.ts';
import type { Clock, Events } from '../ports.ts';
import type { GoalFile } from '../world/goal.ts';
import type { Verified } from '../world/goal-status.ts';
import type { World } from '../world/world.ts';
import type { StatusBook } from './goal-statuses.ts';
import type { Layout } from './layout.ts';

export interface VerifyRequest {
  command: string;
  cwd: string;
  env: Readonly<Record<string, string>>;
  timeoutMs: number;
  signal: AbortSignal;
  mark: string;
}

export interface GoalsOptions {
  layout: Layout;
  clock: Clock;
  events: Events;
  runVerify(request: VerifyRequest): Promise<Pick<Verified, 'end' | 'exit' | 'message'>>;
  /** Environment of the verifies. */
  env(): Readonly<Record<string, string>>;
  /** FLYBALL_RUN of one run. */
  mark(goal: string): string;
  /** Called when a verify has ended: its goal may look otherwise now. */
  onVerified(goal: string): void;
}

/** As many as sensors. */
const AT_A_TIME = 8;

interface Turn {
  /** On the monotonic clock; null: at once. */
  dueMs: number | null;
  text: string;
  command: string;
}

interface Look {
  all: boolean;
  signal: AbortSignal;
}

export class GoalVerifies {
  readonly #options: GoalsOptions;
  readonly #book: StatusBook;
  readonly #turns = new Map<string, Turn>();
  readonly #ended = new Map<string, Verified>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();
  readonly #limit = pLimit(AT_A_TIME);
  /** Live workers that serve a goal, as `name#generation`, when they were last seen. */
  #alive = new Map<string, string>();

  constructor(options: GoalsOptions, book: StatusBook) {
    this.#options = options;
    this.#book = book;
  }

  /** Starts what is due and resolves when that has ended; never rejects. */
  async run(read: () => readonly GoalFile[], look: Look): Promise<void> {
    try {
      await Promise.all(read().map((file) => this.#start(file, look)));
    } catch (error) {
      this.#options.events.emit({ event: 'goals_unreadable', message: describeError(error) }); // reading the world says so too, by throwing
    }
  }

  last(goal: string): Verified | null {
    return this.#ended.get(goal) ?? null;
  }

  /** Goals that are gone have nothing due. */
  forget(files: readonly GoalFile[]): void {
    const present = new Set(files.map((file) => file.id));
    for (const goal of [...this.#turns.keys(), ...this.#ended.keys()]) {
      if (present.has(goal)) continue;
      this.#turns.delete(goal);
      this.#ended.delete(goal);
    }
  }

  /** A worker that has ended makes its goal's verify due at once. */
  noticeEnded(workers: World['workers']): void {
    const now = new Map<string, string>();
    for (const [name, worker] of Object.entries(workers)) {
      if (worker.goal !== null && !worker.signal.startsWith('ended')) now.set(`${name}#${worker.generation}`, worker.goal);
    }
    for (const [worker, goal] of this.#alive) {
      const turn = now.has(worker) ? undefined : this.#turns.get(goal);
      if (turn) this.#turns.set(goal, { ...turn, dueMs: null });
    }
    this.#alive = now;
  }

  nextDueAt(now: Date): Date | null {
    const clock = this.#options.clock.monotonicMs();
    const waits = [...this.#turns].flatMap(([goal, turn]) => (this.#running.has(goal) ? [] : [(turn.dueMs ?? clock) - clock]));
    return waits.length === 0 ? null : new Date(now.getTime() + Math.max(0, Math.min(...waits)));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#running.values());
  }

  #start(file: GoalFile, { all, signal }: Look): Promise<void> | undefined {
    const command = file.spec?.verify;
    if (command === undefined || this.#running.has(file.id)) return this.#running.get(file.id);
    const turn = this.#turnOf(file, command);
    if (!all && turn.dueMs !== null && turn.dueMs > this.#options.clock.monotonicMs()) return undefined;
    const run = this.#limit(() => this.#verify(file, turn, AbortSignal.any([signal, this.#closing.signal])))
      .catch((error: unknown) => this.#options.events.emit({ event: 'verify_failed', goal: file.id, message: describeError(error) }))
      .finally(() => this.#running.delete(file.id));
    this.#running.set(file.id, run);
    return run;
  }

  /** After a start the clock goes on where the kept result left it. */
  #turnOf(file: GoalFile, command: string): Turn {
    const known = this.#turns.get(file.id);
    if (known?.text === file.folded && known.command === command) return known;
    const kept = known ? null : (this.#book.read(file.id)?.verify ?? null);
    const fits = kept?.text === file.folded && kept.command === command;
    const { clock } = this.#options;
    const age = fits ? Math.max(0, clock.now().getTime() - Date.parse(kept.at)) : 0;
    const dueMs = fits ? clock.monotonicMs() + Math.max(0, everyMs(file) - age) : null;
    const turn = { dueMs, text: file.folded, command };
    this.#turns.set(file.id, turn);
    return turn;
  }

  async #verify(file: GoalFile, turn: Turn, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { options, timeoutMs } = { options: this.#options, timeoutMs: file.spec?.verify_timeout ?? 0 };
    const request = { command: turn.command, cwd: options.layout.home, env: options.env(), timeoutMs, signal, mark: options.mark(file.id) };
    const { end, exit, message } = await options.runVerify(request);
    if (signal.aborted) return; // ended by STOP or by us: that says nothing about the goal
    this.#turns.set(file.id, { ...turn, dueMs: options.clock.monotonicMs() + everyMs(file) });
    const verified = { command: turn.command, text: turn.text, at: options.clock.now().toISOString(), end, exit, message };
    this.#ended.set(file.id, sameResult(this.last(file.id) ?? this.#book.read(file.id)?.verify ?? null, verified));
    options.onVerified(file.id);
  }
}

function everyMs(file: GoalFile): number {
  return file.spec?.verify_every ?? 0;
}

/** A result that says the same keeps its time, so that its file need not be written again. */
function sameResult(former: Verified | null, verified: Verified): Verified {
  const same = former !== null && (['command', 'text', 'end', 'exit', 'message'] as const).every((key) => former[key] === verified[key]);
  return same ? former : verified;
}
