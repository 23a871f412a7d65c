// The word of a system error.

/** The `code` of a system error ("ENOENT"), or null for anything else. */
export function errorCode(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : null;
}
