// The list of action kinds. From it follow the type, the validation, the JSON Schema for a model, and the
// text for the prompt and docs/actions.md. A new kind is one file beside this one and one line in `kinds`.
import * as z from 'zod';
import { fieldsOf } from '../lib/fields.ts';
import { id } from '../lib/id.ts';
import { archiveGoal } from './archive-goal.ts';
import { askHuman } from './ask-human.ts';
import type { Kind } from './define.ts';
import { dropSchedule } from './drop-schedule.ts';
import { noop } from './noop.ts';
import { removeSensor } from './remove-sensor.ts';
import { restoreGoal } from './restore-goal.ts';
import { runShell } from './run-shell.ts';
import { sendNotification } from './send-notification.ts';
import { writeGoal } from './write-goal.ts';
import { writePlaybook } from './write-playbook.ts';
import { writeSchedule } from './write-schedule.ts';
import { writeSensor } from './write-sensor.ts';

export const kinds = [
  noop,
  sendNotification,
  askHuman,
  writeGoal,
  archiveGoal,
  restoreGoal,
  writePlaybook,
  writeSensor,
  removeSensor,
  runShell,
  writeSchedule,
  dropSchedule,
] as const;

/** What may ride along on any action. */
const rideAlong = {
  journal: z.string().optional().describe("One line for the person's journal: what and why."),
  because: z.array(z.string()).max(100).optional().describe('JSON Pointers into the world: what this rests on.'),
  goal: id.optional().describe('The goal that this serves.'),
  beat: z.int().optional().describe("The beat's number, as the prompt says it."),
  // Clamped where it is used, and never a reason to refuse an action.
  next_interval_s: z.number().optional().catch(undefined).describe('Look again within so many seconds (5 to 300) even if nothing changes.'),
};

function decisionOf<K extends (typeof kinds)[number]>(kind: K) {
  return z.strictObject({ action: z.literal(kind.kind), ...rideAlong, ...kind.input.shape });
}

type DecisionOf<K> =
  K extends Kind<infer Name, infer Input>
    ? z.ZodObject<{ action: z.ZodLiteral<Name> } & Omit<typeof rideAlong, keyof Input> & Input, z.core.$strict>
    : never;
type Decisions<List extends readonly unknown[]> = { [Index in keyof List]: DecisionOf<List[Index]> };

/** A decision: one strict object per kind, told apart by `action`. */
export const actionSchema = z
  // `map` forgets which kind stands where in the list; the mapped type remembers it.
  .discriminatedUnion('action', kinds.map(decisionOf) as unknown as Decisions<typeof kinds>)
  .superRefine((decision, context) => {
    if (decision.action !== 'ask_human') return;
    decision.options?.forEach((option, index) => {
      if (typeof option === 'string') return;
      const chosen = actionSchema.safeParse(option.do);
      for (const issue of chosen.error?.issues ?? []) context.addIssue({ ...issue, path: ['options', index, 'do', ...issue.path] });
    });
  });

export type Action = z.output<typeof actionSchema>;

/** The decision's JSON Schema, for a model. */
export function actionJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(actionSchema, { io: 'input', unrepresentable: 'any' });
}

/** The kinds as the prompt and docs/actions.md tell them. */
export function actionDocs(): string {
  const entries = kinds.map((kind) => {
    const fields = fieldsOf(kind.input).map((field) => {
      const choices = field.choices ? ` (${field.choices.join(' | ')})` : '';
      return `  - \`${field.name}\`${field.required ? '' : ' (optional)'}${choices}: ${field.sentence}`;
    });
    return [`### ${kind.kind}`, '', `${kind.summary} ${kind.when} Risk: ${kind.risk}.`, ...(fields.length > 0 ? ['', ...fields] : [])].join(
      '\n',
    );
  });
  const shared = fieldsOf(z.strictObject(rideAlong)).map((field) => `  - \`${field.name}\` (optional): ${field.sentence}`);
  return [...entries, ['### On any action', '', ...shared].join('\n')].join('\n\n');
}

/** The kind of that name. Throws for a name that the schema would have refused. */
export function kindNamed(name: string): Kind {
  const kind = kinds.find((it) => it.kind === name);
  if (!kind) throw new Error(`no action kind is called "${name}"`);
  // A kind's functions take its own input; whoever calls them has it from `actionSchema`, under the same name.
  return kind as unknown as Kind;
}
