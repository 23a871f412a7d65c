// stop: the brake. It has been pulled before this file was loaded (compose/stop-first.ts); this says what came of it.
import * as z from 'zod';
import { defineVerb, type Reply } from './define.ts';
import type { Hands } from './hands.ts';
import type { Stopped } from './hands-brake.ts';

export const stop = defineVerb({
  name: 'stop',
  group: 'brake',
  summary: 'Freeze everything: no effect begins, and all that runs stands still until `flyball resume`.',
  details: `The same as a file named STOP in the home, which is what it writes; the file is enough. It needs no pulse, and works with a
broken flyball.yaml. A decider that thinks is ended; commands, verifies and sensors are stopped and go on after \`flyball resume\`,
their deadlines with them.

  flyball stop "back at two"`,
  writes: true,
  damaged: true,
  input: z.strictObject({
    reason: z.array(z.string()).default([]).describe('Why; shown by `flyball status`.').meta({ positional: 'variadic' }),
    keep_workers: z.boolean().default(false).describe('Workers go on; everything else is frozen.'),
  }),
  run: async ({ reason, keep_workers }, hands) => replyOf(await hands.stop({ reason: reason.join(' '), keepWorkers: keep_workers }), hands),
});

function replyOf(stopped: Stopped, hands: Hands): Reply {
  const { stop: state, frozen, left, settled } = stopped;
  const lines = [
    `everything${state.keep_workers ? ' but the workers' : ''} is frozen${state.reason ? ` (${state.reason})` : ''}: ${countOf(frozen)}`,
    ...(left.length > 0 ? [`not stopped, because they are another user's: ${left.join(' ')}`] : []),
    ...(settled ? [] : ['new processes came faster than they could be stopped: once more, please']),
    `to go on: ${hands.command} resume`,
  ];
  return {
    exit: left.length > 0 || !settled ? 1 : 0,
    json: { v: 1, home: hands.layout.home, stop: state, frozen, left, settled },
    text: lines.join('\n'),
  };
}

function countOf(frozen: number): string {
  if (frozen === 0) return 'nothing was running';
  return frozen === 1 ? '1 process stands still' : `${frozen} processes stand still`;
}
