// How the stub model speaks: one renderer per protocol. Each turns "say this" into the bytes of an answer.
import { isPlainObject } from '../../src/lib/digest.ts';

/** What the stub read in a request, whatever the protocol. */
export interface Heard {
  model: string;
  stream: boolean;
  /** Names of the tools that were offered. */
  tools: string[];
  /** Every text of the request, system and user, joined. */
  text: string;
}

/** Text, or a call of the tool that takes the decision. */
export type Say = { text: string } | { tool: string; input: unknown };

export const USAGE = { input: 100, cached: 40, output: 20 };

export interface Protocol {
  matches(path: string): boolean;
  /** [content type, body] */
  render(heard: Heard, say: Say): [string, string];
}

const JSON_TYPE = 'application/json';
const SSE_TYPE = 'text/event-stream';

function events(list: readonly unknown[], named: boolean): string {
  return list
    .map((event) =>
      named && isPlainObject(event) ? `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n` : `data: ${JSON.stringify(event)}\n\n`,
    )
    .join('');
}

/** OpenAI chat completions. */
const chat: Protocol = {
  matches: (path) => path.endsWith('/chat/completions'),
  render({ model, stream }, say) {
    const usage = {
      prompt_tokens: USAGE.input,
      completion_tokens: USAGE.output,
      total_tokens: USAGE.input + USAGE.output,
      prompt_tokens_details: { cached_tokens: USAGE.cached },
    };
    const call =
      'tool' in say
        ? [{ index: 0, id: 'call_1', type: 'function', function: { name: say.tool, arguments: JSON.stringify(say.input) } }]
        : undefined;
    const message = { role: 'assistant', content: 'text' in say ? say.text : null, ...(call ? { tool_calls: call } : {}) };
    const finish_reason = call ? 'tool_calls' : 'stop';
    const base = { id: 'chatcmpl-1', created: 1, model };
    if (!stream)
      return [JSON_TYPE, JSON.stringify({ ...base, object: 'chat.completion', choices: [{ index: 0, message, finish_reason }], usage })];
    const chunk = { ...base, object: 'chat.completion.chunk' };
    const parts = [
      { ...chunk, choices: [{ index: 0, delta: message, finish_reason: null }] },
      { ...chunk, choices: [{ index: 0, delta: {}, finish_reason }] },
      { ...chunk, choices: [], usage },
    ];
    return [SSE_TYPE, `${events(parts, false)}data: [DONE]\n\n`];
  },
};

/** OpenAI responses, as codex speaks it. */
const responses: Protocol = {
  matches: (path) => path.endsWith('/responses'),
  render({ model, stream }, say) {
    const usage = {
      input_tokens: USAGE.input,
      input_tokens_details: { cached_tokens: USAGE.cached },
      output_tokens: USAGE.output,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: USAGE.input + USAGE.output,
    };
    const item =
      'tool' in say
        ? {
            type: 'function_call',
            id: 'fc_1',
            call_id: 'call_1',
            name: say.tool,
            arguments: JSON.stringify(say.input),
            status: 'completed',
          }
        : {
            type: 'message',
            id: 'msg_1',
            role: 'assistant',
            status: 'completed',
            content: [{ type: 'output_text', text: say.text, annotations: [] }],
          };
    const response = (status: string, output: unknown[]) => ({
      id: 'resp_1',
      object: 'response',
      created_at: 1,
      status,
      model,
      output,
      usage,
    });
    if (!stream) return [JSON_TYPE, JSON.stringify(response('completed', [item]))];
    const list = [
      { type: 'response.created', response: { ...response('in_progress', []), usage: null } },
      { type: 'response.output_item.added', output_index: 0, item },
      { type: 'response.output_item.done', output_index: 0, item },
      { type: 'response.completed', response: response('completed', [item]) },
    ];
    return [
      SSE_TYPE,
      events(
        list.map((event, sequence_number) => ({ ...event, sequence_number })),
        true,
      ),
    ];
  },
};

