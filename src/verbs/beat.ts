// beat: look and decide once, now.
import * as z from 'zod';
import type { BeatRecord, Did } from '../world/record.ts';
import { requireAllowed, requireOwnMachine } from './allowed.ts';
import { beatLines } from './beat-text.ts';
import { defineVerb, type ExitCode } from './define.ts';

export const beat = defineVerb({
  name: 'beat',
  group: 'steer',
  summary: 'One beat now: run every sensor, and decide if something changed.',
  details: "Beside a running pulse the beat is the pulse's. Exit code 0: rested, acted or asked. 1: denied, refused, overtaken or failed.",
  writes: true,
  input: z.strictObject({
    force: z.boolean().default(false).describe('Decide also when nothing changed or a failure is being waited out.').meta({ short: 'f' }),
  }),
  run: async ({ force }, hands) => {
    await requireAllowed(hands);
    requireOwnMachine(hands);
    const record = await hands.beatOnce({ force });
    return { exit: exitOf(record.did), json: record, text: beatLines(record).join('\n') };
  },
});

const WELL: readonly Did[] = ['rested', 'acted', 'asked'];

function exitOf(did: BeatRecord['did']): ExitCode {
  return WELL.includes(did) ? 0 : 1;
}
