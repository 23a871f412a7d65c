import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/lib/digest.ts';
import { parseNagios, parseOutput } from '../../src/sense/parse.ts';

const parse = (text: string | Uint8Array) => parseOutput(Buffer.from(text));
const parsed = (text: string) => {
  const { signal, detail, error } = parse(text);
  return { signal, detail, error };
};

describe('what takes part in change detection', () => {
  test('with a key `signal` only that value, and the rest is detail', () => {
    expect(parsed('{"signal":{"main":"red"},"detail":{"url":"x"}}')).toEqual({
      signal: { main: 'red' },
      detail: { url: 'x' },
      error: null,
    });
    expect(parsed('{"signal":1,"url":"x"}')).toEqual({ signal: 1, detail: { url: 'x' }, error: null });
    expect(parsed('{"signal":1,"url":"x","detail":{"n":2}}').detail).toEqual({ url: 'x', n: 2 });
    expect(parsed('{"signal":1,"n":"x","detail":{"n":2}}').detail).toEqual({ n: 'x', detail: { n: 2 } });
    expect(parsed('{"signal":1,"n":"x","detail":"text"}').detail).toEqual({ n: 'x', detail: 'text' });
    expect(parsed('{"signal":null}')).toEqual({ signal: null, detail: null, error: null });
  });

  test('without it the whole object', () => {
    expect(parsed(' {"a":1,"detail":2}\n')).toEqual({ signal: { a: 1, detail: 2 }, detail: null, error: null });
    expect(parsed('{}')).toEqual({ signal: {}, detail: null, error: null });
  });
});

describe('what is no JSON object', () => {
  const hostile: [string, string | Uint8Array][] = [
    ['nothing', ''],
    ['blanks', ' \n\t\n'],
    ['text', 'all is well'],
    ['a number', '42'],
    ['a list', '[1]'],
    ['null', 'null'],
    ['two objects', '{"a":1}\n{"a":2}'],
    ['something behind the object', '{"a":1} done'],
    ['half an object', '{"a":'],
    ['NUL bytes', new Uint8Array(100)],
    ['a NUL behind the object', '{"a":1}\0'],
    ['bytes that are not UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)],
    ['a cut character', Uint8Array.of(0xe2, 0x82)],
    ['deep nesting', `{"a":${'['.repeat(4000)}${']'.repeat(4000)}}`],
  ];
  test.each(hostile)('%s is a reading of fixed shape', (_what, bytes) => {
    const { signal, error, detail } = parse(bytes);
    expect({ signal, error }).toEqual({ signal: { error: 'invalid-json' }, error: 'invalid-json' });
    expect(detail).toEqual({ message: expect.any(String), stderr_tail: '' });
  });

  test('8 KiB are allowed, one byte more is too large', () => {
    const of = (bytes: number) => `{"a":"${'x'.repeat(bytes - 8)}"}`;
    expect(parse(of(8192)).error).toBeNull();
    expect(parse(of(8193)).signal).toEqual({ error: 'too-large' });
  });
});

property.prop([fc.uint8Array({ maxLength: 200 })])('whatever bytes come, there is an observation that JSON can keep', (bytes) => {
  const observation = parseOutput(bytes, bytes);
  expect(canonicalJson(JSON.parse(JSON.stringify(observation)))).toBe(canonicalJson(observation));
});

property.prop([fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }))])(
  'whatever object is printed, it is the same in memory and on disk',
  (object) => {
    const observation = parse(JSON.stringify(object));
    expect(JSON.parse(JSON.stringify(observation))).toEqual(observation);
  },
);

test('numbers beyond measure and names of prototypes are plain values', () => {
  expect(parsed('{"signal":1e999}').signal).toBeNull();
  expect(canonicalJson(parsed('{"__proto__":{"a":1},"constructor":2}').signal)).toBe('{"__proto__":{"a":1},"constructor":2}');
  expect(canonicalJson(parsed('{"signal":1,"__proto__":{"a":1}}').detail)).toBe('{"__proto__":{"a":1}}');
});

describe("a Nagios plugin's exit code and text", () => {
  const nagios = (text: string, code: number) => parseNagios(Buffer.from(text), code);
  test('become state, text and perfdata', () => {
    expect(nagios('DISK OK - free 3 GB | /=2643MB;5948;5958;0;5968\n', 0)).toEqual({
      signal: { state: 'ok' },
      detail: { text: 'DISK OK - free 3 GB', perf: '/=2643MB;5948;5958;0;5968' },
      error: null,
    });
    expect([1, 2, 3].map((code) => nagios('x', code)?.signal)).toEqual([{ state: 'warning' }, { state: 'critical' }, { state: 'unknown' }]);
    expect(nagios('', 2)?.detail).toEqual({ text: '', perf: '' });
    expect(nagios('x', 4)).toBeNull();
  });

  test('may go on over several lines', () => {
    expect(nagios('DISK OK | /=1\n/ 15272 MB\n/boot 68 MB | /boot=68\n/home=69\n', 0)?.detail).toEqual({
      text: 'DISK OK\n/ 15272 MB\n/boot 68 MB',
      perf: '/=1 /boot=68 /home=69',
    });
  });
});