/** Anthropic messages. */
const messages: Protocol = {
  matches: (path) => path.endsWith('/messages'),
  render({ model, stream }, say) {
    const usage = {
      input_tokens: USAGE.input,
      cache_creation_input_tokens: 10,
      cache_read_input_tokens: USAGE.cached,
      output_tokens: USAGE.output,
    };
    const block = 'tool' in say ? { type: 'tool_use', id: 'toolu_1', name: say.tool, input: say.input } : { type: 'text', text: say.text };
    const stop_reason = 'tool' in say ? 'tool_use' : 'end_turn';
    const message = { id: 'msg_1', type: 'message', role: 'assistant', model, content: [block], stop_reason, stop_sequence: null, usage };
    if (!stream) return [JSON_TYPE, JSON.stringify(message)];
    const [empty, delta] =
      'tool' in say
        ? [
            { ...block, input: {} },
            { type: 'input_json_delta', partial_json: JSON.stringify(say.input) },
          ]
        : [
            { type: 'text', text: '' },
            { type: 'text_delta', text: say.text },
          ];
    const list = [
      { type: 'message_start', message: { ...message, content: [], stop_reason: null } },
      { type: 'content_block_start', index: 0, content_block: empty },
      { type: 'content_block_delta', index: 0, delta },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: USAGE.output } },
      { type: 'message_stop' },
    ];
    return [SSE_TYPE, events(list, true)];
  },
};

/** Ollama. */
const ollama: Protocol = {
  matches: (path) => path === '/api/chat',
  render({ model }, say) {
    const message = { role: 'assistant', content: 'text' in say ? say.text : JSON.stringify(say.input) };
    const body = { model, created_at: '2026-01-01T00:00:00Z', message, done: true, done_reason: 'stop' };
    return [JSON_TYPE, JSON.stringify({ ...body, prompt_eval_count: USAGE.input, eval_count: USAGE.output })];
  },
};

/** Gemini. */
const gemini: Protocol = {
  matches: (path) => /enerateContent$/.test(path),
  render({ stream }, say) {
    const parts = 'tool' in say ? [{ functionCall: { name: say.tool, args: say.input } }] : [{ text: say.text }];
    const body = {
      candidates: [{ content: { role: 'model', parts }, index: 0, finishReason: 'STOP' }],
      modelVersion: 'stub',
      usageMetadata: {
        promptTokenCount: USAGE.input,
        candidatesTokenCount: USAGE.output,
        totalTokenCount: USAGE.input + USAGE.output,
        cachedContentTokenCount: USAGE.cached,
      },
    };
    return stream ? [SSE_TYPE, events([body], false)] : [JSON_TYPE, JSON.stringify(body)];
  },
};

export const PROTOCOLS: readonly Protocol[] = [chat, responses, messages, ollama, gemini];

/** Reads a request's model, tools and texts, in whichever of the five shapes it comes. */
export function hear(path: string, body: unknown): Heard {
  const request = isPlainObject(body) ? body : {};
  const texts = [request.system, request.instructions, request.systemInstruction, request.messages, request.input, request.contents];
  return {
    model: typeof request.model === 'string' ? request.model : 'stub',
    stream: request.stream === true || path.includes(':stream'),
    tools: toolNames(request.tools),
    text: texts.map(textOf).join('\n'),
  };
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(textOf).join('\n');
  if (!isPlainObject(value)) return '';
  return [value.text, value.content, value.parts].map(textOf).join('\n');
}

function toolNames(tools: unknown): string[] {
  if (!Array.isArray(tools)) return [];
  return tools.flatMap((tool: unknown) => {
    if (!isPlainObject(tool)) return [];
    if (Array.isArray(tool.functionDeclarations)) return toolNames(tool.functionDeclarations);
    if (isPlainObject(tool.function)) return [String(tool.function.name)];
    if (Array.isArray(tool.tools)) return toolNames(tool.tools);
    return [String(tool.name ?? tool.type)];
  });
}
