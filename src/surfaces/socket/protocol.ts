// What goes over the two sockets: one JSON object a line. The server speaks first (hello), then answers requests
// by their id. Two builds that differ may talk as long as PROTOCOL is the same. person.sock serves the person's
// verbs; worker.sock serves what a worker may ask of the house, and nothing else.
import { lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { Env } from '../../config-text.ts';
import { PersonError } from '../../errors.ts';
import { digest } from '../../lib/digest.ts';
import { errorCode } from '../../lib/error-code.ts';
import { isInteger, isOneOf, isShaped, isText, orNull } from '../../lib/shape.ts';
import type { Layout } from '../../store/layout.ts';
import { type Asked, type Question, questionSchema } from '../../world/question.ts';
import type { BeatRecord } from '../../world/record.ts';

/** Raised when a client of the former number would misunderstand. */
export const PROTOCOL = 1;

/** A request is a few words; an answer may be a beat's record with its changes. */
export const REQUEST_BYTES = 64 * 1024;
export const ANSWER_BYTES = 4 * 1024 * 1024;

export interface Hello {
  flyball: number;
  version: string;
}
export const isHello = isShaped<Hello>({ flyball: isInteger, version: isText });

export type Request = { id: number; method: 'ping' } | { id: number; method: 'beat'; force: boolean } | { id: number; method: 'down' };

export interface Pong {
  pid: number;
  epoch: number;
  since: string;
  busy: 'deciding' | 'acting' | null;
}
export const isPong = isShaped<Pong>({ pid: isInteger, epoch: isInteger, since: isText, busy: orNull(isOneOf('deciding', 'acting')) });

export interface Failed {
  id: number | null;
  error: { code: number; message: string; hint: string | null };
}
export const isFailed = isShaped<Failed>({
  id: orNull(isInteger),
  error: isShaped<Failed['error']>({ code: isInteger, message: isText, hint: orNull(isText) }),
});
export interface Answered {
  id: number;
  result?: unknown;
}
/** Looked at after `isFailed`: an answer without `result` would else pass for one with an unknown result. */
export const isAnswered = isShaped<Answered>({ id: isInteger, result: () => true });

/** What the pulse does when it is asked. */
export interface PersonAnswers {
  ping(): Pong;
  beat(options: { force: boolean }): Promise<BeatRecord>;
  /** Begins to end; the asker then waits for the pulse lock. */
  down(): void;
}

// ── worker.sock ────────────────────────────────────────────────────────────────────────────────────

/** What a worker may ask for, of which this version serves these. */
export const SERVED = ['ask'] as const;

const WORKER_LENGTH = 100;
const askNumber = z.string().regex(/^[1-9]\d{0,14}$/);
const asked = { id: z.number().int(), method: z.literal('ask'), worker: z.string().min(1).max(WORKER_LENGTH) };

/**
 * `ask` in three steps, each of which may be said again after a broken connection: the same question of the same
 * worker is the same ask until its answer was `taken`. A worker reaches its own asks alone.
 */
export const workerRequestSchema = z.discriminatedUnion('step', [
  z.strictObject({ ...asked, step: z.literal('raise'), question: questionSchema }),
  z.strictObject({ ...asked, step: z.literal('wait'), ask: askNumber }),
  z.strictObject({ ...asked, step: z.literal('taken'), ask: askNumber }),
]);
export type WorkerRequest = z.output<typeof workerRequestSchema>;

export const askedSchema: z.ZodType<Asked> = z.object({
  ask: askNumber,
  state: z.string(),
  answer: z.string().nullable(),
  answered_by: z.enum(['person', 'default']).nullable(),
  reason: z.string().nullable(),
});

/** What the house does for a worker that asks. */
export interface WorkerAnswers {
  raise(question: Question, worker: string): Asked;
  /** Resolves when it is no longer open; rejects when the worker goes away first. */
  wait(ask: string, worker: string, signal: AbortSignal): Promise<Asked>;
  taken(ask: string, worker: string): Asked;
}

/** Linux allows 107 bytes, macOS 103; beyond, bind and connect fail with EINVAL. */
const PATH_BYTES = 100;

export type SocketDoor = 'person' | 'worker';

export function socketInHome(at: Layout, door: SocketDoor): string {
  return door === 'person' ? at.personSocket : at.workerSocket;
}

/** Where the socket may be, best first. The pulse takes the first; a client with another environment tries them all. */
export function socketPlaces(at: Layout, env: Env, { uid, door }: { uid: number; door: SocketDoor }): string[] {
  const inHome = socketInHome(at, door);
  if (Buffer.byteLength(inHome) <= PATH_BYTES) return [inHome];
  const hash = digest(at.home).slice('sha256:'.length, 'sha256:'.length + 16);
  const name = door === 'person' ? `${hash}.sock` : `${hash}.${door}.sock`;
  const runtime = env.XDG_RUNTIME_DIR?.startsWith('/') ? [join(env.XDG_RUNTIME_DIR, 'flyball', name)] : [];
  return [...runtime, join('/tmp', `flyball-${uid}`, name)].filter((path) => Buffer.byteLength(path) <= PATH_BYTES);
}

/** Makes the folder of a socket outside the home, or refuses one that is a link, another's, or open to others. */
export function secureFolder(folder: string, uid: number): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
  const facts = lstatSync(folder);
  if (facts.isDirectory() && facts.uid === uid && (facts.mode & 0o077) === 0) return;
  throw new PersonError(`${folder} is no private folder of yours, so no socket is put there`, {
    hint: `remove it, or give the home a path under ${PATH_BYTES} bytes`,
  });
}
