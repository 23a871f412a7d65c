import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runChild } from '../../src/lib/child.ts';
import { Standstill } from '../../src/lib/standstill.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('a timer runs out after time that was not held, however often it was held between', () => {
  const still = new Standstill();
  const began = still.now();
  let rung = 0;
  still.after(100, () => {
    rung += 1;
  });
  for (let turn = 0; turn < 3; turn++) {
    vi.advanceTimersByTime(30);
    still.hold();
    still.hold();
    vi.advanceTimersByTime(10_000);
    still.release();
    still.release();
  }
  expect([rung, Math.round(still.now() - began)]).toEqual([0, 90]);
  vi.advanceTimersByTime(10);
  vi.advanceTimersByTime(1_000);
  expect(rung).toBe(1);
});

test('a timer that was set while held, or taken back, does what is expected of it', () => {
  const still = new Standstill();
  const rung: string[] = [];
  still.hold();
  still.after(10, () => rung.push('held'));
  const cancel = still.after(10, () => rung.push('never'));
  vi.advanceTimersByTime(1_000);
  cancel();
  expect(rung).toEqual([]);
  still.release();
  vi.advanceTimersByTime(10);
  expect(rung).toEqual(['held']);
});

test('what is asked for while held starts when it is released, not before, and not at all when it was called off', async () => {
  let held = true;
  const still = new Standstill(() => held);
  const began: string[] = [];
  const abort = new AbortController();
  const one = still.start().then(() => began.push('one'));
  const other = still.start(abort.signal).then(() => began.push('called off'));
  abort.abort();
  await other;
  expect([began, still.free]).toEqual([['called off'], false]);
  still.release();
  still.hold();
  held = false;
  still.release();
  await one;
  expect([began, still.free]).toEqual([['called off', 'one'], true]);
});

test('a child that is called off while held never starts', async () => {
  const still = new Standstill(() => true);
  const abort = new AbortController();
  const nothing = { part: 'head', bytes: 0 } as const;
  const options = {
    argv: ['/no/such/program'],
    cwd: '/',
    env: {},
    mark: 'standstill',
    timeoutMs: 1,
    stdout: nothing,
    stderr: nothing,
  } as const;
  const end = runChild({ ...options, still, signal: abort.signal });
  vi.advanceTimersByTime(1_000);
  abort.abort();
  expect(await end).toMatchObject({ end: 'aborted' });
});
