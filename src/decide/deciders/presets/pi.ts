// pi without tools: flags leave tools, extensions, skills, templates and context files out, and the two
// system prompts take the place of the person's. Tried with 0.73.1.
import { at, numberAt, objectsIn, priced, textAt, total } from '../lines.ts';
import { NOTHING_SAID, type Preset, type Said, SYSTEM } from '../preset.ts';

export const pi: Preset = {
  name: 'pi',
  summary: 'pi (pi -p), without tools.',
  program: 'pi',
  install: 'npm install -g @mariozechner/pi-coding-agent',
  login: 'pi, then /login',
  launch: ({ settings }) => ({
    args: [
      ...['-p', '--mode', 'json', '--no-session', '--no-tools', '--no-extensions', '--no-skills', '--no-prompt-templates'],
      ...['--no-context-files', '--no-themes', '--system-prompt', SYSTEM, '--append-system-prompt', ''],
      ...(settings.model ? ['--model', settings.model] : []),
      ...settings.args,
    ],
    env: { PI_OFFLINE: '1', PI_TELEMETRY: '0' },
  }),
  read: ({ stdout }) => {
    let said: Said = NOTHING_SAID;
    for (const line of objectsIn(stdout)) {
      if (line.type !== 'message_end' || textAt(line, 'message', 'role') !== 'assistant') continue;
      said = message(said, at(line, 'message'));
    }
    return { ...said, cost: { ...said.cost, usd: priced(said.cost.usd, said.cost.tokens_in) } };
  },
};

/** Usage is per message; a message that failed is followed by another when it was tried again. */
function message(before: Said, value: unknown): Said {
  const usage = at(value, 'usage');
  const parts = at(value, 'content');
  const text = Array.isArray(parts)
    ? parts.map((part) => (textAt(part, 'type') === 'text' ? (textAt(part, 'text') ?? '') : '')).join('')
    : '';
  const failed = textAt(value, 'stopReason') === 'error' || textAt(value, 'stopReason') === 'aborted';
  return {
    text: failed ? before.text : text,
    error: failed ? (textAt(value, 'errorMessage') ?? 'it says that it failed') : null,
    model: textAt(value, 'model') ?? before.model,
    cost: {
      usd: total(before.cost.usd, numberAt(usage, 'cost', 'total')),
      estimated: false,
      tokens_in: total(before.cost.tokens_in, numberAt(usage, 'input'), numberAt(usage, 'cacheRead'), numberAt(usage, 'cacheWrite')),
      tokens_out: total(before.cost.tokens_out, numberAt(usage, 'output')),
    },
  };
}
