import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Pulse, type PulsePorts } from '../src/pulse.ts';
import type { BeatRecord } from '../src/world/record.ts';
import { aRecord, later, NOON } from './support/builders.ts';

const rested = aRecord({ id: null, did: 'rested', gate: { open: false, reason: 'unchanged', until: null } });

/** A pulse over time that the test moves; `answer` is what each beat gives. */
function house(parts: Partial<PulsePorts> = {}) {
  const beats: number[] = [];
  const notes: string[] = [];
  const answers: { next: () => BeatRecord } = { next: () => rested };
  const skew = { ms: 0 };
  const ports: PulsePorts = {
    clock: { now: () => new Date(Date.now() + skew.ms), monotonicMs: () => performance.now() },
    events: { emit: () => {} },
    beat: async () => {
      beats.push(Math.round((performance.now() - began) / 100) / 10);
      return answers.next();
    },
    look: async () => {},
    nextLookAt: () => null,
    nextWakeAt: () => null,
    intervalMs: () => 60_000,
    mustEnd: () => null,
    note: (event) => notes.push(event),
    ...parts,
  };
  const began = performance.now();
  const pulse = new Pulse(ports);
  const end = new AbortController();
  const running = pulse.run({ signal: end.signal, effects: end.signal });
  const close = async () => {
    end.abort();
    await vi.advanceTimersByTimeAsync(0);
    return running;
  };
  return { pulse, beats, notes, answers, skew, close, running };
}
const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1_000);

beforeEach(() => {
  vi.useFakeTimers({ now: NOON, toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('when the pulse beats', () => {
  test('at once, then every interval, which is read anew each time', async () => {
    let interval = 60_000;
    const { beats, close } = house({ intervalMs: () => interval });
    await pass(61);
    interval = 10_000;
    await pass(29);
    expect(beats).toEqual([0, 60, 70, 80, 90]);
    await close();
  });

  test('at once when something has changed', async () => {
    const { pulse, beats, close } = house();
    await pass(5);
    pulse.wake();
    await pass(0.2);
    expect(beats).toEqual([0, 5]);
    await close();
  });

  test('a second after a beat that acted, until one rests', async () => {
    const { beats, answers, close } = house();
    const dids = ['acted', 'acted', 'rested'] as const;
    let turn = 0;
    answers.next = () => aRecord({ did: dids[turn++] ?? 'rested' });
    await pass(10);
    expect(beats).toEqual([0, 1, 2]);
    await close();
  });

  test('when a wake or the end of a back-off has come', async () => {
    const { beats, answers, close } = house();
    answers.next = () => {
      answers.next = () => rested;
      return aRecord({ did: 'rested', gate: { open: false, reason: 'backing-off', until: later(20_000).toISOString() } });
    };
    await pass(21);
    expect(beats).toEqual([0, 20]);
    await close();
  });

  test('for the person: forced, and answered with the record', async () => {
    const { pulse, beats, close } = house();
    await pass(3);
    const record = pulse.beatNow(true);
    await pass(0.1);
    expect(await record).toEqual(rested);
    expect(beats).toEqual([0, 3]);
    await close();
  });
});

describe('what the pulse survives', () => {
  test('a beat that throws: noted, waited out, and the next one comes', async () => {
    const { beats, notes, answers, pulse, close } = house();
    answers.next = () => {
      answers.next = () => rested;
      throw new Error('the disk is on fire');
    };
    await pass(59);
    expect([beats, notes]).toEqual([[0], ['beat-crashed']]);
    await pass(2);
    expect(beats).toEqual([0, 60]);
    answers.next = () => {
      throw new Error('again');
    };
    const asked = pulse.beatNow(false).catch((error: Error) => error.message);
    await pass(0.1);
    expect(await asked).toBe('again');
    await close();
  });

  test('a machine that slept: the gap is noted, and looked at at once', async () => {
    const { beats, notes, skew, close } = house();
    await pass(15);
    skew.ms = 3_600_000;
    await pass(10);
    expect(notes).toEqual(['gap']);
    expect(beats).toEqual([0, 20]);
    await close();
  });

  test('a clock that is set back starves no beat', async () => {
    const { beats, notes, skew, close } = house();
    skew.ms = -86_400_000;
    await pass(121);
    expect(notes).toEqual(['clock-set-back']);
    expect(beats.length).toBeGreaterThanOrEqual(3);
    await close();
  });

  test('a home that vanishes ends it, with the reason', async () => {
    let gone: string | null = null;
    const { running } = house({ mustEnd: () => gone });
    await pass(1);
    gone = 'the home is gone';
    await pass(10);
    expect(await running).toBe('the home is gone');
  });
});

test('an asked beat that the end overtook is told so', async () => {
  const { pulse, close } = house({ beat: () => new Promise(() => {}) });
  await pass(1);
  const asked = pulse.beatNow(false).catch((error: Error) => error.message);
  void close();
  await pass(1);
  expect(await Promise.race([asked, Promise.resolve('still waiting')])).toBe('still waiting');
});
