// Replay with the home's own records and settings. A decider that is asked works in a home of its own, a temporary
// one: the running pulse sees nothing of it but the money in spend.jsonl.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { actionJsonSchema } from '../actions/index.ts';
import { checkConfig } from '../config-check.ts';
import { readConfigText } from '../config-text.ts';
import { createDecider } from '../decide/deciders/index.ts';
import { moveFrom } from '../decide/move.ts';
import { PersonError } from '../errors.ts';
import { isPlainObject } from '../lib/digest.ts';
import { readYaml } from '../lib/yaml-text.ts';
import type { Decider, Spend } from '../ports.ts';
import { type Choice, inWindow, questions, type Recorded, type ReplayInput, replay } from '../replay.ts';
import { createBeats } from '../store/beats.ts';
import { createDecisionFile } from '../store/decision-file.ts';
import { goalPath, layout as layoutOf } from '../store/layout.ts';
import { createSpend } from '../store/spend.ts';
import type { Door } from '../verbs/hands.ts';
import type { ReplayDone, ReplayPlan, ReplayWhat } from '../verbs/replay-plan.ts';
import type { Settings } from '../world/settings.ts';
import { childEnv } from './child-env.ts';

const SCOPE = 'replay';

/** What it would do and cost: reads only. */
export async function planReplay(door: Door, what: ReplayWhat): Promise<ReplayPlan> {
  const { input, settings, asks } = await prepared(door, what);
  const decider = asks ? createDecider(settings.decider, toolsIn(door, door.layout, settings)) : null;
  const toAsk = decider ? questions(input) : [];
  const known = toAsk.flatMap(({ record }) => (record.cost.usd !== null && record.cost.usd > 0 ? [record.cost.usd] : []));
  const each = known.length > 0 ? Math.max(...known) : settings.spend.assume;
  return {
    beats: input.beats.filter((beat) => inWindow(beat, what.since)).length,
    asks: toAsk.length,
    decider: decider?.name ?? null,
    costs: decider?.costs ?? false,
    usd: decider?.costs ? toAsk.length * each : 0,
  };
}

export async function replayBeats(door: Door, what: ReplayWhat, onBeat: (done: number) => void): Promise<ReplayDone> {
  const { input, settings, asks } = await prepared(door, what);
  const spend = createSpend(door.layout, { tz: settings.tz, assume: settings.spend.assume });
  const done: ReplayDone = { replayed: [], cost: { usd: 0, estimated: false }, ended: null };
  const ask = asks ? asking(door, settings, { spend, done }) : null;
  try {
    for await (const one of replay({ ...input, ask })) {
      done.replayed.push(one);
      onBeat(done.replayed.length);
    }
  } catch (error) {
    if (!(error instanceof Ended)) throw error;
    done.ended = error.message;
  }
  return done;
}

/** No further beat is decided: the rest is not told as if it were the same. */
class Ended extends Error {}

async function prepared(door: Door, what: ReplayWhat): Promise<{ input: Omit<ReplayInput, 'ask'>; settings: Settings; asks: boolean }> {
  const config = (await door.config()).settings;
  const settings =
    what.decider === undefined ? config : { ...config, decider: { ...config.decider, use: what.decider, fallback: undefined } };
  const store = createBeats(door.layout);
  const beats = store
    .newest(Number.MAX_SAFE_INTEGER)
    .reverse()
    .flatMap((id): Recorded[] => {
      const [record, world] = [store.read(id), store.world(id)];
      return record && world ? [{ record: { ...record, id }, world, states: store.ruleStates(id) }] : [];
    });
  const hasDecider = settings.decider.use !== 'rules';
  return {
    settings,
    asks: hasDecider && (what.playbook !== undefined || what.decider !== undefined),
    input: {
      beats,
      since: what.since,
      rules: what.rules === undefined ? settings.rules : rulesIn(what.rules),
      settings,
      playbook: what.playbook ?? null,
      hasDecider,
    },
  };
}

