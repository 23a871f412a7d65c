// What a sensor printed → an observation. Pure: the same bytes give the same observation.
import { isPlainObject } from '../lib/digest.ts';
import type { Observation, SensorError } from '../world/reading.ts';

/** Longest output of one run, and longest line of a watching sensor. */
export const OUTPUT_BYTES = 8 * 1024;
/** How much of its last words on stderr is kept with a failure. */
export const STDERR_TAIL_BYTES = 1024;
/** Deeper values are refused: nobody reads them, and what walks them (CEL, JSON) recurses. */
const DEPTH = 64;

// Made once: making one costs more than all else that is done with a reading.
const strict = new TextDecoder('utf-8', { fatal: true });
const lenient = new TextDecoder();

/** What is known of a failed run. `code` and `signal` are part of the signal; the words are not. */
export interface Failure {
  message: string;
  stderr?: Uint8Array;
  code?: number;
  signal?: string;
}

/** The fixed shape of a failure: nothing in its signal varies while the sensor fails in the same way. */
export function failed(error: SensorError, { message, stderr, code, signal }: Failure): Observation {
  return {
    error,
    signal: { error, ...(code !== undefined && { code }), ...(signal !== undefined && { signal }) },
    detail: { message, stderr_tail: stderr ? lenient.decode(stderr.subarray(-STDERR_TAIL_BYTES)) : '' },
  };
}

/** One JSON object, as a sensor prints it; anything else is the reading `invalid-json` or `too-large`. */
export function parseOutput(bytes: Uint8Array, stderr?: Uint8Array): Observation {
  if (bytes.length > OUTPUT_BYTES) return tooLarge(stderr);
  const invalid = (message: string) => failed('invalid-json', { message, ...(stderr && { stderr }) });
  let text: string;
  try {
    text = strict.decode(bytes);
  } catch {
    return invalid('it printed bytes that are not UTF-8');
  }
  if (text.trim() === '') return invalid('it printed nothing; print one JSON object');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return invalid(`it did not print one JSON object: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
  if (!isPlainObject(value)) return invalid('it printed JSON that is no object; print {"signal": …}');
  if (deeperThan(value, DEPTH)) return invalid(`its JSON is nested deeper than ${DEPTH}`);
  return observed(value);
}

export function tooLarge(stderr?: Uint8Array): Observation {
  return failed('too-large', { message: `it printed more than ${OUTPUT_BYTES / 1024} KiB`, ...(stderr && { stderr }) });
}

/** With a key `signal` only that value wakes; without one the whole object does. */
function observed(value: Record<string, unknown>): Observation {
  // As it will be read back from disk: an overlong number ("1e999") must not differ between memory and file.
  const plain = JSON.parse(JSON.stringify(value)) as Record<string, unknown>; // an object went in, so one comes out
  if (!Object.hasOwn(plain, 'signal')) return { signal: plain, detail: null, error: null };
  const { signal, ...rest } = plain;
  return { signal, detail: detailOf(rest), error: null };
}

/** The key `detail`, with the other keys beside what it holds; nothing is lost when two are called the same. */
function detailOf({ detail, ...others }: Record<string, unknown>): unknown {
  const names = Object.keys(others);
  if (names.length === 0) return detail ?? null;
  if (detail === undefined || detail === null) return others;
  if (isPlainObject(detail) && !names.some((name) => Object.hasOwn(detail, name))) return { ...detail, ...others };
  return { detail, ...others };
}

function deeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => deeperThan(inner, depth - 1));
}

const NAGIOS_STATES = ['ok', 'warning', 'critical', 'unknown'] as const;

/** A Nagios plugin's exit code and `text | perfdata` (further lines may follow, again with `|` before their perfdata). */
export function parseNagios(bytes: Uint8Array, code: number): Observation | null {
  const state = NAGIOS_STATES[code];
  if (state === undefined) return null;
  const [first = '', ...more] = lenient.decode(bytes).trim().split('\n');
  const [text, perf] = splitAtBar(first);
  const [longText, longPerf] = splitAtBar(more.join('\n'));
  const joined = (a: string, b: string, glue: string) => [a, b].filter((part) => part !== '').join(glue);
  return {
    signal: { state },
    detail: { text: joined(text, longText, '\n'), perf: joined(perf, longPerf.replaceAll('\n', ' '), ' ') },
    error: null,
  };
}

function splitAtBar(text: string): [string, string] {
  const bar = text.indexOf('|');
  return bar < 0 ? [text.trim(), ''] : [text.slice(0, bar).trim(), text.slice(bar + 1).trim()];
}
