// OpenAI chat completions, and every server that speaks them. The schema is sent as a help, not as the strict
// kind that some compatible servers refuse: the answer is parsed strictly here in any case.
import { at, numberAt, textAt } from '../lines.ts';
import { flatSchema } from '../schema.ts';
import { type Protocol, under } from './types.ts';

const OWN_URL = 'https://api.openai.com/v1';

export const openai: Protocol = {
  name: 'openai',
  local: false,
  keyEnv: 'OPENAI_API_KEY',
  request: ({ settings, key, prompt, schema }) => ({
    url: under(settings.base_url ?? OWN_URL, '/chat/completions'),
    headers: key === null ? {} : { authorization: `Bearer ${key}` },
    body: {
      model: settings.model,
      // Its own server has a new name for the bound, which compatible ones do not know yet.
      [settings.base_url === undefined ? 'max_completion_tokens' : 'max_tokens']: settings.max_tokens,
      ...(settings.temperature === undefined ? {} : { temperature: settings.temperature }),
      messages: [{ role: 'user', content: prompt }],
      response_format: { type: 'json_schema', json_schema: { name: 'decision', schema: flatSchema(schema), strict: false } },
    },
  }),
  read: (body) => {
    const choices = at(body, 'choices');
    const message = at(Array.isArray(choices) ? choices[0] : null, 'message');
    return {
      text: textAt(message, 'content'),
      refusal: textAt(message, 'refusal'),
      model: textAt(body, 'model'),
      tokens_in: numberAt(body, 'usage', 'prompt_tokens'),
      tokens_out: numberAt(body, 'usage', 'completion_tokens'),
    };
  },
};
