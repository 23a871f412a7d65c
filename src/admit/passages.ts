// The words of a home: which stand in the world, and which of them are compiled in or written in flyball.yaml.
import { actionDocs } from '../actions/index.ts';
import type { Sight } from '../decide/move.ts';
import { EVIDENCE_REQUIRED, FAIRNESS_NOTE, INSTRUCTIONS, NORMS } from '../decide/prompt-words.ts';
import { toPointer } from '../lib/pointer.ts';
import type { World } from '../world/world.ts';
import type { Passage } from './define.ts';

/** One look, as a decider was told of it. */
export type Shown = Pick<Sight, 'world' | 'changes' | 'guards'>;

/** All that a world says, whoever's words it is. */
export function wordsOfWorld(world: World): Passage[] {
  const passages: Passage[] = [{ source: '/playbook/text', text: world.playbook.text }];
  for (const name of Object.keys(world.readings)) passages.push(...wordsOfReading(world, name));
  for (const section of ['goals', 'workers', 'asks', 'schedules', 'leases'] as const)
    for (const [name, item] of Object.entries(world[section])) passages.push(...wordsAt([section, name], item));
  world.journal.forEach((text, index) => {
    passages.push({ source: toPointer(['journal', String(index)]), text });
  });
  return passages;
}

export function wordsOfReading({ readings }: World, name: string): Passage[] {
  const { signal = null, detail = null, error = null } = readings[name] ?? {};
  return wordsAt(['readings', name], { signal, detail, error });
}

/** What the decider was shown beside the world as it now is: the world as it then was, what changed, what came of the last beats. */
export function wordsShown({ world, changes, guards }: Shown): Passage[] {
  const changed = changes.flatMap(({ path, old, new: now }) =>
    [old, now].map((text) => ({ source: `${path} (changed)`, text: text ?? '' })),
  );
  const output = { source: 'the last output', text: guards.last_output?.text ?? '' };
  const failure = { source: 'the last failure', text: guards.last_failure?.problem ?? '' };
  return [...wordsOfWorld(world), ...changed, output, failure].filter(({ text }) => text !== '');
}

/** Each part of a value: its words in a row (what was cut into a list reads as one line again), and as it is written. */
function wordsAt(path: string[], item: object): Passage[] {
  return Object.entries(item).flatMap(([key, value]) => {
    if (value === null || value === undefined || typeof value === 'boolean') return [];
    const source = toPointer([...path, key]);
    if (typeof value !== 'object') return [{ source, text: String(value) }];
    const { keys, leaves } = wordsWithin(value);
    return [leaves.join(' '), keys.join(' '), JSON.stringify(value)].map((text) => ({ source, text }));
  });
}

/** Every string and number of a value, and every key, in the order in which they stand there. */
export function wordsWithin(value: unknown): { keys: string[]; leaves: string[] } {
  const found: { keys: string[]; leaves: string[] } = { keys: [], leaves: [] };
  const pending = [value];
  for (let next = pending.pop(); pending.length > 0 || next !== undefined; next = pending.pop()) {
    if (typeof next === 'string' || typeof next === 'number') found.leaves.push(String(next));
    if (typeof next !== 'object' || next === null) continue;
    if (!Array.isArray(next)) found.keys.push(...Object.keys(next));
    pending.push(...Object.values(next).reverse());
  }
  return found;
}

/** How every script and every address begins, whoever wrote it. */
const BEGINNINGS = [
  '#!/bin/sh\n',
  '#!/bin/bash\n',
  '#!/usr/bin/env bash\n',
  '#!/usr/bin/env node\n',
  '#!/usr/bin/env python3\n',
  ' https://',
];

/** What everybody is told, whatever the home. */
export function compiledIn(): string[] {
  return [...BEGINNINGS, INSTRUCTIONS, NORMS, EVIDENCE_REQUIRED, FAIRNESS_NOTE, actionDocs()];
}
