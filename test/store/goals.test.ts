import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { GoalContext } from '../../src/ports.ts';
import type { GoalsOptions, VerifyRequest } from '../../src/store/goal-verifies.ts';
import { type FileGoals, fileGoals } from '../../src/store/goals.ts';
import { layout } from '../../src/store/layout.ts';
import type { Verified } from '../../src/world/goal-status.ts';
import { aReading, aWorld } from '../support/builders.ts';
import { FakeClock } from '../support/fakes.ts';
import { aWorker } from '../support/rule-home.ts';

const MINUTE = 60_000;
const never = new AbortController().signal;

let home: string;
let clock: FakeClock;
let runs: VerifyRequest[];
let events: string[];
let answer: Pick<Verified, 'end' | 'exit' | 'message'>;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'flyball-goals-'));
  mkdirSync(join(home, 'goals'));
  clock = new FakeClock();
  [runs, events] = [[], []];
  answer = { end: 'passed', exit: 0, message: 'exit 0' };
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function open(parts: Partial<GoalsOptions> = {}): FileGoals {
  return fileGoals({
    layout: layout(home),
    clock,
    events: { emit: (event) => events.push(event.event) },
    runVerify: async (request) => {
      runs.push(request);
      return answer;
    },
    env: () => ({ A: 'b' }),
    mark: (goal) => `mark/${goal}`,
    onVerified: () => {},
    ...parts,
  });
}
const save = (name: string, text: string | Buffer) => writeFileSync(join(home, 'goals', name), text);
const context = (world: Partial<GoalContext['world']> = {}): GoalContext => ({
  now: clock.now(),
  world: aWorld(world),
  deciderReadsProse: false,
  ruleTexts: [],
});
const look = (goals: FileGoals, all = false) => goals.verify({ all, signal: never });
const statusFile = (id: string) => join(home, '.flyball/goals', `${id}.json`);

describe('files', () => {
  test('every goal is there; what cannot be read is Invalid, never absent', () => {
    save('Fine One.md', '# Fine\n');
    save('README.md', 'no goal');
    save('_draft.md', 'no goal');
    save('latin.md', Buffer.from([0x67, 0xf6]));
    save('large.md', 'x'.repeat(1_100_000));
    mkdirSync(join(home, 'goals/folder.md'));
    mkdirSync(join(home, 'goals/archive'));
    symlinkSync('nowhere', join(home, 'goals/link.md'));
    execFileSync('mkfifo', [join(home, 'goals/pipe.md')]);
    const goals = open().read(context());
    const problems = Object.fromEntries(
      Object.entries(goals).map(([id, goal]) => [id, goal.conditions.find((one) => one.type === 'Invalid')?.message]),
    );
    expect(problems).toEqual({
      'fine-one': 'the file can be read',
      latin: 'goals/latin.md: it is not UTF-8 text',
      large: 'goals/large.md: it is larger than 1048576 bytes',
      folder: 'goals/folder.md: it is no regular file',
      link: 'goals/link.md: it is a link that points to nothing',
      pipe: 'goals/pipe.md: it is no regular file',
    });
  });

  test('without a folder there are no goals; one that cannot be listed throws', () => {
    rmSync(join(home, 'goals'), { recursive: true });
    expect(open().read(context())).toEqual({});
    writeFileSync(join(home, 'goals'), 'a file');
    expect(() => open().read(context())).toThrow('ENOTDIR');
  });

  test('done_when sees the world', () => {
    save('disk.md', '---\ndone_when: readings.disk.signal.level == "ok"\n---\n');
    const goals = open();
    expect(goals.read(context({ readings: { disk: aReading({ level: 'ok' }) } })).disk?.ready).toBe(true);
    expect(goals.read(context({ readings: { disk: aReading({ level: 'low' }) } })).disk?.status).toBe('False');
  });
});

describe('status', () => {
  test('it goes on where it was after a start, and is written only when it changes', () => {
    save('a.md', 'one');
    open().read(context());
    save('a.md', 'two');
    const goals = open();
    expect(goals.read(context()).a?.generation).toBe(2);
    const written = statSync(statusFile('a')).ino;
    clock.pass(MINUTE);
    expect(goals.read(context()).a?.generation).toBe(2);
    expect(open().read(context()).a?.generation).toBe(2);
    expect(statSync(statusFile('a')).ino).toBe(written);
    expect(statSync(statusFile('a')).mode & 0o777).toBe(0o600);
  });

  test.each(['', '{"v":1', '{"v":1,"generation":-1}', '[]'])(
    'lost or broken (%j) it begins again at generation 1, with conditions Unknown',
    async (text) => {
      save('a.md', '---\nverify: make\n---\n');
      const goals = open();
      await look(goals);
      goals.read(context());
      save('a.md', '---\nverify: make\n---\nmore');
      expect(goals.read(context()).a?.generation).toBe(2);
      writeFileSync(statusFile('a'), text);
      const again = open().read(context()).a;
      expect([again?.generation, again?.status]).toEqual([1, 'Unknown']);
      expect(events).toContain('goal_status_lost');
    },
  );

  test('a status that cannot be written is said and does not begin a generation each time', () => {
    save('a.md', 'one');
    mkdirSync(join(home, '.flyball'));
    writeFileSync(join(home, '.flyball/goals'), 'a file in the way');
    const goals = open();
    expect([goals.read(context()).a?.generation, goals.read(context()).a?.generation]).toEqual([1, 1]);
    expect(events).toContain('goal_status_unwritten');
  });

  test('files left by a crash in the middle of a write are no status', () => {
    save('a.md', 'one');
    open().read(context());
    expect(readdirSync(join(home, '.flyball/goals'))).toEqual(['a.json']);
    expect(JSON.parse(readFileSync(statusFile('a'), 'utf8'))).toMatchObject({ v: 1, generation: 1, observedGeneration: 1 });
  });
});

