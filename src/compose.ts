// What verbs ask of the home, each from the adapters that it needs and loads when it is called: `status` and
// `get` come without YAML watchers, expressions and children.
import { keepDeciderFacts, keptDeciderFacts } from './store/decider-facts.ts';
import { readHeartbeat } from './store/heartbeat.ts';
import type { Door, Work } from './verbs/hands.ts';
import { deciderIsSandboxed, mayBeSandboxed } from './world/sandbox.ts';

export function compose(door: Door): Work {
  const { layout, clock } = door;
  const house = () => import('./compose/house.ts');
  const looking = () => import('./compose/looking.ts');
  return {
    state: async () => (await import('./store/state.ts')).createState(layout),
    beats: async () => (await import('./store/beats.ts')).createBeats(layout),
    heartbeat: async () => readHeartbeat(layout),
    journal: async () => (await import('./store/journal.ts')).openJournal({ layout, now: () => clock.now() }),
    asks: async () => (await import('./store/asks.ts')).openAsks(layout),
    nos: async () => (await import('./store/nos.ts')).openNos(layout),
    preview: async (ask) => (await import('./compose/preview.ts')).previewAsk(door, ask),
    askLine: async () => (await import('./compose/ask-line.ts')).askLine(door),
    schedules: async () => (await import('./store/schedules.ts')).fileSchedules(layout, { emit: () => {} }),
    spend: async () => {
      const { settings } = await door.config();
      return (await import('./store/spend.ts')).createSpend(layout, { tz: settings.tz, assume: settings.spend.assume });
    },
    goals: async () => (await import('./compose/goal-list.ts')).goalItems(door),
    sensors: async () => (await import('./compose/sensors.ts')).sensorItems(door),
    world: async () => (await looking()).worldNow(door),
    gate: async (options) => (await looking()).gateNow(door, options),
    explainRules: async () => (await looking()).explainRules(door),
    checkJournal: async () => (await import('./store/journal-check.ts')).checkJournal(layout),
    patch: async (id) => (await import('./store/history.ts')).openHistory(layout).patch(id),
    trySensor: async (name) => (await import('./compose/sensors.ts')).trySensor(door, name),
    tryGoal: async (id) => (await looking()).tryGoal(door, id),
    judge: async (text) => (await looking()).judge(door, text),
    evaluate: async (cel) => (await looking()).evaluateNow(door, cel),
    prompt: async () => (await looking()).promptNow(door),
    decider: async () => {
      const settings = (await door.config()).settings.decider;
      if (settings.use === 'rules' && settings.fallback === undefined)
        return { name: settings.use, costs: false, readsProse: false, warning: null };
      const kept = keptDeciderFacts(layout, door.version, settings);
      if (kept) return kept;
      const facts = await (await looking()).deciderNow(door);
      keepDeciderFacts(layout, facts, { version: door.version, settings });
      return facts;
    },
    planUndo: async (what) => (await import('./compose/undo.ts')).planUndo(door, what),
    planReplay: async (what) => (await import('./compose/replay.ts')).planReplay(door, what),
    replay: async (what, onBeat) => (await import('./compose/replay.ts')).replayBeats(door, what, onBeat),
    undo: async (what) => (await import('./compose/undo.ts')).undo(door, what),
    containment: async ({ always }) => {
      const { settings } = await door.config();
      const needed = always || mayBeSandboxed(settings) || deciderIsSandboxed(settings);
      return needed ? (await import('./compose/containment.ts')).containment(door) : null;
    },
    beatOnce: async (options) => (await house()).beatOnce(door, options),
    upForeground: async (options) => (await house()).upForeground(door, options),
    upDetached: async () => (await house()).upDetached(door),
    down: async () => (await house()).down(door),
    stopped: async () => (await import('./store/stop.ts')).readStop(layout),
    stop: async (wish) => (await import('./compose/stopping.ts')).stop(door, wish),
    frozen: async () => (await import('./store/stop.ts')).frozenProcesses(layout),
    resume: async () => (await import('./compose/stopping.ts')).resume(door),
  };
}
