// Real agent CLIs as deciders, against a stub model on loopback: offline, an empty HOME, a clean environment.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { actionDocs } from '../../src/actions/index.ts';
import { parseDecision } from '../../src/decide/parse.ts';
import { prompt } from '../../src/decide/prompt.ts';
import type { Decider } from '../../src/ports.ts';
import { createDecisionFile } from '../../src/store/decision-file.ts';
import { createSpend } from '../../src/store/spend.ts';
import { NO_GUARDS } from '../../src/world/guards.ts';
import { aGoal, aReading, aWorld } from '../support/builders.ts';
import { type DeciderBench, deciderBench } from '../support/decider-bench.ts';
import { type StubModel, stubModel } from '../support/stub-model.ts';
import { USAGE } from '../support/stub-protocols.ts';
import { describeClient } from './installed.ts';

const DECISION = { action: 'send_notification', message: 'CI is red', journal: 'told the person', because: ['/readings/ci/signal/main'] };
const world = aWorld({ goals: { site: aGoal('The site is up\n') }, readings: { ci: aReading({ main: 'red' }) } });
const page = prompt({ world, changes: [], guards: NO_GUARDS, beat: 7, nonce: '5e1f', actions: actionDocs() }).text;

let bench: DeciderBench;
let stub: StubModel;
beforeEach(async () => {
  stub = await stubModel();
  stub.answer({ say: JSON.stringify(DECISION) });
});
afterEach(async () => {
  expect(await bench.alive()).toBe(0);
  expect(bench.leftovers()).toEqual([]);
  bench.close();
  await stub.close();
});

interface Client {
  name: 'claude' | 'codex' | 'pi';
  env: () => Record<string, string>;
  /** Settings beside `program`. */
  own: () => Record<string, unknown>;
  /** What the person has in their HOME that must stay out, and what it would leave behind. */
  person: (home: string, trap: string) => Record<string, string>;
  tools: string[];
  tokensIn: number;
  usd: 'said' | 'unknown';
  priced: number | null;
}

const trapHook = (trap: string) => ({ hooks: [{ type: 'command', command: `touch ${trap}` }] });

const CLIENTS: Client[] = [
  {
    name: 'claude',
    env: () => ({ ANTHROPIC_BASE_URL: stub.url, ANTHROPIC_API_KEY: 'sk-ant-stub' }),
    own: () => ({}),
    person: (home, trap) => ({
      [`${home}/.claude/settings.json`]: JSON.stringify({ hooks: { SessionStart: [trapHook(trap)], UserPromptSubmit: [trapHook(trap)] } }),
      [`${home}/.claude.json`]: JSON.stringify({ mcpServers: { trap: { command: 'touch', args: [trap] } } }),
      [`${home}/.claude/CLAUDE.md`]: 'PERSONAL-MEMORY',
    }),
    tools: ['StructuredOutput'],
    tokensIn: USAGE.input + USAGE.cached + 10,
    usd: 'said',
    priced: null,
  },
  {
    name: 'codex',
    env: () => ({ STUB_KEY: 'k' }),
    own: () => ({
      model: 'stub-model',
      args: [
        ...['-c', 'model_provider="stub"'],
        ...['-c', `model_providers.stub={name="stub",base_url="${stub.url}/v1",env_key="STUB_KEY",wire_api="responses"}`],
      ],
    }),
    person: (home, trap) => ({
      [`${home}/.codex/config.toml`]: `notify = ["touch", "${trap}"]\n[mcp_servers.trap]\ncommand = "touch"\nargs = ["${trap}"]\n`,
      [`${home}/.codex/AGENTS.md`]: 'PERSONAL-MEMORY',
    }),
    tools: [],
    tokensIn: USAGE.input,
    usd: 'unknown',
    priced: null,
  },
  {
    name: 'pi',
    env: () => ({}),
    own: () => ({ model: 'stub/stub-model' }),
    person: (home, trap) => ({
      [`${home}/.pi/agent/extensions/trap.ts`]: `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(trap)}, '');\nexport default () => {};\n`,
      [`${home}/.pi/agent/AGENTS.md`]: 'PERSONAL-MEMORY',
      [`${home}/.pi/agent/SYSTEM.md`]: 'PERSONAL-MEMORY',
      [`${home}/.pi/agent/APPEND_SYSTEM.md`]: 'PERSONAL-MEMORY',
    }),
    tools: [],
    tokensIn: USAGE.input,
    usd: 'said',
    priced: 0.000104,
  },
];

/** What pi must be told of the stub; the others take it from the environment or the command line. */
function piModels(home: string): Record<string, string> {
  const model = { id: 'stub-model', name: 'Stub', reasoning: false, input: ['text'], contextWindow: 128_000, maxTokens: 8_192 };
  const cost = { input: 1, output: 2, cacheRead: 0.1, cacheWrite: 0 };
  const stubbed = { baseUrl: `${stub.url}/v1`, api: 'openai-completions', apiKey: 'k', models: [{ ...model, cost }] };
  return { [`${home}/.pi/agent/models.json`]: JSON.stringify({ providers: { stub: stubbed } }) };
}

