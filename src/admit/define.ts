// A step of admission: what it is given, and the words in which it answers. Pure.
import type { Risk } from '../actions/define.ts';
import { isPlainObject } from '../lib/digest.ts';
import type { Written } from '../ports/history.ts';
import type { No } from '../world/no.ts';
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
  /** STOP is there. */
  frozen?: boolean;
  settings: Pick<Settings, 'policies' | 'autonomy' | 'allow_commands'> & Partial<Settings>;
  /** Why no command can be run in the sandbox, as was found last; null when it can. */
  sandboxProblem?: string | null | undefined;
  /** Absent where there is none to ask: then no words of the home are the person's. */
  words?: Words;
  /** Absent where nothing was ever asked. */
  memory?: Memory;
}

/** Whose words there are, beside those of the world; asked only where an action holds code. */
export interface Words {
  /** What was written into the policy files, in the order in which it came. Throws when it cannot be told. */
  written(): Iterable<Written>;
  /** What the person typed as answers. */
  answers(): string[];
  /** What else the decider was shown: former values, outputs, failures. */
  shown(): readonly Passage[];
}

export interface Passage {
  /** Where it stands: a pointer into the world, or a few words. */
  source: string;
  text: string;
}

/** What is known of earlier answers to such an action. */
export interface Memory {
  /** How many asks are open. */
  open: number;
  /** The ask in which the same decision waits for the person. */
  waiting: string | null;
  /** Those that speak of this action. */
  nos: readonly No[];
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

type Deed = AdmitRequest['action'];

/** An action, and what choosing an option of its question would do, each with where it stands. */
export function deedsOf(action: Deed, within = ''): { within: string; action: Deed }[] {
  const options = Array.isArray(action.options) ? action.options : [];
  const chosen = options.flatMap((option, index) => {
    const deed = isPlainObject(option) ? option.do : null;
    return isDeed(deed) ? deedsOf(deed, `${within}options.${index}.do.`) : [];
  });
  return [{ within, action }, ...chosen];
}

function isDeed(value: unknown): value is Deed {
  return isPlainObject(value) && typeof value.action === 'string';
}
