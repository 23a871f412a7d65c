// The policy that an answer `always` adds: the narrowest one that would have allowed this very action.
import { evaluate, scope } from '../lib/cel.ts';
import { digest } from '../lib/digest.ts';
import { kindNamed } from './index.ts';

export interface AlwaysPolicy {
  name: string;
  when: string;
}

/** What tells an action from others of its kind: what it acts on, whom it serves, and every word that is run. */
const NAMES = ['id', 'name', 'goal'] as const;
const CODE = ['cmd', 'command', 'verify', 'script'] as const;
/** A policy is a line that a person can check. */
const WHEN_CAP = 2_000;

/** Null where no line can say it: then the question offers no `always`. */
export function alwaysPolicy(decision: Readonly<Record<string, unknown>> & { action: string }): AlwaysPolicy | null {
  const fields = kindNamed(decision.action).input.shape;
  const equal = [...NAMES, ...CODE].flatMap((field) => {
    const value = decision[field];
    return typeof value === 'string' ? [`action.${field} == ${JSON.stringify(value)}`] : [];
  });
  // What brings code along is another action than the one that was shown.
  const absent = CODE.filter((field) => field in fields && typeof decision[field] !== 'string').map((field) => `!has(action.${field})`);
  const when = [`action.kind == ${JSON.stringify(decision.action)}`, ...equal, ...absent].join(' && ');
  const { action: kind, ...rest } = decision;
  const answer = evaluate(when, scope({ action: { ...rest, kind } }));
  if (when.length > WHEN_CAP || !answer.ok || answer.value !== true) return null;
  return { name: `always-${decision.action}-${digest(when).slice(7, 15)}`, when };
}

/** As it will stand in flyball.yaml, on one line. */
export function alwaysLine({ name, when }: AlwaysPolicy): string {
  return `- { name: ${name}, when: ${JSON.stringify(when)}, then: allow }`;
}
