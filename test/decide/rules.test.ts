import { readFileSync } from 'node:fs';
import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ruleFailed, ruleFired, ruleInterrupted, ruleReleased, rules } from '../../src/decide/rules.ts';
import type { RuleStates } from '../../src/world/rule-state.ts';
import { type Rule, ruleSchema, settingsSchema } from '../../src/world/settings.ts';
import type { World } from '../../src/world/world.ts';
import { aGoal, aReading, aWorker, emptyWorld, NOON } from '../support/worlds.ts';

const MINUTE = 60_000;
const say = (message: string) => ({ action: 'send_notification', message });

function rule(text: Record<string, unknown>): Rule {
  return ruleSchema.parse({ name: 'r', when: 'true', do: say('hello'), ...text });
}

/** A home with a clock: beats once, and the first eligible rule speaks. */
function home(list: Rule[], start: Date = NOON) {
  let [states, now]: [RuleStates, Date] = [{}, start];
  const see = (world: World) => {
    const seen = rules({ rules: list, world, states, now, tz: 'Europe/Berlin' });
    states = seen.states;
    return seen;
  };
  return {
    see,
    /** The messages said, one a beat, until no rule has a move. */
    beat(world: World): string[] {
      const said: string[] = [];
      for (let turn = 0; turn < 50; turn++) {
        const first = see(world).eligible[0];
        if (!first) break;
        said.push(String(first.action.message));
        states = ruleFired(states, { ...first, now });
      }
      return said;
    },
    pass: (ms: number) => {
      now = new Date(now.getTime() + ms);
    },
    at: (time: string) => {
      now = new Date(time);
    },
    change: (next: (states: RuleStates, now: Date) => RuleStates) => {
      states = next(states, now);
    },
    states: () => states,
  };
}

const disk = (level: string) => emptyWorld({ readings: { disk: aReading({ level }, { detail: { used_pct: 93 } }) } });
const low = { when: 'readings.disk.signal.level != "ok"' };

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
    expect(it.beat(emptyWorld())).toEqual(['a', 'b', 'c']);
    expect(it.beat(emptyWorld())).toEqual([]);
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
    const number = emptyWorld({ readings: { disk: aReading({ level: 4 }) } });
    expect(it.beat(number)).toEqual(['hello', 'hello']);
    const seen = it.see(disk('low'));
    expect(seen.problems).toEqual([{ rule: 'r', message: 'when: no such overload: string > int (line 1, column 1)' }]);
    expect(it.beat(number)).toEqual([]);
  });

  test('a missing key counts as false and is named', () => {
    const it = home([rule(low)]);
    const failing = emptyWorld({ readings: { disk: aReading({ error: 'exit', code: 1 }, { failed: true, error: 'exit' }) } });
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
    it.beat(emptyWorld({ readings: { a: broken, b: broken } }));
    it.at('2026-06-01T16:00:00.500Z');
    expect(it.beat(emptyWorld({ readings: { a: broken, b: broken, late: broken } }))).toEqual(['a', 'b']);
  });
});

describe('for_each', () => {
  const broken = aReading({ error: 'timeout' }, { failed: true, error: 'timeout' });
  const fine = aReading({ a: 1 });
  const each = rule({ for_each: 'readings', when: 'it.failed', do: say('{{ it.id }}: {{ it.error }}') });

  test('each item has an episode of its own', () => {
    const it = home([each]);
    expect(it.beat(emptyWorld({ readings: { a: broken, b: fine, c: broken } }))).toEqual(['a: timeout', 'c: timeout']);
    expect(it.beat(emptyWorld({ readings: { a: broken, b: broken, c: fine } }))).toEqual(['b: timeout']);
    expect(it.beat(emptyWorld({ readings: { a: broken, b: broken, c: broken } }))).toEqual(['c: timeout']);
  });

  test('items that are gone leave nothing behind', () => {
    const it = home([each]);
    for (let n = 0; n < 100; n++) it.beat(emptyWorld({ readings: { [`s${n}`]: broken } }));
    expect(Object.keys(it.states().r?.episodes ?? {})).toEqual(['s99']);
  });

  test('with `once` an item is spoken of once, also when it comes back', () => {
    const it = home([rule({ for_each: 'readings', when: 'it.failed', once: true, do: say('{{ it.id }}') })]);
    expect(it.beat(emptyWorld({ readings: { a: broken } }))).toEqual(['a']);
    expect(it.beat(emptyWorld({ readings: {} }))).toEqual([]);
    expect(it.beat(emptyWorld({ readings: { a: broken, b: broken } }))).toEqual(['b']);
  });

  test('an expression that has to be ended is not tried on every item', () => {
    const slow = rule({ for_each: 'goals', when: 'it.text.matches("(a+)+$")' });
    const goals = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`g${n}`, aGoal({ text: `${'a'.repeat(50)}!` })]));
    const began = performance.now();
    expect(home([slow]).see(emptyWorld({ goals })).problems).toHaveLength(1);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});

