// The machine-readable shapes as a stranger would check them: written from the contract, not from src/.
import * as z from 'zod';

const time = z.iso.datetime({ precision: 3 }).refine((text) => text.endsWith('Z'));
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const pointer = z.string().regex(/^(\/[^/]*)+$/);
const int = z.int();

/** Everything named must be there; what is new must be spelled as the rest is. */
function shape<Shape extends z.ZodRawShape>(fields: Shape) {
  return z.looseObject(fields).refine((value) => Object.keys(value).every((key) => key in fields || /^[a-z0-9_]+$/.test(key)), {
    error: 'a field is not snake_case',
  });
}

const openGate = shape({
  open: z.literal(true),
  reason: z.enum(['approved', 'asked', 'first-beat', 'changed', 'due', 'rule', 'nap-over', 'noop-expired']),
  until: z.null(),
});
const closedGate = shape({
  open: z.literal(false),
  reason: z.enum(['frozen', 'no-journal', 'over-budget', 'capped', 'limited', 'settling', 'backing-off', 'unchanged']),
  until: time.nullable(),
});
const gate = z.union([openGate, closedGate]);

const verdictResult = z.enum(['allow', 'ask', 'deny']);
const verdict = shape({
  result: verdictResult,
  reasons: z.array(
    shape({
      step: z.enum(['norms', 'policy', 'autonomy', 'taint', 'budget', 'memory']),
      result: verdictResult,
      name: z.string().nullable(),
      message: z.string(),
    }),
  ),
  ask: z.string().nullable(),
});
const did = z.enum(['rested', 'acted', 'asked', 'denied', 'refused', 'overtaken', 'failed']);
const status = z.enum(['done', 'failed', 'interrupted', 'void']);

export const beatRecord = shape({
  v: z.literal(1),
  id: int.min(1).nullable(),
  at: time,
  ended_at: time.nullable(),
  epoch: int.min(1),
  did,
  gate,
  by: shape({
    kind: z.enum(['rule', 'hire', 'decider', 'approval', 'none']),
    name: z.string().nullable(),
    model: z.string().optional(),
  }),
  changes: z.array(
    shape({ path: pointer, op: z.enum(['added', 'changed', 'gone']), old: z.string().nullable(), new: z.string().nullable() }),
  ),
  decision: z.looseObject({ action: z.string() }).nullable(),
  evidence: z.array(shape({ pointer, value: z.unknown() })),
  verdict: verdict.nullable(),
  outcome: shape({ status, note: z.string(), ms: int.nonnegative() }).nullable(),
  problem: z.string().nullable(),
  cost: shape({
    usd: z.number().nullable(),
    estimated: z.boolean(),
    tokens_in: int.nullable(),
    tokens_out: int.nullable(),
  }),
});

const stamp = shape({ path: z.string().regex(/^[^/]/), digest: digest.nullable() });
const line = { v: z.literal(1), seq: int.min(1), at: time, epoch: int.min(1), prev: digest.nullable() };
const capped = z.union([z.string().max(1_024), shape({ digest, bytes: int })]);

export const journalRecord = z.discriminatedUnion('type', [
  z.looseObject({
    ...line,
    type: z.literal('intent'),
    id: z.string().regex(/^(b|p)\d+$/),
    beat: int.nullable(),
    by: shape({ kind: z.enum(['decider', 'rule', 'person', 'approval', 'controller']), name: z.string().nullable() }),
    approval: z.string().optional(),
    goal: z.string().nullable(),
    action: z.looseObject({ action: z.string(), body: capped.optional(), cmd: capped.optional(), script: capped.optional() }),
    before: z.array(stamp),
    after: z.array(stamp),
  }),
  z.looseObject({ ...line, type: z.literal('outcome'), id: z.string(), status, note: z.string(), ms: int, recovered: z.boolean() }),
  z.looseObject({
    ...line,
    type: z.literal('receipt'),
    schedule: z.string(),
    slot: time,
    result: z.enum(['ran', 'late', 'skipped']),
    reason: z.string().nullable(),
    count: int.min(1),
    beat: int.nullable(),
  }),
  z.looseObject({ ...line, type: z.literal('segment'), first_seq: int }),
  z.looseObject({ ...line, type: z.literal('note'), event: z.string() }),
]);

export const journalCheck = z.strictObject({
  v: z.literal(1),
  ok: z.boolean(),
  records: int,
  segments: int,
  first_seq: int.nullable(),
  last_seq: int.nullable(),
  head: z.enum(['ok', 'behind', 'ahead']),
  broken_at: int.nullable(),
  open: z.array(z.string()),
});

export const asks = z.array(
  shape({
    id: z.string().regex(/^\d+$/),
    kind: z.enum(['question', 'approval', 'conflict', 'budget']),
    question: z.string(),
    options: z.array(z.string()).nullable(),
    default: z.string().nullable(),
    default_at: time.nullable(),
    goal: z.string().nullable(),
    worker: z.string().nullable(),
    generation: int.nullable(),
    ref: z.string().nullable(),
    decision: z.looseObject({ action: z.string() }).nullable(),
    hash: digest.nullable(),
    at: time,
    expires_at: time.nullable(),
    state: z.enum(['open', 'answered', 'executing', 'closed', 'stranded']),
    answer: z.string().nullable(),
    answered_at: time.nullable(),
    answered_by: z.enum(['person', 'default']).nullable(),
  }),
);

