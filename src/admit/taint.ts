// Taint, a trip-wire: code that was taken from what the person did not write needs the person's yes. The walls
// are the sandbox and the yes; whoever rewords a command slips past this one.
import { describeError } from '../errors.ts';
import { decodings } from '../lib/decodings.ts';
import { bones, fold, skeleton } from '../lib/fold.ts';
import { type Runs, runsOf } from '../lib/shared-run.ts';
import { oneLine } from '../lib/text.ts';
import type { VerdictReason } from '../world/record.ts';
import type { World } from '../world/world.ts';
import { type Code, codeOf } from './code.ts';
import type { AdmitRequest, Passage } from './define.ts';
import { compiledIn, wordsOfReading, wordsOfWorld, wordsWithin } from './passages.ts';

/** Characters that code and a text have in common before the one is said to come from the other. */
const RUN = 8;
const PASSAGE_CAP = 160;
const SOURCES_TOLD = 3;
const PERSON = 1;
const AGENT = 2;

export function taint(request: AdmitRequest): VerdictReason[] {
  if (request.by.kind === 'person') return []; // what is typed at a verb is the person's own
  const code = codeOf(request.action, request.world);
  if (code.length === 0) return [];
  const said = saidBy([...wordsOfWorld(request.world), ...(request.words?.shown() ?? [])]);
  return code.flatMap((piece) => judge(piece, said, request));
}

/** Code as it is matched: folded, and what is left when quotes, blanks and look-alikes are gone too. */
interface View {
  folded: string;
  /** As written, where a place in `folded` is a place in it. */
  shown: string;
  plain: Runs;
  bare: Runs;
  places: number[];
}

function viewOf(text: string): View {
  const folded = fold(text);
  const bare = skeleton(folded);
  const shown = folded.length === text.length ? text : folded;
  return { folded, shown, plain: runsOf(folded, RUN), bare: runsOf(bare.text, RUN), places: bare.places };
}

// ── what others said ───────────────────────────────────────────────────────────────────────────────

interface Said {
  source: string;
  decoded: boolean;
  folded: string;
  bare: string;
}

function saidBy(passages: readonly Passage[]): Said[] {
  const once = new Map([...passages].reverse().map((one) => [one.text, one]));
  return [...once.values()].flatMap(({ source, text }) =>
    [{ how: null, text }, ...decodings(text)].map((one) => {
      const folded = fold(one.text);
      return { source: one.how === null ? source : `${source} (${one.how})`, decoded: one.how !== null, folded, bare: bones(folded) };
    }),
  );
}

// ── judging ────────────────────────────────────────────────────────────────────────────────────────

/** A piece of the folded code that somebody else said. */
interface Span {
  from: number;
  to: number;
  source: string;
}

function judge({ field, text }: Code, said: readonly Said[], request: AdmitRequest): VerdictReason[] {
  // Code and words that are both decoded would only be compared as they stand once more.
  const views = [{ text, said }, ...decodings(text).map((one) => ({ text: one.text, said: said.filter(({ decoded }) => !decoded) }))];
  for (const one of views) {
    const view = viewOf(one.text);
    const spans = one.said.flatMap((it) => spansOf(view, it));
    if (spans.length === 0) continue; // nobody's words have to be looked up
    const { covered, problem } = trusted(view, request);
    const foreign = spans.filter(({ from, to }) => !covered(from, to));
    if (foreign.length > 0) return [ask(field, view, foreign, problem)];
  }
  return [];
}

function spansOf({ plain, bare, places }: View, said: Said): Span[] {
  const { source } = said;
  return [
    ...plain.in(said.folded).map((at) => ({ from: at, to: at + RUN, source })),
    ...bare.in(said.bare).map((at) => ({ from: places[at] ?? 0, to: (places[at + RUN - 1] ?? 0) + 1, source })),
  ];
}

