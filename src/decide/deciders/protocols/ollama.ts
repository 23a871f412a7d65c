// Ollama, on the person's own machine.
import { numberAt, textAt } from '../lines.ts';
import { flatSchema } from '../schema.ts';
import { type Protocol, under } from './types.ts';

/** A prompt is up to 256 KiB; its default window would silently drop the beginning of one, norms and all. */
function window(prompt: string, answer: number): number {
  const wanted = Math.ceil(Buffer.byteLength(prompt) / 3) + answer; // 3 bytes a token is on the safe side for prose and JSON
  return Math.ceil(wanted / 4_096) * 4_096;
}

export const ollama: Protocol = {
  name: 'ollama',
  local: true,
  keyEnv: null,
  request: ({ settings, key, prompt, schema }) => ({
    url: under(settings.base_url ?? 'http://127.0.0.1:11434', '/api/chat'),
    headers: key === null ? {} : { authorization: `Bearer ${key}` },
    body: {
      model: settings.model,
      stream: false,
      format: flatSchema(schema),
      messages: [{ role: 'user', content: prompt }],
      options: {
        num_ctx: window(prompt, settings.max_tokens),
        num_predict: settings.max_tokens,
        ...(settings.temperature === undefined ? {} : { temperature: settings.temperature }),
      },
    },
  }),
  read: (body) => ({
    text: textAt(body, 'message', 'content'),
    refusal: null,
    model: textAt(body, 'model'),
    tokens_in: numberAt(body, 'prompt_eval_count'),
    tokens_out: numberAt(body, 'eval_count'),
  }),
};