const TYPES = ['Ready', 'Progressing', 'Blocked', 'Stalled', 'OverBudget', 'Invalid', 'Unattended'] as const;
const conditions = z
  .array(
    z.strictObject({
      type: z.enum(TYPES),
      status: z.enum(['True', 'False', 'Unknown']),
      reason: z.string(),
      message: z.string(),
      observedGeneration: int,
      lastTransitionTime: time,
    }),
  )
  .refine((list) => list.map(({ type }) => type).join() === TYPES.join(), { error: 'all seven types, in order' });

const reading = {
  signal: z.unknown(),
  detail: z.unknown(),
  failed: z.boolean(),
  error: z.string().nullable(),
  age_s: z.number().nullable(),
  observed_at: time.nullable(),
  stale: z.boolean(),
  flapping: z.boolean(),
  trust: z.enum(['trusted', 'untrusted']),
};

const list = <Spec extends z.ZodType, Status extends z.ZodType>(kind: string, spec: Spec, state: Status) =>
  z.strictObject({ v: z.literal(1), kind: z.literal(kind), items: z.array(z.strictObject({ name: z.string(), spec, status: state })) });

export const goals = list(
  'goals',
  z.looseObject({ text: z.string() }),
  z.looseObject({
    generation: int.nonnegative(),
    observedGeneration: int.nonnegative(),
    conditions,
    workers: z.array(z.string()),
    spend_usd: z.number(),
  }),
);

export const sensors = list(
  'sensors',
  shape({
    path: z.string(),
    mode: z.enum(['poll', 'watch']),
    format: z.string(),
    interval_s: z.number().nullable(),
    timeout_s: z.number(),
    for_s: z.number().nullable(),
    trust: z.enum(['trusted', 'untrusted']),
    digest,
  }),
  shape({ ...reading, ms: z.number().nullable(), bytes: int.nullable(), pending_since: time.nullable() }),
);

export const items = z.strictObject({
  v: z.literal(1),
  kind: z.string(),
  items: z.array(z.strictObject({ name: z.string(), spec: z.record(z.string(), z.unknown()), status: z.record(z.string(), z.unknown()) })),
});

export const statusDocument = shape({
  v: z.literal(1),
  home: z.string(),
  version: z.string(),
  now: time,
  pulse: shape({
    running: z.boolean(),
    pid: int.nullable(),
    epoch: int.nullable(),
    since: time.nullable(),
    heartbeat_at: time.nullable(),
    interval_s: z.number(),
    busy: z.enum(['deciding', 'acting']).nullable(),
  }),
  host: shape({ running: z.boolean(), pid: int.nullable(), since: time.nullable(), sessions: int }),
  stop: shape({ since: time, reason: z.string(), keep_workers: z.boolean() }).nullable(),
  gate,
  last_beat: shape({ id: int, at: time, did, action: z.string().nullable() }).nullable(),
  goals: shape({ total: int, ready: int, blocked: int, stalled: int, invalid: int, paused: int }),
  workers: shape({ live: int, pending: int, waiting: int, stuck: int, frozen: int }),
  asks: shape({ open: int, approvals: int, stranded: int, oldest_at: time.nullable() }),
  sensors: shape({ total: int, failing: z.array(z.string()), stale: z.array(z.string()), flapping: z.array(z.string()) }),
  spend: shape({ today_usd: z.number(), estimated: z.boolean(), limit_usd: z.number().nullable() }),
  interruptions_today: int,
  problems: z.array(z.strictObject({ what: z.string(), where: z.string(), next: z.string() })),
});

const goalWorld = shape({
  goal: z.string(),
  ready: z.boolean(),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string(),
  attended: z.boolean(),
  priority: int,
  paused: z.boolean(),
  autonomy: z.string().nullable(),
  text: z.string(),
  digest,
  cut: z.boolean(),
  generation: int,
  conditions,
});

export const world = shape({
  v: z.literal(1),
  at: time,
  playbook: shape({ text: z.string(), digest, cut: z.boolean() }),
  goals: z.record(z.string(), goalWorld),
  readings: z.record(z.string(), shape(reading)),
  workers: z.record(z.string(), z.unknown()),
  asks: z.record(
    z.string(),
    shape({
      kind: z.string(),
      worker: z.string().nullable(),
      question: z.string(),
      options: z.array(z.string()).nullable(),
      signal: z.enum(['open', 'answered', 'stranded']),
      at: time,
    }),
  ),
  schedules: z.record(z.string(), shape({ note: z.string(), next: time.nullable(), due: time.nullable() })),
  leases: z.record(z.string(), z.unknown()),
  spend: z.record(z.string(), shape({ usd: z.number(), limit: z.number().nullable(), signal: z.enum(['ok', 'warn', 'over']) })),
  journal: z.array(z.string()).max(20),
});

/** Fails with where and why, in zod's words. */
export function fits(schema: z.ZodType, value: unknown): void {
  const read = schema.safeParse(value);
  if (!read.success) throw new Error(`${z.prettifyError(read.error)}\nin ${JSON.stringify(value).slice(0, 2_000)}`);
}
