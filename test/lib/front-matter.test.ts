import { expect, test } from 'vitest';
import { splitFrontMatter } from '../../src/lib/front-matter.ts';

test('a plain text is all body', () => {
  expect(splitFrontMatter('Hello\n')).toEqual({ head: '', yaml: null, body: 'Hello\n', bodyLine: 1, unclosed: false });
});

test('front matter is what stands between the fences, and the body begins on the line after', () => {
  expect(splitFrontMatter('---\ngoal: x\npriority: 1\n---\nNotes\n')).toEqual({
    head: '---\ngoal: x\npriority: 1\n---\n',
    yaml: 'goal: x\npriority: 1\n',
    body: 'Notes\n',
    bodyLine: 5,
    unclosed: false,
  });
});

test('CRLF, blanks behind a fence and a byte order mark are tolerated, and nothing of them is lost', () => {
  const text = '\uFEFF--- \r\ngoal: x\r\n---\r\nNotes\r\n';
  const split = splitFrontMatter(text);
  expect(split).toMatchObject({ yaml: 'goal: x\r\n', body: 'Notes\r\n', bodyLine: 4 });
  expect(split.head + split.body).toBe(text);
});

test('empty front matter, and front matter that is the whole file, are front matter', () => {
  expect(splitFrontMatter('---\n---\nx')).toMatchObject({ yaml: '', body: 'x', bodyLine: 3 });
  expect(splitFrontMatter('---\na: 1\n---')).toMatchObject({ yaml: 'a: 1\n', body: '' });
});

test('a fence that is never closed is told', () => {
  expect(splitFrontMatter('---\ngoal: x\nprose\n')).toMatchObject({ yaml: null, body: '---\ngoal: x\nprose\n', unclosed: true });
});
