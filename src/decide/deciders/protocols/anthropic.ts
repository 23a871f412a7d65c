// Anthropic messages. The decision comes as the input of the one tool that is offered, which the model must
// call; what is the same from beat to beat is marked for the provider's cache.
import { isPlainObject } from '../../../lib/digest.ts';
import { splitStable } from '../../prompt.ts';
import { at, numberAt, textAt, total } from '../lines.ts';
import { flatSchema } from '../schema.ts';
import { type Protocol, under } from './types.ts';

const TOOL = 'decide';

export const anthropic: Protocol = {
  name: 'anthropic',
  local: false,
  keyEnv: 'ANTHROPIC_API_KEY',
  request: ({ settings, key, prompt, schema }) => {
    const [stable, rest] = splitStable(prompt);
    const parts = [
      { type: 'text', text: stable, cache_control: { type: 'ephemeral' } },
      { type: 'text', text: rest },
    ];
    return {
      url: under(settings.base_url ?? 'https://api.anthropic.com', '/v1/messages'),
      headers: { 'anthropic-version': '2023-06-01', ...(key === null ? {} : { 'x-api-key': key }) },
      body: {
        model: settings.model,
        max_tokens: settings.max_tokens,
        ...(settings.temperature === undefined ? {} : { temperature: settings.temperature }),
        messages: [{ role: 'user', content: parts.filter((part) => part.text !== '') }],
        tools: [{ name: TOOL, description: 'Gives the one decision.', input_schema: flatSchema(schema) }],
        tool_choice: { type: 'tool', name: TOOL },
      },
    };
  },
  read: (body) => {
    const content = at(body, 'content');
    const blocks = Array.isArray(content) ? content.filter(isPlainObject) : [];
    const call = blocks.find((block) => block.type === 'tool_use');
    const text = blocks.map((block) => (block.type === 'text' ? (textAt(block, 'text') ?? '') : '')).join('');
    const usage = at(body, 'usage');
    return {
      text: call ? JSON.stringify(call.input) : text || null,
      refusal: textAt(body, 'stop_reason') === 'refusal' ? text || 'no reason given' : null,
      model: textAt(body, 'model'),
      tokens_in: total(
        numberAt(usage, 'input_tokens'),
        numberAt(usage, 'cache_creation_input_tokens'),
        numberAt(usage, 'cache_read_input_tokens'),
      ),
      tokens_out: numberAt(usage, 'output_tokens'),
    };
  },
};
