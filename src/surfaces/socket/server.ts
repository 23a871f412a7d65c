// The pulse's door for the person: person.sock, 0600, served while the pulse lock is held.
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import * as z from 'zod';
import type { Env } from '../../config-text.ts';
import { describeError, PersonError } from '../../errors.ts';
import { removeIfThere } from '../../lib/files.ts';
import { LineReader } from '../../lib/line-reader.ts';
import type { Layout } from '../../store/layout.ts';
import { type PersonAnswers, PROTOCOL, REQUEST_BYTES, type Request, secureFolder, socketPlaces } from './protocol.ts';

const requestSchema: z.ZodType<Request> = z.discriminatedUnion('method', [
  z.strictObject({ id: z.number().int(), method: z.literal('ping') }),
  z.strictObject({ id: z.number().int(), method: z.literal('beat'), force: z.boolean() }),
  z.strictObject({ id: z.number().int(), method: z.literal('down') }),
]);

/** A person has a few terminals; more at once is a mistake of some script. */
const CONNECTIONS = 32;
/** Requests of one connection that wait for their answer. */
const IN_FLIGHT = 8;

export interface PersonServer {
  readonly path: string;
  close(): Promise<void>;
}

/** Listens. The caller holds the pulse lock: so whatever socket file is there belongs to a dead pulse, and is removed. */
export async function servePerson(
  place: { at: Layout; env: Env; uid: number; version: string },
  answers: PersonAnswers,
): Promise<PersonServer> {
  const [path] = socketPlaces(place.at, place.env, place.uid);
  if (path === undefined) throw new PersonError(`no place for a socket: ${place.at.home} is too long`, { hint: 'move the home' });
  if (path !== place.at.personSocket) secureFolder(dirname(path), place.uid);
  removeIfThere(path);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    converse(socket, place.version, answers);
  });
  server.maxConnections = CONNECTIONS;
  await listen(server, path);
  chmodSync(path, 0o600);
  return { path, close: () => close(server, open) };
}

function converse(socket: Socket, version: string, answers: PersonAnswers): void {
  const lines = new LineReader(REQUEST_BYTES);
  let inFlight = 0;
  const send = (message: object) => {
    if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
  };
  const take = async (line: string) => {
    inFlight += 1;
    send(inFlight > IN_FLIGHT ? failure(null, new PersonError('too many requests at once', { code: 1 })) : await answer(line, answers));
    inFlight -= 1;
  };
  socket.on('error', () => socket.destroy()); // the asker went away: its answer has nowhere to go
  socket.on('data', (bytes) => {
    try {
      for (const line of lines.push(bytes)) void take(line); // answers for itself: `answer` does not reject
    } catch (error) {
      send(failure(null, error));
      socket.end();
    }
  });
  send({ flyball: PROTOCOL, version });
}

async function answer(line: string, answers: PersonAnswers): Promise<object> {
  let id: number | null = null;
  try {
    const request = parse(line);
    id = request.id;
    return { id, result: await perform(request, answers) };
  } catch (error) {
    return failure(id, error);
  }
}

function parse(line: string): Request {
  try {
    return requestSchema.parse(JSON.parse(line));
  } catch (error) {
    throw new PersonError(`this pulse does not know that request: ${line.slice(0, 100)}`, {
      hint: 'flyball down && flyball up, so that both are of one version',
      cause: error,
    });
  }
}

async function perform(request: Request, answers: PersonAnswers): Promise<unknown> {
  if (request.method === 'beat') return answers.beat({ force: request.force });
  if (request.method === 'ping') return answers.ping();
  answers.down();
  return {};
}

function failure(id: number | null, error: unknown): object {
  const { code, hint } = error instanceof PersonError ? error : { code: 70, hint: null };
  return { id, error: { code, message: describeError(error), hint } };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Node removes the socket file when the server closes. */
function close(server: Server, open: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of open) socket.destroySoon();
  });
}
