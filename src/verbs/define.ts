// The shape of a verb: what a person or a client may ask. One file per verb beside this one; index.ts lists
// them, and from the list follow flags, help, completion and docs/verbs.md.
import type * as z from 'zod';
import type { VerbFacts } from './facts.ts';
import type { Hands } from './hands.ts';

/** 0 done · 1 the answer is no · 2 asked wrongly · 3 budget · 4 blocked · 70 our fault · 124 time-out. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 70 | 124;

export interface Reply {
  exit: ExitCode;
  /** The document of `--json` (DESIGN 19). Undefined only for what has streamed through `hands.emit`, or whose payload is text by nature. */
  json: unknown;
  /** What a person reads; without it they get the document. It ends without a line break. */
  text?: string;
  /** `-o wide`; falls back to `text`. */
  wide?: string;
  /** `-o name`, a line each. */
  names?: string[];
}

/** How a field of a verb's input is spelled on the command line; given with `.meta({…})`. */
export interface FieldMeta {
  /** Stands without a flag; `variadic` takes all that follow. */
  positional?: true | 'variadic';
  /** One letter: `-f`. */
  short?: string;
  /** What completion offers for it. */
  complete?: Completion;
}

/** Live names that completion knows. */
export type Completion =
  | 'kind'
  | 'name'
  | 'goal'
  | 'sensor'
  | 'beat'
  | 'rule'
  | 'file'
  | 'verb'
  | 'editable'
  | 'ask'
  | 'triable'
  | 'explainable';

export interface Verb<Shape extends z.ZodRawShape = z.ZodRawShape> extends VerbFacts<Shape> {
  /**
   * The input that plain words mean, exactly as the schema would read them; null for what the schema has to judge.
   * For verbs whose start is counted in milliseconds.
   */
  plain?(words: readonly string[]): z.output<z.ZodObject<Shape>> | null;
  run(input: z.output<z.ZodObject<Shape>>, hands: Hands): Promise<Reply>;
}

/** Ties a verb's `run` to its own input type. */
export function defineVerb<Shape extends z.ZodRawShape>(verb: Verb<Shape>): Verb<Shape> {
  return verb;
}
