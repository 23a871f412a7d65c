import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { actionDocs } from '../../../src/actions/index.ts';
import { prompt, splitStable } from '../../../src/decide/prompt.ts';
import { NO_GUARDS } from '../../../src/world/guards.ts';
import { aReading, aWorld } from '../../support/builders.ts';
import { type DeciderBench, deciderBench } from '../../support/decider-bench.ts';
import { type StubModel, stubModel } from '../../support/stub-model.ts';
import { USAGE } from '../../support/stub-protocols.ts';

const NOOP = '{"action":"noop","reason":"quiet"}';
let bench: DeciderBench;
let stub: StubModel;
beforeEach(async () => {
  bench = deciderBench({ MY_KEY: 'sk-very-secret' });
  stub = await stubModel();
  stub.answer({ say: NOOP });
});
afterEach(async () => {
  await stub.close();
  bench.close();
});

const SERVERS = [
  { protocol: 'anthropic', tokens_in: USAGE.input + USAGE.cached + 10 },
  { protocol: 'openai', tokens_in: USAGE.input },
  { protocol: 'ollama', tokens_in: USAGE.input },
] as const;

const settings = (own: object = {}, protocol = 'openai') => ({
  use: 'model',
  model: { protocol, model: 'small', base_url: `${stub.url}${protocol === 'openai' ? '/v1' : ''}`, key_env: 'MY_KEY', costs: true, ...own },
});
const decide = (own: object = {}, parts = {}, protocol = 'openai') => bench.decider(settings(own, protocol)).decide(bench.request(parts));

describe.each(SERVERS)('$protocol', ({ protocol, tokens_in }) => {
  test('is asked once, without tools to act with, and its decision stands in the home', async () => {
    const end = await decide({}, { prompt: 'what now?' }, protocol);
    expect(end).toEqual({ end: 'well', model: 'small', cost: { usd: null, estimated: false, tokens_in, tokens_out: 20 } });
    expect(JSON.parse(bench.decision() ?? '')).toEqual(JSON.parse(NOOP));
    expect(stub.requests).toHaveLength(1);
    expect(stub.requests[0]?.tools).toEqual(protocol === 'anthropic' ? ['decide'] : []);
    expect(stub.requests[0]?.text).toContain('what now?');
  });

  test('is sent the decision’s schema as one object, which every vendor takes', async () => {
    await decide({}, {}, protocol);
    const raw = stub.requests[0]?.raw ?? '';
    expect(raw).toContain('"enum":["ask_human","noop","send_notification"');
    expect(raw).not.toContain('"oneOf":[{"type":"object","properties":{"action"');
  });

  test('is given the key, which is seen nowhere else', async () => {
    stub.answer({ fail: 401, body: { error: { message: 'invalid api key sk-very-secret' } } });
    const end = await decide({}, {}, protocol);
    expect(end).toMatchObject({ end: 'badly', reason: 'auth', cure: expect.stringContaining('MY_KEY'), cost: { usd: 0 } });
    expect(JSON.stringify(stub.requests[0]?.headers)).toContain('sk-very-secret');
    expect(bench.log()).toContain('[key]');
    expect(JSON.stringify(end) + bench.log() + bench.decision()).not.toContain('sk-very-secret');
  });

  test.each([429, 500, 503, 529])('is tried again after %i, as late as it asked', async (status) => {
    stub.answer({ fail: status, headers: { 'retry-after': '3' } }, { fail: status }, { say: NOOP });
    expect(await decide({}, {}, protocol)).toMatchObject({ end: 'well', cost: { tokens_in } });
    expect(bench.pauses).toEqual([3_000, 8_000]);
    expect(stub.requests).toHaveLength(3);
  });

  test('is tried three times at most', async () => {
    stub.answer({ fail: 500 });
    expect(await decide({}, {}, protocol)).toMatchObject({ end: 'badly', reason: 'network', cost: { usd: 0 } });
    expect(stub.requests).toHaveLength(3);
    expect(bench.decision()).toBeNull();
  });

  test('that never answers is left at the deadline', async () => {
    stub.answer({ hang: true });
    expect(await decide({}, { timeoutMs: 200 }, protocol)).toMatchObject({ end: 'badly', reason: 'timeout' });
  });

  test('is not waited for once the beat is cancelled', async () => {
    stub.answer({ hang: true });
    const cancel = new AbortController();
    const ended = decide({}, { signal: cancel.signal }, protocol);
    await stub.next();
    cancel.abort();
    expect(await ended).toMatchObject({ end: 'badly', reason: 'aborted' });
  });
});

