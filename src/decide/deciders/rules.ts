// The default: nobody is asked. Rules and hire alone govern, and nothing costs anything.
import * as z from 'zod';
import { defineDecider } from './types.ts';

export const rules = defineDecider({
  name: 'rules',
  summary: 'Nobody: the rules in flyball.yaml alone govern, at no cost.',
  costs: false,
  readsProse: false,
  config: z.strictObject({}),
  create: () => null,
});
