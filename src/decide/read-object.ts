// What a decider wrote, read as one JSON object. Prose around it and small faults of form are tolerated once;
// what would need a guess (two objects, one that breaks off) is refused with words for the decider. Pure.
import { jsonrepair } from 'jsonrepair';
import { isPlainObject } from '../lib/digest.ts';

export type ReadObject = { ok: true; object: Record<string, unknown>; repaired: boolean } | { ok: false; problem: string };

const refused = (problem: string): ReadObject => ({ ok: false, problem });

const NONE = 'there is no JSON object in the answer; give exactly one, such as {"action":"noop"}';
const SEVERAL = 'there is more than one JSON object in the answer; give exactly one';
const ARRAY = 'the answer is a list; give exactly one JSON object, not a list of them';
const NOT_JSON = 'the object in the answer is no valid JSON (quotes, commas, escapes); give exactly one JSON object';
const BROKEN_OFF = 'the JSON object breaks off before its end; give it whole';

export function readObject(text: string): ReadObject {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  if (trimmed === '') return refused('the answer is empty; give exactly one JSON object');
  const whole = strictly(trimmed);
  if (whole) return onlyObject(whole.value, false);
  return fromProse(trimmed);
}

function onlyObject(value: unknown, repaired: boolean): ReadObject {
  if (isPlainObject(value)) return { ok: true, object: value, repaired };
  if (Array.isArray(value)) return refused(ARRAY);
  return refused(`the answer is ${value === null ? 'null' : `a ${typeof value}`}; give exactly one JSON object`);
}

/** Prose or a code fence around it, or faults of form: the one span in braces that is a decision, or the only one. */
function fromProse(text: string): ReadObject {
  const { spans, open } = bracedSpans(text);
  let room = MOST_REPAIRED;
  const found = spans.flatMap((span) => {
    const read = strictly(span) ?? (span.length <= room ? leniently(span) : null);
    room -= span.length;
    return read ? [read.value] : [];
  });
  if (found.some((value) => Array.isArray(value) && value.some(isPlainObject))) return refused(ARRAY);
  const objects = found.filter(isPlainObject);
  const decisions = objects.filter((value) => Object.hasOwn(value, 'action'));
  const candidates = decisions.length > 0 ? decisions : objects;
  if (candidates.length > 1) return refused(SEVERAL);
  if (open !== null && /"?action"?\s*:/.test(text.slice(open))) return refused(candidates.length > 0 ? SEVERAL : BROKEN_OFF);
  const [only] = candidates;
  if (only) return onlyObject(only, true);
  if (open !== null) return refused(BROKEN_OFF);
  return refused(spans.some((span) => /action/.test(span)) ? NOT_JSON : NONE);
}

function strictly(text: string): { value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

/** Only ever on a span whose braces are balanced: repair must not finish what the decider did not. */
function leniently(text: string): { value: unknown } | null {
  try {
    return strictly(jsonrepair(text));
  } catch {
    return null; // no JSON by any reading, or nested deeper than the stack
  }
}

/** Characters. Repair is quadratic in the worst case: 0.3 s for this much, 20 s for the largest file that is read. */
const MOST_REPAIRED = 32_768;
/** More spans than a chatty answer has; beyond them it is no answer. */
const MOST_SPANS = 64;

/**
 * The outermost `{…}` and `[{…}]` of a text, strings respected, and where one begins that never ends: nothing
 * inside that one is looked at, since a part of a broken decision is not the decision.
 */
function bracedSpans(text: string): { spans: string[]; open: number | null } {
  const spans: string[] = [];
  let at = 0;
  while (spans.length < MOST_SPANS) {
    const start = nextStart(text, at);
    if (start === null) return { spans, open: null };
    const end = closeOf(text, start);
    if (end === null) return { spans, open: start };
    spans.push(text.slice(start, end));
    at = end;
  }
  return { spans, open: null };
}

/** The next `{`, or a `[` that opens a list of objects. */
function nextStart(text: string, from: number): number | null {
  const match = /\{|\[(?=\s*\{)/g;
  match.lastIndex = from;
  return match.exec(text)?.index ?? null;
}

/** Just after the bracket that closes the one at `start`, or null. */
function closeOf(text: string, start: number): number | null {
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (inString) {
      if (character === '\\') at++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') {
      depth--;
      if (depth === 0) return at + 1;
    }
  }
  return null;
}
