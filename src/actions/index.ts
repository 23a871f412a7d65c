// What follows from the list of action kinds (list.ts): the type, the validation, the JSON Schema for a model,
// and the text for the prompt and docs/actions.md.
import * as z from 'zod';
import { fieldsOf } from '../lib/fields.ts';
import { id } from '../lib/id.ts';
import type { Kind, Risk } from './define.ts';
import * as list from './list.ts';
import { undo } from './undo.ts';

type ListedKind = (typeof list)[keyof typeof list];

const RISKS: readonly Risk[] = ['inert', 'reversible', 'contained', 'code'];

/** The harmless first, then by name: the order in the prompt, the same in every build. */
export const kinds: readonly ListedKind[] = Object.values(list).sort(
  (a, b) => RISKS.indexOf(a.risk) - RISKS.indexOf(b.risk) || (a.kind < b.kind ? -1 : 1),
);

/** What may ride along on any action. */
const rideAlong = {
  journal: z.string().optional().describe("One line for the person's journal: what and why."),
  because: z.array(z.string()).max(100).optional().describe('JSON Pointers into the world: what this rests on.'),
  goal: id.optional().describe('The goal that this serves.'),
  beat: z.int().optional().describe("The beat's number, as the prompt says it."),
  // Clamped where it is used, and never a reason to refuse an action.
  next_interval_s: z.number().optional().catch(undefined).describe('Look again within so many seconds (5 to 300) even if nothing changes.'),
};

function decisionOf(kind: ListedKind) {
  return z.strictObject({ action: z.literal(kind.kind), ...rideAlong, ...kind.input.shape });
}

type DecisionOf<K> =
  K extends Kind<infer Name, infer Input>
    ? z.ZodObject<{ action: z.ZodLiteral<Name> } & Omit<typeof rideAlong, keyof Input> & Input, z.core.$strict>
    : never;

/** A decision: one strict object per kind, told apart by `action`. */
export const actionSchema = z
  // `map` mixes the kinds' fields into one object; the distributed type keeps each kind with its own.
  .discriminatedUnion('action', kinds.map(decisionOf) as unknown as [DecisionOf<ListedKind>, ...DecisionOf<ListedKind>[]])
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

/** The kind of that name, also of one that only a person's verb does. Throws for a name that the schema would have refused. */
export function kindNamed(name: string): Kind {
  const kind = name === undo.kind ? undo : kinds.find((it) => it.kind === name);
  if (!kind) throw new Error(`no action kind is called "${name}"`);
  // A kind's functions take its own input; whoever calls them has it from `actionSchema`, under the same name.
  return kind as unknown as Kind;
}
