// How each agent CLI's output reads: what the real ones printed, replayed by a program of their name.
import { lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type DeciderBench, deciderBench } from '../../support/decider-bench.ts';

const NOOP = '{"action":"noop"}';
let bench: DeciderBench;
beforeEach(() => {
  bench = deciderBench();
});
afterEach(() => {
  expect(bench.leftovers()).toEqual([]);
  bench.close();
});

type Replay = { stdout?: unknown[] | string; stderr?: string; exit?: number; before?: string };

/** A program that notes its arguments, its environment and its stdin in the home, and prints what it is given. */
function replay({ stdout = [], stderr = '', exit = 0, before = '' }: Replay): string {
  const text = typeof stdout === 'string' ? stdout : stdout.map((line) => `${JSON.stringify(line)}\n`).join('');
  writeFileSync(join(bench.home.home, 'stdout'), text);
  writeFileSync(join(bench.home.home, 'stderr'), stderr);
  const here = bench.home.home;
  return bench.script(
    'client',
    `printf '%s\\n' "$@" > ${here}/args; env > ${here}/env; cat > ${here}/stdin; ${before}\ncat ${here}/stdout; cat ${here}/stderr >&2; exit ${exit}`,
  );
}

const decide = (name: string, given: Replay, own: object = {}) =>
  bench.decider({ use: name, [name]: { program: replay(given), ...own } }).decide(bench.request({ prompt: 'what now?' }));
const noted = (name: string): string => readFileSync(join(bench.home.home, name), 'utf8');

const claudeResult = (parts: object = {}) => ({
  ...{ type: 'result', subtype: 'success', is_error: false, result: NOOP, total_cost_usd: 0.0021, structured_output: { action: 'noop' } },
  usage: { input_tokens: 100, cache_creation_input_tokens: 10, cache_read_input_tokens: 40, output_tokens: 20 },
  modelUsage: { 'claude-sonnet-5': { costUSD: 0.0021 } },
  ...parts,
});
const piMessage = (parts: object = {}) => ({
  type: 'message_end',
  message: {
    ...{ role: 'assistant', model: 'stub-model', stopReason: 'stop', content: [{ type: 'text', text: NOOP }] },
    usage: { input: 60, output: 20, cacheRead: 40, cacheWrite: 0, cost: { total: 0.0001 } },
    ...parts,
  },
});
const codexTurn = [
  { type: 'thread.started', thread_id: 'x' },
  { type: 'item.completed', item: { type: 'error', message: 'Model metadata not found. Defaulting to fallback metadata.' } },
  { type: 'error', message: 'Reconnecting... 2/5 (unexpected status 503)' },
  { type: 'item.completed', item: { type: 'agent_message', text: '{"action":"noop","cmd":null}' } },
  { type: 'turn.completed', usage: { input_tokens: 100, cached_input_tokens: 40, output_tokens: 20 } },
];
const opencodeRun = [
  { type: 'step_start', part: {} },
  { type: 'text', part: { text: NOOP } },
  { type: 'step_finish', part: { tokens: { input: 60, output: 15, reasoning: 5, cache: { read: 40, write: 0 } }, cost: 0.0001 } },
];
const tokens = { input: 60, prompt: 100, candidates: 15, total: 120, cached: 40, thoughts: 5 };
const geminiResult = (parts: object = {}) =>
  JSON.stringify({ response: NOOP, stats: { models: { 'gemini-2.5-flash': { tokens } } }, ...parts }, null, 2);

describe('an answer, its tokens and its price are read from', () => {
  test.each<[string, Replay, object, string | null]>([
    ['claude', { stdout: [claudeResult()] }, { usd: 0.0021, tokens_in: 150, tokens_out: 20 }, 'claude-sonnet-5'],
    ['codex', { stdout: codexTurn }, { usd: null, tokens_in: 100, tokens_out: 20 }, null],
    ['opencode', { stdout: opencodeRun }, { usd: 0.0001, tokens_in: 100, tokens_out: 20 }, null],
    ['pi', { stdout: [{ type: 'agent_start' }, piMessage()] }, { usd: 0.0001, tokens_in: 100, tokens_out: 20 }, 'stub-model'],
    ['gemini', { stdout: `talk\n${geminiResult()}\n` }, { usd: null, tokens_in: 100, tokens_out: 20 }, 'gemini-2.5-flash'],
  ])('%s', async (name, given, cost, model) => {
    expect(await decide(name, given)).toEqual({ end: 'well', model, cost: { estimated: false, ...cost } });
    expect(JSON.parse(bench.decision() ?? '')).toEqual({ action: 'noop' });
    expect(noted('stdin')).toBe('what now?');
  });

  test('several steps, which add up', async () => {
    const end = await decide('opencode', { stdout: [...opencodeRun.slice(2), ...opencodeRun] });
    expect(end).toMatchObject({ cost: { usd: 0.0002, tokens_in: 200, tokens_out: 40 } });
  });

  test('a client that knows no price, as unknown and not as free', async () => {
    const usage = { input: 60, output: 20, cacheRead: 0, cacheWrite: 0, cost: { total: 0 } };
    expect(await decide('pi', { stdout: [piMessage({ usage })] })).toMatchObject({ cost: { usd: null, tokens_in: 60 } });
  });

  test('plain text too: reading it is the parser’s', async () => {
    await decide('claude', { stdout: [claudeResult({ structured_output: undefined, result: `Sure: ${NOOP}` })] });
    expect(bench.decision()).toBe(`Sure: ${NOOP}`);
  });
});

