// A socket that is ours: made 0600 in a private place, one JSON object a line, every connection and line bounded.
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type * as z from 'zod';
import type { Env } from '../../config-text.ts';
import { describeError, PersonError, TerminalError } from '../../errors.ts';
import { removeIfThere } from '../../lib/files.ts';
import { LineReader } from '../../lib/line-reader.ts';
import type { Layout } from '../../store/layout.ts';
import { PROTOCOL, REQUEST_BYTES, type SocketDoor, secureFolder, socketInHome, socketPlaces } from './protocol.ts';

/** Requests of one connection that wait for their answer. */
const IN_FLIGHT = 8;

export interface SocketPlace {
  at: Layout;
  env: Env;
  uid: number;
  version: string;
}

/** What one socket serves. */
export interface Serving<Request> {
  door: SocketDoor;
  /** More at once than anybody needs is a mistake of some script. */
  connections: number;
  schema: z.ZodType<Request>;
  /** Words for what the schema does not know. */
  refusal(line: string): PersonError;
  /** `signal` is aborted when the asker goes away. */
  perform(request: Request, signal: AbortSignal): unknown;
}

export interface SocketServer {
  readonly path: string;
  close(): Promise<void>;
}

/** Listens. The caller holds the pulse lock: so whatever socket file is there belongs to a dead pulse, and is removed. */
export async function listen<Request extends { id: number }>(place: SocketPlace, serving: Serving<Request>): Promise<SocketServer> {
  const [path] = socketPlaces(place.at, place.env, { uid: place.uid, door: serving.door });
  if (path === undefined) throw new PersonError(`no place for a socket: ${place.at.home} is too long`, { hint: 'move the home' });
  if (path !== socketInHome(place.at, serving.door)) secureFolder(dirname(path), place.uid);
  removeIfThere(path);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    converse(socket, place.version, serving);
  });
  server.maxConnections = serving.connections;
  await bind(server, path);
  chmodSync(path, 0o600);
  return { path, close: () => close(server, open) };
}

function converse<Request extends { id: number }>(socket: Socket, version: string, serving: Serving<Request>): void {
  const lines = new LineReader(REQUEST_BYTES);
  const gone = new AbortController();
  let inFlight = 0;
  const send = (message: object) => {
    if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
  };
  const take = async (line: string) => {
    inFlight += 1;
    const tooMany = inFlight > IN_FLIGHT;
    send(tooMany ? failure(null, new PersonError('too many requests at once', { code: 1 })) : await answer(line, serving, gone.signal));
    inFlight -= 1;
  };
  socket.on('close', () => gone.abort());
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

async function answer<Request extends { id: number }>(line: string, serving: Serving<Request>, signal: AbortSignal): Promise<object> {
  let id: number | null = null;
  try {
    const request = parse(line, serving);
    id = request.id;
    return { id, result: await serving.perform(request, signal) };
  } catch (error) {
    return failure(id, error);
  }
}

function parse<Request>(line: string, serving: Serving<Request>): Request {
  let read: unknown;
  try {
    read = JSON.parse(line);
  } catch {
    throw serving.refusal(line);
  }
  const parsed = serving.schema.safeParse(read);
  if (!parsed.success) throw serving.refusal(line);
  return parsed.data;
}

function failure(id: number | null, error: unknown): object {
  const { code, hint } = error instanceof PersonError ? error : { code: error instanceof TerminalError ? 1 : 70, hint: null };
  return { id, error: { code, message: describeError(error), hint } };
}

function bind(server: Server, path: string): Promise<void> {
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
