// The verbs, each loaded only when it is asked: one line per verb.
import type { Verb } from './define.ts';

export const verbs: Readonly<Record<string, () => Promise<Verb>>> = {
  status: async () => (await import('./status.ts')).status,
  get: async () => (await import('./get.ts')).get,
  describe: async () => (await import('./describe.ts')).describe,
  why: async () => (await import('./why.ts')).why,
  cost: async () => (await import('./cost.ts')).cost,
  journal: async () => (await import('./journal.ts')).journal,
  edit: async () => (await import('./edit.ts')).edit,
  check: async () => (await import('./check.ts')).check,
  try: async () => (await import('./try.ts')).tryVerb,
  undo: async () => (await import('./undo.ts')).undo,
  answer: async () => (await import('./answer.ts')).answer,
  replay: async () => (await import('./replay.ts')).replay,
  beat: async () => (await import('./beat.ts')).beat,
  stop: async () => (await import('./stop.ts')).stop,
  resume: async () => (await import('./resume.ts')).resume,
  init: async () => (await import('./init.ts')).init,
  up: async () => (await import('./up.ts')).up,
  down: async () => (await import('./down.ts')).down,
  doctor: async () => (await import('./doctor.ts')).doctor,
  config: async () => (await import('./config.ts')).config,
  completion: async () => (await import('./completion.ts')).completion,
  help: async () => (await import('./help.ts')).help,
  version: async () => (await import('./version.ts')).version,
  ask: async () => (await import('./ask.ts')).ask,
  asks: async () => (await import('./asks.ts')).asks,
  docs: async () => (await import('./docs.ts')).docs,
};

/** Other words for them, kept for fingers that know kubectl, tmux or the systems before. */
export const aliases: Readonly<Record<string, readonly string[]>> = {
  ls: ['get', 'workers'],
  tick: ['beat'],
};
