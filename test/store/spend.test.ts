import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Layout, layout } from '../../src/store/layout.ts';
import { createSpend } from '../../src/store/spend.ts';
import { type Cost, NO_COST } from '../../src/world/record.ts';
import { later, NOON } from '../support/builders.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
let home: Layout;
const spend = (tz = 'UTC') => createSpend(home, { tz, assume: 0.1 });
const known = (usd: number): Cost => ({ usd, estimated: false, tokens_in: 100, tokens_out: 20 });
const run = (cost: Cost, at: Date = NOON, more: { agent?: string; model?: string | null } = {}) => ({
  at: at.toISOString(),
  beat: 1,
  scope: 'home',
  goal: null,
  agent: 'claude',
  model: 'sonnet',
  cost,
  ...more,
});

beforeEach(() => {
  home = layout(mkdtempSync(join(realpathSync(tmpdir()), 'flyball-spend-')));
  mkdirSync(home.machine);
});
afterEach(() => rmSync(home.home, { recursive: true, force: true }));

test('nothing was spent before the first row', () => {
  expect(spend().today(NOON)).toEqual({ usd: 0, estimated: false, goals: {} });
  expect(existsSync(home.spend)).toBe(false);
});

test('a row says who, with which model, how many tokens and what it cost', () => {
  spend().add(run(known(0.25)));
  expect(JSON.parse(readFileSync(home.spend, 'utf8'))).toEqual({
    ...{ v: 1, at: NOON.toISOString(), beat: 1, scope: 'home', goal: null, agent: 'claude', model: 'sonnet' },
    ...{ usd: 0.25, estimated: false, tokens_in: 100, tokens_out: 20 },
  });
  expect(statSync(home.spend).mode & 0o777).toBe(0o600);
});

describe('today', () => {
  test('is the day of the home, not of the machine', () => {
    const book = spend('Asia/Tokyo'); // nine hours ahead: 12:00 UTC is 21:00, and the day began at 15:00 UTC the day before
    for (const hours of [-30, -22, -20, -1, 0, 2.9, 3.1]) book.add(run(known(1), later(hours * HOUR)));
    expect(book.today(NOON).usd).toBe(4);
    expect(spend('UTC').today(NOON).usd).toBe(4);
    expect(spend('America/New_York').today(NOON).usd).toBe(4); // -1, 0, 2.9 and 3.1
  });

  test('sees what another process wrote meanwhile', () => {
    const book = spend();
    book.add(run(known(1)));
    expect(book.today(NOON).usd).toBe(1);
    spend().add(run(known(2)));
    expect(book.today(NOON).usd).toBe(3);
    truncateSync(home.spend, 0);
    expect(book.today(NOON).usd).toBe(0);
  });
});

describe('a run of unknown cost is charged', () => {
  const charged = (): number => (JSON.parse(readFileSync(home.spend, 'utf8').trim().split('\n').at(-1) ?? '') as { usd: number }).usd;

  test('what is assumed, when nothing is known', () => {
    spend().add(run(NO_COST));
    expect(charged()).toBe(0.1);
    expect(spend().today(NOON)).toEqual({ usd: 0.1, estimated: true, goals: {} });
  });

  test('the dearest known run of the same agent and model within 30 days', () => {
    const book = spend();
    book.add(run(known(9), later(-31 * DAY)));
    book.add(run(known(0.3), later(-29 * DAY)));
    book.add(run(known(0.2)));
    book.add(run(known(5), NOON, { model: 'opus' }));
    book.add(run(known(6), NOON, { agent: 'pi' }));
    book.add(run(NO_COST));
    expect(charged()).toBe(0.3);
    book.add(run(NO_COST));
    expect(charged()).toBe(0.3);
  });

  test('what an estimate was is no knowledge', () => {
    const book = spend();
    book.add(run({ ...known(4), estimated: true }));
    book.add(run(NO_COST));
    expect(charged()).toBe(0.1);
  });

  test('and a known zero stays zero', () => {
    spend().add(run(known(0)));
    expect(spend().today(NOON)).toEqual({ usd: 0, estimated: false, goals: {} });
  });
});

describe('a damaged file', () => {
  test('keeps what can be read; a torn line counts as a run of unknown cost and spoils no other', () => {
    const book = spend();
    book.add(run(known(1)));
    appendFileSync(home.spend, '{"v":1,"at":"2026-03-02T12:0');
    expect(book.today(NOON)).toEqual({ usd: 1.1, estimated: true, goals: {} });
    book.add(run(known(2)));
    expect(book.today(NOON)).toEqual({ usd: 3.1, estimated: true, goals: {} });
    expect(spend().today(NOON)).toEqual({ usd: 3.1, estimated: true, goals: {} });
  });

  test('that cannot be read is not taken for an empty one', () => {
    mkdirSync(home.spend);
    expect(() => spend().today(NOON)).toThrow();
  });

  test('row by row: what is no row of ours is charged, never passed over', () => {
    writeFileSync(home.spend, 'x\n{"at":"2026-03-02T12:00:00.000Z"}\n[]\n\n');
    expect(spend().today(NOON).usd).toBeCloseTo(0.3);
  });
});

test('the file is put aside at its size, and the day still counts whole', () => {
  const book = spend();
  book.add(run(known(1)));
  const filler = `${JSON.stringify({ ...run(known(0)), cost: undefined, usd: 0, estimated: false, note: 'x'.repeat(1_000) })}\n`;
  writeFileSync(home.spend, readFileSync(home.spend, 'utf8') + filler.repeat(5_000));
  book.add(run(known(2)));
  expect(existsSync(`${home.spend}.1`)).toBe(true);
  book.add(run(known(4)));
  expect(statSync(home.spend).size).toBeLessThan(1_000);
  expect(book.today(NOON).usd).toBe(7);
});
