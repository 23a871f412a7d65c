import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { ruleFailed, ruleFired, ruleInterrupted, ruleReleased } from '../../src/decide/rules.ts';
import { aGoal, aReading, aWorld } from '../support/builders.ts';
import { disk, home, low, MINUTE, rule, say } from '../support/rule-home.ts';

describe('an episode', () => {
  test('a rule speaks once while it stays true, and again after it was false', () => {
    const it = home([rule(low)]);
    expect(it.beat(disk('low'))).toEqual(['hello']);
    it.pass(MINUTE);
    expect(it.beat(disk('low'))).toEqual([]);
    expect(it.beat(disk('full'))).toEqual([]);
    expect(it.beat(disk('ok'))).toEqual([]);
    expect(it.beat(disk('low'))).toEqual(['hello']);
  });

  test('a rule that stays true hides none below it', () => {
    const it = home([rule({ name: 'a', do: say('a') }), rule({ name: 'b', do: say('b') }), rule({ name: 'c', do: say('c') })]);
    expect(it.beat(aWorld())).toEqual(['a', 'b', 'c']);
    expect(it.beat(aWorld())).toEqual([]);
  });

  test('with `for` it speaks only after it has held that long, and says when to look again', () => {
    const it = home([rule({ ...low, for: '2m' })]);
    expect(it.see(disk('low'))).toMatchObject({ eligible: [], wakes: { 'rule:r': '2026-06-01T12:02:00.000Z' } });
    it.pass(MINUTE);
    expect(it.beat(disk('ok'))).toEqual([]);
    expect(it.beat(disk('low'))).toEqual([]);
    it.pass(2 * MINUTE - 1);
    expect(it.beat(disk('low'))).toEqual([]);
    it.pass(1);
    expect(it.beat(disk('low'))).toEqual(['hello']);
  });

  test('with `every` it speaks again each time that has passed', () => {
    const it = home([rule({ ...low, every: '1h' })]);
    expect(it.beat(disk('low'))).toEqual(['hello']);
    expect(it.see(disk('low')).wakes).toEqual({ 'rule:r': '2026-06-01T13:00:00.000Z' });
    it.pass(59 * MINUTE);
    expect(it.beat(disk('low'))).toEqual([]);
    it.pass(MINUTE);
    expect(it.beat(disk('low'))).toEqual(['hello']);
    it.pass(30 * MINUTE);
    expect([it.beat(disk('ok')), it.beat(disk('low'))]).toEqual([[], ['hello']]);
  });

  test('with `once` it speaks once ever, until its text is edited', () => {
    const list = [rule({ ...low, once: true })];
    const it = home(list);
    expect(it.beat(disk('low'))).toEqual(['hello']);
    expect([it.beat(disk('ok')), it.beat(disk('low'))]).toEqual([[], []]);
    list[0] = rule({ ...low, once: true, do: say('edited') });
    expect([it.beat(disk('low')), it.beat(disk('low'))]).toEqual([['edited'], []]);
  });

  test('an edit of its text begins a rule anew', () => {
    const list = [rule(low)];
    const it = home(list);
    expect(it.beat(disk('low'))).toEqual(['hello']);
    list[0] = rule({ ...low, do: say('other') });
    expect(it.beat(disk('low'))).toEqual(['other']);
  });

  test('an error neither begins nor ends an episode, and is a problem', () => {
    const it = home([rule({ when: 'readings.disk.signal.level > 3' }), rule({ name: 'below' })]);
    const number = aWorld({ readings: { disk: aReading({ level: 4 }) } });
    expect(it.beat(number)).toEqual(['hello', 'hello']);
    const seen = it.see(disk('low'));
    expect(seen.problems).toEqual([{ rule: 'r', message: 'when: no such overload: string > int (line 1, column 1)' }]);
    expect(it.beat(number)).toEqual([]);
  });

  test('a missing key counts as false and is named', () => {
    const it = home([rule(low)]);
    const failing = aWorld({ readings: { disk: aReading({ error: 'exit', code: 1 }, { failed: true, error: 'exit' }) } });
    const seen = it.see(failing);
    expect(seen).toMatchObject({ eligible: [], problems: [] });
    expect(seen.why[0]?.reasons[0]?.message).toBe('it needs readings.disk.signal.level, which is not there');
  });
});

