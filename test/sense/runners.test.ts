import { describe, expect, test } from 'vitest';
import type { ChildEnd } from '../../src/lib/child.ts';
import { parseDirectives } from '../../src/sense/directives.ts';
import { runners } from '../../src/sense/runners/index.ts';

const nothing = { bytes: Buffer.alloc(0), total: 0 };
const rest = { stdout: nothing, stderr: nothing, ms: 1, survivors: 0 };

test('every runner has its own word in `format=`, and a sentence', () => {
  const names = runners.map((runner) => runner.name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, summary } of runners) {
    expect(parseDirectives(`# flyball: format=${name}`, names)).toMatchObject({ directives: { format: name }, problems: [] });
    expect(summary).toMatch(/\.$/);
  }
});

describe.each(runners.map((runner) => [runner.name, runner] as const))('the runner %s', (_name, runner) => {
  const failures: [string, ChildEnd, unknown][] = [
    ['a program that is missing', { end: 'spawn', code: 'ENOENT', message: 'x', ...rest }, { error: 'spawn' }],
    ['the deadline', { end: 'timeout', ...rest }, { error: 'timeout' }],
    ['a flood', { end: 'overflow', ...rest }, { error: 'too-large' }],
    ['too much, whatever the exit code', { end: 'exit', code: 9, ...rest, stdout: { ...nothing, total: 8193 } }, { error: 'too-large' }],
    ['death by a signal', { end: 'signal', signal: 'SIGSEGV', ...rest }, { error: 'signal', signal: 'SIGSEGV' }],
    ['a code that means nothing', { end: 'exit', code: 9, ...rest }, { error: 'exit', code: 9 }],
  ];
  test.each(failures)('reads %s as a failure of fixed shape', (_what, end, signal) => {
    expect(runner.observe(end)).toMatchObject({ signal, detail: { message: expect.any(String), stderr_tail: expect.any(String) } });
    expect(runner.observe(end)?.signal).toEqual(signal);
  });

  test('says nothing of a run that was called off', () => {
    expect(runner.observe({ end: 'aborted', ...rest })).toBeNull();
  });
});
