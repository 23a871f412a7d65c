import { describe, expect, test } from 'vitest';
import type { AdmitRequest } from '../src/admit/define.ts';
import { admit } from '../src/admit.ts';
import { type Policy, policySchema, type Settings, settingsSchema } from '../src/world/settings.ts';
import { aGoal, aReading, aWorld } from './support/builders.ts';

/** `says` is the policy's `then`: an object of that name would be taken for a promise. */
function policy({
  name = 'p',
  when = 'true',
  says = 'ask',
  ...more
}: {
  name?: string;
  when?: string;
  says?: string;
  message?: string;
}): Policy {
  return policySchema.parse(Object.fromEntries([...Object.entries({ name, when, ...more }), ['then', says]]));
}

function request(
  parts: Partial<AdmitRequest> & {
    autonomy?: 'observe' | 'propose' | 'act' | 'full';
    policies?: Policy[];
    allow?: string[];
    shell?: Partial<Settings['shell']>;
  } = {},
): AdmitRequest {
  const { autonomy = 'act', policies = [], allow = [], shell = {}, ...rest } = parts;
  return {
    action: { action: 'run_shell', cmd: 'make' },
    by: { kind: 'decider' },
    goal: null,
    risk: 'code',
    world: aWorld(),
    settings: { autonomy, policies, allow_commands: allow, shell: { ...settingsSchema.parse({}).shell, ...shell } },
    ...rest,
  };
}
const result = (...parts: Parameters<typeof request>) => admit(request(...parts)).result;

describe('the ladder over what a model chose', () => {
  test.each([
    ['observe', 'inert', 'allow'],
    ['observe', 'reversible', 'deny'],
    ['observe', 'code', 'deny'],
    ['propose', 'inert', 'allow'],
    ['propose', 'reversible', 'ask'],
    ['propose', 'contained', 'ask'],
    ['act', 'inert', 'allow'],
    ['act', 'reversible', 'allow'],
    ['act', 'contained', 'allow'],
    ['act', 'code', 'ask'],
    ['full', 'code', 'allow'],
  ] as const)('%s: what is %s gets %s', (autonomy, risk, verdict) => {
    expect(result({ autonomy, risk, action: { action: 'some_kind' } })).toBe(verdict);
  });

  test('under act the playbook asks, although it can be undone', () => {
    expect(result({ risk: 'reversible', action: { action: 'write_playbook', body: '' } })).toBe('ask');
  });

  test('a command that matches allow_commands runs unasked', () => {
    expect(result({ allow: ['make **'] })).toBe('allow');
    expect(result({ allow: ['make **'], action: { action: 'run_shell', cmd: 'make; rm x' } })).toBe('ask');
    expect(result({ allow: ['make **'], autonomy: 'propose' })).toBe('ask');
  });

  test('verify and command given by a decision are code', () => {
    expect(result({ risk: 'contained', action: { action: 'start_worker', id: 'a', prompt: 'x' } })).toBe('allow');
    expect(result({ risk: 'contained', action: { action: 'start_worker', id: 'a', prompt: 'x', verify: 'true' } })).toBe('ask');
  });

  test.each(['rule', 'hire', 'person', 'approval'] as const)('what a %s says, the person has said', (kind) => {
    expect(result({ by: { kind }, autonomy: 'observe' })).toBe('allow');
  });

  test('the lower of home and goal holds', () => {
    const world = aWorld({ goals: { low: aGoal('low', { autonomy: 'observe' }), high: aGoal('high', { autonomy: 'full' }) } });
    expect(result({ world, goal: 'low' })).toBe('deny');
    expect(result({ world, goal: 'high' })).toBe('ask');
    expect(result({ world, goal: 'high', autonomy: 'full' })).toBe('allow');
  });

  test('where a goal sets its autonomy, what is not inert must name a goal that is there', () => {
    const world = aWorld({ goals: { a: aGoal('a', { autonomy: 'act' }) } });
    expect(admit(request({ world, autonomy: 'full' })).reasons).toEqual([
      { step: 'autonomy', result: 'deny', name: null, message: 'goals here set their own autonomy: name the `goal` that this serves' },
    ]);
    expect(result({ world, autonomy: 'full', goal: 'constructor' })).toBe('deny');
    expect(result({ world, risk: 'inert', action: { action: 'noop' } })).toBe('allow');
    expect(result({ world, risk: 'reversible', goal: 'new', action: { action: 'write_goal', id: 'new', body: 'x' } })).toBe('allow');
  });

  test('a goal whose file is Invalid might have said anything, so it asks', () => {
    const invalid = { type: 'Invalid', status: 'True', reason: '', message: '', observedGeneration: 1, lastTransitionTime: '' } as const;
    const world = aWorld({ goals: { a: aGoal('a', { conditions: [invalid] }) } });
    expect(result({ world, goal: 'a', risk: 'reversible', action: { action: 'write_goal', id: 'a' } })).toBe('ask');
  });
});

