// What time does to open asks: awake time is counted, kept, and never invented; an approval only lapses.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { askTimes } from '../src/asks/times.ts';
import type { NewAsk } from '../src/ports/asks.ts';
import { openAsks } from '../src/store/asks.ts';
import { createBeats } from '../src/store/beats.ts';
import { layout } from '../src/store/layout.ts';
import { createState } from '../src/store/state.ts';
import { APPROVAL_TTL_MS } from '../src/world/ask.ts';
import { askOf } from '../src/world/question.ts';
import { aRecord, aWorld } from './support/builders.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** A home on disk, a machine whose clocks the test turns, and pulses that come and go. */
function machine() {
  const home = mkdtempSync(join(tmpdir(), 'flyball-asks-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const clock = { wall: Date.parse('2026-03-02T12:00:00.000Z'), mono: 5 * HOUR };
  const ports = {
    asks: openAsks(layout(home)),
    state: createState(layout(home)),
    beats: createBeats(layout(home)),
    clock: { now: () => new Date(clock.wall), monotonicMs: () => clock.mono },
  };
  const notes: unknown[] = [];
  const pulse = () => askTimes({ ...ports, note: (event, fields) => notes.push([event, fields]) });
  const awake = (ms: number) => {
    clock.wall += ms;
    clock.mono += ms;
  };
  const asleep = (ms: number) => {
    clock.wall += ms;
  };
  const question = { question: 'Which?', options: ['red', 'blue'], default: 'red', after_s: 2 * 3_600, ref: null };
  const asked = () =>
    ports.asks.raise(askOf(question, { worker: null, generation: null }, { now: ports.clock.now(), monotonicMs: clock.mono }));
  const answerOf = (id: string) => ports.asks.get(id)?.answer ?? null;
  return { ...ports, times: clock, pulse, awake, asleep, asked, answerOf, notes };
}

const running = { frozen: false };

test('a default is taken after the time that the machine was awake, not slept', () => {
  const { pulse, asked, awake, asleep, answerOf, notes, asks } = machine();
  const times = pulse();
  const id = asked();
  times.look(running);
  awake(90 * MINUTE);
  asleep(10 * HOUR);
  expect(times.look(running)).toBe(false);
  awake(29 * MINUTE);
  expect(times.look(running)).toBe(false);
  awake(MINUTE);
  expect(times.look(running)).toBe(true);
  expect(asks.get(id)).toMatchObject({ state: 'answered', answer: 'red', answered_by: 'default' });
  expect(notes).toEqual([['default-taken', { ask: id, answer: 'red' }]]);
  expect(times.look(running)).toBe(false);
  expect(answerOf(id)).toBe('red');
});

test('a pulse that begins anew neither forgets the time nor adds any', () => {
  const { pulse, asked, awake, asleep, answerOf } = machine();
  const id = asked();
  for (let hour = 0; hour < 11; hour++) {
    const times = pulse();
    times.look(running);
    awake(10 * MINUTE);
    asleep(HOUR);
    expect(times.look(running)).toBe(false);
  }
  awake(9 * MINUTE);
  expect(pulse().look(running)).toBe(false);
  awake(MINUTE);
  expect(pulse().look(running)).toBe(true);
  expect(answerOf(id)).toBe('red');
});

test('a machine that booted anew has been awake no longer than its clock says', () => {
  const { pulse, asked, awake, times: clock } = machine();
  asked();
  awake(HOUR);
  pulse().look(running);
  clock.mono = 59 * MINUTE;
  clock.wall += 24 * HOUR;
  expect(pulse().look(running)).toBe(false);
  awake(MINUTE);
  expect(pulse().look(running)).toBe(true);
});

test('a clock that is set forward takes no default, and one set back keeps none from being taken', () => {
  const { pulse, asked, awake, times: clock, answerOf } = machine();
  const times = pulse();
  const [first] = [asked()];
  times.look(running);
  clock.wall += 400 * 24 * HOUR;
  expect(times.look(running)).toBe(false);
  clock.wall -= 900 * 24 * HOUR;
  awake(2 * HOUR);
  expect(times.look(running)).toBe(true);
  expect(answerOf(first)).toBe('red');
});

test('while everything is stopped no time passes and nothing is taken', () => {
  const { pulse, asked, awake, answerOf } = machine();
  const times = pulse();
  const id = asked();
  awake(HOUR);
  times.look(running);
  for (let tick = 0; tick < 30; tick++) {
    awake(10 * MINUTE);
    expect(times.look({ frozen: true })).toBe(false);
  }
  awake(59 * MINUTE);
  expect(times.look(running)).toBe(false);
  awake(MINUTE);
  times.look(running);
  expect(answerOf(id)).toBe('red');
});

test('the person who is first wins over the default', () => {
  const { pulse, asked, awake, asks, clock } = machine();
  const id = asked();
  asks.answer(id, { text: 'blue', by: 'person', at: clock.now() });
  awake(3 * HOUR);
  expect(pulse().look(running)).toBe(false);
  expect(asks.get(id)).toMatchObject({ answer: 'blue', answered_by: 'person' });
});

test('an approval has no default, whatever its file says; it lapses by the wall, which is no yes', () => {
  const { pulse, awake, asleep, asks, clock, notes } = machine();
  const ask: NewAsk = {
    ...askOf(
      { question: 'May I?', options: null, default: 'yes', after_s: 1, ref: 'b1' },
      { worker: null, generation: null },
      { now: clock.now(), monotonicMs: 0 },
    ),
    kind: 'approval',
    expires_at: new Date(clock.now().getTime() + APPROVAL_TTL_MS).toISOString(),
  };
  const id = asks.raise(ask);
  const times = pulse();
  awake(23 * HOUR);
  expect(times.look(running)).toBe(false);
  expect(asks.get(id)).toMatchObject({ state: 'open', answer: null });
  asleep(HOUR);
  expect(times.look({ frozen: true })).toBe(false);
  expect(times.look(running)).toBe(true);
  expect(asks.get(id)).toMatchObject({ state: 'closed', answer: null, closed_reason: 'expired' });
  expect(notes).toEqual([['approval-lapsed', { ask: id }]]);
});

test('it says when it is due: soon while a default is counted, at the lapse of an approval, never when nothing waits', () => {
  const { pulse, asked, asks, clock } = machine();
  const times = pulse();
  expect(times.nextDueAt(clock.now())).toEqual(clock.now());
  times.look(running);
  expect(times.nextDueAt(clock.now())).toBeNull();
  const id = asked();
  times.changed();
  times.look(running);
  expect(times.nextDueAt(clock.now())).toEqual(new Date(clock.now().getTime() + 10_000));
  asks.close(id, 'answered', clock.now());
  times.look(running);
  expect(times.nextDueAt(clock.now())).toBeNull();
});

test('an answered question is put away after a day, and never before a decision was taken with its answer in view', () => {
  const { pulse, asked, awake, asks, clock, state, beats } = machine();
  const id = asked();
  asks.answer(id, { text: 'blue', by: 'person', at: clock.now() });
  awake(40 * HOUR);
  pulse().look(running);
  expect(asks.get(id)).toMatchObject({ state: 'answered' });
  const shown = {
    kind: 'question',
    worker: null,
    question: 'Which?',
    options: null,
    signal: 'answered',
    at: clock.now().toISOString(),
  } as const;
  const beat = beats.open(aRecord({ id: null }), 0);
  beats.write(beat, 'world.json', JSON.stringify(aWorld({ asks: { [id]: shown } })));
  state.saveBaseline(beat);
  pulse().look(running);
  expect(asks.get(id)).toMatchObject({ state: 'closed', closed_reason: 'answered', answer: 'blue' });
});
