// Admission: may this action be done? Every step is judged on the world as it now is; the strictest wins (deny, ask,
// allow), and every reason is kept. Nothing else checks permissions.
import { kindNamed } from './actions/index.ts';
import { placeOf } from './actions/target.ts';
import { type AdmitRequest, STRICTNESS } from './admit/define.ts';
import { STEPS } from './admit/list.ts';
import { recall, tooManyAsks } from './admit/memory.ts';
import { type Shown, wordsShown } from './admit/passages.ts';
import { placed } from './admit/sandbox.ts';
import { type Decision, goalOf } from './decide/move.ts';
import type { LookPorts } from './look.ts';
import type { Ask } from './world/ask.ts';
import type { By, Verdict, VerdictReason } from './world/record.ts';
import type { World } from './world/world.ts';

/** What admission looks up beyond the world. */
export type AdmitPorts = Pick<LookPorts, 'settings' | 'asks' | 'history' | 'nos' | 'files'> &
  Pick<AdmitRequest, 'sandboxProblem'> & {
    /** STOP is there. */
    frozen(): boolean;
  };

/** The verdict on a decision as it was parsed. */
export function admission(decision: Decision, by: By, { world, sight, ports }: Setting): Verdict {
  const { risk } = kindNamed(decision.action);
  const { settings, asks, history, sandboxProblem } = ports;
  const words = { written: history.written, answers: () => typedAnswers(asks.all()), shown: () => (sight ? wordsShown(sight) : []) };
  const memory = recall(decision, placeOf(decision, ports.files), ports);
  const frozen = ports.frozen();
  return admit({ action: decision, by, goal: goalOf(decision), risk, world, settings, words, memory, frozen, sandboxProblem });
}

interface Setting {
  /** As it is now. */
  world: World;
  /** What the decider was shown. */
  sight?: Shown;
  ports: AdmitPorts;
}

/** What the person wrote as an answer; an option that was offered, or a default, is the words of whoever asked. */
function typedAnswers(asks: readonly Ask[]): string[] {
  return asks.flatMap(({ answer, answered_by, options, default: proposed }) =>
    answer !== null && answered_by === 'person' && answer !== proposed && !options?.includes(answer) ? [answer] : [],
  );
}

export function admit(request: AdmitRequest): Verdict {
  const judged = STEPS.flatMap(({ liftable, judge }) => judge(request).map((reason) => ({ reason, liftable })));
  const lift = judged.find(({ reason }) => reason.step === 'policy' && reason.result === 'allow')?.reason;
  const reasons = judged
    .filter(({ reason, liftable }) => !answered(reason, liftable, request))
    .map(({ reason, liftable }) => (liftable ? lifted(reason, lift) : reason));
  const full = strictest(reasons) === 'ask' ? tooManyAsks(request.memory) : [];
  return placed({ result: strictest([...reasons, ...full]), reasons: [...reasons, ...full], ask: null }, request);
}

function strictest(reasons: readonly VerdictReason[]): Verdict['result'] {
  return reasons.reduce<Verdict['result']>((worst, { result }) => (STRICTNESS[result] > STRICTNESS[worst] ? result : worst), 'allow');
}

/** The first policy that allows lifts an ask of autonomy, taint or memory, never a deny. */
function lifted(reason: VerdictReason, by: VerdictReason | undefined): VerdictReason {
  if (!by || reason.result !== 'ask') return reason;
  return { ...reason, result: 'allow', message: `${reason.message}; the policy "${by.name}" allows it` };
}

/** An approval is the yes that an ask was about. */
function answered(reason: VerdictReason, liftable: boolean, { by }: AdmitRequest): boolean {
  return by.kind === 'approval' && reason.result === 'ask' && (liftable || reason.step === 'policy');
}
