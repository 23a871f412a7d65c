// Random stories against a reference: sensors, edits, replies, answers, undo, deaths, clocks and STOP in any order.
// The governor and its adapters are the real ones, over a disk in memory on which the process dies at any call.
import { fc } from '@fast-check/vitest';
import { expect, test, vi } from 'vitest';
import { memoryHistory } from './support/model/history.ts';
import { current } from './support/model/house.ts';
import { play } from './support/model/play.ts';
import { story } from './support/model/steps.ts';

vi.mock('node:fs', async (real) => (await import('./support/model/disk.ts')).mockedFs(await real<object>()));
vi.mock('../src/lib/lock.ts', async () => await import('./support/model/locks.ts'));
vi.mock('../src/lib/swap.ts', () => ({ trySwap: () => false }));
vi.mock('../src/lib/child.ts', () => ({ runChild: (options: never) => current.house?.child(options) }));
vi.mock('../src/store/history.ts', () => ({ openHistory: (...its: Parameters<typeof memoryHistory>) => memoryHistory(...its) }));

/** All of them where nobody waits for the result. */
const RUNS = Number(process.env.FLYBALL_MODEL_RUNS ?? (process.env.CI ? 10_000 : 1_000));

test(`${RUNS} random stories keep every promise`, { timeout: 86_400_000 }, async () => {
  let beats = 0;
  let asked = 0;
  let ran = 0;
  const began = performance.now();
  await fc.assert(
    fc.asyncProperty(story, async (one) => {
      const house = await play(one);
      beats += house.beats;
      asked += house.asked.length;
      ran += house.shellRuns.length;
    }),
    { numRuns: RUNS, ...(process.env.FLYBALL_MODEL_SEED ? { seed: Number(process.env.FLYBALL_MODEL_SEED) } : {}) },
  );
  console.log(
    `${RUNS} stories, ${beats} beats, ${asked} decisions, ${ran} commands after a yes, ${Math.round((performance.now() - began) / 1_000)} s`,
  );
  expect(Math.min(beats, asked)).toBeGreaterThan(RUNS);
});
