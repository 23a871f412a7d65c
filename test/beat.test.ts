import { describe, expect, test } from 'vitest';
import { beat } from '../src/beat.ts';
import type { BeatRecord } from '../src/world/record.ts';
import { NO_COST } from '../src/world/record.ts';
import { aGoal, aReading } from './support/builders.ts';
import { type FakeHome, fakeHome, fakePorts, scripted } from './support/fakes.ts';

const never = new AbortController().signal;
const MINUTE = 60_000;

function* forever<T>(answer: T): Generator<T> {
  while (true) yield answer;
}
const noop = JSON.stringify({ action: 'noop', journal: 'quiet' });
const napping = JSON.stringify({ action: 'noop', next_interval_s: 60 });

/** A home with a decider that always gives the same answer, and a function that beats it once. */
function house(options: { home?: Partial<FakeHome>; settings?: unknown; answer?: string; costs?: boolean } = {}) {
  const home = fakeHome(options.home);
  const mind = options.answer === undefined ? null : scripted(home, forever(options.answer), options.costs);
  const ports = fakePorts(home, { settings: options.settings, ...(mind ? { mind } : {}) });
  const once = (force = false): Promise<BeatRecord> => beat({ force, signal: never, effects: never }, ports);
  return { home, once };
}
const said = (record: BeatRecord) => `${record.gate.reason} ${record.by.kind} ${record.did}`;

describe('an unchanged world costs nothing', () => {
  test('the second beat asks nobody and leaves no folder', async () => {
    const { home, once } = house({ answer: noop });
    expect(said(await once())).toBe('first-beat decider acted');
    expect(await once()).toMatchObject({ id: null, did: 'rested', gate: { open: false, reason: 'unchanged' } });
    expect([home.prompts.length, home.records.length]).toEqual([1, 1]);
  });

  test('a model that always asks for another look falls silent', async () => {
    const { home, once } = house({ answer: napping });
    for (let minute = 0; minute < 120; minute++) {
      await once();
      home.clock.pass(MINUTE);
    }
    expect(home.records.map((record) => record.gate.reason)).toEqual(['first-beat', 'nap-over']);
  });

  test('a noop expires after six hours', async () => {
    const { home, once } = house({ answer: noop });
    for (let minute = 0; minute < 13 * 60; minute++) {
      await once();
      home.clock.pass(MINUTE);
    }
    expect(home.records.map((record) => record.gate.reason)).toEqual(['first-beat', 'noop-expired', 'noop-expired']);
  });
});

test('a back-off that the clock was set back in ends after its five minutes, not a day later', async () => {
  const { home, once } = house({ answer: 'no decision at all' });
  expect(said(await once())).toBe('first-beat decider refused');
  home.clock.pass(-86_400_000);
  expect((await once()).gate.reason).toBe('backing-off');
  home.clock.pass(301_000);
  expect(said(await once())).toBe('first-beat decider refused');
});

describe('no change is lost (promise 13)', () => {
  const rule = (name: string, when: string) => ({ name, when, do: { action: 'send_notification', message: name } });
  const home = () => ({ readings: { disk: aReading({ level: 'ok' }), ci: aReading({ main: 'green' }) } });

  test('two things change, a rule takes one, the other still reaches the decider', async () => {
    const { home: it, once } = house({
      home: home(),
      answer: noop,
      settings: { rules: [rule('disk', 'readings.disk.signal.level == "low"')] },
    });
    await once();
    it.readings = { disk: aReading({ level: 'low' }), ci: aReading({ main: 'red' }) };
    expect(said(await once())).toBe('changed rule acted');
    const second = await once();
    expect(said(second)).toBe('changed decider acted');
    expect(second.changes.map((change) => change.path)).toEqual(['/readings/disk/signal/level', '/readings/ci/signal/main']);
    expect((await once()).did).toBe('rested');
  });

  test('a rule that stays true neither repeats nor hides those below', async () => {
    const rules = [rule('first', 'readings.disk.signal.level == "low"'), rule('second', 'readings.ci.signal.main == "red"')];
    const { home: it, once } = house({ home: home(), settings: { rules } });
    await once();
    it.readings = { disk: aReading({ level: 'low' }), ci: aReading({ main: 'red' }) };
    const names = [];
    for (let index = 0; index < 5; index++) names.push((await once()).by.name);
    expect(names).toEqual(['first', 'second', null, null, null]);
    expect(it.acted).toEqual(['send_notification', 'send_notification']);
  });

  test('a refused decision leaves the change where it was', async () => {
    const { home: it, once } = house({ home: home(), answer: '{"action":"nonsense"}' });
    expect(await once()).toMatchObject({ did: 'refused', gate: { reason: 'first-beat' } });
    it.clock.pass(MINUTE);
    expect(await once()).toMatchObject({ did: 'refused', gate: { reason: 'first-beat' } });
    expect(it.prompts[1]).toContain('nonsense');
  });
});

describe('a decider that always fails', () => {
  test('is asked after 60, 120, 240, 300, 300 … seconds', async () => {
    const { home, once } = house({ answer: 'no JSON at all' });
    const asked: number[] = [];
    for (let beats = 0; beats < 200; ) {
      const record = await once();
      if (record.id !== null) {
        asked.push(home.clock.now().getTime() / 1_000);
        beats++;
      }
      home.clock.pass(1_000);
    }
    const waits = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
    expect(waits).toEqual([60, 120, 240, ...Array.from({ length: 196 }, () => 300)]);
  });

  test('one that runs badly is a failed beat, and says why', async () => {
    const home = fakeHome();
    const end = { end: 'badly', reason: 'exit', message: 'exited with 3', until: null, cure: null, cost: NO_COST, model: null } as const;
    const ports = fakePorts(home, { mind: scripted(home, forever(end)) });
    expect(await beat({ force: false, signal: never, effects: never }, ports)).toMatchObject({ did: 'failed', problem: 'exited with 3' });
  });
});

describe('the hourly cap', () => {
  test('holds 20 costly decisions in any hour, also when a changed world begs for more, and across restarts', async () => {
    const home = fakeHome();
    let asked = 0;
    for (let second = 0; second < 7_200; second += 30) {
      home.readings = { clock: aReading({ now: second }) };
      // A new set of ports each time: nothing of it lives in memory.
      const mind = scripted(home, forever(noop), true);
      const record = await beat({ force: false, signal: never, effects: never }, fakePorts(home, { mind }));
      if (record.by.kind === 'decider') asked++;
      else expect(record.gate.reason).toBe('capped');
      home.clock.pass(30_000);
    }
    expect(asked).toBe(40);
  });
});

describe('what closes the gate', () => {
  test('STOP: no decider, no folder', async () => {
    const { home, once } = house({ home: { frozen: true }, answer: noop });
    expect(await once(true)).toMatchObject({ id: null, gate: { reason: 'frozen' } });
    expect(home.prompts).toEqual([]);
  });
  test("a day's budget that is used up", async () => {
    const { once } = house({ home: { spentUsd: 5 }, answer: noop });
    expect(await once()).toMatchObject({ id: null, gate: { reason: 'over-budget' } });
  });
});

test('without a decider the baseline moves, so that a rest is a rest', async () => {
  const { home, once } = house({ home: { goals: { g: aGoal('g') } } });
  expect(said(await once())).toBe('first-beat none rested');
  expect(home.baseline).toBe(1);
  expect((await once()).gate.reason).toBe('unchanged');
});
