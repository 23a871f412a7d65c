import { describe, expect, test } from 'vitest';
import { hire, hireForgets, hireTried } from '../../src/decide/hire.ts';
import { parseGoal } from '../../src/world/goal.ts';
import { aGoal, aWorld, later, NOON } from '../support/builders.ts';
import { aWorker } from '../support/rule-home.ts';

const page = parseGoal(
  'page.md',
  '---\npriority: 2\nworker: {name: writer, command: sh page.sh, verify: test -s page}\n---\nWrite the page.\n',
);
const ci = parseGoal('ci.md', '---\npriority: 1\nworker: {agent: codex, repo: ~/site, prompt: Make it green.}\n---\n');
const prose = parseGoal('prose.md', 'Be kind.');
const files = [page, ci, prose];
const goals = {
  page: aGoal('page', { status: 'False', reason: 'NotDone', priority: 2 }),
  ci: aGoal('ci', { status: 'False', reason: 'VerifyFailed', priority: 1 }),
  prose: aGoal('prose'),
};
const seen = (parts: Partial<Parameters<typeof hire>[0]> = {}) =>
  hire({ world: aWorld({ goals }), enabled: true, sessions: true, files, now: NOON, ...parts });

test('the first by priority that does not hold and names a worker gets one, with its fields', () => {
  expect(seen()).toMatchObject({
    goal: 'ci',
    action: { action: 'start_worker', id: 'ci', goal: 'ci', agent: 'codex', repo: '~/site', prompt: 'Make it green.' },
  });
  const world = aWorld({ goals: { ...goals, ci: aGoal('ci', { status: 'True' }) } });
  expect(seen({ world }).action).toEqual({
    action: 'start_worker',
    id: 'writer',
    goal: 'page',
    prompt: 'Write the page.\n\nWrite the page.',
    command: 'sh page.sh',
    verify: 'test -s page',
  });
});

test('while one is alive, under whatever name, no second is hired', () => {
  const only = aWorld({ goals: { page: goals.page } });
  expect(seen({ world: { ...only, workers: { x: aWorker({ goal: 'page' }) } } }).action).toBe(null);
  expect(seen({ world: { ...only, workers: { writer: aWorker() } } }).action).toBe(null);
  expect(seen({ world: { ...only, workers: { x: aWorker({ goal: 'page', signal: 'ended:Failed' }) } } }).goal).toBe('page');
});

test('neither a paused goal, nor an Invalid one, nor one whose check could not be made, is hired for', () => {
  const paused = parseGoal('page.md', '---\npaused: true\nworker: {agent: codex}\n---\n');
  const invalid = parseGoal('page.md', '---\npriority: high\nworker: {agent: codex}\n---\n');
  const world = aWorld({ goals: { page: goals.page } });
  expect(seen({ world, files: [paused] }).action).toBe(null);
  expect(seen({ world, files: [invalid] }).action).toBe(null);
  expect(seen({ world: aWorld({ goals: { page: aGoal('p', { reason: 'NotChecked' }) } }), files: [page] }).action).toBe(null);
  expect(seen({ world: aWorld({ goals: { page: aGoal('p', { reason: 'NoCheck' }) } }), files: [page] }).goal).toBe('page');
});

test('`hire: false` turns it off', () => {
  expect(seen({ enabled: false })).toEqual({ action: null, goal: null, problem: null, wakes: {} });
});

test('without a session host it does nothing and says for whom', () => {
  expect(seen({ sessions: false })).toEqual({
    action: null,
    goal: null,
    problem: 'no session host yet: "ci", "page" name workers, which nobody can start',
    wakes: {},
  });
  expect(seen({ sessions: false, files: [prose] }).problem).toBe(null);
  expect(hire({ world: aWorld({ goals }), enabled: true, sessions: false })).toMatchObject({ action: null, problem: null });
});

describe('between two tries for one goal', () => {
  test('it waits 1 min, doubling to 6 h, while others get their turn', () => {
    let states = {};
    let now = NOON;
    const waits: number[] = [];
    for (let n = 0; n < 12; n++) {
      states = hireTried(states, { file: ci, now });
      const after = seen({ states, now });
      expect(after.goal).toBe('page');
      const until = new Date(after.wakes['hire:ci'] ?? '');
      waits.push((until.getTime() - now.getTime()) / 60_000);
      now = until;
      expect(seen({ states, now }).goal).toBe('ci');
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360]);
  });

  test('an edit of the goal clears the wait', () => {
    const states = hireTried({}, { file: ci, now: NOON });
    const edited = parseGoal('ci.md', `${ci.text}More.\n`);
    expect(seen({ states, files: [page, edited] }).goal).toBe('ci');
  });

  test('a clock that was set back makes it wait no longer than the longest wait', () => {
    const states = hireTried({}, { file: ci, now: later(365 * 86_400_000) });
    expect(seen({ states }).wakes).toEqual({ 'hire:ci': later(6 * 3_600_000).toISOString() });
  });

  test('tries are forgotten when the goal is gone, or holds and has waited', () => {
    const states = hireTried(hireTried({}, { file: ci, now: NOON }), { file: page, now: NOON });
    const held = aWorld({ goals: { page: aGoal('p', { status: 'True' }) } });
    expect(Object.keys(hireForgets(states, { world: held, now: NOON }))).toEqual(['hire:page']);
    expect(hireForgets(states, { world: held, now: later(60_000) })).toEqual({});
  });
});
