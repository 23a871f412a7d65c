// Asking the running pulse something: over person.sock for a person, over worker.sock for a worker.
import { lstatSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import type { Env } from '../../config-text.ts';
import { PersonError } from '../../errors.ts';
import { errorCode } from '../../lib/error-code.ts';
import { LineReader } from '../../lib/line-reader.ts';
import type { Layout } from '../../store/layout.ts';
import type { PulseState } from '../../verbs/hands.ts';
import type { Asked } from '../../world/question.ts';
import type { BeatRecord } from '../../world/record.ts';
import {
  ANSWER_BYTES,
  askedSchema,
  isAnswered,
  isFailed,
  isHello,
  isPong,
  PROTOCOL,
  type Request,
  type SocketDoor,
  socketPlaces,
  type WorkerRequest,
} from './protocol.ts';

/** A pulse answers a ping from its event loop: longer than this and it hangs. */
const PING_MS = 2_000;
/** An answer to `down` comes before anything is ended. */
const DOWN_MS = 5_000;

export interface PulseLine {
  at: Layout;
  env: Env;
  uid: number;
  version: string;
  /** For the warning that pulse and CLI are of different versions. */
  say(line: string): void;
}

/** `absent`: there is no socket. `refused`: a dead pulse left one. `silent`: somebody has it and does not answer in time. */
export type Answer<T> = { answered: true; result: T; version: string } | { answered: false; why: 'absent' | 'refused' | 'silent' };

export async function pingPulse(line: PulseLine): Promise<Answer<Extract<PulseState, { pid: number }>>> {
  const answer = await request(line, { id: 1, method: 'ping' }, PING_MS);
  if (!answer.answered) return answer;
  const { pid, epoch, since, busy } = understood(answer.result, isPong);
  return { ...answer, result: { running: true, pid, epoch, since, busy, version: answer.version } };
}

/** The record of the beat that the pulse beat for it. No deadline of its own: the beat has its own. */
export async function beatByPulse(line: PulseLine, options: { force: boolean; signal: AbortSignal }): Promise<Answer<BeatRecord>> {
  const answer = await request(line, { id: 1, method: 'beat', force: options.force }, null, options.signal);
  return answer as Answer<BeatRecord>; // the pulse's own record, of the same protocol
}

export async function tellPulseToEnd(line: PulseLine): Promise<Answer<unknown>> {
  return request(line, { id: 1, method: 'down' }, DOWN_MS);
}

/** One step of a worker's `ask`. A `wait` has no deadline of its own: a person may take days. */
export async function askByWorker(
  line: PulseLine,
  message: WorkerRequest,
  options: { timeoutMs: number | null; signal: AbortSignal },
): Promise<Answer<Asked>> {
  const answer = await converseWith(line, { door: 'worker', message, ...options, mayBreak: true });
  return answer.answered ? { ...answer, result: askedSchema.parse(answer.result) } : answer;
}

async function request(line: PulseLine, message: Request, timeoutMs: number | null, signal?: AbortSignal): Promise<Answer<unknown>> {
  return converseWith(line, { door: 'person', message, timeoutMs, signal });
}

interface Errand {
  door: SocketDoor;
  message: Request | WorkerRequest;
  timeoutMs: number | null;
  signal: AbortSignal | undefined;
  /** A connection that breaks is no failure: the asker says it again. */
  mayBreak?: boolean;
}

async function converseWith(line: PulseLine, { door, ...talk }: Errand): Promise<Answer<unknown>> {
  let why: 'absent' | 'refused' = 'absent';
  for (const path of socketPlaces(line.at, line.env, { uid: line.uid, door })) {
    const socket = await connect(path);
    if (socket === 'refused') why = socket;
    if (typeof socket === 'string') continue;
    try {
      return await converse(socket, { line, ...talk });
    } finally {
      socket.destroy();
    }
  }
  return { answered: false, why };
}

/** Looked at first: where no pulse runs, Node's network modules need not be loaded. */
function isAbsent(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false; // connecting says what is wrong
  }
}

function connect(path: string): Promise<Socket | 'absent' | 'refused'> {
  if (isAbsent(path)) return Promise.resolve('absent');
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', (error) => {
      const code = errorCode(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') resolve('absent');
      else if (code === 'ECONNREFUSED') resolve('refused');
      else reject(new PersonError(`the pulse's socket ${path} cannot be used: ${error.message}`, { code: 1, cause: error }));
    });
  });
}

interface Talk extends Omit<Errand, 'door'> {
  line: PulseLine;
}

function converse(socket: Socket, talk: Talk): Promise<Answer<unknown>> {
  return new Promise((resolve, reject) => {
    const lines = new LineReader(ANSWER_BYTES);
    let version: string | null = null;
    const timer = talk.timeoutMs === null ? null : setTimeout(() => resolve({ answered: false, why: 'silent' }), talk.timeoutMs);
    const read = (text: string) => {
      if (version === null) {
        version = greet(text, talk);
        socket.write(`${JSON.stringify(talk.message)}\n`);
      } else resolve({ answered: true, result: resultOf(text), version });
    };
    socket.on('data', (bytes) => {
      try {
        for (const text of lines.push(bytes)) read(text);
      } catch (error) {
        reject(error);
      }
    });
    const leave = () => reject(new PersonError('not waited for: the pulse goes on by itself', { code: 1 }));
    if (talk.signal?.aborted) leave();
    talk.signal?.addEventListener('abort', leave, { once: true });
    const broken = () => resolve({ answered: false, why: 'silent' });
    socket.on('error', talk.mayBreak ? broken : reject);
    socket.on('close', () => {
      if (timer) clearTimeout(timer);
      talk.signal?.removeEventListener('abort', leave);
      if (talk.mayBreak) broken();
      reject(new PersonError('the pulse ended before it answered', { hint: 'flyball status', code: 1 }));
    });
  });
}

/** The pulse's version. Another protocol is refused, another version only remarked on. */
function greet(text: string, { line }: Talk): string {
  const hello = understood(JSON.parse(text), isHello);
  const cure = 'flyball down && flyball up';
  if (hello.flyball !== PROTOCOL)
    throw new PersonError(`the pulse (flyball ${hello.version}) speaks another protocol than this flyball ${line.version}`, { hint: cure });
  if (hello.version !== line.version)
    line.say(`warning: the pulse is flyball ${hello.version}, this is ${line.version}. To have one: ${cure}`);
  return hello.version;
}

function resultOf(text: string): unknown {
  const answer: unknown = JSON.parse(text);
  if (!isFailed(answer)) return understood(answer, isAnswered).result;
  const { code, message, hint } = answer.error;
  if (code === 70) throw new Error(`the pulse: ${message}`);
  throw new PersonError(message, { code: code === 1 ? 1 : 2, ...(hint === null ? {} : { hint }) });
}

function understood<T>(value: unknown, is: (value: unknown) => value is T): T {
  if (is(value)) return value;
  throw new Error(`the pulse said what this flyball does not understand: ${JSON.stringify(value)?.slice(0, 200)}`);
}
