// What an undo would do, and doing exactly that.
import type { Prepared } from '../actions/define.ts';
import { kindNamed } from '../actions/index.ts';
import { PersonError } from '../errors.ts';
import { canonicalJson, digest } from '../lib/digest.ts';
import { unifiedDiff } from '../lib/patch.ts';
import type { Version } from '../ports/history.ts';
import type { FileChange } from '../ports.ts';
import type { Door } from '../verbs/hands.ts';
import type { Acted, UndoPlan, UndoWhat } from '../verbs/undo-plan.ts';
import type { IntentRecord, JournalRecord, OutcomeRecord } from '../world/journal.ts';
import { undoneBy } from '../world/undone.ts';
import { actAsPerson, inTurn, type PersonPorts, personPorts } from './person.ts';

/** Records that are searched: more than four segments of the journal hold. */
const SEARCHED = 200_000;
/** Actions that one undo names; a line of the journal holds no more. */
const UNDOES_CAP = 500;
const MODES = { true: 0o700, false: 0o600 } as const;

/** What it would do now. Throws PersonError with the reason when it cannot be done. */
export async function planUndo(door: Door, what: UndoWhat): Promise<UndoPlan> {
  const ports = personPorts(door);
  return inTurn(door, ports, async () => planned(ports, what).plan);
}

/** Does what the plan showed, and nothing else. */
export async function undo(door: Door, what: UndoWhat & { key: string }): Promise<Acted> {
  const ports = personPorts(door);
  return inTurn(door, ports, () => {
    const { plan } = planned(ports, what);
    const decision = { action: 'undo', undoes: plan.undoes, ...(plan.to === null ? {} : { to: plan.to }), journal: plan.title };
    return actAsPerson(door, ports, {
      decision,
      goal: plan.goal,
      prepare: () => {
        const now = planned(ports, what);
        if (now.plan.key !== what.key)
          throw new PersonError('what the undo would do has changed since it was shown', { hint: 'look again: flyball undo', code: 1 });
        return now.prepared;
      },
    });
  });
}

interface Planned {
  plan: UndoPlan;
  prepared: Prepared;
}

function planned(ports: PersonPorts, what: UndoWhat): Planned {
  const { prepared, ...about } = what.to ? asOf(ports, what.to) : ofAction(ports, what.id ?? null);
  if (prepared.prepared === 'refused') throw new PersonError(prepared.problem, { hint: about.hint, code: 1 });
  const wide = withReach(prepared);
  const { undoes, to, goal, title, passed } = about;
  return { prepared: wide, plan: { undoes, to, goal, title, passed, diff: diffOf(wide), key: digest(canonicalJson([undoes, wide])) } };
}

interface About extends Pick<UndoPlan, 'undoes' | 'to' | 'goal' | 'title' | 'passed'> {
  prepared: Prepared;
  hint: string;
}

// ── one action ─────────────────────────────────────────────────────────────────────────────────────

interface Past {
  intents: IntentRecord[];
  outcomes: Map<string, OutcomeRecord>;
  undone: Map<string, string>;
}

function pastOf(ports: PersonPorts): Past {
  const records = ports.journal.newest(SEARCHED).reverse();
  const outcomes = new Map(records.flatMap((record) => (record.type === 'outcome' ? [[record.id, record] as const] : [])));
  return { intents: records.filter(isIntent), outcomes, undone: undoneBy(records) };
}

function isIntent(record: JournalRecord): record is IntentRecord {
  return record.type === 'intent';
}

function ofAction(ports: PersonPorts, id: string | null): About {
  const past = pastOf(ports);
  const { intent, passed } = id === null ? latest(past) : { intent: named(id, past, ports), passed: [] };
  const kind = kindNamed(intent.action.action);
  const prepared = kind.undo(intent, {
    files: ports.files,
    version: (stamp) => textIn(intent, stamp) ?? ports.history.version(asStamp(stamp)),
  });
  const line = intent.line ?? intent.action.action;
  return {
    undoes: [intent.id],
    to: null,
    goal: intent.goal,
    title: `undid ${intent.id} (${line})`,
    passed,
    prepared,
    hint: `flyball why ${intent.id}`,
  };
}

const asStamp = (stamp: { path: string; digest: string | null }) => ({ path: stamp.path, digest: stamp.digest });

/** What no history keeps stands in the intent itself. */
function textIn({ texts }: IntentRecord, stamp: { path: string; digest: string | null }): Version | null {
  const found = texts?.find(({ path, text }) => path === stamp.path && digest(text) === stamp.digest);
  return found ? { text: found.text, executable: false } : null;
}

