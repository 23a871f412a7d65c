// What can happen to a house, in any order.
import { fc } from '@fast-check/vitest';
import type { Manner } from './disk.ts';

export type Reply = 'noop' | 'append' | 'rewrite' | 'run' | 'bad' | 'fails' | 'late' | 'double' | 'notify';
/** While the decider thinks. */
export type Meanwhile = 'sense' | 'edit' | 'replace' | 'delete' | 'stop' | 'yes' | 'no' | 'undo' | 'usurp';

export type Step =
  | { step: 'sense'; value: number }
  | { step: 'edit' | 'replace' | 'delete' | 'undo' | 'stop' | 'resume' | 'usurp' | 'stray' }
  | { step: 'answer'; yes: boolean }
  | { step: 'pass'; ms: number }
  | { step: 'jump'; ms: number }
  | { step: 'beat'; reply: Reply; because: boolean; meanwhile: Meanwhile[]; force: boolean; dies: { call: number; manner: Manner } | null };

const reply = fc.constantFrom<Reply>('noop', 'append', 'append', 'rewrite', 'run', 'run', 'bad', 'fails', 'late', 'double', 'notify');
const meanwhile = fc.constantFrom<Meanwhile>('sense', 'edit', 'replace', 'delete', 'stop', 'yes', 'no', 'undo', 'usurp');
const death = fc.record({ call: fc.integer({ min: 1, max: 90 }), manner: fc.constantFrom<Manner>('before', 'after', 'torn') });

const beat = fc.record({
  step: fc.constant('beat' as const),
  reply,
  because: fc.boolean(),
  meanwhile: fc.oneof(
    { weight: 2, arbitrary: fc.constant<Meanwhile[]>([]) },
    { weight: 1, arbitrary: fc.array(meanwhile, { maxLength: 2 }) },
  ),
  force: fc.boolean(),
  dies: fc.option(death, { freq: 1 }),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: beat },
  { weight: 2, arbitrary: fc.record({ step: fc.constant('sense' as const), value: fc.integer({ min: 0, max: 3 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      step: fc.constantFrom(
        'edit' as const,
        'replace' as const,
        'delete' as const,
        'undo' as const,
        'undo' as const,
        'stray' as const,
        'usurp' as const,
      ),
    }),
  },
  { weight: 5, arbitrary: fc.record({ step: fc.constant('answer' as const), yes: fc.constantFrom(true, true, true, false) }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constantFrom('stop' as const, 'resume' as const, 'resume' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ step: fc.constant('pass' as const), ms: fc.constantFrom(1_000, 61_000, 301_000, 3_600_000, 90_000_000) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      step: fc.constant('jump' as const),
      ms: fc.constantFrom(-86_400_000, -3_600_000, -1_000, 3_600_000, 2 * 86_400_000),
    }),
  },
);

export interface Story {
  autonomy: 'propose' | 'act';
  steps: Step[];
}

export const story: fc.Arbitrary<Story> = fc.record({
  autonomy: fc.constantFrom('propose' as const, 'act' as const, 'act' as const),
  steps: fc.array(step, { minLength: 1, maxLength: 9 }),
});
