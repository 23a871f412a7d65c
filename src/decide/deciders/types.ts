// The axis of deciders: what turns a prompt into a decision. One file per member beside this one (the presets
// and the HTTP protocols in folders of their own); list.ts lists them, and from the list follow the choices in
// flyball.yaml, their settings, the docs and doctor. To add one: one file, one line in list.ts.
import type * as z from 'zod';
import type { Clock, Decider } from '../../ports.ts';
import type { Layout } from '../../store/layout.ts';

export interface DeciderMember {
  /** What `decider.use` says; its own settings stand under `decider.<name>`. */
  readonly name: string;
  /** One sentence for the docs and for `flyball config`. */
  readonly summary: string;
  /** Asking it costs money unless its settings say otherwise. */
  readonly costs: boolean;
  /** It reads goals and playbook, so a goal without a worker is attended. */
  readonly readsProse: boolean;
  readonly config: z.ZodObject;
  /** The setting that a bare string stands for: `command: sh decide.sh` is `command: {run: sh decide.sh}`. */
  readonly shorthand?: string;
  /** Null: nobody is asked. Throws when the settings do not fit `config`. */
  create(settings: unknown, tools: DeciderTools): Decider | null;
}

/** A member as its file writes it: `create` gets its own settings, parsed. */
type Written<Config extends z.ZodObject> = Omit<DeciderMember, 'config' | 'create'> & {
  config: Config;
  create(settings: z.output<Config>, tools: DeciderTools): Decider | null;
};

export function defineDecider<Config extends z.ZodObject>(member: Written<Config>): DeciderMember {
  return { ...member, create: (settings, tools) => member.create(member.config.parse(settings), tools) };
}

/** What a decider may reach. */
export interface DeciderTools {
  layout: Layout;
  /** The environment that agent CLIs find themselves in, and where keys are looked up by name. Read once, in config.ts. */
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  /** `decider.unconfined`: a custom command may run without a sandbox. */
  unconfined: boolean;
  /** Resolves after `ms`, or rejects when the signal aborts: the wait between two tries. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}
