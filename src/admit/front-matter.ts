// Front matter belongs to the person: a decision that sets what no agent may set there needs a yes, in a new goal too.
import { personsKeysSet } from '../actions/owned-front-matter.ts';
import type { VerdictReason } from '../world/record.ts';
import { type AdmitRequest, deedsOf, goalNamed } from './define.ts';

export function frontMatter({ action, by, world }: AdmitRequest): VerdictReason[] {
  if (by.kind !== 'decider') return [];
  return deedsOf(action).flatMap(({ action: deed }): VerdictReason[] => {
    const { id, body } = deed;
    if (deed.action !== 'write_goal' || typeof id !== 'string' || typeof body !== 'string') return [];
    const keys = Object.keys(personsKeysSet(body, goalNamed(id, world)?.text ?? null)).map((key) => `\`${key}\``);
    const message = `it sets ${keys.join(', ')} in the front matter of ${id}, which is yours to set`;
    return keys.length === 0 ? [] : [{ step: 'norms', result: 'ask', name: 'front-matter', message }];
  });
}
