// Any command as the decider: a script, or an agent CLI of which we know nothing. It runs in a sandbox and
// leaves `.decision.json` in its private folder; without a sandbox only when the person has said so.
import { lstatSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import * as z from 'zod';
import { writeAtomic } from '../../lib/files.ts';
import { shellQuote } from '../../lib/text.ts';
import type { Decider, DeciderRequest } from '../../ports.ts';
import { createDecisionFile, DECISION_CAP, readDecision } from '../../store/decision-file.ts';
import { UNKNOWN } from './cost.ts';
import { takeFolder } from './private-folder.ts';
import { type Try, withRetries } from './retry.ts';
import { badly, clientEnv, endedBadly, runClient } from './run-client.ts';
import { type SandboxPlan, sandboxed, sandboxProblem } from './sandbox.ts';
import { type DeciderTools, defineDecider } from './types.ts';

/** What stands for the prompt's path; quotes around it are taken along, since the path comes quoted. */
const PROMPT_FILE = /(["']?)\{\{\s*prompt_file\s*\}\}\1/g;
const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;

const config = z.strictObject({
  run: z
    .string()
    .min(1)
    .superRefine((line, context) => {
      for (const [whole, name] of line.matchAll(PLACEHOLDER))
        if (name !== 'prompt_file') context.addIssue({ code: 'custom', message: `${whole} is not known; only {{prompt_file}} is` });
    })
    .describe(
      'Shell command line; {{prompt_file}} is the prompt as a file, without it the prompt is on stdin. FLYBALL_HOME names the home.',
    ),
  answer: z
    .enum(['file', 'stdout'])
    .default('file')
    .describe('Where the decision is found: .decision.json in the working directory, or what the command prints.'),
  writable: z
    .array(z.string().refine(isAbsolute, { error: 'must be an absolute path' }))
    .default([])
    .describe("More folders that the sandbox lets it write, such as an agent's own state."),
  costs: z
    .boolean()
    .default(false)
    .describe('Asking it costs money: then unknown costs are assumed, the stricter hourly cap holds, and calm is awaited.'),
});
type Settings = z.output<typeof config>;

export const command = defineDecider({
  name: 'command',
  summary: 'Any command: a script, or an agent CLI.',
  costs: false,
  readsProse: true,
  config,
  shorthand: 'run',
  create: (settings, tools): Decider => ({
    name: 'command',
    costs: settings.costs,
    readsProse: true,
    warning: tools.unconfined ? 'this decider can act on its own' : null,
    decide: (request) => withRetries(request, tools, ({ timeoutMs }) => once({ settings, tools }, { ...request, timeoutMs })),
  }),
});

interface Job {
  settings: Settings;
  tools: DeciderTools;
}

async function once(job: Job, request: DeciderRequest): Promise<Try> {
  const { layout, env, unconfined } = job.tools;
  const folder = takeFolder(layout.home, env.TMPDIR || '/tmp');
  try {
    writeAtomic(join(folder.path, 'prompt.md'), request.prompt, { durable: false });
    const stale = createDecisionFile(layout);
    stale.sweep();
    const tried = await launch(job, folder.path, request);
    if (unconfined && tried.end === 'badly') stale.sweep(); // what it wrote does not count
    return tried;
  } finally {
    folder.release();
  }
}

async function launch({ settings, tools }: Job, folder: string, request: DeciderRequest): Promise<Try> {
  const { layout, unconfined, clock } = tools;
  const plan: SandboxPlan = {
    layout,
    folder,
    writable: settings.writable,
    runtimeDir: tools.env.XDG_RUNTIME_DIR,
    path: tools.env.PATH ?? '',
  };
  const env = clientEnv(tools, { FLYBALL_HOME: layout.home, ...(unconfined ? {} : { TMPDIR: '/tmp' }) });
  const shell: [string, ...string[]] = ['bash', '-c', withPrompt(settings.run, join(folder, 'prompt.md'))];
  const inside = unconfined ? { argv: shell } : sandboxed(plan, shell);
  const problem = 'problem' in inside ? inside.problem : unconfined ? null : await sandboxProblem(plan, env, request.mark);
  if ('problem' in inside || problem)
    return badly('spawn', `a command decider runs only in a sandbox, and ${problem}; install bubblewrap, or set decider.unconfined: true`);
  const { argv } = inside;
  const stdin = settings.run.match(PROMPT_FILE) ? {} : { stdin: request.prompt };
  const run = { argv, cwd: unconfined ? layout.home : folder, env, timeoutMs: request.timeoutMs, ...stdin };
  const end = await runClient(run, request);
  const bad = endedBadly(end, 'the decider command', { now: clock.now() });
  if (bad) return bad;
  const cost = settings.costs ? UNKNOWN : { ...UNKNOWN, usd: 0 };
  const answer = settings.answer === 'stdout' ? printed(end.stdout.bytes) : unconfined ? null : left(folder);
  if (answer && 'problem' in answer) return badly('refused', answer.problem, { cost });
  if (answer) writeAtomic(layout.decision, answer.text);
  return { end: 'well', cost, model: null };
}

function withPrompt(line: string, path: string): string {
  return line.replace(PROMPT_FILE, () => shellQuote(path));
}

function printed(bytes: Buffer): { text: string } | { problem: string } | null {
  if (bytes.length > DECISION_CAP) return { problem: `the decider printed ${bytes.length} bytes; at most ${DECISION_CAP} are read` };
  const text = bytes.toString('utf8');
  return text.trim() === '' ? null : { text };
}

/** What it left in its folder; null when there is nothing, which the beat then says. */
function left(folder: string): { text: string } | { problem: string } | null {
  const path = join(folder, '.decision.json');
  return lstatSync(path, { throwIfNoEntry: false }) ? readDecision(path) : null;
}
