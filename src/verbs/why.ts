// why: what was done, and what was not, with the reasons that are on disk.
import * as z from 'zod';
import { PersonError } from '../errors.ts';
import { titleOfSpec } from '../world/goal-title.ts';
import { type BeatRecord, FREE } from '../world/record.ts';
import { beatLines } from './beat-text.ts';
import { defineVerb, type Reply } from './define.ts';
import { clockTime } from './entries.ts';
import type { Hands, WhyStep } from './hands.ts';
import { pickName } from './pick-name.ts';
import { actionOf, relationLines, whyAct } from './why-act.ts';
import { whyAsk } from './why-ask.ts';

/** Beats that are searched for what speaks of a goal or a kind: all that are kept. */
const SEARCHED = 500;
const BEATS_OF_GOAL = 20;

export const why = defineVerb({
  name: 'why',
  group: 'look',
  summary: 'Why a beat, goal, ask, rule or kind of action came out as it did, or did not.',
  details:
    'Without a name: the last beat, or what keeps the gate closed. A number is a beat, as is the b12 of the journal; p7 is what a verb of yours did; asks/3, goals/x and rules/x say which they mean.\n\n  flyball why\n  flyball why 12\n  flyball why daily-page\n  flyball why disk-low\n  flyball why run_shell',
  input: z.strictObject({
    name: z.string().optional().describe('A beat, goal, ask, rule or kind of action.').meta({ positional: true, complete: 'explainable' }),
  }),
  run: async ({ name }, hands) => {
    if (name === undefined) return whyNow(hands);
    const [folder, rest] = name.includes('/') ? [name.slice(0, name.indexOf('/')), name.slice(name.indexOf('/') + 1)] : [null, name];
    if (folder === 'beats' || (folder === null && /^b?\d{1,15}$/.test(rest))) return whyBeat(Number(rest.replace('b', '')), hands);
    if (folder === null && /^p\d{1,15}$/.test(rest)) return whyAct(`p${Number(rest.slice(1))}`, hands);
    if (folder === 'asks') return whyAsk(rest, hands);
    return whyNamed({ folder, name: rest }, hands);
  },
});

async function whyNamed({ folder, name }: { folder: string | null; name: string }, hands: Hands): Promise<Reply> {
  const goals = folder === null || folder === 'goals' ? (await hands.goals()).map((goal) => goal.name) : [];
  const rules = folder === null || folder === 'rules' ? [...(await hands.config()).settings.rules.map((rule) => rule.name), 'hire'] : [];
  const kinds = folder === null || folder === 'kinds' ? await kindNames() : [];
  const found = pickName(name, { what: 'goal, rule or kind of action', names: [...goals, ...rules, ...kinds], prefix: hands.terminal.out });
  if (goals.includes(found)) return whyGoal(found, hands);
  return rules.includes(found) ? whyRule(found, hands) : whyKind(found, hands);
}

async function kindNames(): Promise<string[]> {
  const { kinds } = await import('../actions/index.ts');
  return kinds.map(({ kind }) => kind);
}

// ── a beat ─────────────────────────────────────────────────────────────────────────────────────────

async function whyBeat(id: number, hands: Hands): Promise<Reply> {
  const record = (await hands.beats()).read(id);
  if (!record) throw new PersonError(`there is no beat ${id}`, { hint: 'flyball get beats', code: 1 });
  const { relation } = await actionOf(`b${id}`, hands);
  const json = relation.undone_by === null ? record : { ...record, undone_by: relation.undone_by };
  return { exit: 0, json, text: [...beatLines(record), ...relationLines(relation)].join('\n') };
}

/** The last beat; or, when the gate has stayed closed since, a record of that. */
async function whyNow(hands: Hands): Promise<Reply> {
  const store = await hands.beats();
  const [newest] = store.newest(1);
  const last = newest === undefined ? null : store.read(newest);
  const heartbeat = await hands.heartbeat();
  const closed = heartbeat && !heartbeat.gate.open ? rested(heartbeat, last?.epoch ?? 0) : null;
  const record = closed ?? last;
  if (!record) throw new PersonError('there has been no beat yet', { hint: 'flyball beat', code: 1 });
  const explained = await hands.explainRules();
  const lines = [
    ...beatLines(record),
    ...(closed && last ? ['the last beat that the gate let through', ...beatLines(last).map((line) => `  ${line}`)] : []),
    ...(explained.length > 0 ? ['rules now'] : []),
    ...explained.map((rule) => `  ${rule.name}: ${rule.eligible ? 'eligible' : rule.reasons.map(({ message }) => message).join('; ')}`),
  ];
  return { exit: 0, json: record, text: lines.join('\n') };
}

