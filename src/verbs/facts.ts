// What is known of a verb without running it: for help, completion, argv and docs.
import type * as z from 'zod';

/** The groups of `flyball help`, in its order (DESIGN 14). */
export const GROUPS = ['look', 'steer', 'brake', 'hands', 'loops', 'house', 'in a worker'] as const;
export type Group = (typeof GROUPS)[number];

export interface VerbFacts<Shape extends z.ZodRawShape = z.ZodRawShape> {
  readonly name: string;
  readonly group: Group;
  /** One sentence, for help, completion and docs. */
  readonly summary: string;
  /** Paragraphs and examples under `flyball help NAME`. */
  readonly details?: string;
  /** Only a person may ask it: never offered to a model. */
  readonly person?: boolean;
  readonly hidden?: boolean;
  /** Changes something: refused to a worker and to what the pulse itself runs, and in a home of another uid. */
  readonly writes?: boolean;
  /** Served to workers all the same, over worker.sock. */
  readonly worker?: boolean;
  /**
   * `needed` (unless told): there must be a home. `optional`: it copes with none. `none`: none is looked for.
   */
  readonly home?: 'needed' | 'optional' | 'none';
  /** Works also where owner.json is damaged: a brake that asks for papers is none. */
  readonly damaged?: boolean;
  readonly input: z.ZodObject<Shape>;
}