describe('verify', () => {
  const text = '---\nverify: make test\nverify_every: 10m\nverify_timeout: 5s\n---\n';

  test('it runs at once, then every ten minutes, with the home as its place', async () => {
    save('a.md', text);
    const goals = open();
    expect(goals.read(context()).a?.status).toBe('Unknown');
    await look(goals);
    expect(goals.read(context()).a?.status).toBe('True');
    expect(runs).toMatchObject([{ command: 'make test', cwd: home, env: { A: 'b' }, timeoutMs: 5_000, mark: 'mark/a' }]);
    await look(goals);
    expect(goals.nextDueAt(clock.now())).toEqual(new Date(clock.now().getTime() + 10 * MINUTE));
    clock.pass(10 * MINUTE - 1);
    await look(goals);
    expect(runs).toHaveLength(1);
    clock.pass(1);
    await look(goals);
    expect(runs).toHaveLength(2);
  });

  test('it runs at once when the text changed, for `all`, and when a worker of the goal ended', async () => {
    save('a.md', text);
    const goals = open();
    await look(goals);
    save('a.md', `${text}More.`);
    await look(goals);
    expect(runs).toHaveLength(2);
    await look(goals, true);
    expect(runs).toHaveLength(3);
    goals.read(context({ workers: { w: aWorker({ goal: 'a' }) } }));
    await look(goals);
    expect(runs).toHaveLength(3);
    goals.read(context({ workers: { w: aWorker({ goal: 'a', signal: 'ended:Finished' }) } }));
    await look(goals);
    expect(runs).toHaveLength(4);
  });

  test('after a start its clock goes on, and its last result is known', async () => {
    save('a.md', text);
    const goals = open();
    await look(goals);
    goals.read(context());
    clock.pass(4 * MINUTE);
    const next = open();
    expect(next.read(context()).a?.status).toBe('True');
    await look(next);
    expect(runs).toHaveLength(1);
    expect(next.nextDueAt(clock.now())).toEqual(new Date(clock.now().getTime() + 6 * MINUTE));
  });

  test('one that cannot tell is Unknown, one that says no is False', async () => {
    save('a.md', text);
    const goals = open();
    answer = { end: 'error', exit: null, message: 'it was ended after 5 s' };
    await look(goals);
    expect(goals.read(context()).a).toMatchObject({ status: 'Unknown', reason: 'VerifyError' });
    answer = { end: 'failed', exit: 2, message: 'exit 2' };
    await look(goals, true);
    expect(goals.read(context()).a).toMatchObject({ status: 'False', reason: 'VerifyFailed' });
  });

  test('one that is ended by STOP says nothing about the goal, and is due again', async () => {
    save('a.md', text);
    const stop = new AbortController();
    const goals = open({
      runVerify: async () => {
        stop.abort();
        return { end: 'error', exit: null, message: 'ended' };
      },
    });
    await goals.verify({ all: false, signal: stop.signal });
    expect(goals.read(context()).a).toMatchObject({ status: 'Unknown', reason: 'NotChecked' });
    expect(goals.nextDueAt(clock.now())).toEqual(clock.now());
  });

  test('at most eight run at a time, and each goal only once at a time', async () => {
    for (let n = 0; n < 20; n++) save(`g${n}.md`, text);
    let [now, most] = [0, 0];
    const goals = open({
      runVerify: async () => {
        most = Math.max(most, ++now);
        await new Promise((resolve) => setImmediate(resolve));
        now--;
        return answer;
      },
    });
    await Promise.all([look(goals), look(goals), look(goals, true)]);
    expect(most).toBe(8);
    expect(Object.values(goals.read(context())).every((goal) => goal.ready)).toBe(true);
  });

  test('it never rejects, whatever the runner or the folder does', async () => {
    save('a.md', text);
    const goals = open({ runVerify: () => Promise.reject(new Error('broken')) });
    await look(goals);
    rmSync(join(home, 'goals'), { recursive: true });
    writeFileSync(join(home, 'goals'), '');
    await look(goals);
    expect(events).toEqual(['verify_failed', 'goals_unreadable']);
  });

  test('close ends what runs and waits for it', async () => {
    save('a.md', text);
    const goals = open({
      runVerify: (request) =>
        new Promise((resolve) => {
          request.signal.addEventListener('abort', () => resolve({ end: 'error', exit: null, message: '' }));
        }),
    });
    const looking = look(goals);
    await new Promise((resolve) => setImmediate(resolve));
    await goals.close();
    await looking;
  });
});
