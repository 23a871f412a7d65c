// The machine's own small state. Every file is replaced whole; only "not found" is empty, and what cannot be
// read as we wrote it stops the beat rather than opening a gate.
import * as z from 'zod';
import { TerminalError } from '../errors.ts';
import { readText, writeAtomic } from '../lib/files.ts';
import type { State } from '../ports.ts';
import type { Awake } from '../world/awake.ts';
import { type Guards, NO_GUARDS } from '../world/guards.ts';
import type { RuleStates } from '../world/rule-state.ts';
import type { Layout } from './layout.ts';

const time = z.iso.datetime();
const guardsSchema: z.ZodType<Guards> = z.object({
  v: z.literal(1),
  failures: z.int().nonnegative(),
  failed_at: time.nullable(),
  failed_policy: z.string().nullable(),
  last_failure: z.object({ beat: z.int(), problem: z.string(), at: time }).nullable(),
  attempts: z.array(z.object({ at: time, costs: z.boolean() })),
  wakes: z.record(z.string(), time),
  limited: z.object({ until: time, message: z.string(), policy: z.string() }).nullable(),
  own: z.array(z.object({ path: z.string(), digest: z.string().nullable() })),
  touched: z.array(z.string()),
  own_streak: z.int().nonnegative(),
  overtaken: z.int().nonnegative(),
  last_output: z.object({ beat: z.int(), text: z.string() }).nullable(),
  goal_acts: z.record(z.string(), time),
  last_did: z.enum(['rested', 'acted', 'asked', 'denied', 'refused', 'overtaken', 'failed']).nullable(),
  last_beat: z.int().nonnegative(),
});

const ruleStatesSchema: z.ZodType<RuleStates> = z.record(
  z.string(),
  z.object({
    text: z.string(),
    episodes: z.record(z.string(), z.object({ since: time, fired: time.nullable() })),
    failures: z.int().nonnegative(),
    until: time.nullable(),
    held: z.string().nullable(),
    spent: z.boolean(),
    slot: z.string().nullable(),
  }),
);

const baselineSchema = z.object({ v: z.literal(1), beat: z.int().positive() });

const awakeSchema: z.ZodType<Awake> = z.object({
  v: z.literal(1),
  mono_ms: z.number().nonnegative(),
  counted: z.record(z.string(), z.number().nonnegative()),
});

export function createState(layout: Layout): State {
  return {
    guards: () => read(layout.guards, guardsSchema) ?? NO_GUARDS,
    saveGuards: (guards) => write(layout.guards, guards),
    ruleStates: () => read(layout.ruleStates, ruleStatesSchema) ?? {},
    saveRuleStates: (states) => write(layout.ruleStates, states),
    baseline: () => read(layout.baseline, baselineSchema)?.beat ?? null,
    saveBaseline: (beat) => write(layout.baseline, { v: 1, beat }),
    awake: () => read(layout.awake, awakeSchema),
    saveAwake: (awake) => write(layout.awake, awake),
    // Lost with the power it says only that nobody beat since: not worth an fsync each minute.
    heartbeat: (beat) => writeAtomic(layout.heartbeat, `${JSON.stringify({ v: 1, ...beat })}\n`, { durable: false }),
  };
}

function read<T>(path: string, schema: z.ZodType<T>): T | null {
  const text = readText(path);
  if (text === null) return null;
  const result = schema.safeParse(parse(text));
  if (result.success) return result.data;
  throw new TerminalError(
    `${path} is damaged (${z.prettifyError(result.error).split('\n', 1)[0]}); look at it, then move it away: it begins anew`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Not fsynced: every word of it follows from the journal, the beats' records and the files (conclude.ts does it
 * again after a crash), and a rename over a file is whole or absent whatever kills us.
 */
function write(path: string, value: unknown): void {
  writeAtomic(path, `${JSON.stringify(value)}\n`, { durable: false });
}
