// Norms: compiled in; they hold for everybody. STOP and the confinement of paths are looked at where effects begin.
import { destructive } from '../lib/destructive.ts';
import { isId } from '../lib/id.ts';
import type { VerdictReason } from '../world/record.ts';
import { type AdmitRequest, CODE_FIELDS } from './define.ts';

export function norms({ action }: AdmitRequest): VerdictReason[] {
  const named = (['id', 'name'] as const).flatMap((field) => {
    const value = action[field];
    return typeof value === 'string' && !isId(value) ? [deny('ids', `${JSON.stringify(value)} is no id that may be used`)] : [];
  });
  const code = CODE_FIELDS.flatMap((field) => {
    const value = action[field];
    const danger = typeof value === 'string' ? destructiveLine(value) : null;
    return danger ? [deny('destructive', `${field} is refused: ${danger}`)] : [];
  });
  return [...named, ...code];
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
