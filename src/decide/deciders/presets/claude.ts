// Claude Code without tools. Safe mode leaves hooks, MCP servers, skills and memory files out and keeps the
// login; the answer is its structured output. Tried with 2.1.197.
import { at, numberAt, objectsIn, textAt, total } from '../lines.ts';
import { NOTHING_SAID, type Preset, SYSTEM } from '../preset.ts';
import { flatSchema } from '../schema.ts';

export const claude: Preset = {
  name: 'claude',
  summary: 'Claude Code (claude -p), without tools.',
  program: 'claude',
  install: 'npm install -g @anthropic-ai/claude-code',
  login: 'claude auth login',
  launch: ({ settings, schema }) => ({
    args: [
      ...['-p', '--output-format', 'json', '--safe-mode', '--strict-mcp-config', '--disable-slash-commands'],
      ...['--no-session-persistence', '--tools', '', '--system-prompt', SYSTEM],
      ...['--json-schema', JSON.stringify(flatSchema(schema))],
      ...(settings.model ? ['--model', settings.model] : []),
      ...settings.args,
    ],
    env: { CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1', CLAUDE_CODE_MAX_RETRIES: '0' },
  }),
  read: ({ stdout }) => {
    const result = [...objectsIn(stdout)].findLast((line) => line.type === 'result');
    if (!result) return NOTHING_SAID;
    const structured = at(result, 'structured_output');
    const answer = textAt(result, 'result');
    const error = result.is_error === true ? errorWords(result, answer) : null; // `subtype` says "success" even then
    const usage = at(result, 'usage');
    const tokens_in = total(
      numberAt(usage, 'input_tokens'),
      numberAt(usage, 'cache_creation_input_tokens'),
      numberAt(usage, 'cache_read_input_tokens'),
    );
    return {
      text: structured === undefined ? answer : JSON.stringify(structured),
      error,
      cost: { usd: numberAt(result, 'total_cost_usd'), estimated: false, tokens_in, tokens_out: numberAt(usage, 'output_tokens') },
      model: Object.keys((at(result, 'modelUsage') as Record<string, unknown> | undefined) ?? {})[0] ?? null,
    };
  },
};

function errorWords(result: Record<string, unknown>, answer: string | null): string {
  const status = numberAt(result, 'api_error_status');
  return `${status === null ? '' : `status ${status}: `}${answer ?? textAt(result, 'subtype') ?? 'it says that it failed'}`;
}
