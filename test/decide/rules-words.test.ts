import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { settingsSchema } from '../../src/world/settings.ts';
import { aGoal, aReading, aWorld } from '../support/builders.ts';
import { aWorker, disk, home, low, MINUTE, rule, say } from '../support/rule-home.ts';

describe('templates', () => {
  const hostile = "x'; touch /tmp/owned; echo '$(id) `id` \"";
  const world = aWorld({ readings: { a: aReading({ text: hostile }) } });

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
    expect(it.see(aWorld()).problems.map((problem) => problem.rule)).toEqual(['r', 'hire:x', '__proto__']);
    expect(it.beat(aWorld())).toEqual(['1']);
  });
});

describe('the rules of the example home', () => {
  const settings = settingsSchema.parse(parse(readFileSync('flyball.yaml', 'utf8')));

  test('they say what they promise', () => {
    const it = home(settings.rules);
    const world = aWorld({
      readings: {
        disk: aReading({ level: 'low' }, { detail: { used_pct: 93, free_gb: 12 } }),
        units: aReading({ state: 'failed', failed: ['a.service', 'b.service'] }),
        repo: aReading({ unsaved: 'old', where: 'site' }),
        broken: aReading({ error: 'exit', code: 1 }, { failed: true, error: 'exit' }),
      },
      workers: { page: aWorker({ state: 'Stuck', silent_s: 905 }) },
      goals: { a: aGoal('A', { status: 'True' }) },
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
    const world = aWorld({ workers: { page: aWorker({ state: 'Stuck', silent_s: 905 }) } });
    expect(home([stuck]).see(world).eligible[0]?.action.question).toBe('The worker page has been silent for 15 minutes. What now?');
  });
});