describe('where a command runs', () => {
  const here = { sandboxProblem: null };
  const judged = (...parts: Parameters<typeof request>) => {
    const { result: said, sandbox, reasons } = admit(request(...parts));
    return [said, sandbox, reasons.map(({ message }) => message)];
  };

  test('in the sandbox unasked, when a model chose it under act', () => {
    expect(judged(here)).toEqual(['allow', 'on', ['it needs no yes: it runs in the sandbox']]);
  });

  test.each([
    ['nobody has looked for a sandbox', {}, 'nobody has looked whether it can be'],
    ['there is none', { sandboxProblem: 'bwrap is gone' }, 'bwrap is gone'],
    ['it is off', { ...here, shell: { sandbox: 'off' } as const }, 'shell.sandbox is off'],
  ])('it asks when %s', (_, parts, words) => {
    const [said, sandbox, messages] = judged(parts);
    expect([said, sandbox]).toEqual(['ask', 'off']);
    expect(messages).toEqual([expect.stringContaining(words)]);
  });

  test.each(['rule', 'hire', 'person', 'approval'] as const)('as the person, when a %s says so', (kind) => {
    expect(judged({ ...here, by: { kind } })).toEqual(['allow', 'off', []]);
  });

  test('as the person, when allow_commands, a policy or autonomy full lets it', () => {
    expect(judged({ ...here, allow: ['make **'] })).toEqual(['allow', 'off', []]);
    expect(judged({ ...here, autonomy: 'full' })).toEqual(['allow', 'off', []]);
    expect(judged({ ...here, policies: [policy({ says: 'allow', message: 'mine' })] })).toEqual(['allow', 'off', ['mine']]);
  });

  test('as the person after a yes, and the question says so', () => {
    const [said, sandbox, messages] = judged({ ...here, policies: [policy({ says: 'ask', message: 'really?' })] });
    expect([said, sandbox, messages]).toEqual(['ask', 'off', ['really?', 'with a yes it runs as you do, outside the sandbox']]);
  });

  test.each(['decider', 'rule', 'person', 'approval'] as const)(
    'with `required` in the sandbox or not at all, also when a %s says it',
    (kind) => {
      const required = { by: { kind }, shell: { sandbox: 'required' } as const, autonomy: 'full' } as const;
      expect(judged({ ...here, ...required }).slice(0, 2)).toEqual(['allow', 'on']);
      expect(judged({ ...required, sandboxProblem: 'bwrap is gone' })[0]).toBe('deny');
      expect(judged({ ...required, sandboxProblem: 'bwrap is gone', policies: [policy({ says: 'allow' })] })[0]).toBe('deny');
    },
  );

  test('nothing is said of other kinds', () => {
    expect(admit(request({ ...here, risk: 'inert', action: { action: 'noop' } }))).not.toHaveProperty('sandbox');
  });
});

describe('norms hold for everybody', () => {
  test.each(['decider', 'rule', 'hire', 'person', 'approval'] as const)('a plainly destructive command of a %s is denied', (kind) => {
    const verdict = admit(request({ by: { kind }, autonomy: 'full', action: { action: 'run_shell', cmd: 'sudo rm -rf /' } }));
    expect(verdict).toMatchObject({ result: 'deny', reasons: [{ step: 'norms', name: 'destructive' }] });
  });

  test('also within a sensor, and on its third line', () => {
    expect(
      result({ by: { kind: 'rule' }, action: { action: 'write_sensor', name: 'x', script: '#!/bin/sh\necho {}\nshutdown now\n' } }),
    ).toBe('deny');
  });

  test.each(['archive', '../x', 'a/b', 'A', 'all'])('the id %s is denied', (id) => {
    expect(result({ by: { kind: 'rule' }, risk: 'reversible', action: { action: 'write_goal', id } })).toBe('deny');
  });
});

