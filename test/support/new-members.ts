// One new member for each axis, as somebody would write it who has read AGENTS.md: a file, and a line for its list.

export interface NewMember {
  /** The one new file. */
  file: string;
  text: string;
  /** The list that gets one line more. */
  list: string;
  line: string;
}

const kind: NewMember = {
  file: 'src/actions/wink.ts',
  list: 'src/actions/list.ts',
  line: "export { wink } from './wink.ts';",
  text: `// wink: a nod to somebody, and no more.
import * as z from 'zod';
import { cannotBeUndone, defineAction } from './define.ts';

export const wink = defineAction({
  kind: 'wink',
  summary: 'Wink at somebody.',
  when: 'A nod is enough.',
  risk: 'inert',
  input: z.strictObject({ whom: z.string().min(1).describe('Who is winked at.') }),
  target: () => null,
  line: ({ whom }) => \`winked at \${whom}\`,
  prepare: ({ whom }) => ({ prepared: 'nothing', note: \`winked at \${whom}\` }),
  observe: () => 'done',
  undo: cannotBeUndone('a wink is over at once'),
});
`,
};

const decider: NewMember = {
  file: 'src/decide/deciders/winker.ts',
  list: 'src/decide/deciders/list.ts',
  line: "export { winker } from './winker.ts';",
  text: `// Decides to wink at whom its settings name, once it has seen that a wink is among the choices.
import * as z from 'zod';
import { writeAtomic } from '../../lib/files.ts';
import { defineDecider } from './types.ts';

export const winker = defineDecider({
  name: 'winker',
  summary: 'Winks.',
  costs: false,
  readsProse: true,
  config: z.strictObject({ whom: z.string().describe('Who is winked at.') }),
  create: ({ whom }, { layout }) => ({
    name: 'winker',
    costs: false,
    readsProse: true,
    warning: null,
    decide: async ({ schema, prompt }) => {
      const offered = JSON.stringify(schema).includes('"wink"') && prompt.includes('### wink');
      const decision = { action: 'wink', whom: offered ? whom : 'nobody', because: ['/readings/door/signal'] };
      writeAtomic(layout.decision, JSON.stringify(decision));
      return { end: 'well', model: null, cost: { usd: 0, estimated: false, tokens_in: null, tokens_out: null } };
    },
  }),
});
`,
};

const runner: NewMember = {
  file: 'src/sense/runners/lines.ts',
  list: 'src/sense/runners/list.ts',
  line: "export { lines } from './lines.ts';",
  text: `// A program that prints plain lines: they are the signal.
import { parseOutput } from '../parse.ts';
import { runEnd } from './failures.ts';
import type { SensorRunner } from './types.ts';

export const lines: SensorRunner = {
  name: 'lines',
  summary: 'Plain lines are the signal.',
  argv: (path) => [path],
  observe(end) {
    const run = runEnd(end);
    if (!run.ran) return run.observation;
    const printed = new TextDecoder().decode(end.stdout.bytes).trim().split('\\n');
    return parseOutput(new TextEncoder().encode(JSON.stringify({ signal: printed })), end.stderr.bytes);
  },
};
`,
};

const verb: NewMember = {
  file: 'src/verbs/wave.ts',
  list: 'src/verbs/index.ts',
  line: "  wave: async () => (await import('./wave.ts')).wave,",
  text: `// wave: greets a goal of the home.
import * as z from 'zod';
import { defineVerb } from './define.ts';

export const wave = defineVerb({
  name: 'wave',
  group: 'look',
  summary: 'Wave at a goal.',
  input: z.strictObject({
    goal: z.string().describe('The goal.').meta({ positional: true, complete: 'goal' }),
    twice: z.boolean().default(false).describe('Wave two times.').meta({ short: 't' }),
  }),
  run: async ({ goal, twice }) => ({ exit: 0, json: { v: 1, goal, waves: twice ? 2 : 1 }, text: \`\${twice ? 'hello, ' : ''}hello \${goal}\` }),
});
`,
};

export const newMembers: readonly NewMember[] = [kind, decider, runner, verb];
