// Budgets as the person meets them, over the real book of spend and the real asks: what is spent, what it closes,
// what is asked and what an answer does. A day's worth of money is never over by more than one decision.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { beat } from '../src/beat.ts';
import type { BeatPorts } from '../src/decide/move.ts';
import type { Decider, Notices } from '../src/ports.ts';
import { openAsks } from '../src/store/asks.ts';
import { type Layout, layout } from '../src/store/layout.ts';
import { createSpend } from '../src/store/spend.ts';
import { parseGoal } from '../src/world/goal.ts';
import type { BeatRecord } from '../src/world/record.ts';
import { aReading } from './support/builders.ts';
import { type FakeHome, fakeHome, fakePorts } from './support/fakes.ts';

const never = new AbortController().signal;
const HOUR = 3_600_000;
let place: Layout;
let home: FakeHome;
let notices: string[];
let noted: unknown[];

beforeEach(() => {
  place = layout(mkdtempSync(join(tmpdir(), 'flyball-budgets-')));
  mkdirSync(place.machine);
  home = fakeHome();
  [notices, noted] = [[], []];
});
afterEach(() => rmSync(place.home, { recursive: true, force: true }));

type Price = number | null | 'killed';

class Killed extends Error {}

/** One beat in which the world has changed; every process opens its files anew. Null when it was killed. */
async function once(price: Price, options: { tz?: string; decision?: object; goal?: string } = {}): Promise<BeatRecord | null> {
  const { tz = 'UTC', decision = { action: 'noop' }, goal } = options;
  home.clock.pass(200_000);
  home.readings = { clock: aReading({ at: home.clock.now().getTime() }) };
  const decider: Decider = {
    ...{ name: 'client', costs: true, readsProse: true, warning: null },
    decide: async () => {
      if (price === 'killed') throw new Killed();
      return { end: 'well', model: 'm', cost: { usd: price, estimated: false, tokens_in: 1, tokens_out: 1 } };
    },
  };
  const base = fakePorts(home, { settings: { tz, spend: { day: 1, assume: 0.1 } } });
  const raise: Notices['raise'] = ({ id }) => notices.includes(id) || notices.push(id);
  const ports: BeatPorts = {
    ...base,
    decider,
    notices: { raise },
    asks: openAsks(place),
    spend: createSpend(place, { tz, assume: 0.1 }),
    goals: { ...base.goals, files: () => (goal === undefined ? [] : [parseGoal('site.md', goal)]) },
    decision: { sweep: () => false, claim: () => ({ claimed: 'text', text: JSON.stringify(decision) }) },
    journal: { ...base.journal, append: (entry) => noted.push(entry) as never },
  };
  try {
    return await beat({ force: false, signal: never, effects: never }, ports);
  } catch (error) {
    if (error instanceof Killed) return null;
    throw error;
  }
}

/** Beats until the gate says that the budget is gone; how many decisions there were. */
async function untilSpent(price: Price, options: Parameters<typeof once>[1] = {}): Promise<number> {
  for (let beats = 0; beats < 2_000; beats++) {
    const record = await once(price, options);
    if (record?.gate.reason === 'over-budget') return beats;
    if (record?.id === null) home.clock.pass(HOUR / 12); // capped or backing off
  }
  throw new Error('the budget was never spent');
}
const asks = () => openAsks(place).all();
const spent = (tz = 'UTC') => createSpend(place, { tz, assume: 0.1 }).today(home.clock.now());
const answer = (text: string) => openAsks(place).answer(asks().at(-1)?.id ?? '', { text, by: 'person', at: home.clock.now() });

describe('never over by more than one decision', () => {
  test.each<[string, Price, number]>([
    ['a client that says what it costs', 0.3, 1.2],
    ['a client without prices', null, 1],
    ['a loop of kills while the client thinks', 'killed', 1],
  ])('%s', async (_name, price, usd) => {
    await untilSpent(price);
    expect(spent()).toMatchObject({ usd, estimated: price !== 0.3 });
  });

  test('killed again and again by a client whose price is known: each is charged what the dearest was', async () => {
    await once(0.4);
    await untilSpent('killed');
    expect(spent().usd).toBe(1.2);
  });

  test.each([
    ['Europe/Berlin', '2026-03-28T12:00:00Z'],
    ['Europe/Berlin', '2026-10-24T12:00:00Z'],
    ['Africa/Cairo', '2026-04-23T12:00:00Z'],
  ])("a day's border where the clocks change: %s from %s", async (tz, from) => {
    home.clock.pass(Date.parse(from) - home.clock.now().getTime());
    const book = () => createSpend(place, { tz, assume: 0.1 });
    const sums: number[] = [];
    for (let day = 0; day < 3; day++) {
      await untilSpent(0.3, { tz });
      sums.push(spent(tz).usd);
      const { ends } = book().day(home.clock.now());
      home.clock.pass(ends.getTime() - home.clock.now().getTime() - 200_001); // the next beat is one millisecond before midnight
      expect((await once(0.3, { tz }))?.gate.reason).toBe('over-budget');
      home.clock.pass(-199_999);
      expect((await once(0.3, { tz }))?.gate).toMatchObject({ open: true });
    }
    expect(sums).toEqual([1.2, 1.2, 1.2]);
  });
});

