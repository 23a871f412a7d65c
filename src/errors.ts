// The two errors that mean something to the program. Everything else that is thrown is a broken promise.

/** Trying again cannot help: the caller must not retry, only report. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

/**
 * The person asked for something that cannot be done as asked. `message` says what happened and to
 * what, `hint` what to do next; `code` is the exit code (1 the answer is no, 2 asked wrongly).
 */
export class PersonError extends Error {
  override readonly name = 'PersonError';
  readonly hint: string | null;
  readonly code: 1 | 2;

  constructor(message: string, options: { hint?: string; code?: 1 | 2; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.hint = options.hint ?? null;
    this.code = options.code ?? 2;
  }
}

/** One line for a person from anything that was thrown. */
export function describeError(error: unknown): string {
  if (error instanceof Error) return error.message.split('\n', 1)[0] ?? error.name;
  return String(error);
}