describe('failures', () => {
  test('a rule that fails waits 60 s, 120 s, and is held after three, until the person answers', () => {
    const it = home([rule({ name: 'a', do: say('a') }), rule({ name: 'b', do: say('b') })]);
    const fail = () => it.change((states, now) => ruleFailed(states, { rule: 'a', item: '', now }));
    expect(it.see(emptyWorld()).eligible.map((move) => move.rule)).toEqual(['a', 'b']);
    fail();
    expect(it.see(emptyWorld())).toMatchObject({ eligible: [{ rule: 'b' }], wakes: { 'rule:a': '2026-06-01T12:01:00.000Z' } });
    it.pass(MINUTE);
    expect(it.see(emptyWorld()).eligible[0]?.rule).toBe('a');
    fail();
    expect(it.see(emptyWorld()).wakes).toEqual({ 'rule:a': '2026-06-01T12:03:00.000Z' });
    it.pass(2 * MINUTE);
    fail();
    it.pass(24 * 60 * MINUTE);
    const held = it.see(emptyWorld());
    expect(held).toMatchObject({ eligible: [{ rule: 'b' }], wakes: {} });
    expect(held.why[0]?.reasons[0]?.message).toBe('it is held: 3 failures in a row');
    it.change((states) => ruleReleased(states, 'a'));
    expect(it.beat(emptyWorld())).toEqual(['a', 'b']);
  });

  test('one that was interrupted is held at once', () => {
    const it = home([rule({})]);
    it.see(emptyWorld());
    it.change((states, now) => ruleInterrupted(states, { rule: 'r', item: '', now }));
    it.pass(24 * 60 * MINUTE);
    expect(it.see(emptyWorld()).why[0]?.reasons[0]?.message).toContain('it is held: interrupted at');
  });

  test('success ends the back-off', () => {
    const it = home([rule({})]);
    it.see(emptyWorld());
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
    expect(it.beat(emptyWorld())).toEqual(['plain', 'again']);
    it.change((states, now) => ruleFailed(states, { rule: 'again', item: '', now }));
    it.at('2025-06-01T12:00:00Z');
    expect(it.beat(emptyWorld())).toEqual([]);
    it.pass(10 * MINUTE);
    expect(it.beat(emptyWorld())).toEqual(['held']);
    it.pass(50 * MINUTE);
    expect(it.beat(emptyWorld())).toEqual(['again']);
  });
});

describe('templates', () => {
  const hostile = "x'; touch /tmp/owned; echo '$(id) `id` \"";
  const world = emptyWorld({ readings: { a: aReading({ text: hostile }) } });

  test('a value in a shell command is one quoted word', () => {
    const it = home([
      rule({ do: { action: 'run_shell', cmd: 'echo {{ readings.a.signal.text }}', reason: '{{ readings.a.signal.text }}' } }),
    ]);
    const action = it.see(world).eligible[0]?.action;
    expect(action?.cmd).toBe(`echo 'x'\\''; touch /tmp/owned; echo '\\''$(id) \`id\` "'`);
    expect(action?.reason).toBe(hostile);
  });

  test('also in what an option would do', () => {
    const ask = {
      action: 'ask_human',
      question: 'q',
      options: [{ label: 'go', do: { action: 'run_shell', cmd: 'echo {{ readings.a.signal.text }}' } }],
    };
    expect(JSON.stringify(home([rule({ do: ask })]).see(world).eligible[0]?.action)).toContain("echo 'x'\\\\''");
  });

  test('a value within quotes is refused as a problem, and the rules below go on', () => {
    const it = home([rule({ do: { action: 'run_shell', cmd: 'echo "{{ readings.a.signal.text }}"' } }), rule({ name: 'b', do: say('b') })]);
    expect(it.see(world).problems).toEqual([{ rule: 'r', message: expect.stringContaining('within or after double quotes') }]);
    expect(it.beat(world)).toEqual(['b']);
  });

  test('a program in any language takes no templates', () => {
    const it = home([rule({ do: { action: 'write_sensor', name: 'x', script: 'echo {{ readings.a.signal.text }}' } })]);
    expect(it.see(world)).toMatchObject({ eligible: [], problems: [{ message: expect.stringContaining('"script" cannot hold') }] });
  });

  test('the kind of action is never a template', () => {
    const it = home([rule({ do: { action: '{{ readings.a.signal.text }}' } })]);
    expect(it.see(world).eligible[0]?.action.action).toBe('{{ readings.a.signal.text }}');
  });

  test('a key that is missing there makes the rule wait, with the reason', () => {
    const it = home([rule({ do: say('{{ readings.b.signal }}') })]);
    const seen = it.see(world);
    expect(seen).toMatchObject({ eligible: [], problems: [] });
    expect(seen.why[0]?.reasons[0]?.message).toBe('its action needs readings.b, which is not there');
  });
});

