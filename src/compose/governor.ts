// A governor at work: the pulse lock and its epoch, the adapters of one home, and what its beats need of them.
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AskTimes, askTimes } from '../asks/times.ts';
import { beat } from '../beat.ts';
import { createDecider } from '../decide/deciders/index.ts';
import type { BeatPorts } from '../decide/move.ts';
import { describeError, PersonError } from '../errors.ts';
import { createExecutor, type Executor } from '../execute.ts';
import { digest } from '../lib/digest.ts';
import { makeFolder } from '../lib/files.ts';
import { type Lock, tryLock } from '../lib/lock.ts';
import { look } from '../look.ts';
import type { Decider } from '../ports.ts';
import { skipMissed } from '../receipts.ts';
import { recover } from '../recover.ts';
import { type Epoch, nextEpoch } from '../store/owner.ts';
import { settlingUntil } from '../store/stillness.ts';
import type { Door, LoadedConfig } from '../verbs/hands.ts';
import type { BeatRecord } from '../world/record.ts';
import { mayBeSandboxed } from '../world/sandbox.ts';
import { type Adapters, type Environment, openAdapters } from './adapters.ts';
import { Brake } from './brake.ts';
import { sandboxProblem } from './containment.ts';

/** A lock that is only tried by a look (`flyball status`) is free again within an instant. */
const LOCK_TRIES = 20;
const LOCK_RETRY_MS = 10;
/** A running effect may end by itself for so long after TERM, and after Ctrl-C or `down`. */
export const GRACE_MS = { SIGTERM: 5_000, other: 1_000 } as const;

/** One home, locked, with its epoch raised and what an earlier one left behind ended and settled. */
export class Governor {
  readonly adapters: Adapters;
  readonly epoch: number;
  readonly #door: Door;
  readonly #lock: Lock;
  readonly #inode: number;
  readonly #isOver: () => boolean;
  readonly #listeners = new Set<() => void>();
  readonly #executor: Executor;
  /** What time does to open asks. */
  readonly askTimes: AskTimes;
  readonly #brake: Brake;
  #cleared: Promise<unknown> | null = null;
  #config: LoadedConfig;
  /** A decider may be at work: what stands in `.decision.json` now is its. */
  #beating = false;
  /** As was found before this beat; what nobody looked for is not there. */
  #sandboxProblem: string | null = 'nobody has looked whether it can be';
  #decider: { key: string; decider: Decider | null } | null = null;

  private constructor(door: Door, parts: { lock: Lock; adapters: Adapters; brake: Brake; epoch: Epoch; config: LoadedConfig }) {
    this.#door = door;
    this.#lock = parts.lock;
    this.adapters = parts.adapters;
    this.#brake = parts.brake;
    this.#executor = createExecutor(parts.adapters);
    this.askTimes = askTimes({ ...parts.adapters, note: (event, fields) => this.note(event, fields) });
    this.epoch = parts.epoch.number;
    this.#isOver = parts.epoch.isOver;
    this.#config = parts.config;
    this.#inode = statSync(door.layout.machine).ino;
  }

