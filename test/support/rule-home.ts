// A home with rules and a clock that the test moves; nothing else of it exists.
import { ruleFired, rules } from '../../src/decide/rules.ts';
import type { RuleStates } from '../../src/world/rule-state.ts';
import { type Rule, ruleSchema } from '../../src/world/settings.ts';
import type { World, WorldWorker } from '../../src/world/world.ts';
import { aReading, aWorld } from './builders.ts';

export const MINUTE = 60_000;
/** A summer's day at noon UTC; Berlin is two hours ahead. */
const START = new Date('2026-06-01T12:00:00.000Z');
export const say = (message: string) => ({ action: 'send_notification', message });

export function rule(text: Record<string, unknown>): Rule {
  return ruleSchema.parse({ name: 'r', when: 'true', do: say('hello'), ...text });
}

/** A home with a clock: beats once, and the first eligible rule speaks. */
export function home(list: Rule[], start: Date = START) {
  let [states, now]: [RuleStates, Date] = [{}, start];
  const see = (world: World) => {
    const seen = rules({ rules: list, world, states, now, tz: 'Europe/Berlin' });
    states = seen.states;
    return seen;
  };
  return {
    see,
    /** The messages said, one a beat, until no rule has a move. */
    beat(world: World): string[] {
      const said: string[] = [];
      for (let turn = 0; turn < 50; turn++) {
        const first = see(world).eligible[0];
        if (!first) break;
        said.push(String(first.action.message));
        states = ruleFired(states, { ...first, now });
      }
      return said;
    },
    pass: (ms: number) => {
      now = new Date(now.getTime() + ms);
    },
    at: (time: string) => {
      now = new Date(time);
    },
    change: (next: (states: RuleStates, now: Date) => RuleStates) => {
      states = next(states, now);
    },
    states: () => states,
  };
}

export const disk = (level: string): World => aWorld({ readings: { disk: aReading({ level }, { detail: { used_pct: 93 } }) } });
export const low = { when: 'readings.disk.signal.level != "ok"' };

export function aWorker(parts: Partial<WorldWorker> = {}): WorldWorker {
  return {
    generation: 1,
    state: 'Running',
    mine: true,
    silent_s: 0,
    usd: null,
    reason: null,
    signal: 'live',
    agent: null,
    goal: null,
    started_at: null,
    idle_s: null,
    verify: 'none',
    ...parts,
  };
}
