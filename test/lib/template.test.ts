import { execFileSync } from 'node:child_process';
import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { scope } from '../../src/lib/cel.ts';
import { fillShell, fillText, templateExpressions } from '../../src/lib/template.ts';

const values = scope({ a: 'x', n: 3, words: ['p q', 'r'], tree: { b: { c: 1 } }, nothing: null });

describe('in prose', () => {
  test.each([
    ['plain', 'plain'],
    ['{{ a }}', 'x'],
    ['{{a}}{{n}}', 'x3'],
    ['{{ words }}', 'p q, r'],
    ['{{ tree }}', '{"b":{"c":1}}'],
    ['{{ nothing }}', 'null'],
    ['{{ {"k": {"l": a}} }}', '{"k":{"l":"x"}}'],
    ['{{ "}}" }}', '}}'],
    ['docker --format {{ "{{.Names}}" }}', 'docker --format {{.Names}}'],
    ['one } two }}', 'one } two }}'],
  ])('%s becomes %s', (text, filled) => {
    expect(fillText(text, values)).toEqual({ ok: true, text: filled });
  });

  test('a missing key, an error and an open template are told apart', () => {
    expect(fillText('{{ tree.x }}', values)).toEqual({ ok: false, kind: 'missing-key', key: 'tree.x' });
    expect(fillText('{{ a + 1 }}', values)).toMatchObject({ ok: false, kind: 'error', message: expect.stringContaining('{{ a + 1 }}') });
    expect(fillText('{{ a ', values)).toMatchObject({ ok: false, kind: 'error', message: expect.stringContaining('never closed') });
  });

  test('the expressions of a text are found', () => {
    expect(templateExpressions('{{ a }} and {{ "}}" }}')).toEqual({ expressions: ['a', '"}}"'], problem: null });
  });

  test('what was filled in is never read as a template again', () => {
    expect(fillText('{{ a }}', scope({ a: '{{ n }}', n: 1 }))).toEqual({ ok: true, text: '{{ n }}' });
  });
});

describe('in a shell line', () => {
  property.prop([fc.string().filter((text) => !text.includes('\u0000'))], { numRuns: 60 })(
    'a value is one word to a real shell, whatever it holds',
    (text) => {
      const filled = fillShell("printf %s {{ a }} -- end'x'{{ n }}", scope({ a: text, n: 3 }));
      if (!filled.ok) throw new Error(filled.kind);
      expect(execFileSync('sh', ['-c', `printf '[%s]' ${filled.text.slice('printf %s '.length)}`], { encoding: 'utf8' })).toBe(
        `[${text}][--][endx3]`,
      );
    },
  );

  test('a list is its words', () => {
    expect(fillShell('ls {{ words }}', values)).toEqual({ ok: true, text: "ls 'p q' 'r'" });
  });

  test.each([
    'echo "{{ a }}"',
    "echo '{{ a }}'",
    'echo "x" "{{ a }}"',
    'echo `echo {{ a }}`',
    'echo "$(echo {{ a }})"',
    'echo $(echo {{ a }})',
    'echo ${x:-{{ a }}}',
    'echo $(( {{ n }} + 1 ))',
    '(( {{ n }} ))',
    '[[ {{ n }} -eq 1 ]]',
    'cat <<END\n{{ a }}\nEND',
    'ls # {{ a }}',
    "ls # it's\n{{ a }}",
    'eval echo {{ a }}',
    "echo $'{{ a }}'",
    'docker ps --format "{{.Names}}"',
  ])('%s is refused: quoting does not hold there', (line) => {
    expect(fillShell(line, values)).toMatchObject({ ok: false, kind: 'error' });
  });

  test.each([
    ['v={{ a }}; echo "$v"', `v='x'; echo "$v"`],
    ['cd "$HOME" && echo {{ a }}', `cd "$HOME" && echo 'x'`],
    ["echo 'it''s' \"a b\" {{ a }}", "echo 'it''s' \"a b\" 'x'"],
    ['echo a#b {{ a }}', "echo a#b 'x'"],
    ['(echo {{ a }})', "(echo 'x')"],
    ['for i in 1; do echo ${i} {{ a }}; done', "for i in 1; do echo ${i} 'x'; done"],
  ])('%s is filled in', (line, filled) => {
    expect(fillShell(line, values)).toEqual({ ok: true, text: filled });
  });
});
