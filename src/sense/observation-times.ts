// When each sensor was last observed, by two clocks: the wall clock for people, the monotonic one for ages.
import type { Clock } from '../ports.ts';

export class ObservationTimes {
  readonly #clock: Clock;
  readonly #times = new Map<string, { at: string; monotonicMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** It was observed now. */
  take(name: string): void {
    this.#times.set(name, { at: this.#clock.now().toISOString(), monotonicMs: this.#clock.monotonicMs() });
  }

  /** An earlier process observed it at that time. A time that is yet to come says that the clock was set back: the age is unknown. */
  recall(name: string, at: string): void {
    const age = this.#clock.now().getTime() - Date.parse(at);
    if (age >= 0) this.#times.set(name, { at, monotonicMs: this.#clock.monotonicMs() - age });
  }

  forget(name: string): void {
    this.#times.delete(name);
  }

  names(): string[] {
    return [...this.#times.keys()];
  }

  at(name: string): string | null {
    return this.#times.get(name)?.at ?? null;
  }

  /**
   * The greater of both clocks' ages: the monotonic one goes on when the wall clock is set back, the wall clock
   * when the machine sleeps. So no jump can starve a sensor, and a leap forward runs it once.
   */
  ageMs(name: string, now: Date): number | null {
    const time = this.#times.get(name);
    if (!time) return null;
    return Math.max(0, this.#clock.monotonicMs() - time.monotonicMs, now.getTime() - Date.parse(time.at));
  }
}
