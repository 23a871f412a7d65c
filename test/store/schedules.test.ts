import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { layout } from '../../src/store/layout.ts';
import { fileSchedules } from '../../src/store/schedules.ts';

let home: string;
const events: unknown[] = [];
const whole = {
  v: 1,
  name: 'daily',
  at: null,
  every_s: null,
  cron: '0 9 * * *',
  tz: null,
  misfire: 'once',
  note: 'look',
  created_at: '2026-01-01T00:00:00.000Z',
};
const save = (name: string, content: unknown) =>
  writeFileSync(join(home, '.flyball/schedules', name), typeof content === 'string' ? content : JSON.stringify(content));
const open = () => fileSchedules(layout(home), { emit: (event) => events.push(event) });

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'flyball-schedules-'));
  mkdirSync(join(home, '.flyball/schedules'), { recursive: true });
  events.length = 0;
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test('schedules are read whole', () => {
  save('daily.json', whole);
  expect(open().all()).toEqual([{ ...whole, max_age_s: null }]);
  rmSync(join(home, '.flyball/schedules'), { recursive: true });
  expect(open().all()).toEqual([]);
});

test.each([
  ['{', 'expected object'],
  [{ ...whole, every_s: 60 }, 'exactly one of at, every_s and cron'],
  [{ ...whole, cron: null, every_s: 5 }, 'every_s'],
  [{ ...whole, cron: '61 * * * *' }, 'is no cron line'],
  [{ ...whole, tz: 'No/Where' }, 'No/Where'],
  [{ ...whole, name: 'other' }, 'it says that it is called other'],
])('a broken one (%j) wakes nobody, and says why, once', (content, words) => {
  save('daily.json', content);
  save('fine.json', { ...whole, name: 'fine' });
  const schedules = open();
  expect([schedules.all(), schedules.all()].map((all) => all.map((one) => one.name))).toEqual([['fine'], ['fine']]);
  expect(events).toEqual([{ event: 'schedule-not-understood', file: 'daily.json', what: expect.stringContaining(words) }]);
});

const receipt = (schedule: string, slot: string) => ({
  ...({ type: 'receipt', result: 'ran', reason: null, count: 1, beat: 7 } as const),
  ...{ schedule, slot },
});

test('the newest receipt of each is kept, and never goes back', () => {
  const schedules = open();
  expect(schedules.lastReceipts()).toEqual({});
  schedules.saveReceipt(receipt('a', '2026-06-01T09:00:00.000Z'));
  schedules.saveReceipt(receipt('b', '2026-06-02T09:00:00.000Z'));
  schedules.saveReceipt(receipt('a', '2026-05-01T09:00:00.000Z'));
  const last = (slot: string) => ({ slot, result: 'ran', reason: null });
  expect(open().lastReceipts()).toEqual({ a: last('2026-06-01T09:00:00.000Z'), b: last('2026-06-02T09:00:00.000Z') });
});

test('one that was begun is known until it is saved', () => {
  const begun = { receipt: receipt('a', '2026-06-01T09:00:00.000Z'), after: 12 };
  open().beginReceipt(begun);
  expect([open().begun(), open().lastReceipts()]).toEqual([begun, {}]);
  open().saveReceipt(begun.receipt);
  expect([open().begun(), Object.keys(open().lastReceipts())]).toEqual([null, ['a']]);
});

test('receipts that cannot be read are not taken for none', () => {
  writeFileSync(layout(home).receipts, 'broken');
  expect(() => open().lastReceipts()).toThrow();
});
