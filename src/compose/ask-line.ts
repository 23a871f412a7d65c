// How `flyball ask` reaches the asks: a worker over worker.sock, a person's script on disk. The pulse serves its
// workers with the same three steps: raise, wait, taken.
import { watch } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { PersonError, TerminalError } from '../errors.ts';
import { makeFolder } from '../lib/files.ts';
import type { Asks } from '../ports/asks.ts';
import type { Clock } from '../ports.ts';
import { openAsks } from '../store/asks.ts';
import type { Layout } from '../store/layout.ts';
import { askByWorker } from '../surfaces/socket/client.ts';
import type { WorkerAnswers, WorkerRequest } from '../surfaces/socket/protocol.ts';
import type { AskLine, Door } from '../verbs/hands.ts';
import type { Ask } from '../world/ask.ts';
import { type Asked, type Asker, askedOf, askerNamed, askOf, type Question, questionProblem, sameQuestion } from '../world/question.ts';

export function askLine(door: Door): AskLine {
  const worker = door.env.FLYBALL_WORKER;
  return worker ? overSocket(door, worker) : onDisk(door);
}

// ── on disk: for the person's scripts ──────────────────────────────────────────────────────────────

const NOBODY: Asker = { worker: null, generation: null };

function onDisk(door: Door): AskLine {
  const book = { layout: door.layout, clock: door.clock, asks: openAsks(door.layout) };
  return {
    raise: async (question) => raise(book, question, NOBODY),
    wait: async (ask) => waitFor(book, ask, door.signal),
    taken: async (ask) => void take(book, ask),
    gone: async (ask) => {
      book.asks.strand(ask);
    },
  };
}

// ── over worker.sock: for a worker ─────────────────────────────────────────────────────────────────

/** The pulse answers a raise or a taken from its event loop. */
const STEP_MS = 5_000;
/** Between two tries to reach a pulse that is away for a moment. */
const AGAIN_MS = 500;
/** A pulse that is being restarted is back within this. */
const RESTART_MS = 20_000;

function overSocket(door: Door, worker: string): AskLine {
  const line = { ...door, at: door.layout };
  const say = async (message: WorkerRequest, patienceMs: number): Promise<Asked> => {
    const timeoutMs = message.step === 'wait' ? null : STEP_MS;
    for (let told = false, began = performance.now(); ; await sleep(AGAIN_MS, undefined, { signal: door.signal })) {
      const answer = await askByWorker(line, message, { timeoutMs, signal: door.signal });
      if (answer.answered) return answer.result;
      if (performance.now() - began > patienceMs) {
        throw new PersonError('no pulse answers, so nobody can be asked', { hint: `flyball up, in ${door.layout.home}`, code: 1 });
      }
      if (!told) door.say('no pulse answers; waiting for it');
      told = true;
    }
  };
  return {
    raise: (question, { patient }) =>
      say({ id: 1, method: 'ask', step: 'raise', worker, question }, patient ? Number.POSITIVE_INFINITY : RESTART_MS),
    wait: (ask) => say({ id: 1, method: 'ask', step: 'wait', worker, ask }, Number.POSITIVE_INFINITY),
    taken: async (ask) => void (await say({ id: 1, method: 'ask', step: 'taken', worker, ask }, RESTART_MS)),
    gone: async () => {}, // a worker whose shell was cut off asks again; whether it lives is the fleet's to say
  };
}

/** What the pulse answers on worker.sock. A worker reaches its own asks alone. */
export function workerAnswers(book: Book): WorkerAnswers {
  const own = (ask: string, worker: string) => {
    const asker = askerNamed(worker);
    const found = book.asks.get(ask);
    if (found?.worker !== asker.worker || found.generation !== asker.generation || found.asked_by !== 'worker')
      throw new PersonError(`ask ${ask} is none of ${worker}`, { code: 1 });
  };
  return {
    raise: (question, worker) => raise(book, question, askerNamed(worker)),
    wait: async (ask, worker, signal) => {
      own(ask, worker);
      return waitFor(book, ask, signal);
    },
    taken: (ask, worker) => {
      own(ask, worker);
      return take(book, ask);
    },
  };
}

// ── the three steps ────────────────────────────────────────────────────────────────────────────────

export interface Book {
  layout: Layout;
  clock: Clock;
  asks: Asks;
}

function raise({ asks, clock }: Book, question: Question, asker: Asker): Asked {
  const problem = questionProblem(question);
  if (problem) throw new PersonError(problem);
  const same = asks.all().find((ask) => sameQuestion(ask, question, asker));
  if (same) return askedOf(same);
  const id = asks.raise(askOf(question, asker, { now: clock.now(), monotonicMs: clock.monotonicMs() }));
  return askedOf(find(asks, id));
}

/** Its answer has reached whoever asked: nothing more comes of it. */
function take({ asks, clock }: Book, id: string): Asked {
  if (find(asks, id).state === 'answered') asks.close(id, 'answered', clock.now());
  return askedOf(find(asks, id));
}

/** Where the kernel cannot tell of changes, the file is looked at this often. */
const POLL_MS = 2_000;

/** The ask once it is no longer open. Rejects when it is gone, or when `signal` is aborted. */
async function waitFor({ layout, asks }: Book, id: string, signal: AbortSignal): Promise<Asked> {
  makeFolder(layout.asks);
  const news = newsOf(layout.asks, signal);
  try {
    for (;;) {
      const came = news.next(); // before the look, so that what comes between the two is not missed
      const ask = find(asks, id);
      if (ask.state !== 'open') return askedOf(ask);
      await came;
      signal.throwIfAborted();
    }
  } finally {
    news.close();
  }
}

function find(asks: Asks, id: string): Ask {
  const ask = asks.get(id);
  if (!ask) throw new TerminalError(`ask ${id} is gone: somebody removed its file`);
  return ask;
}

function newsOf(folder: string, signal: AbortSignal): { next(): Promise<void>; close(): void } {
  let tell: () => void = () => {};
  const call = () => tell();
  let watcher: ReturnType<typeof watch> | null = null;
  try {
    watcher = watch(folder, call).on('error', call);
  } catch {
    watcher = null; // no inotify left: polled
  }
  const timer = setInterval(call, POLL_MS);
  signal.addEventListener('abort', call);
  return {
    next: () =>
      new Promise((resolve) => {
        tell = resolve;
        if (signal.aborted) resolve();
      }),
    close: () => {
      watcher?.close();
      clearInterval(timer);
      signal.removeEventListener('abort', call);
    },
  };
}
