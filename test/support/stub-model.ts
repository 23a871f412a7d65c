// A stub model server on loopback: speaks the protocols of the real ones, says what the test tells it, and
// remembers what it was asked. No network, no key, no model.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Heard, hear, PROTOCOLS, type Say } from './stub-protocols.ts';

export interface StubRequest extends Heard {
  path: string;
  headers: Readonly<Record<string, string>>;
  body: unknown;
  raw: string;
}

/** A decision or any other text; an HTTP failure; silence. */
export type Answer = { say: string } | { fail: number; headers?: Record<string, string>; body?: unknown } | { hang: true };

export interface StubModel {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Those that asked for an answer, in order (not the probes that some clients send first). */
  readonly requests: StubRequest[];
  /** Answers in order; the last one is given for ever. */
  answer(...answers: [Answer, ...Answer[]]): void;
  /** Resolves with the next request, or with one that came and was not yet taken. */
  next(): Promise<StubRequest>;
  close(): Promise<void>;
}

export async function stubModel(): Promise<StubModel> {
  const requests: StubRequest[] = [];
  const waiting: ((request: StubRequest) => void)[] = [];
  let taken = 0;
  let script: Answer[] = [{ say: '{"action":"noop"}' }];
  const server = createServer((incoming, response) => {
    void read(incoming).then((request) => {
      const protocol = PROTOCOLS.find((it) => it.matches(request.path));
      if (!protocol || incoming.method !== 'POST') return probe(request.path, response);
      requests.push(request);
      waiting.shift()?.(request);
      const answer = script.length > 1 ? script.shift() : script[0];
      if (!answer || 'hang' in answer) return;
      if ('fail' in answer) {
        const body = answer.body ?? { type: 'error', error: { type: 'api_error', message: `stub says ${answer.fail}` } };
        return send(response, answer.fail, ['application/json', JSON.stringify(body)], answer.headers);
      }
      send(response, 200, protocol.render(request, sayWith(request.tools, answer.say)));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo; // a TCP server that listens has such an address
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    answer: (...answers) => {
      script = answers;
    },
    next: () => {
      const request = requests[taken++];
      return request ? Promise.resolve(request) : new Promise((resolve) => waiting.push(resolve));
    },
    close: () =>
      new Promise((closed) => {
        server.closeAllConnections();
        server.close(() => closed());
      }),
  };
}

/** A decision goes into the one tool that is there to take it, when one is; else it is text. */
function sayWith(tools: readonly string[], text: string): Say {
  const tool = tools.find((name) => name === 'StructuredOutput' || name === 'decide');
  if (!tool) return { text };
  try {
    return { tool, input: JSON.parse(text) };
  } catch {
    return { text };
  }
}

async function read(incoming: IncomingMessage): Promise<StubRequest> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer); // a stream without an encoding yields buffers
  const raw = Buffer.concat(parts).toString('utf8');
  const path = (incoming.url ?? '/').split('?')[0] ?? '/';
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
  let body: unknown = null;
  try {
    body = JSON.parse(raw);
  } catch {
    // a probe without a body
  }
  return { ...hear(path, body), path, headers, body, raw };
}

function probe(path: string, response: ServerResponse): void {
  if (path.endsWith('/count_tokens')) send(response, 200, ['application/json', '{"input_tokens":100}']);
  else if (path.endsWith('/models'))
    send(response, 200, ['application/json', '{"object":"list","data":[{"id":"stub-model","object":"model"}]}']);
  else send(response, 404, ['application/json', '{"error":{"message":"stub: no such route"}}']);
}

function send(response: ServerResponse, status: number, [type, body]: [string, string], headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': type, ...headers });
  response.end(body);
}
