// The pulse: when to look and when to beat. Looking never waits for a beat; beats come one at a time. What
// decides the next step is read from disk each time: a wake only means "look soon".
import { describeError } from './errors.ts';
import type { Clock, Events } from './ports.ts';
import type { BeatRecord } from './world/record.ts';

/** After a beat that acted the next follows at once; this keeps a loop of actions from spinning. */
const AFTER_ACTION_MS = 1_000;
/** How often the clocks are compared: a sleep of the machine is noticed within this. */
const GLANCE_MS = 10_000;
/** Wall and monotonic clock may differ by this before it counts as a sleep or a set clock. */
const GAP_MS = 2_000;
/** Between two looks: what is due but still running must not make this spin. */
const LOOK_MIN_MS = 100;
/** A beat that threw is followed by the next after this, doubling to five minutes. */
const CRASH_WAIT_MS = 60_000;
const CRASH_WAIT_MAX_MS = 300_000;

export interface PulsePorts {
  clock: Clock;
  events: Events;
  /** One beat: recovers first, reads the settings anew, writes the heartbeat. */
  beat(request: { force: boolean; all: boolean; signal: AbortSignal; effects: AbortSignal }): Promise<BeatRecord>;
  /** Runs what is due; resolves when it has ended. */
  look(signal: AbortSignal): Promise<void>;
  /** When something is due to be looked at. */
  nextLookAt(): Date | null;
  /** The earliest wake of guards.json that lies ahead, or null. */
  nextWakeAt(): Date | null;
  /** Re-read each time. */
  intervalMs(): number;
  /** Why the pulse must end (its home is gone or is another's now), or null. */
  mustEnd(): string | null;
  /** Something that the journal should know: a gap, a crash. */
  note(event: string, fields: Record<string, unknown>): void;
}

interface Request {
  force: boolean;
  settle(result: { record: BeatRecord } | { error: unknown }): void;
}

export class Pulse {
  readonly #ports: PulsePorts;
  readonly #requests: Request[] = [];
  #rouse: (() => void) | null = null;
  #woken = true; // the first beat comes at once
  #crashes = 0;
  #busy = false;
  #lastBeatMono = 0;
  #mark: { wall: number; mono: number };

