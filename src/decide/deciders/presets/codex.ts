// Codex without tools: every feature that brings one is off, what remains of the sandbox is read-only, and a
// CODEX_HOME of its own keeps the person's configuration, MCP servers and AGENTS.md out. Tried with 0.169.0.
import { join } from 'node:path';
import { UNKNOWN } from '../cost.ts';
import { numberAt, objectsIn, textAt } from '../lines.ts';
import type { Preset, Said } from '../preset.ts';
import { strictSchema, withoutNulls } from '../schema.ts';

/** What brings a tool, a hook or other people's words. Given as settings: an unknown one is passed over by older and newer versions. */
const OFF = [
  ...['shell_tool', 'unified_exec', 'view_image', 'apps', 'plugins', 'hooks', 'goals', 'memories', 'multi_agent', 'multi_agent_v2'],
  ...['image_generation', 'browser_use', 'computer_use', 'js_repl', 'code_mode', 'sleep_tool', 'skill_search', 'tool_suggest'],
];

export const codex: Preset = {
  name: 'codex',
  summary: 'Codex (codex exec), without tools.',
  program: 'codex',
  install: 'npm install -g @openai/codex',
  login: 'codex login',
  launch: ({ settings, schema, folder, env }) => ({
    args: [
      ...['exec', '--json', '--skip-git-repo-check', '--ephemeral', '--ignore-user-config', '--ignore-rules', '-s', 'read-only'],
      ...OFF.flatMap((feature) => ['-c', `features.${feature}=false`]),
      ...['-c', 'web_search="disabled"', '-c', 'tools.experimental_request_user_input.enabled=false', '-c', 'project_doc_max_bytes=0'],
      ...['--output-schema', join(folder, 'schema.json'), '-o', join(folder, 'last.txt')],
      ...(settings.model ? ['-m', settings.model] : []),
      ...settings.args,
      '-',
    ],
    env: { CODEX_HOME: join(folder, 'codex') },
    files: { 'schema.json': JSON.stringify(strictSchema(schema)), 'codex/config.toml': '' },
    links: { 'codex/auth.json': join(env.CODEX_HOME || join(env.HOME ?? '/', '.codex'), 'auth.json') },
  }),
  read: ({ stdout, file }) => {
    let said: Said = { text: null, error: null, cost: UNKNOWN, model: null };
    for (const line of objectsIn(stdout)) said = { ...said, ...part(line) };
    const last = file('last.txt') ?? said.text;
    return { ...said, text: last === null ? null : withoutNulls(last) };
  },
};

/** One line of its stream. An item of type `error` is only a warning; `error` is a lost connection until the turn completes. */
function part(line: Record<string, unknown>): Partial<Said> {
  switch (line.type) {
    case 'item.completed':
      return textAt(line, 'item', 'type') === 'agent_message' ? { text: textAt(line, 'item', 'text') } : {};
    case 'turn.completed': {
      const [tokens_in, tokens_out] = [numberAt(line, 'usage', 'input_tokens'), numberAt(line, 'usage', 'output_tokens')];
      return { error: null, cost: { usd: null, estimated: false, tokens_in, tokens_out } };
    }
    case 'turn.failed':
      return { error: textAt(line, 'error', 'message') ?? 'the turn failed' };
    case 'error':
      return { error: textAt(line, 'message') ?? 'it says that it failed' };
    default:
      return {};
  }
}