/** The newest action that is in force and can be undone; what is newer and cannot be is named. */
function latest({ intents, outcomes, undone }: Past): { intent: IntentRecord; passed: string[] } {
  const passed: string[] = [];
  for (const intent of [...intents].reverse()) {
    const { action } = intent.action;
    if (outcomes.get(intent.id)?.status !== 'done' || undone.has(intent.id) || action === 'undo') continue;
    if (intent.after.length > 0 && kindNamed(action).risk !== 'inert') return { intent, passed };
    if (kindNamed(action).risk !== 'inert') passed.push(`${intent.id} ${action}`);
  }
  throw new PersonError('there is nothing to undo: no action that can be undone is in force', { hint: 'flyball journal', code: 1 });
}

function named(id: string, { intents, outcomes, undone }: Past, ports: PersonPorts): IntentRecord {
  const intent = intents.findLast((it) => it.id === id) ?? forgotten(id, ports);
  const by = undone.get(id);
  if (by) throw new PersonError(`${id} is undone already, by ${by}`, { hint: `to do it again: flyball undo ${by}`, code: 1 });
  const outcome = outcomes.get(id);
  if (intents.includes(intent) && !outcome) throw new PersonError(`${id} is not at its end yet`, { hint: `flyball why ${id}`, code: 1 });
  if (outcome && outcome.status !== 'done')
    throw new PersonError(`${id} was not done (${outcome.status}): ${outcome.note}`, { hint: `flyball why ${id}`, code: 1 });
  return intent;
}

/** An action that is older than the journal: its commit tells what it changed. */
function forgotten(id: string, ports: PersonPorts): IntentRecord {
  const changes = ports.history.changes(id);
  if (changes) {
    const { at, before, after } = changes;
    const action = { action: 'write_goal' };
    return {
      v: 1,
      seq: 0,
      at,
      epoch: 0,
      prev: null,
      type: 'intent',
      id,
      beat: null,
      by: { kind: 'controller', name: null },
      goal: null,
      action,
      before,
      after,
    };
  }
  const beat = id.startsWith('b') ? ports.beats.read(Number(id.slice(1))) : null;
  if (beat?.ended_at)
    throw new PersonError(`beat ${beat.id} changed nothing that could be undone: it ${beat.did}`, {
      hint: `flyball why ${beat.id}`,
      code: 1,
    });
  throw new PersonError(`there is no action ${id}, or it is older than the journal and changed no policy file`, {
    hint: 'flyball journal',
    code: 1,
  });
}

// ── everything, as of a time ───────────────────────────────────────────────────────────────────────

function asOf(ports: PersonPorts, time: Date): About {
  ports.history.keep(); // what the person has not kept yet is theirs, and comes back with an undo of this
  const to = time.toISOString();
  const differences = ports.history.since(time);
  if (differences === null)
    throw new PersonError(`nothing was kept yet at ${to}: the history begins later`, { hint: 'flyball journal -p', code: 1 });
  if (differences.length === 0)
    throw new PersonError(`the policy files are as they were at ${to}`, { hint: 'flyball journal -p', code: 1 });
  const changes = differences.map(({ path, was, now }): FileChange => {
    const mode = was && was.executable !== now?.executable ? { mode: MODES[`${was.executable}`] } : {};
    return { path, before: now?.text ?? null, after: was?.text ?? null, ...mode };
  });
  // What comes back is there before what goes: a crash between the two loses nothing.
  changes.sort((a, b) => Number(a.after === null) - Number(b.after === null));
  const files = `${changes.length} ${changes.length === 1 ? 'file' : 'files'}`;
  return {
    undoes: since(pastOf(ports), time, new Set(changes.map(({ path }) => path))),
    to,
    goal: null,
    title: `put ${files} back as of ${to}`,
    passed: [],
    prepared: { prepared: 'files', changes, note: `put ${files} back as of ${to}` },
    hint: '',
  };
}

/** The actions on these files since then, the newest first: the history counts whole seconds. */
function since({ intents, outcomes }: Past, time: Date, paths: ReadonlySet<string>): string[] {
  const from = Math.floor(time.getTime() / 1_000);
  const later = intents.filter((intent) => {
    const outcome = outcomes.get(intent.id);
    if (outcome?.status !== 'done' || Math.floor(Date.parse(intent.at) / 1_000) <= from) return false;
    return intent.after.some(({ path }) => paths.has(path));
  });
  return later
    .map(({ id }) => id)
    .reverse()
    .slice(0, UNDOES_CAP);
}

// ── words ──────────────────────────────────────────────────────────────────────────────────────────

/** The person may put back what no action may touch. */
function withReach(prepared: Prepared): Prepared {
  if (prepared.prepared !== 'files') return prepared;
  return { ...prepared, changes: prepared.changes.map((change) => ({ ...change, reach: 'person' })) };
}

function diffOf(prepared: Prepared): string {
  if (prepared.prepared === 'move') return `rename ${prepared.from} → ${prepared.to}\n`;
  if (prepared.prepared !== 'files') return '';
  return prepared.changes.map(({ path, before, after }) => unifiedDiff(path, before ?? '', after ?? '')).join('');
}
