// The steps of admission, in the order in which their reasons are told. A new one is one file and one line here.
import { autonomy } from './autonomy.ts';
import { budgets } from './budgets.ts';
import type { Step } from './define.ts';
import { frontMatter } from './front-matter.ts';
import { memory } from './memory.ts';
import { norms } from './norms.ts';
import { policies } from './policies.ts';
import { taint } from './taint.ts';

export const STEPS: readonly Step[] = [
  { step: 'norms', liftable: false, judge: norms },
  { step: 'norms', liftable: false, judge: frontMatter },
  { step: 'policy', liftable: false, judge: policies },
  { step: 'autonomy', liftable: true, judge: autonomy },
  { step: 'taint', liftable: true, judge: taint },
  { step: 'memory', liftable: true, judge: memory },
  { step: 'budget', liftable: false, judge: budgets },
];
