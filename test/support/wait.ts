// Waiting in tests: for a condition that is named, never for a time.

const POLL_MS = 5;
const PATIENCE_MS = 20_000;

/** Resolves with what `look` returns once it is truthy; rejects, with `what` was waited for, when that does not come. */
export async function until<T>(look: () => T | Promise<T>, what = 'the condition'): Promise<NonNullable<T>> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (performance.now() > deadline) throw new Error(`waited ${PATIENCE_MS} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