  /** Throws PersonError when a pulse is running already. `onReading` is called when a sensor has news. */
  static async open(door: Door): Promise<Governor> {
    const config = await door.config();
    const lock = await takeLock(door);
    try {
      const epoch = nextEpoch(door.layout, door.uid);
      const box: { governor?: Governor } = {};
      const brake = new Brake(door);
      const environment: Environment = {
        epoch,
        still: brake.still,
        settings: () => box.governor?.settings ?? config.settings,
        onNews: () => box.governor?.news(),
      };
      const adapters = openAdapters(door, environment);
      box.governor = new Governor(door, { lock, adapters, brake, epoch, config });
      brake.apply({ again: true }, adapters.events); // what a dead pulse left is frozen too, or goes on
      if (!brake.pulled()) await box.governor.#clear();
      return box.governor;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  get settings(): LoadedConfig['settings'] {
    return this.#config.settings;
  }

  /** Something has changed: whoever waits for that is told. */
  news(): void {
    for (const listener of this.#listeners) listener();
  }

  onNews(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Settings anew, recovery, a look, one beat, the heartbeat. */
  async beat(request: { force: boolean; all: boolean; signal: AbortSignal; effects: AbortSignal }): Promise<BeatRecord> {
    this.#config = await this.#door.config();
    this.#apply({ again: true });
    let ports = this.ports();
    if (!ports.frozen()) {
      await this.#clear();
      this.#sweepStray();
      const stoodStillMs = (since: Date) => this.#brake.stoodStillMs(since);
      const { running } = await recover({ ...ports, ...this.adapters, stoodStillMs, signal: request.signal });
      if (running && ports.frozen())
        ports = { ...ports, frozen: () => true }; // also if it goes this instant: an intent is open
      else if (running)
        throw new PersonError(`the command of ${running} still runs, and was not waited for`, { hint: 'flyball status', code: 1 });
      if (!running) {
        if (ports.journal.problem() === null) skipMissed({ ...ports, tz: this.settings.tz });
        this.askTimes.look({ frozen: false });
        await look(ports, request);
      }
    }
    if (!ports.frozen() && mayBeSandboxed(this.settings)) {
      this.#sandboxProblem = await sandboxProblem(this.#door, this.settings);
      ports = { ...ports, sandboxProblem: this.#sandboxProblem };
    }
    this.#beating = true;
    const record = await beat(request, ports).finally(() => {
      this.#beating = false;
    });
    this.#heartbeat(record);
    return record;
  }

  /** A display: on a disk that takes no more bytes a beat that rests is no crash. */
  #heartbeat({ at, gate }: BeatRecord): void {
    const { state, sensors, events } = this.adapters;
    try {
      state.heartbeat({ at, gate, observed_at: sensors.observedAt() });
    } catch (error) {
      events.emit({ event: 'no-heartbeat', message: describeError(error) });
    }
  }

  /** Runs what is due, apart from any beat. Nothing is looked at while STOP is there. */
  async look(signal: AbortSignal): Promise<void> {
    const { sensors, goals, frozen } = this.ports();
    this.#apply({ again: false });
    if (frozen()) return;
    await this.#clear();
    await Promise.all([sensors.look({ all: false, signal }), goals.verify({ all: false, signal })]);
  }

  /** One that was killed before it began this epoch may have left children with its mark: ended before we have any. */
  #clear(): Promise<unknown> {
    const { marks, mark } = this.adapters;
    this.#cleared ??= marks.end((found) => found.startsWith(mark('')));
    return this.#cleared;
  }

  ports(): BeatPorts {
    const { layout } = this.#door;
    const decider = this.#currentDecider();
    return {
      ...this.adapters,
      settings: this.settings,
      configDigest: this.#config.digest ?? '',
      decider,
      executor: this.#executor,
      deciderReadsProse: decider?.readsProse ?? false,
      epoch: this.epoch,
      sandboxProblem: this.#sandboxProblem,
      frozen: () => this.#brake.pulled(),
      settlingUntil: (now) => settlingUntil(layout, now),
      onWake: (listener) => this.onNews(listener),
    };
  }

  /** Sensors that are slower than a beat waits: waited for, so that a home without a pulse has their readings too. */
  async slowSensors(signal: AbortSignal): Promise<void> {
    if (!this.ports().frozen()) await this.adapters.sensors.look({ all: false, signal });
  }

  /** Something came or went directly in the home: STOP may be it. It ends the decider, and when it goes the world is looked at anew. */
  glance(): void {
    if (this.#apply({ again: false })) this.news();
    if (!this.frozen && !this.#beating) this.#sweepStray();
  }

  get frozen(): boolean {
    return this.#brake.pulled();
  }

  /** Freezes or lets go on, as the file says. True when it has come or gone. */
  #apply(how: { again: boolean }): boolean {
    const changed = this.#brake.apply(how, this.adapters.events);
    if (changed) this.note(this.frozen ? 'stopped' : 'resumed', {});
    return changed;
  }

  /** A decision that nobody was asked for is moved away and reported, never executed. */
  #sweepStray(): void {
    const { decision, events } = this.adapters;
    try {
      if (decision.sweep()) events.emit({ event: 'stray-decision' });
    } catch (error) {
      events.emit({ event: 'stray-decision', message: `it could not be moved away: ${describeError(error)}` });
    }
  }

  /** The earliest wake that lies ahead of now, or has come and was not taken yet. */
  nextWakeAt(): Date | null {
    const times = Object.values(this.adapters.state.guards().wakes).map((at) => Date.parse(at));
    const ahead = times.filter((at) => at > this.#door.clock.now().getTime());
    return ahead.length > 0 ? new Date(Math.min(...ahead)) : null;
  }

  /** Into the journal; while that cannot be written, into the events alone. */
  note(event: string, fields: Record<string, unknown>): void {
    if (this.lost()) return; // it would begin a journal where there is none
    try {
      this.adapters.journal.append({ type: 'note', ...fields, event }, this.epoch);
    } catch (error) {
      this.adapters.events.emit({ event: 'unnoted', about: event, message: describeError(error) });
    }
  }

  /** The home that we began in is gone, is another one now, or has another pulse. */
  lost(): string | null {
    const { machine } = this.#door.layout;
    try {
      if (statSync(machine).ino !== this.#inode) return `${machine} is another folder now than the one this pulse began in`;
      return this.#isOver() ? `another pulse has begun after epoch ${this.epoch} of this home` : null;
    } catch (error) {
      return `${machine} is gone: ${describeError(error)}`;
    }
  }

  /** Ends every child and lets go of the lock. */
  async close(): Promise<void> {
    await Promise.all([this.adapters.sensors.close(), this.adapters.goals.close()]);
    this.#lock.release();
  }

  /** Built anew when its settings have changed; null when nobody is asked after the rules. */
  #currentDecider(): Decider | null {
    const key = digest(JSON.stringify([this.settings.decider, this.settings.env, this.settings.spend]));
    if (this.#decider?.key !== key) {
      this.#decider = { key, decider: createDecider(this.settings.decider, { ...this.#door, env: this.adapters.childEnv(), pause }) };
    }
    return this.#decider.decider;
  }
}

/** Resolves after `ms`, or rejects when the signal aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal });
}

async function takeLock(door: Door): Promise<Lock> {
  makeFolder(door.layout.machine);
  for (let tries = 0; tries < LOCK_TRIES; tries++) {
    const lock = tryLock(door.layout.pulseLock);
    if (lock) return lock;
    await sleep(LOCK_RETRY_MS);
  }
  throw new PersonError(`a pulse is running already in ${door.layout.home}`, { hint: `${door.command} status`, code: 1 });
}
