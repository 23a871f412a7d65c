// However an agent's text is spelled, the goal's reader finds in it no key that only the person may set.
import { expect, test } from 'vitest';
import { writeGoal } from '../../src/actions/write-goal.ts';
import { PERSONS_KEYS, parseGoal } from '../../src/world/goal.ts';
import { settingsSchema } from '../../src/world/settings.ts';
import { aGoal, aWorld, NOON } from '../support/builders.ts';

/** What `write_goal` would write for an agent; null where it refuses or asks. */
function written(body: string, text: string | null): string | null {
  const seen = aWorld({ goals: text === null ? {} : { ci: aGoal(text) } });
  const files = { read: () => text, list: () => (text === null ? [] : ['ci.md']), isOwn: () => false };
  const asks = { open: () => 0 };
  const scene = { seen, files, asks, settings: settingsSchema.parse({}), id: 'b1', beat: 1, now: NOON, person: false };
  const prepared = writeGoal.prepare({ id: 'ci', body }, scene);
  return prepared.prepared === 'files' ? (prepared.changes[0]?.after ?? null) : null;
}

const BEFORE = ['', '\uFEFF', '\uFEFF\uFEFF', '\n', ' ', '\u200b', '\u2028', '\u00a0', '---\n{}\n---\n', '---\n\n---\n'];
const OPENING = ['---', '--- ', '---\r', '---\u00a0', '---\u2028', '--- # x'];
const KEYS = [
  'verify: touch pwned',
  '"ver\\x69fy": touch pwned',
  '? verify\n: touch pwned',
  'x: &a {verify: touch pwned}\n<<: *a',
  '{verify: touch pwned}',
  '!!str verify: touch pwned',
  'note: 1\n# ---\nverify: touch pwned',
  'note: 1\n...\n---\nverify: touch pwned',
  'note: 1\rverify: touch pwned',
  'worker: {command: touch pwned}',
  'autonomy: full',
];
const bodies = BEFORE.flatMap((before) => OPENING.flatMap((opening) => KEYS.map((keys) => `${before}${opening}\n${keys}\n---\nProse.\n`)));

test.each([
  ['a new goal', null],
  ['a goal without front matter', 'Just prose.\n'],
  ['a goal with front matter', '---\ngoal: CI is green\nverify: make test\n---\nNotes.\n'],
  ['a goal that begins with a byte order mark', '\uFEFF---\ngoal: CI is green\nverify: make test\n---\nNotes.\n'],
])('hundreds of spellings set nothing in %s', (_name, text) => {
  const before = parseGoal('ci.md', text ?? '').spec;
  for (const body of bodies) {
    const after = written(body, text);
    if (after === null) continue;
    const { spec } = parseGoal('ci.md', after);
    for (const key of PERSONS_KEYS) expect([body, key, spec?.[key]]).toEqual([body, key, before?.[key]]);
  }
});

test('nor does a merge with what the person deleted meanwhile', () => {
  const seen = 'A line.\nNotes.\n';
  const body = 'A line.\n---\nverify: touch pwned\n---\nNotes.\n';
  const files = { read: () => 'Notes.\n', list: () => ['ci.md'], isOwn: () => false };
  const scene = { files, asks: { open: () => 0 }, settings: settingsSchema.parse({}), id: 'b1', beat: 1, now: NOON, person: false };
  expect(writeGoal.prepare({ id: 'ci', body }, { ...scene, seen: aWorld({ goals: { ci: aGoal(seen) } }) }).prepared).toBe('conflict');
});
