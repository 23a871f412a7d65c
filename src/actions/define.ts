// The shape of an action kind: what a decider may choose. One file per kind beside this one; index.ts lists
// them, and from the list follow the type, the JSON Schema, the prompt's text, docs/actions.md and validation.
import type { z } from 'zod';
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
  asks: { nextId(): string; all(): { ref: string | null; state: string }[] };
  /** True when the words are the person's own (a rule, a verb), not a model's. */
  person: boolean;
}

/** The home's own files as an action sees them: relative paths, confined to the home. */
export interface HomeFiles {
  /** The text now, or null when there is none. Refuses (TerminalError) what leaves the home by `..`, link, case or unicode trick. */
  read(path: string): string | null;
  list(folder: string): string[];
}

/** One file as it is to be: null content means it is to be gone. */
export interface FileChange {
  path: string;
  /** The text that this change was computed from (null: there was none). Nothing else is ever overwritten. */
  before: string | null;
  after: string | null;
  mode?: number;
}

export type Prepared =
  /** Written by the executor: `changes` are done in order, each compared before and after. A `moves` entry is one rename. */
  | { prepared: 'files'; changes: FileChange[]; note: string }
  | { prepared: 'move'; from: string; to: string; before: string; note: string }
  | { prepared: 'shell'; cmd: string; timeoutMs: number }
  | { prepared: 'nothing'; note: string }
  /** It would change nothing: done at once for a decider, not eligible for a rule. */
  | { prepared: 'unchanged'; note: string }
  /** It cannot be done without the person: becomes an ask with the diff. */
  | { prepared: 'conflict'; question: string; diff: string }
  | { prepared: 'refused'; problem: string };

/** What `observe` may look at. */
export interface Lookout {
  files: HomeFiles;
  /** Digest of a file now, null when there is none. */
  stamp(path: string): Stamp;
  /** What is known of a shell command of that beat. */
  shell(beat: number): { pid: number | null; exit: number | null; alive: boolean };
  askWithRef(ref: string): boolean;
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
}

/** Ties a kind's functions to its own input type. */
export function defineAction<Name extends string, Input extends z.ZodRawShape>(kind: Kind<Name, Input>): Kind<Name, Input> {
  return kind;
}