function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

function setUp(client: Client, program: string): Decider {
  bench = deciderBench(client.env());
  if (client.name === 'pi') write(piModels(bench.person));
  return bench.decider({ use: client.name, [client.name]: { ...client.own(), program } });
}

for (const client of CLIENTS) {
  describeClient(client.name, (program) => {
    test('decides: the prompt in, one decision out, without tools, its cost in the book', async () => {
      const decider = setUp(client, program);
      const end = await decider.decide(bench.request({ prompt: page }));
      expect(end).toMatchObject({ end: 'well', cost: { tokens_in: client.tokensIn, tokens_out: USAGE.output } });

      const claim = createDecisionFile(bench.home).claim(7);
      const parsed = claim.claimed === 'text' && parseDecision(claim.text, { world, beat: 7, evidence: 'required' });
      expect(parsed).toMatchObject({ ok: true, decision: DECISION, evidence: [{ pointer: '/readings/ci/signal/main', value: 'red' }] });

      expect(stub.requests.map((request) => request.tools)).toEqual([client.tools]);
      expect(stub.requests[0]?.text).toContain(page.trim());
      expect(bench.log()).not.toBe('');

      const spend = createSpend(bench.home, { tz: 'UTC', assume: 0.1 });
      const at = new Date();
      spend.add({ at: at.toISOString(), beat: 7, scope: 'home', goal: null, agent: decider.name, model: end.model, cost: end.cost });
      const row: unknown = JSON.parse(readFileSync(bench.home.spend, 'utf8'));
      expect(row).toMatchObject({
        agent: client.name,
        tokens_in: client.tokensIn,
        tokens_out: USAGE.output,
        estimated: client.usd === 'unknown',
      });
      if (client.priced !== null) expect(row).toMatchObject({ usd: expect.closeTo(client.priced, 9) });
      expect(spend.today(at).usd).toBeGreaterThan(0);
      expect(bench.decision()).toBeNull();
    });

    test('brings none of the person’s hooks, servers, extensions and memory along', async () => {
      const decider = setUp(client, program);
      const trap = join(bench.home.home, 'trapped');
      const files = client.person(bench.person, trap);
      write({ ...files, [join(bench.home.home, 'AGENTS.md')]: 'PROJECT-MEMORY', [join(bench.home.home, 'CLAUDE.md')]: 'PROJECT-MEMORY' });
      expect(await decider.decide(bench.request({ prompt: page }))).toMatchObject({ end: 'well' });
      expect(existsSync(trap)).toBe(false);
      expect(stub.requests[0]?.raw).not.toMatch(/PERSONAL-MEMORY|PROJECT-MEMORY/);
      for (const [path, text] of Object.entries(files)) if (!path.endsWith('.claude.json')) expect(readFileSync(path, 'utf8')).toBe(text);
    });
  });

  describeClient(client.name, (program) => {
    test('decides after the server was overloaded for a moment', async () => {
      const decider = setUp(client, program);
      stub.answer({ fail: 500 }, { say: JSON.stringify(DECISION) });
      expect(await decider.decide(bench.request({ prompt: page }))).toMatchObject({ end: 'well' });
      expect(JSON.parse(bench.decision() ?? '')).toMatchObject({ action: 'send_notification' });
    });

    test('says that its login is missing, with the command that cures it', async () => {
      const decider = setUp(client, program);
      stub.answer({ fail: 401, body: { type: 'error', error: { type: 'authentication_error', message: 'invalid x-api-key' } } });
      const end = await decider.decide(bench.request({ prompt: page }));
      expect(end).toMatchObject({ end: 'badly', reason: 'auth', cure: expect.stringContaining(client.name) });
      expect(bench.decision()).toBeNull();
    });

    test('that hangs is gone at the deadline, children and all', async () => {
      const decider = setUp(client, program);
      stub.answer({ hang: true });
      const ended = decider.decide(bench.request({ prompt: page, timeoutMs: 6_000 }));
      await stub.next();
      expect(await bench.alive()).toBeGreaterThan(0);
      expect(await ended).toMatchObject({ end: 'badly', reason: 'timeout' });
      expect(await bench.alive()).toBe(0);
      expect(bench.decision()).toBeNull();
    });

    test('that is not installed is said, with how to install it', async () => {
      bench = deciderBench(client.env());
      const decider = bench.decider({ use: client.name, [client.name]: { program: '/nowhere/at/all' } });
      const end = await decider.decide(bench.request());
      expect(end).toMatchObject({ end: 'badly', reason: 'spawn', message: expect.stringContaining('npm install -g '), cost: { usd: 0 } });
      expect(readdirSync(bench.home.machine)).toEqual([]);
    });
  });
}
