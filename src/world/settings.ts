// Settings: flyball.yaml as one schema. Every field carries the sentence that `flyball config` prints.
// config.ts reads the file, lays defaults < file < environment < flags over each other, and adds what the
// deciders bring; this file is only the shape.
import * as z from 'zod';
import { formatDuration, parseDuration } from '../lib/duration.ts';

/** A duration as people write it ("90s", "10m"); milliseconds once parsed. */
export function duration(limits: { minMs?: number; maxMs?: number } = {}) {
  return z.union([z.string(), z.number()]).transform((value, context) => {
    const ms = parseDuration(String(value));
    const { minMs = 0, maxMs = Number.MAX_SAFE_INTEGER } = limits;
    if (ms === null) context.addIssue({ code: 'custom', message: `"${value}" is no duration; write 30s, 10m, 2h or 1d` });
    else if (ms < minMs) context.addIssue({ code: 'custom', message: `"${value}" is too short; at least ${formatDuration(minMs)}` });
    else if (ms > maxMs) context.addIssue({ code: 'custom', message: `"${value}" is too long; at most ${formatDuration(maxMs)}` });
    else return ms;
    return z.NEVER;
  });
}

const actionTemplate = z.looseObject({ action: z.string() });

export const ruleSchema = z
  .strictObject({
    name: z.string().min(1).max(64).describe('Unique; names the rule in the journal and in `why`.'),
    when: z.string().min(1).describe('CEL over the world; the rule may act while it is true.'),
    do: actionTemplate.describe('The action; `{{ CEL }}` in its strings is filled in.'),
    for: duration().optional().describe('`when` must have held this long.'),
    every: duration({ minMs: 60_000 }).optional().describe('Again each time this has passed within the same episode.'),
    at: z.string().optional().describe('A cron line: at most once per slot, while `when` is true.'),
    once: z.boolean().optional().describe('Once ever, until its text is edited.'),
    for_each: z.enum(['goals', 'readings', 'workers', 'asks']).optional().describe('Tried for each item, as `it`.'),
  })
  .refine((rule) => [rule.every, rule.at, rule.once].filter((it) => it !== undefined).length <= 1, {
    error: 'at most one of `every`, `at` and `once`',
  });
export type Rule = z.output<typeof ruleSchema>;

export const policySchema = z.strictObject({
  name: z.string().min(1).max(64),
  when: z.string().min(1).describe('CEL over `action`, `goal` and `world`.'),
  // biome-ignore lint/suspicious/noThenProperty: the person's word in flyball.yaml; it is never awaited
  then: z.enum(['allow', 'ask', 'deny']),
  message: z.string().optional(),
});
export type Policy = z.output<typeof policySchema>;

const openFolder = z.string().regex(/^(\/|~(\/|$))/, { error: 'must be an absolute path, or begin with ~/' });

const shellSchema = z
  .strictObject({
    sandbox: z
      .enum(['auto', 'off', 'required'])
      .default('auto')
      .describe(
        'Where run_shell runs: `auto`: what a model chose and nobody has allowed runs in a sandbox, and asks where there is none; `off`: never in one, so it asks; `required`: every command runs in one or not at all.',
      ),
    network: z.boolean().default(false).describe('Leave the network to a command in the sandbox, with all that listens on this machine.'),
    read: z
      .array(openFolder)
      .default([])
      .describe("Folders of the person's own that it may read; without them HOME is empty in the sandbox."),
    write: z.array(openFolder).default([]).describe('Folders that it may write beside reports/shell; none in the home but below reports/.'),
  })
  .prefault({})
  .describe("Commands of the pulse's own.");

export const settingsSchema = z.strictObject({
  interval: duration({ minMs: 1_000 }).default(60_000).describe('How often the pulse beats when nothing wakes it.'),
  tz: z.string().optional().describe("IANA time zone of days and cron lines; the machine's own unless set."),
  autonomy: z
    .enum(['observe', 'propose', 'act', 'full'])
    .default('act')
    .describe('What a model may do unasked: `observe`, `propose` (all but notes becomes an ask), `act` (what can be undone), `full`.'),
  decider: z
    .looseObject({
      use: z.string().default('rules').describe('Who decides when no rule is eligible.'),
      fallback: z.string().optional().describe('Who is asked when that one fails.'),
      evidence: z
        .enum(['optional', 'required'])
        .default('optional')
        .describe('`required`: every action but noop must name what it rests on.'),
      timeout: duration({ minMs: 1_000 }).default(300_000).describe('Hard deadline of one decision.'),
      unconfined: z.boolean().default(false).describe('Allow a custom command to run without a sandbox.'),
    })
    .prefault({})
    .describe('Who decides.'),
  hire: z.boolean().default(true).describe('Start the worker that a goal names when the goal is not Ready.'),
  env: z.record(z.string(), z.string()).default({}).describe('Environment of sensors, verifies and workers.'),
  allow_commands: z
    .array(z.string())
    .default([])
    .describe('Commands that run_shell may run unasked: an argv, `*` for one word, a final `**` for the rest.'),
  shell: shellSchema,
  rules: z.array(ruleSchema).default([]).describe("Tried in order before any decider; the first eligible one is the beat's action."),
  policies: z
    .array(policySchema)
    .default([])
    .describe(
      'What is allowed, asked or denied: CEL over `action`, `goal` and `world`; the first matching `allow` lifts an ask, never a deny.',
    ),
  spend: z
    .strictObject({
      assume: z.number().nonnegative().default(0.1).describe('Dollars charged for a decision of unknown cost.'),
      day: z.number().nonnegative().default(5).describe('Dollars a day for this home; at 100 % no decider is asked.'),
    })
    .prefault({})
    .describe('Money.'),
});
export type Settings = z.output<typeof settingsSchema>;
