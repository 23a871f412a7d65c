// The axis of HTTP protocols: how a model is asked for one decision, and how its answer reads. One file per
// member beside this one; index.ts lists them.
export interface Protocol {
  readonly name: string;
  /** Runs on the person's own machine: asking costs nothing. */
  readonly local: boolean;
  /** The variable that usually holds the key; null: none is needed. */
  readonly keyEnv: string | null;
  request(ask: ModelAsk): { url: string; headers: Record<string, string>; body: unknown };
  /** Reads a body of status 200. Must not throw on anything. */
  read(body: unknown): ModelAnswer;
}

export interface ModelAsk {
  settings: { model: string; base_url?: string | undefined; max_tokens: number; temperature?: number | undefined };
  key: string | null;
  prompt: string;
  /** JSON Schema of the decision. */
  schema: Record<string, unknown>;
}

export interface ModelAnswer {
  text: string | null;
  refusal: string | null;
  model: string | null;
  tokens_in: number | null;
  tokens_out: number | null;
}

/** `base` with `path` after it, whether or not `base` ends in a slash. */
export function under(base: string, path: string): string {
  return `${base.replace(/\/+$/, '')}${path}`;
}
