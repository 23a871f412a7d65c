// Admission: may this action be done? Every step is judged on the world as it now is; the strictest wins (deny, ask,
// allow), and every reason is kept. Nothing else checks permissions.
import { kindNamed } from './actions/index.ts';
import { type AdmitRequest, STRICTNESS } from './admit/define.ts';
import { STEPS } from './admit/list.ts';
import { type Decision, goalOf } from './decide/move.ts';
import type { LookPorts } from './look.ts';
import type { By, Verdict, VerdictReason } from './world/record.ts';
import type { World } from './world/world.ts';

/** What admission looks up beyond the world. */
export type AdmitPorts = Pick<LookPorts, 'settings'>;

/** The verdict on a decision as it was parsed. */
export function admission(decision: Decision, by: By, { world, ports }: { world: World; ports: AdmitPorts }): Verdict {
  const { risk } = kindNamed(decision.action);
  return admit({ action: decision, by, goal: goalOf(decision), risk, world, settings: ports.settings });
}

export function admit(request: AdmitRequest): Verdict {
  const judged = STEPS.flatMap(({ liftable, judge }) => judge(request).map((reason) => ({ reason, liftable })));
  const lift = judged.find(({ reason }) => reason.step === 'policy' && reason.result === 'allow')?.reason;
  const reasons = judged
    .filter(({ reason, liftable }) => !answered(reason, liftable, request))
    .map(({ reason, liftable }) => (liftable ? lifted(reason, lift) : reason));
  const result = reasons.reduce<Verdict['result']>(
    (worst, reason) => (STRICTNESS[reason.result] > STRICTNESS[worst] ? reason.result : worst),
    'allow',
  );
  return { result, reasons, ask: null };
}

/** The first policy that allows lifts an ask of autonomy or taint, never a deny. */
function lifted(reason: VerdictReason, by: VerdictReason | undefined): VerdictReason {
  if (!by || reason.result !== 'ask') return reason;
  return { ...reason, result: 'allow', message: `${reason.message}; the policy "${by.name}" allows it` };
}

/** An approval is the yes that an ask was about. */
function answered(reason: VerdictReason, liftable: boolean, { by }: AdmitRequest): boolean {
  return by.kind === 'approval' && reason.result === 'ask' && (liftable || reason.step === 'policy');
}
