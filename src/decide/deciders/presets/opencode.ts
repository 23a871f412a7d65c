// opencode without tools: an agent that has none, a configuration folder of its own (so neither the person's MCP
// servers and plugins nor their AGENTS.md), no project configuration. The login stays. Tried with 1.18.33.
import { join } from 'node:path';
import { at, numberAt, objectsIn, priced, textAt, total } from '../lines.ts';
import { NOTHING_SAID, type Preset, type Said, SYSTEM } from '../preset.ts';

const CONFIG = {
  autoupdate: false,
  share: 'disabled',
  tools: { '*': false },
  permission: { '*': 'deny' },
  agent: { flyball: { mode: 'primary', prompt: SYSTEM, tools: { '*': false }, permission: { '*': 'deny' } } },
};

export const opencode: Preset = {
  name: 'opencode',
  summary: 'opencode (opencode run), without tools.',
  program: 'opencode',
  install: 'npm install -g opencode-ai',
  login: 'opencode auth login',
  launch: ({ settings, folder }) => ({
    args: [
      ...['run', '--format', 'json', '--title', 'flyball', '--pure', '--agent', 'flyball'],
      ...(settings.model ? ['--model', settings.model] : []),
      ...settings.args,
    ],
    env: {
      XDG_CONFIG_HOME: join(folder, 'config'),
      OPENCODE_CONFIG: join(folder, 'opencode.json'),
      OPENCODE_DISABLE_PROJECT_CONFIG: '1',
      OPENCODE_DISABLE_CLAUDE_CODE: '1',
      OPENCODE_DISABLE_AUTOUPDATE: '1',
      OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
    },
    files: { 'opencode.json': JSON.stringify(CONFIG) },
  }),
  read: ({ stdout }) => {
    let said: Said = NOTHING_SAID;
    for (const line of objectsIn(stdout)) said = step(said, line);
    return { ...said, cost: { ...said.cost, usd: priced(said.cost.usd, said.cost.tokens_in) } };
  },
};

/** Tokens and cost come per step: they add up. */
function step(before: Said, line: Record<string, unknown>): Said {
  if (line.type === 'text') return { ...before, text: `${before.text ?? ''}${textAt(line, 'part', 'text') ?? ''}` };
  if (line.type === 'error') {
    const words = textAt(line, 'error', 'data', 'message') ?? textAt(line, 'error', 'name') ?? 'it says that it failed';
    return { ...before, error: words };
  }
  if (line.type !== 'step_finish') return before;
  const tokens = at(line, 'part', 'tokens');
  const read = total(numberAt(tokens, 'input'), numberAt(tokens, 'cache', 'read'), numberAt(tokens, 'cache', 'write'));
  const written = total(numberAt(tokens, 'output'), numberAt(tokens, 'reasoning'));
  return {
    ...before,
    error: null,
    cost: {
      usd: total(before.cost.usd, numberAt(line, 'part', 'cost')),
      estimated: false,
      tokens_in: total(before.cost.tokens_in, read),
      tokens_out: total(before.cost.tokens_out, written),
    },
  };
}
