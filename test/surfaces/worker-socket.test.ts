// worker.sock: what a worker may ask of the house, each worker its own asks alone, and nothing else.
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { workerAnswers } from '../../src/compose/ask-line.ts';
import { openAsks } from '../../src/store/asks.ts';
import { layout } from '../../src/store/layout.ts';
import { askByWorker } from '../../src/surfaces/socket/client.ts';
import { PROTOCOL, type WorkerRequest } from '../../src/surfaces/socket/protocol.ts';
import { serveWorkers } from '../../src/surfaces/socket/server.ts';
import { makeRig } from '../support/rig.ts';
import { until } from '../support/wait.ts';

const clock = { now: () => new Date(), monotonicMs: () => performance.now() };
const QUESTION = { question: 'May I?', options: ['yes', 'no'], default: null, after_s: null, ref: null };
const never = new AbortController().signal;
const uid = process.getuid?.() ?? 0;

async function served() {
  const home = mkdtempSync(join(tmpdir(), 'flyball-worker-sock-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const at = layout(home);
  mkdirSync(at.machine, { mode: 0o700 });
  const asks = openAsks(at);
  const line = { at, env: {}, uid, version: '1.0.0', say: () => {} };
  const server = await serveWorkers(line, workerAnswers({ layout: at, clock, asks }));
  onTestFinished(() => server.close());
  const say = async (message: Partial<WorkerRequest>, signal = never) => {
    const whole = { id: 1, method: 'ask', worker: 'triage#3', ...message } as WorkerRequest; // what a test leaves out wrongly, the server refuses
    const answer = await askByWorker(line, whole, { timeoutMs: null, signal });
    if (!answer.answered) throw new Error(answer.why);
    return answer.result;
  };
  return { asks, server, say, line };
}

/** The server's hello and its answer to one line. */
function raw(path: string, text: string): Promise<{ hello: unknown; answer: { error?: { code: number; message: string } } }> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    let heard = '';
    socket.on('error', reject);
    socket.on('connect', () => socket.write(`${text}\n`));
    socket.on('data', (bytes) => {
      heard += String(bytes);
      const [hello = '', answer = ''] = heard.split('\n');
      if (heard.split('\n').length < 3) return;
      socket.destroy();
      resolve({ hello: JSON.parse(hello), answer: JSON.parse(answer) });
    });
  });
}

test('a worker raises, waits and takes; the socket is its owner’s alone', async () => {
  const { asks, server, say } = await served();
  expect(statSync(server.path).mode & 0o777).toBe(0o600);
  const { ask } = await say({ step: 'raise', question: QUESTION });
  const waited = say({ step: 'wait', ask });
  asks.answer(ask, { text: 'yes', by: 'person', at: clock.now() });
  expect(await waited).toEqual({ ask, state: 'answered', answer: 'yes', answered_by: 'person', reason: null });
  expect(await say({ step: 'taken', ask })).toMatchObject({ state: 'closed' });
  expect(asks.get(ask)).toMatchObject({ worker: 'triage', generation: 3, asked_by: 'worker', closed_reason: 'answered' });
});

test.each([
  ['ping', '{"id":1,"method":"ping"}'],
  ['beat', '{"id":1,"method":"beat","force":true}'],
  ['down', '{"id":1,"method":"down"}'],
  ['answer', '{"id":1,"method":"answer","ask":"1","text":"yes"}'],
  ['a step that is none', '{"id":1,"method":"ask","step":"answer","worker":"t","ask":"1","text":"yes"}'],
  ['told, before it is served', '{"id":1,"method":"told","worker":"t"}'],
  ['an extra field', '{"id":1,"method":"ask","step":"wait","worker":"t","ask":"1","force":true}'],
  ['a path for a number', '{"id":1,"method":"ask","step":"wait","worker":"t","ask":"../1"}'],
  ['no JSON', 'please'],
])('it refuses %s in words', async (_what, text) => {
  const { server, asks } = await served();
  const { hello, answer } = await raw(server.path, text);
  expect(hello).toEqual({ flyball: PROTOCOL, version: '1.0.0' });
  expect(answer.error).toMatchObject({ code: 2, message: expect.stringContaining('worker.sock serves ask and nothing else') });
  expect(asks.all()).toEqual([]);
});

