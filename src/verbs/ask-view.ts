// An ask as a person reads it before answering: who asks, what would be done and why it needs them, until when.
import { formatDuration } from '../lib/duration.ts';
import { readText } from '../lib/files.ts';
import { distance } from '../lib/table.ts';
import { oneLine, visible } from '../lib/text.ts';
import { APPROVAL_OPTIONS, type Ask } from '../world/ask.ts';
import { countOn, untilDefault } from '../world/awake.ts';
import type { BeatRecord } from '../world/record.ts';
import { clockTime } from './entries.ts';
import type { Hands } from './hands.ts';

/** What is known of an ask beside itself. */
export interface AskView {
  ask: Ask;
  now: Date;
  /** The beat that raised it, while that is kept. */
  beat: BeatRecord | null;
  /** Milliseconds of awake time until its default is taken; null: it never is. */
  left: number | null;
}

export async function viewsOf(asks: readonly Ask[], hands: Hands): Promise<AskView[]> {
  const [beats, state] = await Promise.all([hands.beats(), hands.state()]);
  const frozen = readText(hands.layout.stop) !== null;
  const awake = countOn(asks, state.awake(), { monotonicMs: hands.clock.monotonicMs(), frozen });
  return asks.map((ask) => {
    const number = ask.asked_by ? undefined : /^b(\d{1,15})$/.exec(ask.ref ?? '')?.[1];
    const beat = number === undefined ? null : beats.read(Number(number));
    return { ask, now: hands.clock.now(), beat, left: untilDefault(ask, awake) };
  });
}

/** Put off, and not due yet. */
export function isPutOff(ask: Ask, now: Date): boolean {
  return ask.state === 'open' && ask.later_until !== undefined && Date.parse(ask.later_until) > now.getTime();
}

/** What the person still has to do with: open ones, and those whose asker is gone. Put off ones last. */
export function waiting(asks: readonly Ask[], now: Date): Ask[] {
  const there = asks.filter(({ state }) => state === 'open' || state === 'stranded');
  return [...there.filter((ask) => !isPutOff(ask, now)), ...there.filter((ask) => isPutOff(ask, now))];
}

// ── in a few words ─────────────────────────────────────────────────────────────────────────────────

function whoAsks({ ask, beat }: Pick<AskView, 'ask' | 'beat'>): string {
  if (ask.asked_by === 'script') return 'a script of yours';
  if (ask.worker !== null) return `the worker ${ask.worker}${ask.generation === null ? '' : `#${ask.generation}`}`;
  const by = ask.approval?.by ?? beat?.by;
  if (!by || by.kind === 'none') return 'flyball';
  return [by.kind, by.name, by.model].filter(Boolean).join(' ');
}

/** What may be typed as an answer. */
export function answersTo({ kind, options }: Ask): string {
  if (kind === 'approval' || kind === 'budget') return (options ?? APPROVAL_OPTIONS).join(', ');
  return options ? options.map((label, index) => `${index + 1} ${oneLine(label, 40)}`).join(', ') : 'in words';
}

/** What time does to it. */
function timeOf({ ask, now, left }: AskView): string {
  if (ask.state === 'stranded') return 'whoever asked is gone';
  const words = [
    ...(isPutOff(ask, now) ? [`put off, again ${distance(now, new Date(ask.later_until ?? now))}`] : []),
    ...(left === null ? [] : [`"${oneLine(ask.default ?? '', 40)}" is taken ${inAwakeTime(left)}`]),
    ...(left === null && ask.default !== null ? [`default: ${oneLine(ask.default, 40)}`] : []),
    ...(ask.expires_at === null ? [] : [`lapses ${distance(now, new Date(ask.expires_at))}`]),
  ];
  return words.join('; ');
}

function inAwakeTime(ms: number): string {
  const rounded = ms >= 3_600_000 ? Math.round(ms / 60_000) * 60_000 : Math.round(ms / 1_000) * 1_000;
  return ms < 1_000 ? 'any moment' : `in ${formatDuration(rounded)} of awake time`;
}

/** The line to type. */
export function howToAnswer({ id, kind, options, state }: Ask, command: string): string {
  if (state === 'stranded') return `${command} answer ${id} --close`;
  if (kind === 'approval' || kind === 'budget') return `${command} answer ${id} ${(options ?? APPROVAL_OPTIONS).join('|')}`;
  return `${command} answer ${id} ${options ? options.map((_, index) => index + 1).join('|') : '"…"'}`;
}

export const ASK_HEAD = ['ASK', 'KIND', 'ASKED', 'BY', 'GOAL', 'QUESTION', 'ANSWERS', ''] as const;

