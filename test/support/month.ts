// A month of a governor in a few seconds: the real beat, recovery, receipts and spend on a clock that the story
// moves, over a disk that survives while the process dies at any of its calls.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beat } from '../../src/beat.ts';
import type { BeatPorts } from '../../src/decide/move.ts';
import { createExecutor, type ExecutorPorts } from '../../src/execute.ts';
import type * as Ports from '../../src/ports.ts';
import { skipMissed } from '../../src/receipts.ts';
import { type RecoverPorts, recover } from '../../src/recover.ts';
import { openAsks } from '../../src/store/asks.ts';
import { layout } from '../../src/store/layout.ts';
import { createSpend } from '../../src/store/spend.ts';
import type { Ask } from '../../src/world/ask.ts';
import type { Entry, IntentRecord, JournalRecord } from '../../src/world/journal.ts';
import type { BeatRecord } from '../../src/world/record.ts';
import type { Schedule } from '../../src/world/schedule.ts';
import type { SpendRow } from '../../src/world/spend.ts';
import { aReading } from './builders.ts';
import { FakeClock, type FakeHome, fakeHome, fakePorts } from './fakes.ts';
import { memorySchedules } from './memory-schedules.ts';

export type Step =
  | { does: 'run'; hours: number }
  | { does: 'sleep'; hours: number }
  /** Somebody sets the clock. */
  | { does: 'set'; minutes: number }
  /** The person answers what was asked about money. */
  | { does: 'answer'; text: 'more' | 'stop' };

export interface Month {
  start: Date;
  tz: string;
  schedules: Schedule[];
  steps: readonly Step[];
  /** The process dies after so many calls that change its disk, then after so many more; before the call, or (an even number) after it. */
  deaths: readonly number[];
  /** What each question costs, in turn; null is a client that names no price, `killed` dies while it thinks. Without one nobody is asked. */
  costs?: readonly (number | null | 'killed')[];
  day?: number;
}

export interface Lived {
  journal: JournalRecord[];
  records: BeatRecord[];
  worlds: FakeHome['worlds'];
  /** What was charged, as it stood in the end, and what that makes for each local day. */
  rows: SpendRow[];
  days: Map<string, number>;
  /** The latest time that the clock has shown. */
  latest: Date;
  died: number;
  /** Each launch of the decider: the local day, and what was spent of what on it just before. */
  launches: { day: string; before: number; limit: number }[];
  asks: Ask[];
}

const HOUR_MS = 3_600_000;
const MONTH_MS = 30 * 24 * HOUR_MS;
/** A beat waits so long for its sensors; the beats of every other process begin just before a slot and see it when they have waited. */
const LOOK_MS = 1_000;
const AWAKE_MS = 60 * 60_000;
/** Segments of the journal that are gone. */
const KEPT = 3_000;
const never = new AbortController().signal;

class Death extends Error {}

export async function live(month: Month): Promise<Lived> {
  const place = layout(mkdtempSync(join(tmpdir(), 'flyball-month-')));
  try {
    return await new Life(month, place).whole();
  } finally {
    rmSync(place.home, { recursive: true, force: true });
  }
}

class Life {
  readonly #month: Month;
  readonly #place: ReturnType<typeof layout>;
  readonly #home = fakeHome({ clock: new FakeClock() });
  readonly #journal: JournalRecord[] = [];
  readonly #schedules: Ports.Schedules;
  readonly #launches: Lived['launches'] = [];
  #ports: (BeatPorts & RecoverPorts) | null = null;
  #dead = false;
  #died = 0;
  #deaths = 0;
  #calls = 0;
  #asked = 0;
  #epoch = 0;
  #latest: Date;

  constructor(month: Month, place: ReturnType<typeof layout>) {
    this.#month = month;
    this.#place = place;
    this.#schedules = memorySchedules(month.schedules);
    const { clock } = this.#home;
    clock.pass(month.start.getTime() - clock.now().getTime());
    this.#latest = clock.now();
  }