function rested({ at, gate }: { at: string; gate: BeatRecord['gate'] }, epoch: number): BeatRecord {
  const nothing = { changes: [], decision: null, evidence: [], verdict: null, outcome: null, problem: null, cost: FREE };
  return { v: 1, id: null, at, ended_at: null, epoch, did: 'rested', gate, by: { kind: 'none', name: null }, ...nothing };
}

// ── a goal ──────────────────────────────────────────────────────────────────────────────────────

async function whyGoal(name: string, hands: Hands): Promise<Reply> {
  const goal = (await hands.goals()).find((item) => item.name === name);
  if (!goal) throw new PersonError(`there is no goal "${name}"`, { hint: 'flyball get goals', code: 1 });
  const beats = (await recorded(hands)).filter((record) => speaksOf(record, name)).slice(0, BEATS_OF_GOAL);
  const lines = [
    `goal ${name}: ${titleOfSpec(goal.spec)}`,
    ...goal.status.conditions.map(({ type, status, reason, message }) => `  ${type} ${status}  ${reason}: ${message}`),
    ...beats.flatMap((record) => beatLines(record).slice(0, 1)),
    ...(beats.length === 0 ? ['no beat has dealt with it yet'] : []),
  ];
  return { exit: 0, json: { v: 1, goal, beats }, text: lines.join('\n') };
}

/** Its action names the goal, or the goal was among what changed. */
function speaksOf({ decision, changes }: BeatRecord, goal: string): boolean {
  const named = decision?.goal === goal || (String(decision?.action).endsWith('_goal') && decision?.id === goal);
  return named || changes.some(({ path }) => path === `/goals/${goal}` || path.startsWith(`/goals/${goal}/`));
}

async function recorded(hands: Hands): Promise<BeatRecord[]> {
  const store = await hands.beats();
  return store.newest(SEARCHED).flatMap((id) => store.read(id) ?? []);
}

// ── a rule, a kind ─────────────────────────────────────────────────────────────────────────────────

interface Reason {
  step: WhyStep;
  message: string;
  at: string;
  beat: number | null;
}

/** The closed gates that also close rules (DESIGN 4). */
const CLOSES_RULES = ['frozen', 'no-journal', 'capped', 'settling'];

async function whyRule(name: string, hands: Hands): Promise<Reply> {
  const gate = await gateReasons(hands, (reason) => CLOSES_RULES.includes(reason));
  const explained = (await hands.explainRules()).find((rule) => rule.name === name);
  const now = hands.clock.now().toISOString();
  const own = (explained?.reasons ?? []).map(({ step, message }): Reason => ({ step, message, at: now, beat: null }));
  return reply(`rules/${name}`, [...gate, ...own]);
}

async function whyKind(kind: string, hands: Hands): Promise<Reply> {
  const gate = await gateReasons(hands, (reason) => reason !== 'unchanged');
  const past = (await recorded(hands)).filter(({ decision }) => decision?.action === kind).flatMap(refusals);
  return reply(kind, [...gate, ...past]);
}

async function gateReasons(hands: Hands, counts: (reason: string) => boolean): Promise<Reason[]> {
  const gate = await hands.gate();
  if (gate.open || !counts(gate.reason)) return [];
  const message = `the gate is closed: ${gate.reason}${gate.until ? ` until ${gate.until}` : ''}`;
  return [{ step: 'gate', message, at: hands.clock.now().toISOString(), beat: null }];
}

function refusals(record: BeatRecord): Reason[] {
  return (record.verdict?.reasons ?? [])
    .filter(({ result }) => result !== 'allow')
    .map(({ step, message }) => ({ step, message, at: record.at, beat: record.id }));
}

function reply(subject: string, reasons: Reason[]): Reply {
  const lines = reasons.map(
    ({ step, message, at, beat }) => `${clockTime(at)}  ${beat === null ? 'now' : `beat ${beat}`}  ${step}: ${message}`,
  );
  const text = lines.length > 0 ? lines.join('\n') : `nothing stands in the way of ${subject}`;
  return { exit: reasons.length > 0 ? 1 : 0, json: { v: 1, subject, reasons }, text };
}
