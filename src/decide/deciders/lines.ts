// NDJSON as clients print it: one object a line, with other lines in between.
import { isPlainObject } from '../../lib/digest.ts';

/** The objects among the lines, in order; a line that is none is passed over. */
export function* objectsIn(text: string): Generator<Record<string, unknown>> {
  for (const line of text.split('\n')) {
    if (!line.startsWith('{')) continue;
    try {
      const value: unknown = JSON.parse(line);
      if (isPlainObject(value)) yield value;
    } catch {
      // the first line of a kept tail may be half of one; a client's talk may begin with a brace
    }
  }
}

/** The value at a path of keys, or undefined. */
export function at(value: unknown, ...keys: string[]): unknown {
  let found = value;
  for (const key of keys) found = isPlainObject(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  return found;
}

export function numberAt(value: unknown, ...keys: string[]): number | null {
  const found = at(value, ...keys);
  return typeof found === 'number' && Number.isFinite(found) ? found : null;
}

export function textAt(value: unknown, ...keys: string[]): string | null {
  const found = at(value, ...keys);
  return typeof found === 'string' ? found : null;
}

/** The sum of what is a number; null when none is. */
export function total(...parts: (number | null)[]): number | null {
  const known = parts.filter((part) => part !== null);
  return known.length === 0 ? null : known.reduce((sum, part) => sum + part, 0);
}

/** A price of nothing for tokens that were used: the client knows no price for that model, which is not "free". */
export function priced(usd: number | null, tokens: number | null): number | null {
  return usd === 0 && tokens !== null && tokens > 0 ? null : usd;
}