export function askRow(view: AskView): string[] {
  const { ask, now } = view;
  const asked = distance(now, new Date(ask.at));
  return [ask.id, ask.kind, asked, whoAsks(view), ask.goal ?? '', oneLine(visible(ask.question), 60), answersTo(ask), timeOf(view)];
}

// ── the whole of it ────────────────────────────────────────────────────────────────────────────────

/** Everything that a person needs before a yes. `hands.preview` says what it would do now, with a diff for files. */
export async function askCard(view: AskView, hands: Hands): Promise<string[]> {
  const { ask, now } = view;
  const goal = ask.goal === null ? '' : `, for the goal ${ask.goal}`;
  const lines = [
    `ask ${ask.id}, ${ask.kind}, ${ask.state}: asked ${distance(now, new Date(ask.at))} by ${whoAsks(view)}${goal}`,
    ...answerGiven(ask),
    ...indented(visible(ask.decision && ask.kind === 'approval' ? (ask.question.split('\n')[0] ?? '') : ask.question)),
    ...(ask.asked_by && ask.ref !== null ? [`look at   ${visible(ask.ref)}`] : []),
    ...(ask.decision ? decisionLines(ask.decision) : []),
    ...evidenceLines(ask),
    ...reasonLines(view),
    ...(ask.kind === 'approval' && ask.state !== 'closed' ? await previewLines(ask, hands) : []),
  ];
  return [...lines, ...(ask.state === 'open' || ask.state === 'stranded' ? answerLines(view, hands) : [])];
}

function answerGiven(ask: Ask): string[] {
  const by = ask.answered_by === 'default' ? 'by default' : 'by you';
  return [
    ...(ask.answer === null || ask.answered_at === null
      ? []
      : [`answered  "${oneLine(visible(ask.answer), 200)}" ${by}, ${clockTime(ask.answered_at)}`]),
    ...(ask.state === 'closed' ? [`closed    ${visible(ask.closed_reason ?? 'answered')}`] : []),
  ];
}

/** Long texts are what the diff shows. */
const SHOWN_AS_DIFF = new Set(['body', 'script']);
const RIDE_ALONG = new Set(['because', 'next_interval_s', 'beat', 'journal']);

/** What would be done comes first, to the letter; what the decider says of it last. */
function decisionLines({ action, ...fields }: Record<string, unknown>): string[] {
  const shown = Object.entries(fields).filter(([field]) => !SHOWN_AS_DIFF.has(field) && !RIDE_ALONG.has(field));
  return [
    `would do  ${visible(String(action))}`,
    ...shown.flatMap(([field, value]) => {
      const [first = '', ...more] = visible(typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).split('\n');
      return [`  ${field.padEnd(8)}${first}`, ...more.map((line) => `          ${line}`)];
    }),
    ...(typeof fields.journal === 'string' ? [`it says   ${visible(oneLine(fields.journal, 500))}`] : []),
  ];
}

function evidenceLines(ask: Ask): string[] {
  const evidence = ask.approval?.evidence ?? [];
  return evidence.map(({ pointer, value }) => `because   ${visible(pointer)} = ${visible(oneLine(JSON.stringify(value) ?? '', 200))}`);
}

function reasonLines({ beat }: AskView): string[] {
  const reasons = (beat?.verdict?.reasons ?? []).filter(({ result }) => result !== 'allow');
  return reasons.map(({ step, name, message }) => `asks you  ${step}${name ? ` ${name}` : ''}: ${visible(oneLine(message, 500))}`);
}

async function previewLines(ask: Ask, hands: Hands): Promise<string[]> {
  const preview = await hands.preview(ask);
  return preview === null ? [] : indented(visible(preview));
}

function answerLines(view: AskView, hands: Hands): string[] {
  const { ask } = view;
  const time = timeOf(view);
  const options = ask.options ?? [];
  return [
    ...(ask.kind === 'approval' ? alwaysLines(ask) : options.flatMap((label, index) => optionLines(ask, label, index))),
    ...(time === '' ? [] : [`time      ${time}`]),
    `answer    ${howToAnswer(ask, hands.command)}`,
  ];
}

function optionLines({ actions }: Ask, label: string, index: number): string[] {
  const does = actions && Object.hasOwn(actions, label) ? actions[label] : null;
  const head = `  ${index + 1}  ${visible(label)}`;
  if (typeof does !== 'object' || does === null) return [head];
  return [head, ...decisionLines({ ...does }).map((line) => `     ${line}`)]; // an action, as its kind's schema let it in
}

/** The line that `always` adds to the person's policies; none where no line can say it. */
export function alwaysLines({ approval }: Ask): string[] {
  return approval?.always ? ['always    adds to the policies in flyball.yaml:', `            ${visible(approval.always)}`] : [];
}

function indented(text: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`);
}