describe('at', () => {
  const at = (cron: string, more = {}) => rule({ ...low, at: cron, ...more });

  test('it speaks once per slot while it is true', () => {
    const it = home([at('0 18 * * *')]);
    expect(it.beat(disk('low'))).toEqual([]);
    expect(it.see(disk('low')).wakes).toEqual({ 'rule:r': '2026-06-01T16:00:00.000Z' });
    it.at('2026-06-01T16:00:00.010Z');
    expect(it.beat(disk('low'))).toEqual(['hello']);
    it.at('2026-06-01T20:00:00Z');
    expect(it.beat(disk('low'))).toEqual([]);
    it.at('2026-06-02T16:00:00Z');
    expect(it.beat(disk('low'))).toEqual(['hello']);
  });

  test('a slot that comes while it is false has passed', () => {
    const it = home([at('0 18 * * *')]);
    it.at('2026-06-01T16:00:00Z');
    expect(it.beat(disk('ok'))).toEqual([]);
    it.at('2026-06-01T16:05:00Z');
    expect(it.beat(disk('low'))).toEqual([]);
    it.at('2026-06-02T16:00:00Z');
    expect(it.beat(disk('low'))).toEqual(['hello']);
  });

  test('of the slots missed while the machine slept the newest is spoken, once', () => {
    const it = home([at('0 18 * * *')]);
    it.beat(disk('low'));
    it.at('2026-06-05T09:00:00Z');
    expect([it.beat(disk('low')), it.beat(disk('low'))]).toEqual([['hello'], []]);
  });

  test('no slot speaks twice when the clock is set back, also after the episode has ended', () => {
    const it = home([at('0 18 * * *')]);
    it.beat(disk('low'));
    it.at('2026-06-01T16:00:00Z');
    expect(it.beat(disk('low'))).toEqual(['hello']);
    it.at('2026-06-01T15:00:00Z');
    expect([it.beat(disk('low')), it.beat(disk('ok')), it.beat(disk('low'))]).toEqual([[], [], []]);
    it.at('2026-06-01T16:00:00Z');
    expect(it.beat(disk('low'))).toEqual([]);
    it.at('2026-06-02T16:00:00Z');
    expect(it.beat(disk('low'))).toEqual(['hello']);
  });

  test('a line that is no cron line is a problem of that rule alone', () => {
    const it = home([at('at noon'), rule({ name: 'below', do: say('below') })]);
    expect(it.see(disk('low')).problems).toEqual([{ rule: 'r', message: expect.stringContaining('"at noon" is no cron line') }]);
    expect(it.beat(disk('low'))).toEqual(['below']);
  });

  test('each item has its own turn at a slot', () => {
    const it = home([rule({ for_each: 'readings', when: 'it.failed', at: '0 18 * * *', do: say('{{ it.id }}') })]);
    const broken = aReading({ error: 'exit' }, { failed: true });
    it.beat(aWorld({ readings: { a: broken, b: broken } }));
    it.at('2026-06-01T16:00:00.500Z');
    expect(it.beat(aWorld({ readings: { a: broken, b: broken, late: broken } }))).toEqual(['a', 'b']);
  });
});

describe('for_each', () => {
  const broken = aReading({ error: 'timeout' }, { failed: true, error: 'timeout' });
  const fine = aReading({ a: 1 });
  const each = rule({ for_each: 'readings', when: 'it.failed', do: say('{{ it.id }}: {{ it.error }}') });

  test('each item has an episode of its own', () => {
    const it = home([each]);
    expect(it.beat(aWorld({ readings: { a: broken, b: fine, c: broken } }))).toEqual(['a: timeout', 'c: timeout']);
    expect(it.beat(aWorld({ readings: { a: broken, b: broken, c: fine } }))).toEqual(['b: timeout']);
    expect(it.beat(aWorld({ readings: { a: broken, b: broken, c: broken } }))).toEqual(['c: timeout']);
  });

  test('items that are gone leave nothing behind', () => {
    const it = home([each]);
    for (let n = 0; n < 100; n++) it.beat(aWorld({ readings: { [`s${n}`]: broken } }));
    expect(Object.keys(it.states().r?.episodes ?? {})).toEqual(['s99']);
  });

  test('with `once` an item is spoken of once, also when it comes back', () => {
    const it = home([rule({ for_each: 'readings', when: 'it.failed', once: true, do: say('{{ it.id }}') })]);
    expect(it.beat(aWorld({ readings: { a: broken } }))).toEqual(['a']);
    expect(it.beat(aWorld({ readings: {} }))).toEqual([]);
    expect(it.beat(aWorld({ readings: { a: broken, b: broken } }))).toEqual(['b']);
  });

  test('an expression that has to be ended is not tried on every item', () => {
    const slow = rule({ for_each: 'goals', when: 'it.text.matches("(a+)+$")' });
    const goals = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`g${n}`, aGoal(`${'a'.repeat(50)}!`)]));
    const began = performance.now();
    expect(home([slow]).see(aWorld({ goals })).problems).toHaveLength(1);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});