interface Trusted {
  /** Does the whole piece stand in trusted text? */
  covered(from: number, to: number): boolean;
  /** Why nobody can tell what the person wrote, if so. */
  problem: string | null;
}

/** Only case, white space and NFKC are folded here: a look-alike of the person's words is not the person's. */
function trusted({ plain }: View, { settings, words, world }: AdmitRequest): Trusted {
  const own = new Uint8Array(plain.count);
  const mark = (text: string) => {
    for (const at of plain.in(fold(text))) own[at] = 1;
  };
  for (const text of compiledIn()) mark(text);
  for (const text of wordsWithin(settings).leaves) mark(text);
  for (const text of words?.answers() ?? []) mark(text);
  const { agents, problem } = markWritten(own, plain, words);
  for (const name of problem === null ? declaredTrusted(world, agents) : []) for (const { text } of wordsOfReading(world, name)) mark(text);
  const foreign = new Uint32Array(plain.count + 1);
  own.forEach((is, at) => {
    foreign[at + 1] = (foreign[at] ?? 0) + (is === 1 ? 0 : 1);
  });
  return { covered: (from, to) => foreign[to - RUN + 1] === foreign[from], problem };
}

/** Sensors with the directive `trust=trusted`, which only a script of the person's own can give. */
function declaredTrusted({ readings }: World, agents: ReadonlySet<string>): string[] {
  const touched = new Set([...agents].map((path) => /^sensors\/(.*?)(\.[^.]*)?$/.exec(path)?.[1]));
  return Object.keys(readings).filter(
    (name) => readings[name]?.trust === 'trusted' && !touched.has(name) && !agents.has(`sensors/${name}`),
  );
}

/** A run belongs to whoever wrote it first: what an agent wrote does not become the person's by an edit around it. */
function markWritten(own: Uint8Array, plain: Runs, words: AdmitRequest['words']): { agents: Set<string>; problem: string | null } {
  const first = new Uint8Array(plain.count);
  const agents = new Set<string>();
  if (!words) return { agents, problem: 'there is no history to look at' };
  try {
    for (const { path, by, text } of words.written()) {
      if (by === 'agent') agents.add(path);
      for (const at of plain.in(fold(text))) first[at] ||= by === 'person' ? PERSON : AGENT;
    }
  } catch (error) {
    return { agents, problem: describeError(error) };
  }
  first.forEach((by, at) => {
    if (by === PERSON) own[at] = 1;
  });
  return { agents, problem: null };
}

// ── the ask ────────────────────────────────────────────────────────────────────────────────────────

function ask(field: string, { shown }: View, foreign: Span[], problem: string | null): VerdictReason {
  const longest = longestOf(foreign);
  const sources = [...new Set(foreign.map(({ source }) => source))];
  const more = sources.length > SOURCES_TOLD ? ` and ${sources.length - SOURCES_TOLD} more` : '';
  const from = `${sources.slice(0, SOURCES_TOLD).join(', ')}${more}`;
  const passage = oneLine(shown.slice(longest.from, longest.to), PASSAGE_CAP);
  const unknown = problem === null ? '' : ` (what you wrote cannot be told apart: ${oneLine(problem, PASSAGE_CAP)})`;
  const message = `${field} has ${JSON.stringify(passage)} from ${from}, and no words of yours say so${unknown}`;
  return { step: 'taint', result: 'ask', name: longest.source, message };
}

/** The longest piece that one source said without a gap. */
function longestOf(spans: Span[]): Span {
  const ordered = [...spans].sort((a, b) => (a.source < b.source ? -1 : a.source > b.source ? 1 : a.from - b.from));
  let longest: Span = { from: 0, to: 0, source: '' };
  let piece = longest;
  for (const span of ordered) {
    const goesOn = piece.source === span.source && span.from <= piece.to;
    piece = goesOn ? { ...piece, to: Math.max(piece.to, span.to) } : span;
    if (piece.to - piece.from > longest.to - longest.from) longest = piece;
  }
  return longest;
}
