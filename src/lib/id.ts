// Ids: what a goal, sensor, schedule or worker may be called.
import * as z from 'zod';

const RESERVED = new Set(['pulse', 'host', 'archive', 'all']);
const SHAPE = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** True for `[a-z0-9][a-z0-9._-]{0,63}`, not ending in `.`, without `..`, and none of the reserved words. */
export function isId(text: string): boolean {
  return SHAPE.test(text) && !text.endsWith('.') && !text.includes('..') && !RESERVED.has(text);
}

export const id = z.string().refine(isId, {
  error:
    'an id is 1 to 64 of a-z 0-9 . _ -, begins with a letter or digit, has no "..", does not end in "." and is none of pulse, host, archive, all',
});