describe('failures', () => {
  test('a rule that fails waits 60 s, 120 s, and is held after three, until the person answers', () => {
    const it = home([rule({ name: 'a', do: say('a') }), rule({ name: 'b', do: say('b') })]);
    const fail = () => it.change((states, now) => ruleFailed(states, { rule: 'a', item: '', now }));
    expect(it.see(aWorld()).eligible.map((move) => move.rule)).toEqual(['a', 'b']);
    fail();
    expect(it.see(aWorld())).toMatchObject({ eligible: [{ rule: 'b' }], wakes: { 'rule:a': '2026-06-01T12:01:00.000Z' } });
    it.pass(MINUTE);
    expect(it.see(aWorld()).eligible[0]?.rule).toBe('a');
    fail();
    expect(it.see(aWorld()).wakes).toEqual({ 'rule:a': '2026-06-01T12:03:00.000Z' });
    it.pass(2 * MINUTE);
    fail();
    it.pass(24 * 60 * MINUTE);
    const held = it.see(aWorld());
    expect(held).toMatchObject({ eligible: [{ rule: 'b' }], wakes: {} });
    expect(held.why[0]?.reasons[0]?.message).toBe('it is held: 3 failures in a row');
    it.change((states) => ruleReleased(states, 'a'));
    expect(it.beat(aWorld())).toEqual(['a', 'b']);
  });

  test('one that was interrupted is held at once', () => {
    const it = home([rule({})]);
    it.see(aWorld());
    it.change((states, now) => ruleInterrupted(states, { rule: 'r', item: '', now }));
    it.pass(24 * 60 * MINUTE);
    expect(it.see(aWorld()).why[0]?.reasons[0]?.message).toContain('it is held: interrupted at');
  });

  test('success ends the back-off', () => {
    const it = home([rule({})]);
    it.see(aWorld());
    it.change((states, now) => ruleFailed(states, { rule: 'r', item: '', now }));
    it.change((states, now) => ruleFired(states, { rule: 'r', item: '', now }));
    expect(it.states().r).toMatchObject({ failures: 0, until: null });
  });
});

describe('clocks', () => {
  test('one that is set back a year neither ends an episode, nor repeats it, nor makes it wait a year', () => {
    const list = [
      rule({ name: 'plain', do: say('plain') }),
      rule({ name: 'again', every: '1h', do: say('again') }),
      rule({ name: 'held', for: '10m', do: say('held') }),
    ];
    const it = home(list);
    expect(it.beat(aWorld())).toEqual(['plain', 'again']);
    it.change((states, now) => ruleFailed(states, { rule: 'again', item: '', now }));
    it.at('2025-06-01T12:00:00Z');
    expect(it.beat(aWorld())).toEqual([]);
    it.pass(10 * MINUTE);
    expect(it.beat(aWorld())).toEqual(['held']);
    it.pass(50 * MINUTE);
    expect(it.beat(aWorld())).toEqual(['again']);
  });
});

describe('always', () => {
  const items = ['a', 'b', 'c'];
  const list = [
    rule({ name: 'plain', when: 'readings.a.failed', do: say('plain') }),
    rule({ name: 'each', for_each: 'readings', when: 'it.failed', do: say('each {{ it.id }}') }),
    rule({ name: 'held', when: 'readings.b.failed', for: '3m', do: say('held') }),
    rule({ name: 'every', when: 'readings.c.failed', every: '2m', do: say('every') }),
    rule({ name: 'below', when: 'readings.a.failed || readings.b.failed', do: say('below') }),
  ];
  const step = fc.record({ failing: fc.subarray(items), ms: fc.integer({ min: -5 * MINUTE, max: 5 * MINUTE }) });

  property.prop([fc.array(step, { maxLength: 30 })])(
    'each turn to true is spoken of exactly once a rule and item, whatever else is true',
    (steps) => {
      const it = home(list);
      let former: string[] = [];
      for (const { failing, ms } of steps) {
        it.pass(ms);
        const said = it.beat(
          aWorld({ readings: Object.fromEntries(items.map((id) => [id, aReading(1, { failed: failing.includes(id) })])) }),
        );
        const began = (id: string) => failing.includes(id) && !former.includes(id);
        expect(said.filter((message) => message === 'plain')).toHaveLength(began('a') ? 1 : 0);
        for (const id of items) expect(said.filter((message) => message === `each ${id}`)).toHaveLength(began(id) ? 1 : 0);
        const any = (ids: string[]) => ids.includes('a') || ids.includes('b');
        expect(said.filter((message) => message === 'below')).toHaveLength(any(failing) && !any(former) ? 1 : 0);
        expect(new Set(said).size).toBe(said.length);
        former = failing;
      }
    },
  );
});