test('a worker reaches neither another’s asks, nor another generation’s, nor approvals, nor the person’s', async () => {
  const { asks, say } = await served();
  const { ask } = await say({ step: 'raise', question: QUESTION });
  const approval = asks.raise({
    ...(asks.get(ask) ?? expect.fail()),
    kind: 'approval',
    worker: 'triage',
    generation: 3,
    ref: 'b7',
    asked_by: undefined as never, // as an approval's file is: it has none
  });
  for (const worker of ['other#3', 'triage#4', 'triage', ''])
    for (const step of ['wait', 'taken'] as const) await expect(say({ step, ask, worker })).rejects.toThrow();
  for (const step of ['wait', 'taken'] as const) await expect(say({ step, ask: approval })).rejects.toThrow(/none of triage#3/);
  await expect(say({ step: 'wait', ask: '99' })).rejects.toThrow(/none of triage#3/);
  expect(asks.get(ask)?.state).toBe('open');
  expect(asks.get(approval)?.state).toBe('open');
});

test('what a person would be shown wrongly is refused by the house too, whatever the client let through', async () => {
  const { asks, say } = await served();
  const wrong = [
    { ...QUESTION, question: '' },
    { ...QUESTION, question: 'x'.repeat(2_049) },
    { ...QUESTION, options: [] },
    { ...QUESTION, options: Array.from({ length: 13 }, (_, index) => `${index}`) },
    { ...QUESTION, default: 'maybe' },
    { ...QUESTION, after_s: 60 },
  ];
  for (const question of wrong) await expect(say({ step: 'raise', question })).rejects.toThrow();
  expect(asks.all()).toEqual([]);
});

test('a worker that goes away while it waits leaves nothing behind', async () => {
  const { asks, say, line } = await served();
  const { ask } = await say({ step: 'raise', question: QUESTION });
  const away = new AbortController();
  const waits = Array.from({ length: 8 }, () => say({ step: 'wait', ask }, away.signal).catch(() => 'gone'));
  away.abort();
  expect(new Set(await Promise.all(waits))).toEqual(new Set(['gone']));
  asks.answer(ask, { text: 'no', by: 'person', at: clock.now() });
  expect(await say({ step: 'wait', ask })).toMatchObject({ answer: 'no' });
  expect(line.at.workerSocket).toContain('worker.sock');
});

test('the pulse serves both sockets while it lives, also under a path that is too long for one, and removes them', async () => {
  const rig = await makeRig();
  const deep = join(rig.root, 'x'.repeat(90));
  for (const home of [rig.home, deep]) {
    await rig.flyball(['init', home, '--yes'], { cwd: rig.root });
    const env = { XDG_RUNTIME_DIR: rig.root };
    expect((await rig.flyball(['--home', home, 'up'], { env })).code).toBe(0);
    const asking = rig.begin(['--home', home, 'ask', 'Here?'], { env: { ...env, FLYBALL_WORKER: 'w#1' } });
    await until(
      () =>
        openAsks(layout(home))
          .all()
          .some(({ worker }) => worker === 'w'),
      'the ask of the worker',
    );
    const [ask] = openAsks(layout(home))
      .all()
      .filter(({ worker }) => worker === 'w');
    await rig.flyball(['--home', home, 'answer', ask?.id ?? '', 'here']);
    expect(await asking.ended).toMatchObject({ code: 0, stdout: 'here\n' });
    expect((await rig.flyball(['--home', home, 'down'], { env })).code).toBe(0);
  }
  expect(statSync(join(rig.home, '.flyball/worker.sock'), { throwIfNoEntry: false })).toBeUndefined();
});
