// What the first lines of a sensor say about how it is run. Pure. Nothing in them can stop a sensor: what is
// not understood is a problem for `flyball check`, and the default stands.
import { formatDuration, parseDuration } from '../lib/duration.ts';
import { nearest } from '../lib/nearest.ts';
import type { Directives } from '../world/reading.ts';

/** Directives stand within these many lines. */
const LINES = 20;

export interface DirectiveProblem {
  line: number;
  what: string;
  next: string;
}

const DEFAULTS: Directives = {
  intervalMs: 60_000,
  timeoutMs: 60_000,
  forMs: null,
  on: null,
  mode: 'poll',
  format: 'json',
  trust: 'untrusted',
  sandbox: 'off',
  network: 'off',
};

const SECOND = 1_000;
const DAY = 86_400_000;

/** `flyball:` behind whatever begins a comment: # // -- ; % * /* <!-- " ' REM dnl. Not within a line of code. */
const OURS = /^\s*(?:[^\w\s]{1,4}|rem|dnl)?\s*flyball:(.*)$/i;
/** What looop's sensors say; the seconds are ours too. */
const LOOOP = /^\s*(?:[^\w\s]{1,4}|rem|dnl)?\s*looop:\s*interval=(\S+)/i;
const MAY_BE = /(?:flyball|looop):/i;
/** key=value, key="a value with blanks", or a bare word. */
const WORDS = /([\w-]+)=(?:"([^"]*)"|(\S*))|(\S+)/g;

/** What a value sets, or the words for what it should have been. */
type Reader = (value: string) => Partial<Directives> | string;

export function parseDirectives(text: string, formats: readonly string[]): { directives: Directives; problems: DirectiveProblem[] } {
  const directives = { ...DEFAULTS };
  const problems: DirectiveProblem[] = [];
  const readers = readersFor(formats);
  const seen = new Set<string>();
  const set = (key: string, value: string, line: number) => {
    const reader = readers.get(key);
    if (!reader) return problems.push({ line, what: `"${key}" is no directive`, next: knownKeys(key, [...readers.keys()]) });
    const read = reader(value);
    if (typeof read === 'string') return problems.push({ line, what: `${key}=${value} is not understood`, next: read });
    if (seen.has(key)) problems.push({ line, what: `${key} is given twice`, next: 'the last one counts; remove the other' });
    seen.add(key);
    return Object.assign(directives, read);
  };
  for (const [index, content] of text.split(/\r?\n/, LINES).entries()) {
    if (!MAY_BE.test(content)) continue; // most lines: the forms below take longer to try
    const looop = LOOOP.exec(content)?.[1];
    if (looop !== undefined) set('interval', looop, index + 1);
    for (const [word, key, quoted, plain] of (OURS.exec(content)?.[1] ?? '').matchAll(WORDS)) {
      if (key !== undefined) set(key, quoted ?? plain ?? '', index + 1);
      else if (/\w/.test(word)) problems.push({ line: index + 1, what: `"${word}" is no directive`, next: 'write key=value' });
    }
  }
  if (directives.mode === 'watch' && directives.format !== 'json') {
    problems.push({
      line: 1,
      what: `mode=watch does not go with format=${directives.format}`,
      next: 'a watching sensor prints JSON lines',
    });
    directives.format = 'json';
  }
  return { directives, problems };
}

function knownKeys(key: string, known: readonly string[]): string {
  const near = nearest(key, known);
  return near ? `did you mean ${near}?` : `known are ${known.join(', ')}`;
}

function readersFor(formats: readonly string[]): Map<string, Reader> {
  return new Map<string, Reader>([
    ['interval', time({ minMs: SECOND, maxMs: 7 * DAY }, (intervalMs) => ({ intervalMs }))],
    ['timeout', time({ minMs: 100, maxMs: DAY / 24 }, (timeoutMs) => ({ timeoutMs }))],
    ['for', time({ minMs: 0, maxMs: 7 * DAY }, (forMs) => ({ forMs: forMs === 0 ? null : forMs }))],
    ['on', (on) => (on === '' || on.includes('\0') ? 'name a file or folder' : { on })],
    ['mode', oneOf(['poll', 'watch'], (mode) => ({ mode }))],
    ['format', oneOf(formats, (format) => ({ format }))],
    ['trust', oneOf(['trusted', 'untrusted'], (trust) => ({ trust }))],
    ['sandbox', oneOf(['auto', 'off', 'required'], (sandbox) => ({ sandbox }))],
    ['network', oneOf(['on', 'off'], (network) => ({ network }))],
  ]);
}

function time(limits: { minMs: number; maxMs: number }, set: (ms: number) => Partial<Directives>): Reader {
  return (value) => {
    const ms = parseDuration(value);
    if (ms === null) return 'write a time such as 30s, 10m, 2h or 1d';
    if (ms < limits.minMs || ms > limits.maxMs) return `it must be ${formatDuration(limits.minMs)} to ${formatDuration(limits.maxMs)}`;
    return set(ms);
  };
}

function oneOf<Word extends string>(words: readonly Word[], set: (word: Word) => Partial<Directives>): Reader {
  return (value) => {
    const word = words.find((known) => known === value);
    return word === undefined ? `it is one of ${words.join(', ')}` : set(word);
  };
}