  async whole(): Promise<Lived> {
    let lived = 0;
    for (const step of this.#month.steps) {
      if (lived >= MONTH_MS) break;
      lived += await this.#step(step);
    }
    // The clock is put right, nobody dies any more, and a day passes: everything that came has been handled.
    const { clock } = this.#home;
    clock.pass(Math.max(this.#month.start.getTime() + lived, this.#latest.getTime()) - clock.now().getTime());
    this.#calls = Number.NEGATIVE_INFINITY;
    for (let hour = 0; hour < 26; hour++) await this.#run(HOUR_MS);
    const asks = openAsks(this.#place).all();
    const spend = this.#openSpend();
    const rows = spend.rows(new Date(0));
    const days = new Map<string, number>();
    for (const { at, usd } of rows) days.set(spend.day(new Date(at)).day, (days.get(spend.day(new Date(at)).day) ?? 0) + usd);
    return {
      ...{ journal: this.#journal, records: this.#home.records, worlds: this.#home.worlds, asks },
      ...{ latest: this.#latest, died: this.#died, launches: this.#launches, rows, days },
    };
  }

  /** Returns how long it took, by a clock that nobody sets. */
  async #step(step: Step): Promise<number> {
    const { clock } = this.#home;
    if (step.does === 'set') clock.pass(step.minutes * 60_000);
    if (step.does === 'sleep') clock.pass(step.hours * HOUR_MS);
    if (step.does === 'answer') this.#answer(step.text);
    if (step.does === 'run') await this.#run(step.hours * HOUR_MS);
    return 'hours' in step ? step.hours * HOUR_MS : 0;
  }

  async #run(ms: number): Promise<void> {
    const { clock } = this.#home;
    for (const until = clock.now().getTime() + ms; clock.now().getTime() < until; ) {
      const record = await this.#beat();
      const now = clock.now().getTime();
      const again = record !== null && /acted|asked|overtaken/.test(record.did);
      const wakes = Object.values(this.#home.guards.wakes).map((at) => Date.parse(at));
      const early = this.#epoch % 2 === 0 ? LOOK_MS / 2 : 0;
      const next = Math.min(now + AWAKE_MS, ...wakes.filter((at) => at > now).map((at) => at - early), again ? now + 1_000 : until, until);
      clock.pass(Math.max(next - now, 1_000));
    }
  }

  /** One beat as the governor does it; null when the process died in it. */
  async #beat(): Promise<BeatRecord | null> {
    const { clock } = this.#home;
    this.#ports ??= this.#open();
    const ports = this.#ports;
    try {
      await recover(ports);
      skipMissed({ ...ports, tz: this.#month.tz });
      clock.pass(LOOK_MS);
      if (clock.now() > this.#latest) this.#latest = clock.now();
      return await beat({ force: false, signal: never, effects: never }, ports);
    } catch (error) {
      if (!(error instanceof Death)) throw error;
      this.#ports = null;
      this.#dead = false;
      this.#died += 1;
      for (let verb = 0; verb < (this.#died % 3) * 150; verb++) this.#append({ type: 'note', event: 'a-persons-verb' });
      return null;
    }
  }

  // ── the process ──────────────────────────────────────────────────────────────────────────────────

  #open(): BeatPorts & RecoverPorts {
    this.#epoch += 1;
    const base = fakePorts(this.#home, { settings: { tz: this.#month.tz, spend: { day: this.#month.day ?? 5, assume: 0.1 } } });
    const ports = {
      ...base,
      epoch: this.#epoch,
      // What a person would see change: so that there is something to decide on.
      sensors: {
        ...base.sensors,
        readings: () => ({ hour: aReading({ hour: Math.floor(this.#home.clock.now().getTime() / HOUR_MS / 5) }) }),
      },
      asks: this.#mortal(openAsks(this.#place), ['raise', 'close']),
      state: this.#mortal(base.state, ['saveGuards', 'saveBaseline', 'saveRuleStates']),
      beats: this.#mortal(base.beats, ['open', 'save', 'write']),
      journal: this.#mortal(this.#journalPort(), ['append']),
      schedules: this.#mortal(this.#schedules, ['beginReceipt', 'saveReceipt']),
      spend: this.#mortal(this.#countedSpend(), ['begin', 'add', 'raise']),
      decider: this.#month.costs ? this.#decider(this.#month.costs) : null,
      decision: { sweep: () => false, claim: () => ({ claimed: 'text', text: '{"action":"noop"}' }) } as Ports.DecisionFile,
      turn: {
        unlessTaken: (work: () => void) => {
          work();
          return true;
        },
      },
      marks: { living: async () => [], end: async () => 0 },
      signal: never,
      history: { ...base.history, keep: () => {}, commit: () => {} },
      writer: { sweep: () => {}, tidy: () => false, stamp: (path: string) => ({ path, digest: null }), text: () => null },
    } as unknown as BeatPorts & RecoverPorts; // nothing but noops and asks happens here: what is left out is not called
    return { ...ports, executor: createExecutor(ports as unknown as ExecutorPorts) };
  }

  /** The named methods may be the last thing that the process does, or the thing that it did not come to do. */
  #mortal<Port extends object>(port: Port, names: readonly (keyof Port)[]): Port {
    const wrapped: Port = { ...port };
    for (const name of names) {
      const real = port[name] as unknown as (...args: unknown[]) => unknown;
      wrapped[name] = ((...args: unknown[]) => this.#perhapsDie(() => real(...args))) as unknown as Port[typeof name];
    }
    return wrapped;
  }

  #perhapsDie<T>(call: () => T): T {
    if (this.#dead) throw new Death();
    this.#calls += 1;
    const due = this.#month.deaths[this.#deaths];
    if (due === undefined || this.#calls < due) return call();
    this.#calls = 0;
    this.#deaths += 1;
    this.#dead = true;
    if (due % 2 === 0) call();
    throw new Death();
  }

  #decider(costs: readonly (number | null | 'killed')[]): Ports.Decider {
    return {
      ...{ name: 'client', costs: true, readsProse: true, warning: null },
      decide: async () => {
        const cost = costs[this.#asked++ % costs.length] ?? null;
        this.#home.clock.pass(20_000);
        if (cost === 'killed') {
          this.#dead = true;
          throw new Death();
        }
        return { end: 'well', model: 'm', cost: { usd: cost, estimated: false, tokens_in: 10, tokens_out: 1 } };
      },
    };
  }

  #answer(text: string): void {
    const asks = openAsks(this.#place);
    const open = asks.all().find((ask) => ask.kind === 'budget' && ask.state === 'open');
    if (open) asks.answer(open.id, { text, by: 'person', at: this.#home.clock.now() });
  }

  // ── the disk ─────────────────────────────────────────────────────────────────────────────────────

  #openSpend(): Ports.Spend {
    return createSpend(this.#place, { tz: this.#month.tz, assume: 0.1 });
  }

  #countedSpend(): Ports.Spend {
    const spend = this.#openSpend();
    const begin: Ports.Spend['begin'] = (run) => {
      const now = this.#home.clock.now();
      const { day } = spend.day(now);
      this.#launches.push({ day, before: spend.today(now).usd, limit: (this.#month.day ?? 5) + (spend.raised(now).home ?? 0) });
      spend.begin(run);
    };
    return { ...spend, begin };
  }

  #append(entry: Entry): JournalRecord {
    const chain = {
      v: 1,
      seq: this.#journal.length + 1,
      at: this.#home.clock.now().toISOString(),
      epoch: this.#epoch,
      prev: null,
    } as const;
    const record: JournalRecord = { ...chain, ...entry };
    this.#journal.push(record);
    return record;
  }

  #journalPort(): Ports.Journal {
    const ended = () => new Set(this.#journal.slice(-KEPT).flatMap((it) => (it.type === 'outcome' ? [it.id] : [])));
    return {
      append: (entry) => this.#append(entry),
      open: () => {
        const last = this.#journal.at(-1);
        if (last?.type === 'receipt' || last?.type === 'outcome') return []; // nothing begins before the last has ended
        const done = ended();
        return this.#journal.slice(-KEPT).filter((it): it is IntentRecord => it.type === 'intent' && !done.has(it.id));
      },
      newest: (limit) => this.#journal.slice(-Math.min(limit, KEPT)).reverse(),
      problem: () => null,
      line: () => {},
      lastLines: () => [],
    };
  }
}
