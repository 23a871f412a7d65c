import { describe, expect, test } from 'vitest';
import type { AdmitRequest, Memory } from '../../src/admit/define.ts';
import { recall } from '../../src/admit/memory.ts';
import { admit } from '../../src/admit.ts';
import type { Ask } from '../../src/world/ask.ts';
import { identity, type No, noAbout, speaksOf } from '../../src/world/no.ts';
import { aWorld } from '../support/builders.ts';

const SHELL = { action: 'run_shell', cmd: 'make' };
const GOAL = { action: 'write_goal', id: 'learn', body: 'x' };
const LEARN = { target: 'goals/learn', path: 'goals/learn.md' };
const NOWHERE = { target: null, path: null };
const REST = { why: 'refused', id: 'ask:3', at: '2026-03-02T12:00:00.000Z' } as const;
const no = noAbout(GOAL, LEARN, REST);

function verdict(memory: Partial<Memory>, parts: Partial<AdmitRequest> = {}) {
  return admit({
    action: GOAL,
    by: { kind: 'decider' },
    goal: 'learn',
    risk: 'reversible',
    world: aWorld(),
    settings: { policies: [], autonomy: 'act', allow_commands: [] },
    memory: { open: 0, waiting: null, nos: [], ...memory },
    ...parts,
  });
}

describe('the memory step', () => {
  test.each(['decider', 'rule', 'hire'] as const)('a no makes an ask of what a %s would do', (kind) => {
    expect(verdict({ nos: [no] }, { by: { kind } })).toMatchObject({ result: 'ask', reasons: [{ step: 'memory', name: 'ask:3' }] });
  });

  test.each(['approval', 'person'] as const)('it is not held against the %s', (kind) => {
    expect(verdict({ nos: [no], waiting: '4' }, { by: { kind } }).result).toBe('allow');
  });

  test('the same decision, waiting in an ask, is denied', () => {
    expect(verdict({ waiting: '4' })).toMatchObject({
      result: 'deny',
      reasons: [{ step: 'memory', message: expect.stringContaining('ask 4') }],
    });
  });

  test('at fifty open asks what needs a yes is denied, and nothing else', () => {
    expect(verdict({ open: 50, nos: [no] }).result).toBe('deny');
    expect(verdict({ open: 49, nos: [no] }).result).toBe('ask');
    expect(verdict({ open: 50 }).result).toBe('allow');
  });
});

describe('what is recalled', () => {
  const ask = (parts: Partial<Ask>): Ask =>
    ({ id: '4', kind: 'approval', state: 'open', decision: { ...SHELL, journal: 'a', beat: 7 }, answer: null, ...parts }) as Ask; // what is looked at
  const ports = (asks: Ask[], nos: No[] = []) =>
    ({ asks: { all: () => asks }, nos: { all: () => nos, deletion: () => null } }) as unknown as Parameters<typeof recall>[2]; // likewise

  test.each([
    ['open', {}, '4'],
    ['answered with a yes that has not run', { state: 'answered', answer: 'yes' }, '4'],
    ['closed', { state: 'closed', answer: 'yes' }, null],
    ['about another command', { decision: { ...SHELL, cmd: 'make all' } }, null],
    ['for another goal', { decision: { ...SHELL, goal: 'learn' } }, null],
    ['a plain question', { decision: null }, null],
  ] as const)('an ask that is %s', (_what, parts, waiting) => {
    expect(recall(SHELL, NOWHERE, ports([ask(parts as Partial<Ask>)])).waiting).toBe(waiting);
  });

  test('words that ride along do not make it another decision; a field does', () => {
    expect(identity({ ...SHELL, journal: 'x', because: ['/a'], beat: 1, next_interval_s: 9 })).toBe(identity(SHELL));
    expect(identity({ ...SHELL, reason: 'x' })).not.toBe(identity(SHELL));
  });

  test('a no speaks of the same kind on the same target, whatever else the action says', () => {
    expect(speaksOf(no, { ...GOAL, body: 'other' }, 'goals/learn')).toBe(true);
    expect(speaksOf(no, GOAL, 'goals/other')).toBe(false);
    expect(speaksOf(no, { action: 'archive_goal', id: 'learn' }, 'goals/learn')).toBe(false);
    expect(speaksOf({ ...no, forgotten: true }, GOAL, 'goals/learn')).toBe(false);
  });

  test('where there is no target the command is compared, also as the journal keeps it', () => {
    const long = `echo ${'x'.repeat(2_000)}`;
    const left = noAbout({ ...SHELL, cmd: long, reason: 'a' }, NOWHERE, REST);
    expect(speaksOf(left, { ...SHELL, cmd: long, reason: 'b', goal: 'c' }, null)).toBe(true);
    expect(speaksOf(left, { ...SHELL, cmd: `${long}x` }, null)).toBe(false);
    expect(speaksOf(noAbout(SHELL, NOWHERE, REST), { ...SHELL, cmd: 'make all' }, null)).toBe(false);
  });
});
