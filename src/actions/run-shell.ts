// run_shell: one command in the home.
import * as z from 'zod';
import type { ShellEnd } from '../ports/shell.ts';
import type { Outcome } from '../world/outcome.ts';
import { cannotBeUndone, defineAction, type Observed } from './define.ts';

export const SHELL_TIMEOUT_MS = 300_000;
const CMD_CAP = 64 * 1024;

export const runShell = defineAction({
  kind: 'run_shell',
  summary: 'Run one command with `bash -c` in the home; its last 2 KiB of output are shown to you once.',
  when: "One quick command does it. It has 5 minutes, no input, and what it leaves running is ended. Unless the person allowed it or said yes, it runs in a sandbox: it writes only $FLYBALL_REPORT and /tmp, sees nothing of the person's own files but this home, and has no network.",
  risk: 'code',
  input: z.strictObject({
    cmd: z
      .string()
      .min(1)
      .max(CMD_CAP)
      .refine((cmd) => cmd.trim() !== '' && !cmd.includes('\0'), { error: 'a command is not blank and has no NUL in it' })
      .describe('The command line.'),
    reason: z.string().optional().describe('Why, in one line.'),
  }),
  target: () => null,
  line: ({ cmd, reason }) => `ran ${cmd}${reason ? ` (${reason})` : ''}`,
  prepare: ({ cmd }) => ({ prepared: 'shell', cmd, timeoutMs: SHELL_TIMEOUT_MS }),
  observe: (intent, look): Observed => {
    const { pid, exit, alive } = look.shell(intent.beat ?? 0);
    if (exit !== null) return exit === 0 ? 'done' : 'failed';
    return pid === null && !alive ? 'void' : 'interrupted';
  },
  undo: cannotBeUndone('nobody knows what a command has changed; its output and its end are with its beat'),
});

export function shellPlace(sandbox: 'on' | 'off'): string {
  return sandbox === 'on' ? '(in the sandbox)' : '(unconfined)';
}

/** How a command's end reads. Ended by the person, or by somebody unknown: half done, and nobody knows which half. */
export function shellOutcome(ended: ShellEnd, sandbox: 'on' | 'off'): Omit<Outcome, 'ms'> {
  const { end, exit, problem, tail } = ended;
  const printed = tail.trim() === '' ? '' : `; it printed: ${tail.trimEnd()}`;
  const where = shellPlace(sandbox);
  if (exit === 0) return { status: 'done', note: `exited 0 ${where}` };
  if (exit !== null) return { status: 'failed', note: `exited ${exit} ${where}${printed}` };
  if (end === 'spawn') return { status: 'failed', note: `${problem ?? 'it could not be started'}${printed}` };
  const status = end === 'timeout' ? 'failed' : 'interrupted';
  return { status, note: `${problem ?? 'nobody knows how it ended'} ${where}${printed}` };
}