describe('a failure is told apart by', () => {
  const apiError = 'Error when talking to Gemini API';
  test.each<[string, Replay, object]>([
    [
      'claude',
      { stdout: [claudeResult({ is_error: true, result: 'Not logged in · Please run /login' })], exit: 1 },
      { reason: 'auth', cure: 'claude auth login' },
    ],
    [
      'claude',
      { stdout: [claudeResult({ is_error: true, result: 'Claude AI usage limit reached|4102444800' })], exit: 1 },
      { reason: 'limited' },
    ],
    ['claude', { stdout: [claudeResult({ is_error: true, api_error_status: 529, result: 'Overloaded' })], exit: 1 }, { reason: 'network' }],
    ['claude', { stdout: [claudeResult({ is_error: true, result: 'Prompt is too long' })] }, { reason: 'exit' }],
    ['claude', { stderr: "error: unknown option '--safe-mode'", exit: 1 }, { reason: 'exit' }],
    [
      'codex',
      { stdout: [{ type: 'turn.failed', error: { message: 'unexpected status 401 Unauthorized' } }], exit: 1 },
      { reason: 'auth', cure: 'codex login' },
    ],
    [
      'codex',
      { stdout: [{ type: 'turn.failed', error: { message: "You've hit your usage limit. Try again in 3 hours." } }], exit: 1 },
      { reason: 'limited' },
    ],
    ['codex', { stdout: [{ type: 'error', message: 'stream disconnected before completion' }], exit: 1 }, { reason: 'network' }],
    [
      'opencode',
      { stdout: [{ type: 'error', error: { name: 'APIError', data: { message: 'invalid api key' } } }], exit: 1 },
      { reason: 'auth' },
    ],
    ['pi', { stderr: 'Error: No API key found for anthropic', exit: 1 }, { reason: 'auth' }],
    ['pi', { stdout: [piMessage({ stopReason: 'error', errorMessage: '503 overloaded' })] }, { reason: 'network' }],
    [
      'gemini',
      { stderr: `${apiError}\n${JSON.stringify({ error: { code: 401, message: 'API key not valid.' } }, null, 2)}`, exit: 145 },
      { reason: 'auth' },
    ],
  ])('%s %j', async (name, given, expected) => {
    expect(await decide(name, given)).toMatchObject({ end: 'badly', ...expected });
    expect(bench.decision()).toBeNull();
  });

  test.each(['claude', 'codex', 'opencode', 'pi', 'gemini'])('%s, when it ends well and has said nothing, or nonsense', async (name) => {
    expect(await decide(name, {})).toMatchObject({ end: 'badly', reason: 'exit', message: `${name} ended without an answer` });
    expect(await decide(name, { stdout: '{"type":"result"}\n{}\n[]\nnull\n{"type":"text"' })).toMatchObject({
      end: 'badly',
      reason: 'exit',
    });
  });
});

describe('settings', () => {
  test('name the model and add arguments', async () => {
    await decide('claude', { stdout: [claudeResult()] }, { model: 'haiku', args: ['--effort', 'low'] });
    expect(noted('args')).toMatch(/\n--model\nhaiku\n--effort\nlow\n$/);
  });
});

describe('the person’s login', () => {
  const auth = () => join(bench.person, '.codex', 'auth.json');
  beforeEach(() => {
    mkdirSync(join(bench.person, '.codex'));
    writeFileSync(auth(), 'old', { mode: 0o600 });
  });

  test('is at hand in the client’s own configuration folder, which is not the person’s', async () => {
    await decide('codex', { stdout: codexTurn, before: `cp $CODEX_HOME/auth.json ${bench.home.home}/seen` });
    expect(noted('seen')).toBe('old');
    expect(noted('env')).not.toContain(`CODEX_HOME=${bench.person}`);
  });

  test.each(['echo new > $CODEX_HOME/auth.json', 'echo new > $CODEX_HOME/n && mv $CODEX_HOME/n $CODEX_HOME/auth.json'])(
    'that the client renews is the person’s: %s',
    async (before) => {
      await decide('codex', { stdout: codexTurn, before });
      expect(readFileSync(auth(), 'utf8')).toBe('new\n');
      expect(lstatSync(auth()).isFile()).toBe(true);
      expect(lstatSync(auth()).mode & 0o777).toBe(0o600);
    },
  );
});

test('two deciders of one home at a time do not share a folder', async () => {
  const program = bench.script(
    'slow',
    `pwd >> ${bench.home.home}/folders; until [ "$(wc -l < ${bench.home.home}/folders)" -ge 2 ]; do :; done; echo '${JSON.stringify(claudeResult())}'`,
  );
  const one = (mark: string) => bench.decider({ use: 'claude', claude: { program } }).decide(bench.request({ mark }));
  expect(await Promise.all([one('h/1/a'), one('h/1/b')])).toMatchObject([{ end: 'well' }, { end: 'well' }]);
  const [first, second] = noted('folders').trim().split('\n');
  expect(first).not.toBe(second);
});