describe('policies', () => {
  const push = policy({ when: 'action.kind == "run_shell" && action.cmd.matches("git +push")', message: 'Other people would see this.' });

  test('they hold for rules too, and their message is the reason', () => {
    const verdict = admit(request({ by: { kind: 'rule' }, policies: [push], action: { action: 'run_shell', cmd: 'git push' } }));
    expect(verdict).toEqual({
      result: 'ask',
      reasons: [{ step: 'policy', result: 'ask', name: 'p', message: 'Other people would see this.' }],
      ask: null,
      sandbox: 'off',
    });
    expect(result({ by: { kind: 'rule' }, policies: [push] })).toBe('allow');
  });

  test('allow lifts an ask of autonomy, and neither an ask nor a deny of a policy', () => {
    const allow = policy({ name: 'make', when: 'action.cmd == "make"', says: 'allow' });
    expect(admit(request({ policies: [allow] }))).toMatchObject({
      result: 'allow',
      reasons: [{ name: 'make' }, { step: 'autonomy', result: 'allow', message: expect.stringContaining('the policy "make" allows it') }],
    });
    expect(result({ policies: [allow, policy({ says: 'ask' })] })).toBe('ask');
    expect(result({ policies: [allow, policy({ says: 'deny' })] })).toBe('deny');
    expect(result({ policies: [allow], autonomy: 'observe' })).toBe('deny');
  });

  test('deny is stricter than ask, and all reasons are kept', () => {
    const verdict = admit(request({ policies: [policy({ name: 'a', says: 'deny' }), policy({ name: 'b', says: 'ask' })] }));
    expect(verdict.result).toBe('deny');
    expect(verdict.reasons.map((reason) => `${reason.step} ${reason.result}`)).toEqual(['policy deny', 'policy ask', 'autonomy ask']);
  });

  test('one that cannot be evaluated asks', () => {
    const broken = [policy({ when: 'world.readings.ci.signal.main == "red"', says: 'deny' })];
    expect(admit(request({ by: { kind: 'rule' }, policies: broken }))).toMatchObject({
      result: 'ask',
      reasons: [{ message: 'the policy "p" could not be evaluated: there is no world.readings.ci' }],
    });
    expect(result({ by: { kind: 'rule' }, policies: broken, world: aWorld({ readings: { ci: aReading({ main: 'red' }) } }) })).toBe('deny');
    expect(result({ by: { kind: 'rule' }, policies: [policy({ when: 'action.cmd > 1' })] })).toBe('ask');
    expect(result({ by: { kind: 'rule' }, policies: [policy({ when: 'nothing.at.all' })] })).toBe('ask');
    expect(result({ by: { kind: 'rule' }, policies: [policy({ when: '"yes"', says: 'allow' })] })).toBe('ask');
  });

  test('a field that other kinds have, or a goal where there is none, says nothing', () => {
    const policies = [policy({ when: 'action.cmd.contains("x")' }), policy({ when: 'goal.priority == 1' })];
    expect(result({ risk: 'inert', action: { action: 'noop' }, policies })).toBe('allow');
  });

  test('they see the goal', () => {
    const world = aWorld({ goals: { a: aGoal('a', { priority: 1 }) } });
    expect(
      result({
        by: { kind: 'rule' },
        world,
        goal: 'a',
        policies: [policy({ when: 'goal.id == "a" && goal.priority == 1', says: 'deny' })],
      }),
    ).toBe('deny');
  });

  test("a yes answers a policy's ask, never its deny", () => {
    expect(result({ by: { kind: 'approval' }, policies: [policy({ says: 'ask' })] })).toBe('allow');
    expect(result({ by: { kind: 'approval' }, policies: [policy({ says: 'deny' })] })).toBe('deny');
  });
});