describe('the ask', () => {
  test('one a day: it says how much, offers more or stop, and ends with its day', async () => {
    await untilSpent(0.3);
    for (let beats = 0; beats < 5; beats++) await once(0.3);
    expect(asks()).toMatchObject([
      { id: '1', kind: 'budget', options: ['more', 'stop'], goal: null, state: 'open', ref: 'budget:home:2026-03-02' },
    ]);
    expect(asks()[0]?.question).toContain('The budget of this home is spent: $1.20 of $1.00.');
    expect(notices).toEqual(['budget-warn-home-2026-03-02', 'budget-over-home-2026-03-02']);
    home.clock.pass(24 * HOUR);
    expect((await once(0.3))?.gate.open).toBe(true);
    expect(asks()).toMatchObject([{ state: 'closed', closed_reason: 'its day is over' }]);
  });

  test('more: the limit is raised for today, the journal says so, and nobody is asked twice', async () => {
    await untilSpent(0.3);
    answer('more');
    expect((await once(0.3))?.gate.open).toBe(true);
    expect(asks()).toMatchObject([{ state: 'closed', answer: 'more', closed_reason: '$1.00 more for today' }]);
    expect(noted).toEqual([expect.objectContaining({ event: 'budget-raised', scope: 'home', day: '2026-03-02', usd: 1, ask: '1' })]);
    await untilSpent(0.3);
    await once(0.3);
    expect([asks().length, spent().usd]).toEqual([1, 2.1]);
    home.clock.pass(24 * HOUR);
    await untilSpent(0.3);
    expect([asks().length, spent().usd]).toEqual([2, 1.2]);
  });

  test('stop leaves it, an amount adds that, and other words are not understood', async () => {
    await untilSpent(0.3);
    expect(answer('moer')).toMatchObject({ answered: 'not-understood' });
    answer('stop');
    expect((await once(0.3))?.gate.reason).toBe('over-budget');
    expect(asks()).toMatchObject([{ state: 'closed', closed_reason: 'left as it is' }]);
    home.clock.pass(24 * HOUR);
    await untilSpent(0.3);
    answer('$0.50');
    await untilSpent(0.3);
    expect(spent().usd).toBe(1.5);
  });

  test('killed between the raised limit and the closed ask, it is raised once', async () => {
    await untilSpent(0.3);
    answer('more');
    createSpend(place, { tz: 'UTC', assume: 0.1 }).raise({ scope: 'home', day: '2026-03-02', usd: 1 });
    await once(0.3);
    expect(asks()).toMatchObject([{ state: 'closed', closed_reason: '$1.00 more for today' }]);
    expect(createSpend(place, { tz: 'UTC', assume: 0.1 }).raised(home.clock.now())).toEqual({ home: 1 });
    expect(noted).toEqual([]);
  });

  test('damaged, the record of what was added adds nothing', async () => {
    const spend = createSpend(place, { tz: 'UTC', assume: 0.1 });
    spend.raise({ scope: 'home', day: '2026-03-02', usd: 9 });
    expect(spend.raised(home.clock.now())).toEqual({ home: 9 });
    for (const text of ['{"v":1,"raised":{"home"', '{"v":1,"raised":{"home":{"day":"2026-03-02","usd":"9"}}}', '[]']) {
      writeFileSync(place.budgets, text);
      expect(spend.raised(home.clock.now())).toEqual({});
    }
  });
});

describe("a goal's budget", () => {
  const goal = '---\nbudget: {usd: 0.5/day}\n---\nThe site.\n';
  const onSite = { action: 'write_schedule', name: 's', every_s: 600, note: 'look', goal: 'site' };

  test('what decisions cost that name it is its own; spent, they are denied, and the home goes on', async () => {
    const dids: (string | undefined)[] = [];
    for (let beats = 0; beats < 3; beats++) {
      dids.push((await once(0.2, { goal, decision: onSite }))?.did);
      home.clock.pass(HOUR);
    }
    expect(dids).toEqual(['acted', 'acted', 'denied']);
    expect(spent().goals.site).toEqual({ today: 0.6, total: 0.6 });
    expect(home.records.at(-1)?.verdict?.reasons).toContainEqual(
      expect.objectContaining({ step: 'budget', result: 'deny', name: 'goal/site' }),
    );
    expect((await once(0.2, { goal }))?.did).toBe('acted'); // a noop of nobody's
    expect(asks()).toMatchObject([{ kind: 'budget', goal: 'site', ref: 'budget:goal/site:2026-03-02' }]);
    answer('more');
    home.clock.pass(HOUR);
    expect((await once(0.1, { goal, decision: onSite }))?.did).toBe('acted');
  });
});
