// Whether anything that is set up is to run in the sandbox.
import type { Settings } from './settings.ts';

/** A command may come that is to run in it. */
export function mayBeSandboxed({ shell, decider }: Pick<Settings, 'shell' | 'decider'>): boolean {
  if (shell.sandbox === 'required') return true;
  return shell.sandbox === 'auto' && (decider.use !== 'rules' || decider.fallback !== undefined);
}

/** A custom command decides, and is to be contained. */
export function deciderIsSandboxed({ decider }: Pick<Settings, 'decider'>): boolean {
  return !decider.unconfined && (decider.use === 'command' || decider.fallback === 'command');
}
