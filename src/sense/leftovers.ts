// What finished sensors left running is ended by its mark: one look at the process table for many runs.
import { endMarked } from '../lib/end-processes.ts';

/** Long enough to gather a batch of runs, short enough that a leftover is no lasting work. */
const SOON_MS = 250;
/** A look at the table costs milliseconds of a core; a sensor that runs every second must not double its price. */
const APART_MS = 10_000;

export class Leftovers {
  readonly #trouble: (what: string) => void;
  #marks = new Set<string>();
  #timer: NodeJS.Timeout | null = null;
  #lastMs = Number.NEGATIVE_INFINITY;
  #ending: Promise<void> = Promise.resolve();

  constructor(trouble: (what: string) => void) {
    this.#trouble = trouble;
  }

  /** The run with this mark is over; what still carries it is ended soon. */
  add(mark: string): void {
    this.#marks.add(mark);
    const wait = Math.max(SOON_MS, this.#lastMs + APART_MS - performance.now());
    this.#timer ??= setTimeout(() => void this.end(), wait).unref(); // end() does not reject
  }

  /** Ends them now, and resolves when none is left. */
  end(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const marks = this.#marks;
    this.#marks = new Set();
    if (marks.size > 0) this.#ending = this.#ending.then(() => this.#endThese(marks));
    return this.#ending;
  }

  async #endThese(marks: ReadonlySet<string>): Promise<void> {
    this.#lastMs = performance.now();
    try {
      const { left } = await endMarked((mark) => marks.has(mark));
      if (left > 0) this.#trouble(`${left} processes that sensors left running could not be ended`);
    } catch (error) {
      this.#trouble(`the process table could not be read: ${String(error)}`);
    }
  }
}