/** A flyball.yaml, whose rules count, or a list of rules alone. */
function rulesIn(text: string): Settings['rules'] {
  const { value } = readYaml(text);
  const whole = Array.isArray(value) ? JSON.stringify({ rules: value }) : text;
  const read = readConfigText(whole);
  const problems = 'problems' in read ? read.problems : checkConfig(whole).filter(({ warning }) => warning !== true);
  const [first] = problems;
  if (first || 'problems' in read)
    throw new PersonError(`the rules do not fit: ${first?.what ?? 'they do not parse'}`, { hint: first?.next ?? 'flyball check FILE' });
  if (!isPlainObject(value) && !Array.isArray(value))
    throw new PersonError('the rules do not fit: there is no list of rules', { hint: 'flyball check FILE' });
  return read.settings.rules;
}

// ── asking ─────────────────────────────────────────────────────────────────────────────────────────

function toolsIn(door: Door, home: Door['layout'], settings: Settings) {
  const pause = (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, undefined, { signal });
  return { ...door, layout: home, env: { ...childEnv(door, settings), FLYBALL_HOME: home.home }, pause };
}

/** Each question in a home of its own, which is gone afterwards. */
function asking(door: Door, settings: Settings, { spend, done }: { spend: Spend; done: ReplayDone }): ReplayInput['ask'] {
  return async (beat, prompt) => {
    const now = door.clock.now();
    if (door.signal.aborted) throw new Ended('you ended it');
    const limit = settings.spend.day + (spend.raised(now).home ?? 0);
    if (spend.today(now).usd >= limit) throw new Ended(`today's budget of $${limit} is spent`);
    const root = mkdtempSync(join(tmpdir(), 'flyball-replay-'));
    try {
      furnish(root, beat);
      const decider = createDecider(settings.decider, toolsIn(door, layoutOf(root), settings));
      return decider
        ? await askIn(root, { beat, prompt, decider, door, settings, spend, done })
        : { by: { kind: 'none', name: null }, decision: null, problem: null };
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  };
}

/** The prose as the beat saw it, for a decider that reads files. */
function furnish(root: string, { world, record }: Recorded): void {
  const at = layoutOf(root);
  for (const folder of [at.goals, at.sensors, join(at.beats, String(record.id))]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(at.playbook, world.playbook.text, { mode: 0o600 });
  for (const [id, { text }] of Object.entries(world.goals)) writeFileSync(at.at(goalPath(`${id}.md`)), text, { mode: 0o600 });
}

interface Question {
  beat: Recorded;
  prompt: string;
  decider: Decider;
  door: Door;
  settings: Settings;
  spend: Spend;
  done: ReplayDone;
}

async function askIn(root: string, { beat, prompt, decider, door, settings, spend, done }: Question): Promise<Choice> {
  const run = { beat: beat.record.id, scope: SCOPE, goal: null, agent: decider.name, model: null };
  if (decider.costs) spend.begin({ ...run, at: door.clock.now().toISOString() });
  const end = await decider.decide({
    beat: beat.record.id,
    prompt,
    schema: actionJsonSchema(),
    mark: `replay-${process.pid}/0/b${beat.record.id}`,
    timeoutMs: settings.decider.timeout,
    signal: door.signal,
    log: () => {},
  });
  const agent = (end.end === 'well' && end.by) || decider.name;
  const cost = spend.add({ ...run, agent, at: door.clock.now().toISOString(), model: end.model, cost: end.cost });
  done.cost = { usd: done.cost.usd + (cost.usd ?? 0), estimated: done.cost.estimated || cost.estimated };
  const by = { kind: 'decider', name: agent };
  if (door.signal.aborted) throw new Ended('you ended it');
  if (end.end === 'badly') return { by, decision: null, problem: end.message };
  const claim = createDecisionFile(layoutOf(root)).claim(beat.record.id);
  if (claim.claimed !== 'text')
    return { by, decision: null, problem: claim.claimed === 'bad' ? claim.problem : 'the decider ended and left no decision' };
  const move = moveFrom(
    claim.text,
    { kind: 'decider', name: agent },
    { world: beat.world, beat: beat.record.id, evidence: settings.decider.evidence },
  );
  if (move.move === 'act') return { by, decision: move.decision, problem: null };
  return { by, decision: null, problem: move.move === 'lost' ? move.problem : null };
}
