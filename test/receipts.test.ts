// Receipts over the real journal and the real file: whichever call is the last that a process makes, each slot gets
// one receipt, and it says the same.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { handled, type ReceiptPorts, skipMissed } from '../src/receipts.ts';
import { openJournal } from '../src/store/journal.ts';
import { type Layout, layout } from '../src/store/layout.ts';
import { fileSchedules } from '../src/store/schedules.ts';
import { aRecord, aWorld } from './support/builders.ts';
import { FakeClock } from './support/fakes.ts';

const HOUR = 3_600_000;
let home: Layout;
let clock: FakeClock;

beforeEach(() => {
  home = layout(mkdtempSync(join(tmpdir(), 'flyball-receipts-')));
  mkdirSync(home.schedules, { recursive: true });
  clock = new FakeClock();
  const hourly = { v: 1, name: 'hourly', at: null, every_s: 3_600, cron: null, tz: null, misfire: 'once', note: '' };
  writeFileSync(join(home.schedules, 'hourly.json'), JSON.stringify({ ...hourly, created_at: clock.now().toISOString() }));
});
afterEach(() => rmSync(home.home, { recursive: true, force: true }));

class Death extends Error {}

/** A process; at its `dies`-th call that changes the disk it dies, before the call or after it. */
function open(dies = Number.POSITIVE_INFINITY, after = false, segmentBytes?: number): ReceiptPorts {
  let calls = 0;
  const mortal =
    <Args extends unknown[], Result>(call: (...args: Args) => Result) =>
    (...args: Args): Result => {
      calls += 1;
      if (calls < dies) return call(...args);
      if (after && calls === dies) call(...args);
      throw new Death();
    };
  const journal = openJournal({ layout: home, now: () => clock.now(), ...(segmentBytes ? { segmentBytes } : {}) });
  const schedules = fileSchedules(home, { emit: () => {} });
  return {
    clock,
    journal: { ...journal, append: mortal(journal.append) },
    schedules: { ...schedules, beginReceipt: mortal(schedules.beginReceipt), saveReceipt: mortal(schedules.saveReceipt) },
    epoch: 1,
    tz: 'UTC',
  };
}
const receipts = () =>
  open()
    .journal.newest(10_000)
    .flatMap((it) => (it.type === 'receipt' ? [{ slot: it.slot, count: it.count }] : []))
    .reverse();
const hour = (n: number) => new Date(Date.parse('2026-03-02T12:00:00Z') + n * HOUR).toISOString();

test.each([1, 2, 3].flatMap((call) => [false, true].map((after) => [call, after] as const)))(
  'a process that dies at its call %i (after it: %s) leaves one receipt for each slot',
  (call, after) => {
    clock.pass(5.5 * HOUR);
    expect(() => skipMissed(open(call, after))).toThrow(Death);
    clock.pass(3 * HOUR); // more slots have come when the next one begins
    skipMissed(open());
    skipMissed(open());
    const [first, ...rest] = receipts();
    // Before anything was fixed the next process counts all that it finds; after that the first receipt stands as it was.
    if (call === 1 && !after) expect([first, ...rest]).toEqual([{ slot: hour(7), count: 7 }]);
    else
      expect([first, ...rest]).toEqual([
        { slot: hour(4), count: 4 },
        { slot: hour(7), count: 3 },
      ]);
  },
);

test.each([0, 99, 100, 300])('also when %i records of others came in between', (records) => {
  clock.pass(5.5 * HOUR);
  expect(() => skipMissed(open(2, true))).toThrow(Death);
  const others = open(undefined, false, 64 * 1_024); // the segments are closed on the way
  for (let n = 0; n < records; n++) others.journal.append({ type: 'note', event: 'verb', text: 'x'.repeat(500) }, 1);
  skipMissed(open());
  expect(receipts()).toEqual([{ slot: hour(4), count: 4 }]);
});

test('where the records of that time are kept no more the slot is not given another', () => {
  clock.pass(5.5 * HOUR);
  expect(() => skipMissed(open(2, true))).toThrow(Death);
  const others = open(undefined, false, 2_000);
  for (let n = 0; n < 60; n++) others.journal.append({ type: 'note', event: 'verb', text: 'x'.repeat(500) }, 1);
  expect(receipts()).toEqual([]);
  skipMissed(open());
  expect(receipts()).toEqual([]);
  expect(open().schedules.lastReceipts().hourly?.slot).toBe(hour(4));
});

test('a slot that comes while a beat waits for its sensors does not swallow the one before it', () => {
  clock.pass(1.5 * HOUR);
  skipMissed(open()); // one is due and waits
  clock.pass(HOUR); // another comes before the world is read
  const world = aWorld({ at: clock.now().toISOString(), schedules: { hourly: { note: '', next: hour(3), due: hour(2) } } });
  handled({ ...aRecord(), id: 7 }, world, open());
  expect(receipts()).toEqual([
    { slot: hour(1), count: 1 },
    { slot: hour(2), count: 1 },
  ]);
  handled({ ...aRecord(), id: 8 }, world, open());
  skipMissed(open());
  expect(receipts().length).toBe(2);
});