describe('why', () => {
  test('the first part that is false, with its values; the next slot; what has spoken', () => {
    const it = home([rule({ ...low }), rule({ name: 'w', for_each: 'workers', when: 'it.state == "Stuck"' }), rule({ name: 'spoken' })]);
    it.beat(disk('ok'));
    const seen = it.see({ ...disk('ok'), workers: { a: aWorker() } });
    expect(seen.why.map((one) => one.reasons[0]?.message)).toEqual([
      'readings.disk.signal.level != "ok" is false (readings.disk.signal.level is "ok")',
      'none of 1 workers; a: it.state == "Stuck" is false (it.state is "Running")',
      'it has spoken (2026-06-01T12:00:00.000Z) and stays true since 2026-06-01T12:00:00.000Z',
    ]);
  });

  test('a rule with a move has no reason, and names what it rests on', () => {
    const it = home([rule(low)]);
    const seen = it.see(disk('low'));
    expect(seen.why).toEqual([{ name: 'r', eligible: true, reasons: [] }]);
    expect(seen.eligible[0]?.because).toEqual(['/readings/disk/signal/level']);
  });

  test('two rules of one name, and names that are ours, are problems', () => {
    const it = home([rule({ do: say('1') }), rule({ do: say('2') }), rule({ name: 'hire:x' }), rule({ name: '__proto__' })]);
    expect(it.see(emptyWorld()).problems.map((problem) => problem.rule)).toEqual(['r', 'hire:x', '__proto__']);
    expect(it.beat(emptyWorld())).toEqual(['1']);
  });
});

describe('the rules of the example home', () => {
  const settings = settingsSchema.parse(parse(readFileSync('flyball.yaml', 'utf8')));

  test('they say what they promise', () => {
    const it = home(settings.rules);
    const world = emptyWorld({
      readings: {
        disk: aReading({ level: 'low' }, { detail: { used_pct: 93, free_gb: 12 } }),
        units: aReading({ state: 'failed', failed: ['a.service', 'b.service'] }),
        repo: aReading({ unsaved: 'old', where: 'site' }),
        broken: aReading({ error: 'exit', code: 1 }, { failed: true, error: 'exit' }),
      },
      workers: { page: aWorker({ state: 'Stuck', silent_s: 905 }) },
      goals: { a: aGoal({ ready: true }) },
    });
    it.see(world);
    it.pass(2 * MINUTE);
    const seen = it.see(world);
    expect(seen.problems).toEqual([]);
    const said = seen.eligible.map((move) => String(move.action.message ?? move.action.question));
    expect(said).toContain('The disk is 93 % full; 12 GB are left.');
    expect(said).toContain('Failed units: a.service, b.service');
    expect(said).toContain('The sensor broken fails: exit. See: flyball try broken');
    expect(said.find((message) => message.startsWith('All 1 goals hold.'))).toBeDefined();
  });

  test('a whole number divided by a whole number is one', () => {
    const question = 'The worker {{ it.id }} has been silent for {{ it.silent_s / 60 }} minutes. What now?';
    const stuck = rule({ for_each: 'workers', when: 'it.state == "Stuck"', do: { action: 'ask_human', question } });
    const world = emptyWorld({ workers: { page: aWorker({ state: 'Stuck', silent_s: 905 }) } });
    expect(home([stuck]).see(world).eligible[0]?.action.question).toBe('The worker page has been silent for 15 minutes. What now?');
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
          emptyWorld({ readings: Object.fromEntries(items.map((id) => [id, aReading(1, { failed: failing.includes(id) })])) }),
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
