// Policies of the person: CEL over the action, the goal that it serves and the world.
import { evaluate, scope } from '../lib/cel.ts';
import type { VerdictReason } from '../world/record.ts';
import { type AdmitRequest, goalNamed } from './define.ts';

/** Every policy that speaks, in order. One that cannot be evaluated asks. */
export function policies({ action, goal, world, settings }: AdmitRequest): VerdictReason[] {
  if (settings.policies.length === 0) return [];
  const { action: kind, ...fields } = action;
  const served = goalNamed(goal, world);
  const values = scope({ action: { ...fields, kind }, goal: served ? { ...served, id: goal } : null, world });
  return settings.policies.flatMap((policy): VerdictReason[] => {
    const answer = evaluate(policy.when, values);
    const reason = (result: VerdictReason['result'], message: string): VerdictReason[] => [
      { step: 'policy', result, name: policy.name, message },
    ];
    if (answer.ok && answer.value === true) return reason(policy.then, policy.message ?? `the policy "${policy.name}" says ${policy.then}`);
    if (answer.ok && answer.value === false) return [];
    // Kinds differ in their fields, and not every action serves a goal: a policy about those says nothing of the others.
    if (!answer.ok && answer.kind === 'missing-key' && /^(action|goal)\b/.test(answer.key)) return [];
    const why = answer.ok
      ? 'it gives neither true nor false'
      : answer.kind === 'missing-key'
        ? `there is no ${answer.key}`
        : answer.message;
    return reason('ask', `the policy "${policy.name}" could not be evaluated: ${why}`);
  });
}
