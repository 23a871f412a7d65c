// The world as it is on disk, and what would follow from it: for verbs that look. Runs nothing, changes nothing.
import { actionDocs } from '../actions/index.ts';
import { admission } from '../admit.ts';
import { createDecider } from '../decide/deciders/index.ts';
import { type GateFacts, gate } from '../decide/gate.ts';
import { hire } from '../decide/hire.ts';
import { parseDecision } from '../decide/parse.ts';
import { prompt } from '../decide/prompt.ts';
import { type RulesResult, rules } from '../decide/rules.ts';
import { evaluate, scope } from '../lib/cel.ts';
import { readText } from '../lib/files.ts';
import { type LookPorts, readWorld } from '../look.ts';
import type { Decider } from '../ports.ts';
import { runVerify } from '../sense/verify.ts';
import { openAsks } from '../store/asks.ts';
import { createBeats } from '../store/beats.ts';
import { statusBook } from '../store/goal-statuses.ts';
import { goalReader } from '../store/goals.ts';
import { openHistory } from '../store/history.ts';
import { homeFiles } from '../store/home-files.ts';
import { openJournal } from '../store/journal.ts';
import { openNos } from '../store/nos.ts';
import { fileSchedules } from '../store/schedules.ts';
import { createSpend } from '../store/spend.ts';
import { createState } from '../store/state.ts';
import { settlingUntil } from '../store/stillness.ts';
import { isStopped } from '../store/stop.ts';
import type { Door, RuleExplanation, TriedGoal, Work } from '../verbs/hands.ts';
import { waitsToRun } from '../world/ask.ts';
import { diff, policyDigest } from '../world/diff.ts';
import { WORLD_ROOTS } from '../world/expressions.ts';
import type { GoalFile } from '../world/goal.ts';
import { type GoalStatus, statusOf, worldGoal } from '../world/goal-status.ts';
import { guardsAt, isOwnEffect } from '../world/guards.ts';
import type { Gate } from '../world/record.ts';
import type { World } from '../world/world.ts';
import { childEnv } from './child-env.ts';
import { sandboxProblem } from './containment.ts';
import { readOnlySensors } from './sensors.ts';

const silent = { emit: () => {} };

interface Look {
  world: World;
  ports: LookPorts;
  files: { file: GoalFile; status: GoalStatus }[];
  decider: Decider | null;
}

/** Everything as the next beat would read it; statuses and readings as they were last kept. */
async function lookNow(door: Door): Promise<Look> {
  const { layout, clock } = door;
  const { settings } = await door.config();
  const files: Look['files'] = [];
  const read = goalReader(layout.goals);
  const decider = createDecider(settings.decider, { ...door, env: childEnv(door, settings), pause: async () => {} });
  const ports: LookPorts = {
    clock,
    settings,
    deciderReadsProse: decider?.readsProse ?? false,
    sensors: await readOnlySensors(door),
    goals: {
      verify: async () => {},
      files: read,
      nextDueAt: () => null,
      close: async () => {},
      read: (context) => {
        const { goals: _none, ...values } = { goals: null, ...context.world };
        const book = statusBook(layout, silent);
        const found = (context.files ?? read()).map((file) => {
          const former = book.read(file.id);
          return { file, status: statusOf({ ...context, file, former, values: scope(values), verified: former?.verify ?? null }) };
        });
        files.push(...found);
        return Object.fromEntries(found.map(({ file, status }) => [file.id, worldGoal(file, status)]));
      },
    },
    asks: openAsks(layout),
    schedules: fileSchedules(layout, silent),
    spend: createSpend(layout, { tz: settings.tz, assume: settings.spend.assume }),
    journal: openJournal({ layout, now: () => clock.now() }),
    history: openHistory(layout),
    nos: openNos(layout),
    files: homeFiles(layout, () => false),
    playbook: () => readText(layout.playbook),
  };
  return { world: readWorld(ports), ports, files, decider };
}

export async function worldNow(door: Door): Promise<World> {
  return (await lookNow(door)).world;
}

/** The goals as files, each with the status that a beat would give it now. */
export async function goalsNow(door: Door): Promise<Look['files']> {
  return (await lookNow(door)).files;
}

// ── the gate, the rules, the prompt ────────────────────────────────────────────────────────────────

function rulesNow({ world, ports }: Look, door: Door): RulesResult {
  const states = createState(door.layout).ruleStates();
  return rules({ rules: ports.settings.rules, world, states, now: door.clock.now(), tz: ports.settings.tz });
}

