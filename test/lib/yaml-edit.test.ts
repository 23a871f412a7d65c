import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { appendToList } from '../../src/lib/yaml-edit.ts';

const ENTRY = { line: '- { name: b, when: "x == \\"#1\\"", then: allow }', comment: 'always: ask 3' };
const ADDED = parse(ENTRY.line)[0] as object;
const append = (text: string) => appendToList(text, 'policies', ENTRY);

describe('one more entry of a list', () => {
  const mine =
    "# mine\ninterval:   30s   # slow\n\npolicies:\n  # the first\n  - name: a\n    when: 'true'   # all\n    then: ask\n\n# rules below\nrules: []\n";

  test("stands below the last one; the person's lines stay as they are, to the byte", () => {
    const text = append(mine);
    expect(text).toBe(mine.replace('    then: ask\n', `    then: ask\n  # always: ask 3\n  ${ENTRY.line}\n`));
    expect(parse(text ?? '').policies).toEqual([...parse(mine).policies, ADDED]);
  });

  test.each([
    ['an empty file', ''],
    ['comments alone', '# nothing yet\n'],
    ['no such list, no line break at the end', 'interval: 30s # slow'],
    ['an empty list in brackets', '# mine\ninterval: 30s # slow\npolicies: []\nrules: [] # none\n'],
    ['a list in brackets', '# mine\npolicies: [{ name: a, when: "true", then: ask }] # one\n'],
    ['a key without a value', '# mine\npolicies:\n# below\ninterval: 30s\n'],
    ['a list that is not indented', 'policies:\n- name: a\n  when: "true"\n  then: ask\n# below\nrules: []\n'],
    ['a last entry with a comment behind it', 'policies:\n    - { name: a, when: "true", then: ask } # one\n'],
    ['a block scalar at its end', 'policies:\n  - name: a\n    then: ask\n    when: |\n      true\n\n\nrules: []\n'],
    ['Windows line breaks', '# mine\r\npolicies:\r\n  - name: a\r\n    when: "true"\r\n    then: ask\r\ninterval: 30s\r\n'],
    ['JSON', '{"policies": [], "interval": "30s"}'],
  ])('%s', (_what, text) => {
    const before = (parse(text) as Record<string, unknown> | null) ?? {};
    const after = append(text) ?? '';
    const list = (before.policies as unknown[] | null | undefined) ?? [];
    expect(parse(after)).toEqual({ ...before, policies: [...list, ADDED] });
    for (const comment of text.match(/# .*/g) ?? []) expect(after).toContain(comment.trimEnd());
    expect(after).toContain('# always: ask 3');
  });

  test.each(['- a\n- b\n', 'policies: none\n', 'a: [\n', 'policies: {a: 1}\n'])('nothing is guessed: %j', (text) => {
    expect(append(text)).toBeNull();
  });
});
