// down: ends the pulse, and says so when its lock is free.
import * as z from 'zod';
import { defineVerb } from './define.ts';

export const down = defineVerb({
  name: 'down',
  group: 'house',
  summary: 'End the pulse. What it was doing is finished, or settled at the next start.',
  person: true,
  writes: true,
  input: z.strictObject({}),
  run: async (_input, hands) => {
    const ended = await hands.down();
    return { exit: 0, json: { v: 1, home: hands.layout.home, ended }, text: ended ? 'the pulse has ended' : 'no pulse was running' };
  },
});
