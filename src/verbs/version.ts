// version: which flyball this is.
import * as z from 'zod';
import { defineVerb } from './define.ts';

export const version = defineVerb({
  name: 'version',
  group: 'house',
  summary: 'Which flyball this is.',
  home: 'none',
  input: z.strictObject({}),
  run: async (_input, hands) => ({
    exit: 0,
    json: { v: 1, version: hands.version, node: process.versions.node },
    text: `flyball ${hands.version}`,
  }),
});
