// The shape of an action kind: what a decider may choose. One file per kind beside this one; list.ts lists
// them, and from the list follow the type, the JSON Schema, the prompt's text, docs/actions.md and validation.
import type * as z from 'zod';
import type { NewAsk } from '../ports/asks.ts';
import type { Version } from '../ports/history.ts';
import type { FileChange, HomeFiles } from '../ports.ts';
import type { IntentRecord, Stamp } from '../world/journal.ts';
import type { Settings } from '../world/settings.ts';
import type { World } from '../world/world.ts';

/** `inert` · `reversible` (has an exact undo) · `contained` (confined to a sandboxed worker) · `code` (anything else). */
export type Risk = 'inert' | 'reversible' | 'contained' | 'code';

/** What the executor can see of an action that has an intent and no outcome. */
export type Observed = 'done' | 'failed' | 'void' | 'interrupted';

/** What a kind may know while it prepares. It reads; it changes nothing. */
export interface Scene {
  /** The world as the decider saw it: its goal texts are the merge bases. */
  seen: World;
  settings: Settings;
  /** `b<beat>` or `p<seq>`. */
  id: string;
  beat: number | null;
  now: Date;
  files: HomeFiles;
  /** How many asks are open; no more can be raised at 50. */
  asks: { open(): number };
  /** True when the words are the person's own (a rule, a verb), not a model's. */
  person: boolean;
  /** True when the person is asked about exactly this, or has said yes to it. */
  yes?: boolean;
}

export type Prepared =
  /** Written by the executor, in order, each compared before and after. */
  | { prepared: 'files'; changes: FileChange[]; note: string }
  /** One rename; `to` is free. */
  | { prepared: 'move'; from: string; to: string; before: string; note: string }
  /** Becomes an ask, which gets its number when the executor begins. */
  | { prepared: 'ask'; ask: NewAsk }
  | { prepared: 'shell'; cmd: string; timeoutMs: number }
  | { prepared: 'nothing'; note: string }
  /** It would change nothing: done at once for a decider, not eligible for a rule. */
  | { prepared: 'unchanged'; note: string }
  /** It cannot be done without the person: becomes an ask with the diff. */
  | { prepared: 'conflict'; question: string; diff: string }
  | { prepared: 'refused'; problem: string };

/** What `observe` may look at. */
export interface Lookout {
  /** Digest of a file now, null when there is none. */
  stamp(path: string): Stamp;
  /** What is known of a shell command of that beat. */
  shell(beat: number): { pid: number | null; exit: number | null; alive: boolean };
  askWithRef(ref: string): boolean;
}

/** What `undo` may look at. It reads; it changes nothing. */
export interface UndoScene {
  files: HomeFiles;
  /** What a file held when its digest was that one; null when that is not kept. */
  version(stamp: { path: string; digest: string | null }): Version | null;
}

export interface Kind<Name extends string = string, Input extends z.ZodRawShape = z.ZodRawShape> {
  readonly kind: Name;
  /** One sentence for the prompt, the docs and the help. */
  readonly summary: string;
  /** When a decider should choose it. */
  readonly when: string;
  readonly risk: Risk;
  readonly input: z.ZodObject<Input>;
  /** What it acts on, for the journal and the memory of no: `goals/inbox`. */
  target(input: z.output<z.ZodObject<Input>>): string | null;
  /** The line for journal.md when the decider gave none. */
  line(input: z.output<z.ZodObject<Input>>): string;
  prepare(input: z.output<z.ZodObject<Input>>, scene: Scene): Prepared;
  observe(intent: IntentRecord, look: Lookout): Observed;
  /** What takes it back exactly, or why that cannot be. */
  undo(intent: IntentRecord, scene: UndoScene): Prepared;
}

/** Ties a kind's functions to its own input type. */
export function defineAction<Name extends string, Input extends z.ZodRawShape>(kind: Kind<Name, Input>): Kind<Name, Input> {
  return kind;
}

/** `undo` of a kind that has no inverse: the reason, for the person. */
export function cannotBeUndone(problem: string): Kind['undo'] {
  return ({ id }) => ({ prepared: 'refused', problem: `${id} cannot be undone: ${problem}` });
}
