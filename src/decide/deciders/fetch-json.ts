// One POST of JSON: bounded in time and size, never redirected (a key must not travel on), every byte logged but the key.
import { errorCode } from '../../lib/error-code.ts';
import { parseRetryAfter } from './retry-after.ts';

export interface Post {
  url: string;
  headers: Record<string, string>;
  body: unknown;
  timeoutMs: number;
  signal: AbortSignal;
  /** Taken out of whatever is logged or said. */
  secret: string | null;
  log(bytes: string): void;
}

export type Fetched =
  | { got: 'answer'; body: unknown }
  | { got: 'status'; status: number; words: string; retryAfterMs: number | null }
  | { got: 'nothing'; error: unknown }
  | { got: 'timeout' }
  | { got: 'aborted' }
  | { got: 'too-large' };

/** Many times a decision; a server that sends more is not answering. */
const MOST_BYTES = 4 * 1_024 * 1_024;

export async function fetchJson(post: Post): Promise<Fetched> {
  const deadline = AbortSignal.timeout(Math.min(post.timeoutMs, 2 ** 31 - 1));
  const clean = (text: string): string => (post.secret ? text.replaceAll(post.secret, '[key]') : text);
  try {
    const response = await fetch(post.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...post.headers },
      body: JSON.stringify(post.body),
      redirect: 'error',
      signal: AbortSignal.any([post.signal, deadline]),
    });
    const text = await textOf(response);
    if (text === null) return { got: 'too-large' };
    post.log(`HTTP ${response.status}\n${clean(text)}\n`);
    if (response.ok) return answer(text);
    const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), response.headers.get('date'));
    return { got: 'status', status: response.status, words: clean(text), retryAfterMs };
  } catch (error) {
    if (deadline.aborted) return { got: 'timeout' };
    if (post.signal.aborted) return { got: 'aborted' };
    return { got: 'nothing', error: cause(error) };
  }
}

function answer(text: string): Fetched {
  try {
    return { got: 'answer', body: JSON.parse(text) };
  } catch {
    return { got: 'status', status: 502, words: `no JSON in the answer: ${text.slice(0, 200)}`, retryAfterMs: null };
  }
}

/** "fetch failed" says nothing; what it hides says which host and why. */
function cause(error: unknown): unknown {
  const inner = error instanceof Error ? error.cause : null;
  if (!(inner instanceof Error)) return error;
  return inner.message === '' ? new Error(errorCode(inner) ?? 'the connection failed') : inner;
}

/** The whole text, or null when it is larger than any answer. */
async function textOf(response: Response): Promise<string | null> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const body: AsyncIterable<Uint8Array> | null = response.body;
  if (!body) return '';
  for await (const part of body) {
    bytes += part.length;
    if (bytes > MOST_BYTES) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
