// A step of admission: what it is given, and the words in which it answers. Pure.
import type { Risk } from '../actions/define.ts';
import type { By, Verdict, VerdictReason } from '../world/record.ts';
import type { Settings } from '../world/settings.ts';
import type { World, WorldGoal } from '../world/world.ts';

export interface AdmitRequest {
  /** As decided: the kind in `action`, its fields beside it. */
  action: { action: string } & Record<string, unknown>;
  /** A `person` speaks through a verb. */
  by: { kind: By['kind'] | 'person' };
  /** The goal that it names, or the one that it is about. */
  goal: string | null;
  /** Risk of its kind. */
  risk: Risk;
  world: World;
  settings: Pick<Settings, 'policies' | 'autonomy' | 'allow_commands'>;
}

export interface Step {
  step: VerdictReason['step'];
  /** Its `ask` is lifted by the first policy that allows, and answered by an approval's yes. */
  liftable: boolean;
  judge(request: AdmitRequest): VerdictReason[];
}

/** From the mildest to the strictest. */
export const STRICTNESS: Record<Verdict['result'], number> = { allow: 0, ask: 1, deny: 2 };

export function goalNamed(goal: string | null, world: World): WorldGoal | undefined {
  return goal !== null && Object.hasOwn(world.goals, goal) ? world.goals[goal] : undefined;
}

/** Fields whose text is code, whatever the kind. */
export const CODE_FIELDS = ['cmd', 'command', 'verify', 'script'] as const;
