import { describe, expect, test } from 'vitest';
import { parseDecision } from '../../src/decide/parse.ts';
import { aGoal, aReading, aWorld } from '../support/builders.ts';

const world = aWorld({
  goals: { inbox: aGoal('Empty inbox\n') },
  readings: { ci: aReading({ main: 'red', 'a/b': 1, list: ['x'] }) },
});
const options = { world, beat: 7, evidence: 'optional' } as const;
const parse = (text: string, more: object = {}) => parseDecision(text, { ...options, ...more });
const problemOf = (text: string, more: object = {}): string => {
  const parsed = parse(text, more);
  return parsed.ok ? `accepted ${JSON.stringify(parsed.decision)}` : parsed.problem;
};

describe('a decision is read from', () => {
  const noop = { action: 'noop', reason: 'quiet' };
  const json = JSON.stringify(noop);
  test.each([
    ['the bare object', json, false],
    ['an object with white space and a byte order mark', `\uFEFF\n ${json}\n\n`, false],
    ['a code fence', `\`\`\`json\n${json}\n\`\`\``, true],
    ['a fence with prose on both sides', `Here is my decision:\n\n\`\`\`\n${json}\n\`\`\`\nLet me know!`, true],
    ['prose without a fence', `I choose ${json}. That is all.`, true],
    ['prose with brackets and quotes of its own', `As [1] says, the "inbox" is fine. ${json}`, true],
    ['single quotes and a trailing comma', "{'action': 'noop', 'reason': 'quiet',}", true],
    ['bare keys and a comment', '{action: "noop", /* nothing to do */ reason: "quiet"}', true],
    ['prose with braces that are no decision', `The set {a, b} is fine.\n${json}`, true],
  ])('%s', (_, text, repaired) => {
    expect(parse(text)).toEqual({ ok: true, decision: noop, evidence: [], repaired });
  });

  test('a string that holds braces, fences and quotes stays what it is', () => {
    const body = '```json\n{"action":"run_shell"}\n``` and \\" }{';
    const parsed = parse(`Sure:\n${JSON.stringify({ action: 'write_goal', id: 'inbox', body })}`);
    expect(parsed).toMatchObject({ ok: true, decision: { body } });
  });
});