  constructor(ports: PulsePorts) {
    this.#ports = ports;
    this.#mark = this.#clocks();
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Something may have changed: beat soon. Cheap, and never trusted for more. */
  wake(): void {
    this.#woken = true;
    this.#rouse?.();
  }

  /** The person's own beat: every sensor is run first. Rejects when the beat crashed. */
  beatNow(force: boolean): Promise<BeatRecord> {
    return new Promise((resolve, reject) => {
      this.#requests.push({ force, settle: (result) => ('record' in result ? resolve(result.record) : reject(result.error)) });
      this.#rouse?.();
    });
  }

  /** Beats until the signal, or until the home is gone; resolves with why it ended early, or null. */
  async run(options: { signal: AbortSignal; effects: AbortSignal }): Promise<string | null> {
    const looking = new AbortController();
    const stopLooking = () => looking.abort();
    options.signal.addEventListener('abort', stopLooking);
    const looked = this.#keepLooking(looking.signal);
    let ended: string | null = null;
    let last: BeatRecord | null = null;
    while (!options.signal.aborted) {
      await this.#until(this.#nextBeatAt(last), options.signal);
      ended = this.#ports.mustEnd(); // after the wait: what woke us may be the home's end
      if (ended) break;
      this.#compareClocks();
      if (!options.signal.aborted && this.#isTime(last)) last = await this.#oneBeat(options);
    }
    for (const request of this.#requests.splice(0)) request.settle({ error: new Error('the pulse ended before this beat') });
    stopLooking();
    await looked;
    return ended ?? this.#ports.mustEnd();
  }

  async #oneBeat(options: { signal: AbortSignal; effects: AbortSignal }): Promise<BeatRecord | null> {
    const request = this.#requests.shift();
    this.#woken = false;
    this.#busy = true;
    this.#lastBeatMono = this.#ports.clock.monotonicMs();
    try {
      const record = await this.#ports.beat({ force: request?.force ?? false, all: request !== undefined, ...options });
      this.#crashes = 0;
      request?.settle({ record });
      return record;
    } catch (error) {
      this.#crashes += 1;
      this.#ports.events.emit({ event: 'beat-crashed', message: describeError(error) });
      this.#ports.note('beat-crashed', { message: describeError(error) });
      request?.settle({ error });
      return null;
    } finally {
      this.#busy = false;
      this.#lastBeatMono = this.#ports.clock.monotonicMs();
    }
  }

  #isTime(last: BeatRecord | null): boolean {
    return this.#woken || this.#requests.length > 0 || this.#nextBeatAt(last) <= this.#ports.clock.monotonicMs();
  }

  /** On the monotonic clock, so that a clock that is set cannot starve the beats. */
  #nextBeatAt(last: BeatRecord | null): number {
    const mono = this.#ports.clock.monotonicMs();
    if (this.#requests.length > 0) return mono;
    if (this.#crashes > 0) return this.#lastBeatMono + Math.min(CRASH_WAIT_MS * 2 ** (this.#crashes - 1), CRASH_WAIT_MAX_MS);
    if (this.#woken) return mono;
    if (last?.did === 'acted' || last?.did === 'asked' || last?.did === 'overtaken') return this.#lastBeatMono + AFTER_ACTION_MS;
    const times = [this.#lastBeatMono + this.#ports.intervalMs()];
    for (const at of [this.#ports.nextWakeAt(), last?.gate.until ? new Date(last.gate.until) : null]) {
      if (at) times.push(mono + Math.max(0, at.getTime() - this.#ports.clock.now().getTime()));
    }
    return Math.max(Math.min(...times), this.#lastBeatMono + AFTER_ACTION_MS);
  }

  async #keepLooking(signal: AbortSignal): Promise<void> {
    let due = this.#ports.nextLookAt();
    while (!signal.aborted) {
      const wait = due ? due.getTime() - this.#ports.clock.now().getTime() : GLANCE_MS;
      await pause(Math.min(Math.max(wait, LOOK_MIN_MS), GLANCE_MS), signal);
      if (signal.aborted) return;
      due = this.#ports.nextLookAt();
      if (!due || due > this.#ports.clock.now()) continue; // only a glance: a file may have been edited
      try {
        await this.#ports.look(signal);
      } catch (error) {
        this.#ports.events.emit({ event: 'look-crashed', message: describeError(error) });
        await pause(AFTER_ACTION_MS, signal);
      }
      due = this.#ports.nextLookAt();
    }
  }

  /** Resolves at `mono` on the monotonic clock, at a wake, or when the pulse is to end; at the latest after a glance. */
  async #until(mono: number, signal: AbortSignal): Promise<void> {
    const wait = Math.min(mono - this.#ports.clock.monotonicMs(), GLANCE_MS);
    if (wait <= 0) return;
    await pause(wait, signal, (rouse) => {
      this.#rouse = rouse;
    });
    this.#rouse = null;
  }

  /** A machine that slept, or a clock that was set: reported, and looked at anew. */
  #compareClocks(): void {
    const now = this.#clocks();
    const gap = now.wall - this.#mark.wall - (now.mono - this.#mark.mono);
    this.#mark = now;
    if (Math.abs(gap) < GAP_MS) return;
    const kind = gap > 0 ? 'gap' : 'clock-set-back';
    this.#ports.events.emit({ event: kind, ms: gap });
    this.#ports.note(kind, { ms: gap });
    this.#woken = true;
  }

  #clocks(): { wall: number; mono: number } {
    return { wall: this.#ports.clock.now().getTime(), mono: this.#ports.clock.monotonicMs() };
  }
}

/** Resolves after `ms`, at once when the signal says so, or when `end`, which `started` is given, is called. */
function pause(ms: number, signal: AbortSignal, started?: (end: () => void) => void): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    started?.(end);
  });
}
