import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { alwaysLine, alwaysPolicy } from '../../src/actions/always.ts';
import { evaluate, scope } from '../../src/lib/cel.ts';
import { policySchema } from '../../src/world/settings.ts';

const allows = (when: string, { action: kind, ...fields }: Record<string, unknown>) => {
  const answer = evaluate(when, scope({ action: { ...fields, kind } }));
  return answer.ok && answer.value === true;
};

test.each([
  [
    { action: 'run_shell', cmd: 'make' },
    { action: 'run_shell', cmd: 'make all' },
  ],
  [
    { action: 'run_shell', cmd: 'a "b" \\ \'c\'\n\t$d é 😀' },
    { action: 'run_shell', cmd: 'a' },
  ],
  [
    { action: 'write_goal', id: 'learn', body: 'x' },
    { action: 'write_goal', id: 'other', body: 'x' },
  ],
  [
    { action: 'archive_goal', id: 'learn' },
    { action: 'restore_goal', id: 'learn' },
  ],
  [
    { action: 'write_sensor', name: 'disk', script: '#!/bin/sh\n' },
    { action: 'write_sensor', name: 'disk', script: '#!/bin/bash\n' },
  ],
  [
    { action: 'write_playbook', body: 'x', goal: 'learn' },
    { action: 'write_playbook', body: 'x' },
  ],
])('the line for %j allows that, and not %j', (decision, other) => {
  const policy = alwaysPolicy(decision);
  const [entry] = parse(alwaysLine(policy ?? { name: '', when: '' })) as unknown[];
  const read = policySchema.parse(entry);
  expect(read).toMatchObject(
    Object.fromEntries([
      ['name', policy?.name],
      ['when', policy?.when],
      ['then', 'allow'],
    ]),
  );
  expect(allows(read.when, decision)).toBe(true);
  expect(allows(read.when, other)).toBe(false);
});

test('where one line cannot say it there is none', () => {
  expect(alwaysPolicy({ action: 'run_shell', cmd: 'x'.repeat(3_000) })).toBeNull();
});
