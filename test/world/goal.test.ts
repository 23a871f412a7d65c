import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { isId } from '../../src/lib/id.ts';
import { foldText, parseGoal, withoutCollisions } from '../../src/world/goal.ts';
import { goalId, isGoalName } from '../../src/world/goal-id.ts';

describe('names', () => {
  test.each([
    ['Learn Rust.md', 'learn-rust'],
    ['learn-rust.md', 'learn-rust'],
    ['a--b.md', 'a--b'],
    ['v1.2_x.md', 'v1.2_x'],
    ['Café & Brötchen!.md', 'cafe-brotchen'],
    ['  spaces  .md', 'spaces'],
    ['a..b.md', 'a.b'],
  ])('%s is the goal %s', (name, id) => {
    expect(goalId(name)).toBe(id);
    expect(isId(goalId(name))).toBe(true);
  });

  test('a name without any letter of ours gets an id that is stable', () => {
    expect(goalId('日本語.md')).toMatch(/^goal-[0-9a-f]{8}$/);
    expect(goalId('日本語.md')).toBe(goalId('日本語.md'));
  });

  property.prop([fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 })])(
    'every name becomes an id, but for the reserved words',
    (stem) => {
      const id = goalId(`${stem}.md`);
      expect(isId(id) || ['pulse', 'host', 'archive', 'all'].includes(id)).toBe(true);
    },
  );

  test('README, names that begin with _ or ., and other files are no goals', () => {
    expect(['a.md', 'A B.MD', 'README.md', 'readme.md', '_draft.md', '.a.md', 'a.txt', 'archive'].filter(isGoalName)).toEqual([
      'a.md',
      'A B.MD',
    ]);
  });

  test('two files of one id are both Invalid, and neither is lost', () => {
    const files = withoutCollisions([parseGoal('Learn Rust.md', 'a'), parseGoal('learn-rust.md', 'b'), parseGoal('other.md', 'c')]);
    expect(files.map(({ id, spec }) => [id, spec === null])).toEqual([
      ['learn-rust', true],
      ['learn-rust.md', true],
      ['other', false],
    ]);
    expect(files[0]?.problem?.what).toBe('Learn Rust.md and learn-rust.md are both the goal "learn-rust"');
  });

  test('a reserved word is Invalid', () => {
    expect(parseGoal('all.md', 'x')).toMatchObject({
      spec: null,
      problem: { what: '"all" cannot be a goal\'s name', next: 'rename the file' },
    });
  });
});

describe('a file', () => {
  test('all keys are read, with their defaults', () => {
    const text = `---
goal: CI on main is green
priority: 1
autonomy: act
verify: gh run list
verify_every: 5m
done_when: readings.ci.signal.main == "green"
worker: { agent: codex, repo: ~/src/site }
budget: { usd: 2/day, workers: 1 }
paused: false
agent_may_edit: [priority, verify]
mine: kept
---
Notes.
`;
    const file = parseGoal('ci.md', text);
    expect(file).toMatchObject({ id: 'ci', title: 'CI on main is green', problem: null, text, front: { mine: 'kept' } });
    expect(file.spec).toMatchObject({
      priority: 1,
      autonomy: 'act',
      verify_every: 300_000,
      verify_timeout: 60_000,
      agent_may_edit: ['priority'],
      worker: { agent: 'codex' },
    });
    expect(file.warnings).toEqual([
      { what: '"verify" is never an agent\'s to edit', line: 11, column: 1, next: 'take it out of the list' },
    ]);
  });

  test.each([
    ['# Be kind\n\nAlways.\n', 'Be kind'],
    ['Just a line.\nAnother.', 'Just a line.'],
    ['\nFirst.\n\n## Then a heading\n', 'Then a heading'],
    ['', 'x'],
    ['---\n---\nProse.\n', 'Prose.'],
    ['---\nworker:\n---\nProse.\n', 'Prose.'],
    ['\uFEFF---\r\ngoal: With a mark\r\n---\r\nText\r\n', 'With a mark'],
  ])('%j is a valid goal called %s', (text, title) => {
    expect(parseGoal('x.md', text)).toMatchObject({ title, problem: null, spec: { priority: 100, paused: false } });
  });

  test.each([
    ['---\ngoal: [unclosed\n---\n', 3, 'must be sufficiently indented'],
    ['---\ngoal: a\n  bad: indent\n---\n', 2, 'Nested mappings'],
    ['---\ngoal: a\npriority: high\n---\n', 3, 'priority: expected number, not "high"'],
    ['---\nautonomy: ful\n---\n', 2, 'autonomy: expected one of'],
    ['---\nverify_every: often\n---\n', 2, '"often" is no duration'],
    ['---\nworker: {name: "A B"}\n---\n', 2, 'worker.name: an id is'],
    ['---\nworker: codex\n---\n', 2, 'worker: expected object, not "codex"'],
    ['---\nbudget: {usd: lots}\n---\n', 2, 'budget.usd: '],
    ['---\n- a\n- b\n---\n', 2, 'no list of keys'],
    ['---\ngoal: a\n', 1, 'never closed'],
    ['---\ngoal: a\ngoal: b\n---\n', 3, 'unique'],
  ])('%j is Invalid at line %i: %s', (text, line, words) => {
    const file = parseGoal('x.md', text);
    expect(file.spec).toBe(null);
    expect(file.problem).toMatchObject({ line, what: expect.stringContaining(words) });
  });

  test('a key that is close to a known one is warned of, others are not', () => {
    expect(parseGoal('x.md', '---\npriorty: 1\ntags: [a]\n---\n')).toMatchObject({
      spec: {},
      warnings: [{ what: 'unknown key "priorty"', line: 2, column: 1, next: 'did you mean "priority"?' }],
    });
  });

  test('a done_when that does not parse leaves the goal valid, with a warning', () => {
    expect(parseGoal('x.md', '---\ndone_when: readings.my-x.failed\n---\n')).toMatchObject({
      spec: {},
      warnings: [{ line: 2, what: 'done_when: "readings.my-x" means readings.my minus something: write readings["my-x"]' }],
    });
  });

  property.prop([fc.string({ unit: 'grapheme', maxLength: 300 })])('no text is refused with a throw', (text) => {
    expect(parseGoal('x.md', `---\n${text}\n---\n`).id).toBe('x');
    expect(parseGoal('x.md', text).text).toBe(text);
  });
});

test('CRLF and trailing white space are no other text', () => {
  expect(foldText('a  \r\nb\t\r\n\r\n')).toBe(foldText('a\nb'));
  expect(foldText('a\nb')).not.toBe(foldText('a\n b'));
});
