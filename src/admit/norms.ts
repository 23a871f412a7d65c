// Norms: compiled in; they hold for everybody. STOP is looked at once more, and the confinement of paths, where effects begin.
import { destructive } from '../lib/destructive.ts';
import { isId } from '../lib/id.ts';
import type { VerdictReason } from '../world/record.ts';
import { codeOf } from './code.ts';
import { type AdmitRequest, deedsOf } from './define.ts';
import { uncontained } from './sandbox.ts';

export function norms(request: AdmitRequest): VerdictReason[] {
  const { action, world, frozen } = request;
  const stopped = frozen ? [deny('STOP', 'STOP is in the home: nothing begins before flyball resume')] : [];
  const named = deedsOf(action).flatMap((deed) =>
    (['id', 'name'] as const).flatMap((field) => {
      const value = deed.action[field];
      return typeof value === 'string' && !isId(value) ? [deny('ids', `${JSON.stringify(value)} is no id that may be used`)] : [];
    }),
  );
  const code = codeOf(action, world).flatMap(({ field, text }) => {
    const danger = destructiveLine(text);
    return danger ? [deny('destructive', `${field} is refused: ${danger}`)] : [];
  });
  return [...stopped, ...named, ...code, ...unboxed(request)];
}

/** `required` is the person's word that no command runs outside, whoever says it. */
function unboxed(request: AdmitRequest): VerdictReason[] {
  if (request.action.action !== 'run_shell' || request.settings.shell?.sandbox !== 'required') return [];
  const problem = uncontained(request);
  return problem === null ? [] : [deny('sandbox', `shell.sandbox is required, and no command can be sandboxed: ${problem}`)];
}

function destructiveLine(text: string): string | null {
  return (
    text
      .split('\n')
      .map((line) => destructive(line))
      .find((danger) => danger !== null) ?? destructive(text)
  );
}

function deny(name: string, message: string): VerdictReason {
  return { step: 'norms', result: 'deny', name, message };
}
