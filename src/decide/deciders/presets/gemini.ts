// Gemini CLI without tools: a home of its own whose settings allow no tool, no MCP server, no extension and no
// context file; only the login is the person's. Tried with 0.61.0.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isPlainObject } from '../../../lib/digest.ts';
import { at, numberAt, textAt, total } from '../lines.ts';
import { NOTHING_SAID, type Preset } from '../preset.ts';

/** A name that no tool, server or extension has: an allow-list of nothing. */
const NONE = 'flyball_none';

export const gemini: Preset = {
  name: 'gemini',
  summary: 'Gemini CLI (gemini), without tools.',
  program: 'gemini',
  install: 'npm install -g @google/gemini-cli',
  login: 'gemini, then /auth',
  launch: ({ settings, folder, env }) => {
    const own = join(env.GEMINI_CLI_HOME || env.HOME || '/', '.gemini');
    const account = join(own, 'oauth_creds.json');
    const type = !env.GEMINI_API_KEY && existsSync(account) ? 'oauth-personal' : env.GEMINI_API_KEY ? 'gemini-api-key' : null;
    return {
      args: [
        ...['--output-format', 'json', '--skip-trust', '-e', 'none'],
        ...(settings.model ? ['-m', settings.model] : []),
        ...settings.args,
      ],
      env: { GEMINI_CLI_HOME: folder },
      files: { '.gemini/settings.json': JSON.stringify(settingsFor(type)) },
      links: { '.gemini/oauth_creds.json': account, '.gemini/google_accounts.json': join(own, 'google_accounts.json') },
    };
  },
  read: ({ stdout, stderr }) => {
    const result = lastObject(stdout) ?? lastObject(stderr); // an error is reported there
    if (!result) return NOTHING_SAID;
    const models = at(result, 'stats', 'models');
    const used = isPlainObject(models) ? Object.entries(models) : [];
    const sum = (field: string): number | null => total(...used.map(([, stats]) => numberAt(stats, 'tokens', field)));
    return {
      text: textAt(result, 'response'),
      error: textAt(result, 'error', 'message'),
      cost: { usd: null, estimated: false, tokens_in: sum('prompt'), tokens_out: total(sum('candidates'), sum('thoughts')) },
      model: used[0]?.[0] ?? null,
    };
  },
};

function settingsFor(type: string | null): unknown {
  return {
    tools: { core: [NONE] },
    mcp: { allowed: [NONE] },
    context: { fileName: `${NONE}.md` },
    skills: { enabled: false },
    experimental: { enableAgents: false },
    general: { enableAutoUpdate: false, disableAutoUpdate: true },
    privacy: { usageStatisticsEnabled: false },
    telemetry: { enabled: false },
    security: { folderTrust: { enabled: false }, ...(type ? { auth: { selectedType: type } } : {}) },
  };
}

/** Its answer is one indented object; anything before it is talk. */
function lastObject(printed: string): Record<string, unknown> | null {
  const start = printed.lastIndexOf('\n{') + 1; // its inner braces are indented
  try {
    const value: unknown = JSON.parse(printed.slice(start, printed.lastIndexOf('}') + 1));
    return isPlainObject(value) ? value : null;
  } catch {
    return null;
  }
}
