// What must hold of a house, told from what the person did, what the children did, and what is on disk: never from
// what the governor keeps in memory.
import { digest } from '../../../src/lib/digest.ts';
import { openHistory } from '../../../src/store/history.ts';
import type { IntentRecord, JournalRecord, OutcomeRecord } from '../../../src/world/journal.ts';
import type { BeatRecord } from '../../../src/world/record.ts';
import type { House } from './house.ts';

const GOAL = 'goals/x.md';

export class Reference {
  readonly #house: House;
  /** The person's answer to each ask: the first counts. */
  readonly answers = new Map<string, boolean>();
  /** How often the person has turned the sensor to 3. */
  threes = 0;
  /** The person's lines that are in the goal by the person's own hand. */
  #lines = new Set<string>();
  /** write_goal on x is to be asked about. */
  #no = false;
  #serial = 0;
  /** Records before STOP came. */
  #frozenAt: number | null = null;
  #judged = 0;
  #epoch = 0;

  constructor(house: House) {
    this.#house = house;
  }

  // ── the person's hand ────────────────────────────────────────────────────────────────────────────

  edits(how: 'edit' | 'replace'): void {
    const line = `mine ${++this.#serial}`;
    const now = how === 'edit' ? (this.#house.read(GOAL) ?? '') : '';
    if (how === 'replace') this.#lines.clear();
    this.#lines.add(line);
    this.#no = false; // an edit of the target takes the no back
    this.#house.save(GOAL, `${now}${line}\n`);
  }

  deletes(): void {
    const text = this.#house.read(GOAL);
    if (text === null) return;
    if (this.#isAgents(text)) this.#no = true;
    this.#lines.clear();
    this.#house.remove(GOAL);
  }

  stops(): void {
    if (this.#frozenAt === null) this.#frozenAt = this.intents().length;
    this.#house.save('STOP', 'enough\n');
  }

  resumes(): void {
    this.#house.remove('STOP');
    this.#frozenAt = null;
  }

  answers_(id: string, yes: boolean): void {
    const ask = this.#house.asks().find((one) => one.id === id);
    if (this.#house.answer(id, yes ? 'yes' : 'no').answered !== 'taken') return;
    this.answers.set(id, yes);
    if (ask?.kind !== 'approval' || ask.decision?.action !== 'write_goal') return;
    if (!yes) this.#no = true;
    else if (ask.approval?.nos.length) this.#no = false;
  }

  async undoes(): Promise<void> {
    const before = this.#house.read(GOAL);
    const ended = await this.#house.undoLatest().catch((error: unknown) => {
      if (this.#house.disk.dead || (error instanceof Error && error.name === 'PersonError')) return null;
      throw error;
    });
    if (ended === null) return;
    const undone = this.intents().find(({ id }) => id === ended)?.action.undoes;
    const target = Array.isArray(undone) ? this.intents().find(({ id }) => id === undone[0]) : undefined;
    if (target?.action.action === 'write_goal') this.#no = true;
    if (target?.action.action === 'undo') this.#no = false;
    this.#lines = new Set([...this.#lines].filter((line) => this.#house.read(GOAL)?.includes(line) || before?.includes(line) === false));
  }

  // ── what must hold ───────────────────────────────────────────────────────────────────────────────

  /** After every step. */
  check(record: BeatRecord | null): void {
    const records = this.records();
    this.#chainOfIntents(records);
    this.#yes(records);
    if (this.#frozenAt !== null) must(this.intents().length === this.#frozenAt, 'an intent under STOP');
    const fresh = records.slice(this.#judged).filter((one): one is OutcomeRecord & JournalRecord => one.type === 'outcome');
    for (const outcome of fresh) this.#effect(outcome, records);
    this.#judged = records.length;
    if (record?.id != null) must(this.intents().filter(({ beat }) => beat === record.id).length <= 1, 'two actions in one beat');
    if (record) this.#evidence(record);
    must(this.#house.read('.decision.json') === null || record === null || !record.gate.open, 'a decision is left behind');
  }

  #chainOfIntents(records: readonly JournalRecord[]): void {
    const ended = new Set<string>();
    const begun = new Set<string>();
    let epoch = 0;
    for (const record of records) {
      must(record.epoch >= epoch, `epoch ${record.epoch} after ${epoch}`);
      epoch = record.epoch;
      if (record.type === 'intent') {
        must(!begun.has(record.id), `two intents of ${record.id}`);
        begun.add(record.id);
      }
      if (record.type === 'outcome') {
        must(begun.has(record.id) && !ended.has(record.id), `an outcome too many of ${record.id}`);
        ended.add(record.id);
      }
    }
    must(epoch >= this.#epoch, 'the epoch went back');
    this.#epoch = epoch;
    const byRule = records.filter((one) => one.type === 'intent' && one.by.kind === 'rule' && this.#status(one.id, records) !== 'void');
    must(byRule.length <= this.threes, `the rule spoke ${byRule.length} times in ${this.threes} episodes`);
  }

  /** No gated effect without a yes, and each yes once. */
  #yes(records: readonly JournalRecord[]): void {
    const used = new Set<string>();
    for (const { beat, cmd } of this.#house.shellRuns) {
      const intent = records.find((one): one is IntentRecord => one.type === 'intent' && one.beat === beat);
      must(intent?.approval !== undefined && this.answers.get(intent.approval) === true, `${cmd} ran without a yes`);
      must(!used.has(intent?.approval ?? ''), `the yes to ${intent?.approval} was used twice`);
      used.add(intent?.approval ?? '');
    }
    const done = records.filter((one): one is IntentRecord => one.type === 'intent' && one.approval !== undefined);
    for (const intent of done) must(this.answers.get(intent.approval ?? '') === true, `${intent.id} names an ask that has no yes`);
    const acted = done.filter(({ id }) => this.#status(id, records) === 'done').map(({ approval }) => approval);
    must(new Set(acted).size === acted.length, 'a yes was carried out twice');
  }

  /** Nothing was done on a reading that had another value by then. */
  #evidence({ id, outcome, evidence }: BeatRecord): void {
    if (!outcome) return;
    const reading = JSON.parse(this.#house.read('.flyball/readings/a.json') ?? 'null') as { signal: unknown } | null;
    for (const { pointer, value } of evidence)
      if (pointer === '/readings/a/signal') must(value === reading?.signal, `beat ${id} acted on ${value}, and it was ${reading?.signal}`);
  }

  /** What an action did to the goal: never to text that its decider had not seen, and never against a no. */
  #effect({ id, status }: OutcomeRecord, records: readonly JournalRecord[]): void {
    const intent = records.find((one): one is IntentRecord => one.type === 'intent' && one.id === id);
    if (!intent || status !== 'done' || intent.action.action !== 'write_goal') return;
    const history = openHistory(this.#house.layout);
    const [before, after] = [intent.before, intent.after].map((stamps) => stamps.find(({ path }) => path === GOAL)?.digest ?? null);
    const was = before == null ? '' : history.version({ path: GOAL, digest: before })?.text;
    must(was !== undefined, `${id} overwrote a text that is kept nowhere`);
    const became = after == null ? '' : history.version({ path: GOAL, digest: after })?.text;
    must(became !== undefined, `what ${id} wrote is kept nowhere`);
    const shown = this.#shown(intent);
    for (const line of (was ?? '').split('\n').filter((one) => one.startsWith('mine ') && !shown.includes(one)))
      must(became?.split('\n').includes(line) === true, `${id} removed "${line}", which its decider had not seen`);
    this.#lines = new Set([...this.#lines].filter((line) => became?.includes(line)));
    if (intent.by.kind === 'decider') must(!this.#no, `${id} did again what the person had taken back`);
  }

  #shown(intent: IntentRecord): string[] {
    const base = this.#house.asks().find(({ id }) => id === intent.approval)?.approval?.base ?? intent.beat;
    const world = JSON.parse(this.#house.read(`.flyball/beats/${base}/world.json`) ?? '{}') as { goals?: Record<string, { text: string }> };
    return (world.goals?.x?.text ?? '').split('\n');
  }

  /** The text now there was written by flyball, as far as the journal tells. */
  #isAgents(text: string): boolean {
    const [last] = this.intents()
      .filter(({ after, action }) => action.action !== 'undo' && after.some(({ path }) => path === GOAL))
      .slice(-1);
    return last?.after.some(({ path, digest: wrote }) => path === GOAL && wrote === digest(text)) ?? false;
  }

  /** The person's own lines are there, or an action that had been shown them took them out. */
  kept(): void {
    const text = this.#house.read(GOAL) ?? '';
    for (const line of this.#lines) must(text.split('\n').includes(line), `"${line}" is lost`);
  }

  intents(): IntentRecord[] {
    return this.records().filter((record): record is IntentRecord => record.type === 'intent');
  }

  /** A torn last line is as if it were not there. */
  records(): JournalRecord[] {
    const lines = (this.#house.read('.flyball/journal.jsonl') ?? '').split('\n');
    return lines.flatMap((line, index) => {
      if (line === '') return [];
      try {
        return [JSON.parse(line) as JournalRecord];
      } catch (error) {
        if (index === lines.length - 1) return [];
        throw error;
      }
    });
  }

  #status(id: string, records: readonly JournalRecord[]): string | null {
    const outcome = records.find((one) => one.type === 'outcome' && one.id === id);
    return outcome?.type === 'outcome' ? outcome.status : null;
  }
}

export function must(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}
