// Time that can be held: while it is, clocks stand, timers do not run out, and nothing new is started.

export class Standstill {
  readonly #isHeld: () => boolean;
  readonly #timers = new Set<Timer>();
  readonly #waiting = new Set<() => void>();
  /** Since when it is held, on the monotonic clock. */
  #since: number | null = null;
  #stoodMs = 0;

  /** `isHeld` is asked before each start: what holds may be there before anybody was told. */
  constructor(isHeld: () => boolean = () => false) {
    this.#isHeld = isHeld;
  }

  /** Milliseconds that passed while it was not held. */
  now(): number {
    return (this.#since ?? performance.now()) - this.#stoodMs;
  }

  hold(): void {
    if (this.#since !== null) return;
    this.#since = performance.now();
    for (const timer of this.#timers) timer.stand();
  }

  release(): void {
    if (this.#since === null) return;
    this.#stoodMs += performance.now() - this.#since;
    this.#since = null;
    for (const timer of this.#timers) timer.run();
    for (const go of this.#waiting) go();
  }

  /** Calls back after `ms` of time that was not held. Returns how to take it back. */
  after(ms: number, call: () => void): () => void {
    const timer = new Timer(ms, () => {
      this.#timers.delete(timer);
      call();
    });
    this.#timers.add(timer);
    if (this.#since === null) timer.run();
    return () => {
      timer.stand();
      this.#timers.delete(timer);
    };
  }

  /** Resolves at once when it is not held, else when it is released or the signal says so. */
  async start(signal?: AbortSignal): Promise<void> {
    if (this.#isHeld()) this.hold();
    if (this.#since === null || signal?.aborted) return;
    await new Promise<void>((resolve) => {
      const go = () => {
        this.#waiting.delete(go);
        signal?.removeEventListener('abort', go);
        resolve();
      };
      this.#waiting.add(go);
      signal?.addEventListener('abort', go, { once: true });
    });
    await this.start(signal); // it may be held again
  }

  /** Whether something may be started now. */
  get free(): boolean {
    return this.#since === null && !this.#isHeld();
  }
}

/** setTimeout takes no more. */
const LONGEST_MS = 2 ** 31 - 1;

class Timer {
  #leftMs: number;
  #began = 0;
  #timer: NodeJS.Timeout | null = null;
  readonly #call: () => void;

  constructor(ms: number, call: () => void) {
    this.#leftMs = ms;
    this.#call = call;
  }

  run(): void {
    if (this.#timer) return;
    this.#began = performance.now();
    this.#timer = setTimeout(this.#call, Math.min(Math.max(0, this.#leftMs), LONGEST_MS));
  }

  stand(): void {
    if (!this.#timer) return;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#leftMs -= performance.now() - this.#began;
  }
}
