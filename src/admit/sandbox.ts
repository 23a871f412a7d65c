// Where a command is to run: in the sandbox, when a model chose it and nobody has allowed it; else as the person.
import { matchesAny } from '../lib/command-pattern.ts';
import type { Verdict, VerdictReason } from '../world/record.ts';
import type { AdmitRequest } from './define.ts';

/** Autonomy's word for a command that needs no yes, since it is contained. */
export const CONTAINED: VerdictReason = {
  step: 'autonomy',
  result: 'allow',
  name: 'sandbox',
  message: 'it needs no yes: it runs in the sandbox',
};

/** The verdict with the place in which the command is to run; its reasons speak of that place. */
export function placed(verdict: Verdict, { action, settings }: AdmitRequest): Verdict {
  if (action.action !== 'run_shell') return verdict;
  if (settings.shell?.sandbox === 'required') return { ...verdict, sandbox: 'on' };
  const { result, reasons } = verdict;
  if (!reasons.includes(CONTAINED)) return { ...verdict, sandbox: 'off' };
  const others = reasons.filter((reason) => reason !== CONTAINED);
  if (result === 'ask') return { ...verdict, reasons: [...others, OUTSIDE], sandbox: 'off' };
  const allowed = others.some(({ step, result: said }) => step === 'policy' && said === 'allow');
  return allowed ? { ...verdict, reasons: others, sandbox: 'off' } : { ...verdict, sandbox: 'on' };
}

/** What the person says yes to runs as the person, and they are told so before. */
const OUTSIDE: VerdictReason = { ...CONTAINED, result: 'ask', message: 'with a yes it runs as you do, outside the sandbox' };

/** Why no command can be contained here; null when it can. What nobody has looked for is not there. */
export function uncontained({ settings, sandboxProblem = 'nobody has looked whether it can be' }: AdmitRequest): string | null {
  return settings.shell?.sandbox === 'off' ? 'shell.sandbox is off' : sandboxProblem;
}

/** `allow_commands` speaks of this command. */
export function isAllowed({ action, settings }: AdmitRequest): boolean {
  return typeof action.cmd === 'string' && matchesAny(action.cmd, settings.allow_commands);
}