describe('a failure', () => {
  test('that is to pass after the deadline is a limit with its end', async () => {
    stub.answer({ fail: 429, headers: { 'retry-after': '3600' } });
    const end = await decide();
    expect(end).toMatchObject({ end: 'badly', reason: 'limited' });
    const until = 'until' in end ? (end.until?.getTime() ?? 0) : 0;
    expect(until - Date.now()).toBeGreaterThan(3_500_000);
    expect(stub.requests).toHaveLength(1);
  });

  test('of money is a limit, and is not tried again', async () => {
    stub.answer({ fail: 429, body: { error: { code: 'insufficient_quota', message: 'You exceeded your current quota' } } });
    expect(await decide()).toMatchObject({ end: 'badly', reason: 'limited', until: null });
    expect(stub.requests).toHaveLength(1);
  });

  test('of the request is said, and is not tried again', async () => {
    stub.answer({ fail: 400, body: { error: { message: 'no such model: small' } } });
    expect(await decide()).toMatchObject({
      end: 'badly',
      reason: 'exit',
      message: expect.stringContaining('400: {"error":{"message":"no such model'),
    });
    expect(stub.requests).toHaveLength(1);
  });

  test('to connect says to what', async () => {
    const gone = await stubModel();
    await gone.close();
    expect(await decide({ base_url: gone.url })).toMatchObject({
      end: 'badly',
      reason: 'network',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('by redirection never carries the key elsewhere', async () => {
    const other = await stubModel();
    stub.answer({ fail: 307, headers: { location: `${other.url}/v1/chat/completions` } });
    expect(await decide()).toMatchObject({ end: 'badly' });
    expect(other.requests).toEqual([]);
    await other.close();
  });
});

describe('the key', () => {
  test('that is named and not set is said, with its cure, and nobody is asked', async () => {
    expect(await decide({ key_env: 'OTHER_KEY' })).toMatchObject({
      end: 'badly',
      reason: 'auth',
      cure: expect.stringContaining('export OTHER_KEY='),
    });
    expect(stub.requests).toEqual([]);
  });

  test('is not needed by a server of one’s own unless it is named', async () => {
    expect(await decide({ key_env: undefined })).toMatchObject({ end: 'well' });
    expect(stub.requests[0]?.headers.authorization).toBeUndefined();
  });

  test('itself is refused as its name', () => {
    expect(() => bench.decider(settings({ key_env: 'sk-ant-api03-xyz' }))).toThrow('the NAME of an environment variable');
  });
});

describe('what it costs', () => {
  test('follows from the price when one is given', async () => {
    expect(await decide({ price: { in: 10, out: 100 } })).toMatchObject({ cost: { usd: (100 * 10 + 20 * 100) / 1e6 } });
  });
  test.each([
    ['ollama', {}, false],
    ['openai', {}, false], // the stub is on this machine
    ['openai', { base_url: 'https://models.example/v1' }, true],
    ['openai', { base_url: 'https://models.example/v1', costs: false }, false],
  ])('is said beforehand: %s %j', (protocol, own, costs) => {
    expect(bench.decider(settings({ costs: undefined, ...own }, protocol)).costs).toBe(costs);
  });
  test('is zero, not unknown, on this machine', async () => {
    expect(await decide({ costs: undefined }, {}, 'ollama')).toMatchObject({ cost: { usd: 0, tokens_in: 100 } });
  });
});

test('Anthropic is told where the stable part of the page ends, so that its cache hits', async () => {
  const page = prompt({
    ...{
      world: aWorld({ readings: { ci: aReading({ main: 'red' }) } }),
      changes: [],
      guards: NO_GUARDS,
      beat: 7,
      nonce: 'n',
      actions: actionDocs(),
    },
  });
  await decide({}, { prompt: page.text }, 'anthropic');
  const [stable, rest] = splitStable(page.text);
  const body = stub.requests[0]?.body as { messages: { content: { text: string; cache_control?: unknown }[] }[] };
  expect(body.messages[0]?.content).toEqual([
    { type: 'text', text: stable, cache_control: { type: 'ephemeral' } },
    { type: 'text', text: rest },
  ]);
});

test('Ollama’s window is as large as the page, which it would else cut at its head', async () => {
  await decide({ max_tokens: 1_000 }, { prompt: 'x'.repeat(90_000) }, 'ollama');
  const body = stub.requests[0]?.body as { options: { num_ctx: number } };
  expect(body.options.num_ctx).toBeGreaterThanOrEqual(31_000);
});

test('prose from a model is written as it came; reading it is the parser’s', async () => {
  stub.answer({ say: `Sure!\n${NOOP}` });
  await decide();
  expect(bench.decision()).toBe(`Sure!\n${NOOP}`);
});

describe('the fallback', () => {
  const both = {
    ...{ use: 'model', fallback: 'command', unconfined: true },
    command: { run: `echo '${NOOP}' > .decision.json`, costs: false },
  };
  const withFallback = (own = {}) => bench.decider({ ...settings(own), ...both });

  test.each([
    ['is overloaded', { fail: 503 }, 'network'],
    ['has no login', { fail: 401 }, 'auth'],
    ['is used up', { fail: 429, body: { error: { message: 'quota exceeded' } } }, 'limited'],
  ])('is asked when the first %s, and says why', async (_, answer, reason) => {
    stub.answer(answer);
    const end = await withFallback().decide(bench.request());
    expect(end).toMatchObject({ end: 'well', by: 'command', passedOver: { reason } });
    expect(bench.decision()).toBe(`${NOOP}\n`);
  });

  test('is not asked when the first answered, refused or was cancelled', async () => {
    expect(await withFallback().decide(bench.request())).toEqual(expect.not.objectContaining({ by: 'command' }));
    const cancelled = AbortSignal.abort();
    expect(await withFallback().decide(bench.request({ signal: cancelled }))).toMatchObject({ end: 'badly', reason: 'aborted' });
  });

  test('is not asked when the first took all the time', async () => {
    stub.answer({ hang: true });
    expect(await withFallback().decide(bench.request({ timeoutMs: 300 }))).toMatchObject({ end: 'badly', reason: 'timeout' });
  });
});

test.each([
  [{ use: 'cluade' }, 'There is no decider "cluade"'],
  [{ use: 'model' }, 'The decider model is not set up: decider.model.protocol'],
  [{ use: 'model', model: { protocol: 'openai', model: 'x', base_url: 'file:///etc' } }, 'decider.model.base_url'],
  [{ use: 'claude', claude: { modle: 'x' } }, 'modle'],
])('settings that do not fit are refused: %j', (given, message) => {
  expect(() => bench.decider(given)).toThrow(message);
});
