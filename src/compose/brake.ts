// The brake of one governor: while STOP is there, all that it has running stands still; once it is gone, all goes on.
import { lstatSync } from 'node:fs';
import { describeError } from '../errors.ts';
import { Standstill } from '../lib/standstill.ts';
import type { Clock, Events } from '../ports.ts';
import type { Layout } from '../store/layout.ts';
import { freezeHome, isFrozen, isStopped, readStop, stoodStillMs, thawHome } from '../store/stop.ts';

export interface BrakeOptions {
  layout: Layout;
  clock: Clock;
}

export class Brake {
  /** Deadlines of children stand still with them, and none is started meanwhile. */
  readonly still: Standstill;
  readonly #options: BrakeOptions;
  /** The STOP that everything was last frozen for. */
  #known: string | null = null;

  constructor(options: BrakeOptions) {
    this.#options = options;
    this.still = new Standstill(() => this.pulled());
  }

  pulled(): boolean {
    return isStopped(this.#options.layout);
  }

  /**
   * Makes what runs agree with the file; called when something in the home came or went, and before each beat and
   * look. `again`: also what a former freeze may have missed. True when STOP has come or gone since the last call.
   */
  apply({ again }: { again: boolean }, events: Events): boolean {
    const before = this.#known;
    this.#known = this.pulled() ? this.#file() : null;
    if (this.#known !== null) this.#freeze({ look: again || this.#known !== before, first: before === null }, events);
    else this.#release(events);
    return (before === null) !== (this.#known === null);
  }

  /** How long everything stood still since then. */
  stoodStillMs(since: Date): number {
    return stoodStillMs(this.#options.layout, since, this.#options.clock.now());
  }

  #freeze({ look, first }: { look: boolean; first: boolean }, events: Events): void {
    const { layout, clock } = this.#options;
    this.still.hold();
    if (!look) return;
    const began = clock.monotonicMs();
    const { stopped, found, left, settled, unnoted } = freezeHome(layout, () => clock.now());
    const ms = Math.round(clock.monotonicMs() - began);
    if (first || stopped > 0)
      events.emit({ event: 'stopped', reason: readStop(layout)?.reason ?? '', processes: found, stopped, left, settled, unnoted, ms });
  }

  /** The processes first, then what waits for them. */
  #release(events: Events): void {
    const { layout, clock } = this.#options;
    try {
      if (isFrozen(layout)) {
        const continued = thawHome(layout, () => clock.now());
        events.emit({ event: 'resumed', processes: continued.length });
      }
    } catch (error) {
      events.emit({ event: 'not-resumed', message: describeError(error) }); // tried again at the next beat
    }
    if (!this.pulled()) this.still.release();
  }

  /** Another one when it was replaced or written to: its text may say more now. */
  #file(): string {
    try {
      const { ino, mtimeMs } = lstatSync(this.#options.layout.stop);
      return `${ino} ${mtimeMs}`;
    } catch {
      return 'there';
    }
  }
}