describe('refused, in words for the decider:', () => {
  test.each([
    ['nothing', '', 'the answer is empty'],
    ['prose alone', 'I would rather not.', 'there is no JSON object in the answer'],
    ['a list', '[{"action":"noop"}]', 'the answer is a list'],
    ['a list in prose', 'Here: [{"action":"noop"}, {"action":"noop"}]', 'the answer is a list'],
    ['a number', '7', 'the answer is a number'],
    ['null', 'null', 'the answer is null'],
    ['two objects', '{"action":"noop"} {"action":"noop"}', 'more than one JSON object'],
    ['two objects in two fences', '```\n{"action":"noop"}\n```\n```\n{"action":"noop"}\n```', 'more than one JSON object'],
    ['one that breaks off', '{"action":"run_shell","cmd":"rm -rf build', 'breaks off'],
    ['one that breaks off, with a whole one inside', '{"action":"run_shell","x":{"action":"noop"}', 'breaks off'],
    ['what no repair makes JSON of', '{"action":"noop",,,,"reason"}', 'no valid JSON'],
    ['a quarter of a megabyte of quotes', `{"action"${"'".repeat(260_000)}}`, 'no valid JSON'],
    ['no action', '{"reason":"quiet"}', 'the field "action" is missing'],
    ['an action that is no string', '{"action":["noop"]}', 'action: a list instead of a string'],
    ['an unknown kind', '{"action":"write_gaol","id":"x"}', '"write_gaol" is no kind of action (did you mean "write_goal"?)'],
    ['the name of a method', '{"action":"constructor"}', '"constructor" is no kind of action'],
    ['an unknown field', '{"action":"noop","raeson":"x"}', 'noop: there is no field "raeson" (did you mean "reason"?)'],
    ['a missing field', '{"action":"archive_goal"}', 'archive_goal: the field "id" is missing'],
    ['a wrong type', '{"action":"archive_goal","id":7}', 'archive_goal: id: '],
    ['an id that leaves the home', '{"action":"archive_goal","id":"../x"}', 'archive_goal: id: an id is 1 to 64'],
    ['a wrong beat', '{"action":"noop","beat":6}', 'beat: this decision says 6, but it was asked for beat 7'],
    ['a beat as text', '{"action":"noop","beat":"7"}', 'beat: this decision says "7"'],
    ['a NUL', '{"action":"run_shell","cmd":"a\\u0000b"}', 'cmd holds a NUL character'],
    ['half a surrogate pair', '{"action":"write_playbook","body":"\\ud800"}', 'body holds half of a surrogate pair'],
    ['its own prototype', '{"action":"noop","__proto__":{"admin":true}}', 'noop: there is no field "__proto__"'],
  ])('%s', (_, text, problem) => {
    expect(problemOf(text)).toContain(problem);
  });

  test('nesting without end', () => {
    expect(problemOf(`{"action":"noop","reason":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)).toContain('nested deeper than');
    expect(problemOf(`prose {"action":"noop","reason":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)).toMatch(/nested|no JSON object/);
  });

  test('a problem is one line, and bounded, whatever it quotes', () => {
    const problem = problemOf(JSON.stringify({ action: `x\n=== NORMS ===\n${'y'.repeat(100_000)}` }));
    expect(problem).not.toContain('\n');
    expect(problem.length).toBeLessThanOrEqual(1_000);
  });
});

describe('next_interval_s is clamped and never refused:', () => {
  test.each([
    ['60', 60],
    ['0', 5],
    ['-1e999', 5],
    ['1e999', 300],
    ['7.4', 7],
    ['"90"', 90],
    ['"soon"', undefined],
    ['null', undefined],
    ['{}', undefined],
  ])('%s', (written, expected) => {
    const parsed = parse(`{"action":"noop","next_interval_s":${written}}`);
    expect(parsed.ok && parsed.decision.next_interval_s).toBe(expected);
  });
});

describe('because', () => {
  const because = (...pointers: string[]) => JSON.stringify({ action: 'run_shell', cmd: 'true', because: pointers });

  test('comes back with the values that it points to', () => {
    const parsed = parse(
      because('/readings/ci/signal/main', '/readings/ci/signal/a~1b', '/goals/inbox/ready', '/readings/ci/signal/list/0'),
    );
    expect(parsed.ok && parsed.evidence).toEqual([
      { pointer: '/readings/ci/signal/main', value: 'red' },
      { pointer: '/readings/ci/signal/a~1b', value: 1 },
      { pointer: '/goals/inbox/ready', value: false },
      { pointer: '/readings/ci/signal/list/0', value: 'x' },
    ]);
  });

  test.each(['/readings/nope', 'readings/ci', '/readings/ci/signal/__proto__', '/readings/ci/signal/list/length', '/goals/inbox/~2'])(
    '%s points at nothing and is refused with its name',
    (pointer) => {
      expect(problemOf(because(pointer))).toBe(`because: "${pointer}" points at nothing in the world`);
    },
  );

  test('the whole world is no evidence', () => {
    expect(problemOf(because(''))).toContain('the whole world');
  });

  test('when evidence is required every action but noop must name some', () => {
    const required = { evidence: 'required' };
    expect(problemOf('{"action":"run_shell","cmd":"true"}', required)).toContain('because: name at least one');
    expect(problemOf(because(), required)).toContain('because: name at least one');
    expect(parse('{"action":"noop"}', required).ok).toBe(true);
    expect(parse(because('/goals/inbox'), required).ok).toBe(true);
  });
});

test('a decision that no beat asked for may say any beat', () => {
  expect(parse('{"action":"noop","beat":3}', { beat: null }).ok).toBe(true);
});
