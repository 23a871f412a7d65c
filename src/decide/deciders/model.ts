// A model over HTTP, asked once: no tools, no history. The protocols stand in protocols/, one file each.
import * as z from 'zod';
import { describeError } from '../../errors.ts';
import { writeAtomic } from '../../lib/files.ts';
import type { Decider, DeciderRequest } from '../../ports.ts';
import { createDecisionFile } from '../../store/decision-file.ts';
import type { Cost } from '../../world/record.ts';
import { readFailure } from './failure.ts';
import { type Fetched, fetchJson } from './fetch-json.ts';
import { protocolNamed, protocolNames } from './protocols/index.ts';
import type { ModelAnswer, Protocol } from './protocols/types.ts';
import { type Try, withRetries } from './retry.ts';
import { badly } from './run-client.ts';
import { type DeciderTools, defineDecider } from './types.ts';

const config = z.strictObject({
  protocol: z.enum(protocolNames).describe('How the server is spoken to.'),
  model: z.string().min(1).describe('The model, as the server names it.'),
  base_url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("The server; the protocol's own unless set."),
  key_env: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'is the NAME of an environment variable that holds the key, never the key itself' })
    .optional()
    .describe('Name of the environment variable that holds the key.'),
  max_tokens: z.int().min(256).max(200_000).default(16_384).describe('Longest answer.'),
  temperature: z.number().min(0).max(2).optional().describe("The model's own unless set."),
  price: z
    .strictObject({ in: z.number().nonnegative(), out: z.number().nonnegative() })
    .optional()
    .describe('Dollars for a million tokens, in and out; without it the cost is estimated.'),
  costs: z.boolean().optional().describe('Asking it costs money; no for ollama and for a server on this machine unless set.'),
});
export type ModelSettings = z.output<typeof config>;

export const model = defineDecider({
  name: 'model',
  summary: 'A model over HTTP: anthropic, openai (or any compatible server) or ollama.',
  costs: true,
  readsProse: true,
  config,
  create: (settings, tools) => modelDecider(settings, tools),
});

function modelDecider(settings: ModelSettings, tools: DeciderTools): Decider {
  const protocol = protocolNamed(settings.protocol);
  const costs = settings.costs ?? !(protocol.local || onThisMachine(settings.base_url));
  return {
    name: 'model',
    costs,
    readsProse: true,
    warning: null,
    decide: async (request) => {
      createDecisionFile(tools.layout).sweep();
      const key = keyFor(settings, protocol, tools);
      if ('missing' in key) {
        const message = `${settings.protocol} needs a key: the environment variable ${key.missing} is not set`;
        return badly('auth', message, { cure: `export ${key.missing}=… where the pulse is started` });
      }
      const job: Job = { settings, protocol, tools, costs, key: key.key };
      return withRetries(request, tools, ({ timeoutMs }) => once(job, { ...request, timeoutMs }));
    },
  };
}

interface Job {
  settings: ModelSettings;
  protocol: Protocol;
  tools: DeciderTools;
  costs: boolean;
  key: string | null;
}

/** A server of one's own may need none; a named one that is not there is always said. */
function keyFor(
  { key_env, base_url }: ModelSettings,
  protocol: Protocol,
  { env }: DeciderTools,
): { key: string | null } | { missing: string } {
  const name = key_env ?? protocol.keyEnv;
  if (name === null) return { key: null };
  const key = env[name];
  if (key) return { key };
  return key_env === undefined && base_url !== undefined ? { key: null } : { missing: name };
}

function onThisMachine(url: string | undefined): boolean {
  return url !== undefined && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname);
}

async function once(job: Job, request: DeciderRequest): Promise<Try> {
  const { settings, protocol, tools, key } = job;
  const ask = { settings, key, prompt: request.prompt, schema: request.schema };
  const fetched = await fetchJson({
    ...protocol.request(ask),
    timeoutMs: request.timeoutMs,
    signal: request.signal,
    secret: key,
    log: request.log,
  });
  if (fetched.got !== 'answer') return failed(job, fetched);
  const answer = protocol.read(fetched.body);
  const said = { cost: costOf(answer, job), model: answer.model ?? settings.model };
  if (answer.refusal !== null) return badly('refused', `the model refused: ${answer.refusal}`, said);
  if (answer.text === null || answer.text.trim() === '') return badly('exit', 'the model gave no answer', said);
  writeAtomic(tools.layout.decision, answer.text);
  return { end: 'well', ...said };
}

function costOf({ tokens_in, tokens_out }: ModelAnswer, { settings: { price }, costs }: Job): Cost {
  const known = price && tokens_in !== null && tokens_out !== null ? (tokens_in * price.in + tokens_out * price.out) / 1e6 : null;
  return { usd: known ?? (costs ? null : 0), estimated: false, tokens_in, tokens_out };
}

function failed({ settings, key, tools }: Job, fetched: Exclude<Fetched, { got: 'answer' }>): Try {
  const server = `${settings.protocol} (${settings.model})`;
  switch (fetched.got) {
    case 'timeout':
      return badly('timeout', `${server} did not answer in time`);
    case 'aborted':
      return badly('aborted', `${server} was not waited for`);
    case 'nothing':
      return badly('network', `${server} cannot be reached: ${describeError(fetched.error)}`);
    case 'too-large':
      return badly('exit', `${server} answered with more than can be a decision`);
    case 'status': {
      const { status, words, retryAfterMs } = fetched;
      const read = readFailure(words, tools.clock.now());
      const message = `${server} answered ${status}: ${read.message}`;
      const name = settings.key_env ?? protocolNamed(settings.protocol).keyEnv;
      const cure = key === null && name === null ? null : `put a valid key into ${name ?? 'the variable that decider.model.key_env names'}`;
      if (status === 401 || status === 403) return badly('auth', message, { cure });
      if (read.reason === 'limited' || status === 402) return badly('limited', message, { until: read.until });
      const passing = status === 408 || status === 409 || status === 429 || status >= 500;
      return { ...badly(passing ? 'network' : 'exit', message), ...(retryAfterMs === null ? {} : { retryAfterMs }) };
    }
  }
}