async function gateFacts(door: Door): Promise<{ look: Look; facts: GateFacts }> {
  const look = await lookNow(door);
  const { world, ports, decider } = look;
  const now = door.clock.now();
  const state = createState(door.layout);
  const guards = guardsAt(state.guards(), now);
  const baseline = state.baseline();
  const before = baseline === null ? null : createBeats(door.layout).world(baseline);
  const changes = before ? diff(before, world) : [];
  const facts: GateFacts = {
    now,
    frozen: isStopped(door.layout),
    journalProblem: ports.journal.problem(),
    overBudget: world.spend.home?.signal === 'over',
    guards,
    policy: policyDigest(world, (await door.config()).digest ?? ''),
    changes,
    approved: ports.asks.all().some((ask) => ask.state === 'answered' && waitsToRun(ask)),
    ownOnly: changes.length > 0 && changes.every((change) => isOwnEffect(change, world, guards)),
    hasBaseline: before !== null,
    ruleEligible: rulesNow(look, door).eligible.length > 0,
    scheduleDue: Object.values(world.schedules).some((schedule) => schedule.due !== null),
    decider,
    settlingUntil: settlingUntil(door.layout, now),
    force: false,
  };
  return { look, facts };
}

export async function gateNow(door: Door, { resumed }: { resumed: boolean } = { resumed: false }): Promise<Gate> {
  const { facts } = await gateFacts(door);
  return gate(resumed ? { ...facts, frozen: false } : facts);
}

export async function promptNow(door: Door): ReturnType<Work['prompt']> {
  const { look, facts } = await gateFacts(door);
  const { text, cuts } = prompt({
    world: look.world,
    changes: facts.changes,
    guards: facts.guards,
    beat: facts.guards.last_beat + 1,
    nonce: 'shown-by-try', // a beat's own is random
    actions: actionDocs(),
    evidence: look.ports.settings.decider.evidence,
  });
  return { gate: gate(facts), prompt: text, bytes: Buffer.byteLength(text), cuts };
}

export async function explainRules(door: Door): Promise<RuleExplanation[]> {
  const look = await lookNow(door);
  const { why } = rulesNow(look, door);
  const hired = hire({
    world: look.world,
    files: look.files.map(({ file }) => file),
    states: {},
    now: door.clock.now(),
    enabled: look.ports.settings.hire,
    sessions: false,
  });
  return [
    ...why,
    { name: 'hire', eligible: false, reasons: hired.problem === null ? [] : [{ step: 'rule' as const, message: hired.problem }] },
  ];
}

export async function deciderNow(door: Door): ReturnType<Work['decider']> {
  const { settings } = await door.config();
  const decider = createDecider(settings.decider, { ...door, env: childEnv(door, settings), pause: async () => {} });
  if (!decider) return { name: settings.decider.use, costs: false, readsProse: false, warning: null };
  const { name, costs, readsProse, warning } = decider;
  return { name, costs, readsProse, warning };
}

// ── trying ─────────────────────────────────────────────────────────────────────────────────────────

export async function evaluateNow(door: Door, cel: string): ReturnType<Work['evaluate']> {
  const { world } = await lookNow(door);
  const answer = evaluate(cel, scope(Object.fromEntries(WORLD_ROOTS.map((root) => [root, world[root]]))));
  if (answer.ok) return { value: answer.value };
  return { problem: answer.kind === 'missing-key' ? `there is no ${answer.key}` : answer.message };
}

export async function judge(door: Door, text: string): ReturnType<Work['judge']> {
  const { world, ports } = await lookNow(door);
  const parsed = parseDecision(text, { world, beat: null, evidence: ports.settings.decider.evidence });
  if (!parsed.ok) return { verdict: null, problem: parsed.problem };
  const { decision } = parsed;
  const by = { kind: 'decider', name: ports.settings.decider.use } as const;
  const sight = { world, changes: [], guards: createState(door.layout).guards() };
  const judging = {
    ...ports,
    frozen: () => readText(door.layout.stop) !== null,
    sandboxProblem: await sandboxProblem(door, ports.settings),
  };
  return { verdict: admission(decision, by, { world, sight, ports: judging }), problem: null };
}

/** Runs its verify once and evaluates done_when; the kept status stays as it is. */
export async function tryGoal(door: Door, id: string): Promise<TriedGoal> {
  const { world, ports, files } = await lookNow(door);
  const found = files.find(({ file }) => file.id === id);
  if (!found?.file.spec) return { conditions: found?.status.conditions ?? [], verify: null, done_when: null };
  const { spec } = found.file;
  const ended =
    spec.verify === undefined
      ? null
      : await runVerify({
          command: spec.verify,
          cwd: door.layout.home,
          env: childEnv(door, ports.settings),
          timeoutMs: spec.verify_timeout,
          signal: door.signal,
          mark: `try/0/verify-${id}-${process.pid}`,
        });
  const { goals: _goals, ...rest } = world;
  const at = door.clock.now();
  const verified =
    ended && spec.verify !== undefined
      ? { command: spec.verify, text: found.file.folded, at: at.toISOString(), end: ended.end, exit: ended.exit, message: ended.message }
      : null;
  const context = {
    now: at,
    world: rest,
    deciderReadsProse: ports.deciderReadsProse,
    ruleTexts: ports.settings.rules.map((rule) => JSON.stringify(rule)),
  };
  const status = statusOf({ ...context, file: found.file, former: found.status, values: scope({ ...rest }), verified });
  return {
    conditions: status.conditions,
    verify: ended && { exit: ended.exit, ms: ended.ms, output: ended.message },
    done_when: spec.done_when === undefined ? null : await evaluateNow(door, spec.done_when),
  };
}
