// Asks in a home, as other parts raise them, and as they are on disk.
import type { NewAsk } from '../../src/ports/asks.ts';
import { openAsks } from '../../src/store/asks.ts';
import { layout } from '../../src/store/layout.ts';
import { APPROVAL_TTL_MS, type Ask } from '../../src/world/ask.ts';
import type { Rig } from './rig.ts';

/** A plain question. */
export function newAsk(parts: Partial<NewAsk> = {}): NewAsk {
  return {
    kind: 'question',
    question: 'Which?',
    options: null,
    default: null,
    default_at: null,
    goal: null,
    worker: null,
    generation: null,
    ref: null,
    decision: null,
    hash: null,
    at: new Date().toISOString(),
    expires_at: null,
    ...parts,
  };
}

/** Raises it and returns its number. */
export function raiseAsk(rig: Rig, parts: Partial<NewAsk> = {}): string {
  return openAsks(layout(rig.home)).raise(newAsk({ question: 'Which colour?', ...parts }));
}

export function raiseApproval(rig: Rig, parts: Partial<NewAsk> = {}): string {
  return raiseAsk(rig, {
    kind: 'approval',
    question: 'May this be done? run_shell',
    options: ['yes', 'no', 'always'],
    decision: { action: 'run_shell', cmd: 'make release' },
    expires_at: new Date(Date.now() + APPROVAL_TTL_MS).toISOString(),
    ...parts,
  });
}

/** As it is on disk now. */
export function askIn(rig: Rig, id: string): Ask {
  const ask = openAsks(layout(rig.home)).get(id);
  if (!ask) throw new Error(`there is no ask ${id}`);
  return ask;
}

export function openIn(rig: Rig): string[] {
  return openAsks(layout(rig.home))
    .all()
    .filter(({ state }) => state === 'open')
    .map(({ id }) => id);
}
