// The code that an action holds: in its own fields, in what the options of a question would do, and in the front
// matter of a goal.
import { personsKeysSet } from '../actions/owned-front-matter.ts';
import { isPlainObject } from '../lib/digest.ts';
import type { World } from '../world/world.ts';
import { type AdmitRequest, deedsOf, goalNamed } from './define.ts';

/** Fields whose text is code, whatever the kind. */
const CODE_FIELDS = ['cmd', 'command', 'verify', 'script'] as const;
/** Of a goal's `worker:`. */
const WORKER_FIELDS = ['command', 'verify', 'setup'] as const;

export interface Code {
  field: string;
  text: string;
}

export function codeOf(action: AdmitRequest['action'], world: World): Code[] {
  return deedsOf(action).flatMap(({ within, action: deed }) =>
    [...stringsOf(deed, CODE_FIELDS), ...codeOfGoal(deed, world)].map(({ field, text }) => ({ field: `${within}${field}`, text })),
  );
}

/** What the front matter has run, where it differs from what is there. */
function codeOfGoal({ action, id, body }: Record<string, unknown>, world: World): Code[] {
  if (action !== 'write_goal' || typeof id !== 'string' || typeof body !== 'string') return [];
  const { verify, worker } = personsKeysSet(body, goalNamed(id, world)?.text ?? null);
  return [
    ...(typeof verify === 'string' ? [{ field: 'verify', text: verify }] : []),
    ...(isPlainObject(worker) ? stringsOf(worker, WORKER_FIELDS).map(({ field, text }) => ({ field: `worker.${field}`, text })) : []),
  ];
}

function stringsOf(fields: Record<string, unknown>, names: readonly string[]): Code[] {
  return names.flatMap((field) => {
    const text = fields[field];
    return typeof text === 'string' ? [{ field, text }] : [];
  });
}
