// Decisions made to do harm: whatever a model writes, no action reaches beyond the home's own folders, none
// throws, and nothing is computed but the typed kinds.
import { mkdirSync, symlinkSync } from 'node:fs';
import { isAbsolute, normalize } from 'node:path';
import { fc } from '@fast-check/vitest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Prepared } from '../../src/actions/define.ts';
import { actionSchema, kinds } from '../../src/actions/index.ts';
import { settingsSchema } from '../../src/world/settings.ts';
import { type HomeRig, makeHome } from '../support/home-rig.ts';

const COUNT = 100_000;
const ALLOWED =
  /^(PLAYBOOK\.md|goals\/[^/]*\.md|goals\/archive\/[^/]*\.md|sensors\/[^/]+|\.flyball\/(asks|notices|schedules)\/[^/]*\.json)$/;
let rig: HomeRig;
beforeAll(() => {
  rig = makeHome({
    'goals/a.md': '---\nverify: make\n---\nA\n',
    'goals/Learn Rust.md': 'x\n',
    'sensors/disk.sh': '#!/bin/sh\n',
    'PLAYBOOK.md': 'P\n',
  });
  symlinkSync('/etc/passwd', `${rig.home}/goals/passwd.md`);
  symlinkSync('/tmp', `${rig.home}/goals/tmp`);
  mkdirSync(`${rig.home}/goals/folder.md`);
});
afterAll(() => rig.remove());

const PIECES = [
  '..',
  '.',
  '/',
  '\\',
  '\0',
  '\n',
  '~',
  'a',
  'A',
  'goals',
  'archive',
  'all',
  'pulse',
  'host',
  '.md',
  'passwd',
  'folder',
  'learn-rust',
  'disk',
  'é',
  'e\u0301',
  'ａ',
  '\u202e',
  '\ufeff',
  '%2e%2e',
  '$(id)',
  '`id`',
  '; rm -rf /',
  '-rf',
  'CON',
  '\ud800',
  '…',
];
const trick = fc.array(fc.constantFrom(...PIECES), { minLength: 0, maxLength: 5 }).map((pieces) => pieces.join(''));
const word = fc.oneof(trick, fc.string(), fc.constantFrom('a', 'disk', 'weekly', '__proto__', 'constructor', 'toString'));
const body = fc.oneof(
  word,
  fc.constantFrom('---\nverify: true\n---\nx', '---\n', '---\n&a [*a]\n---\n', '#!/bin/sh\n', '\r\n', 'x'.repeat(5_000)),
);
const anything = fc.oneof(
  word,
  body,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(word, { maxLength: 3 }),
  fc.object({ maxDepth: 2 }),
);

const FIELDS = [
  ...new Set(kinds.flatMap((kind) => Object.keys(kind.input.shape))),
  'journal',
  'because',
  'goal',
  'beat',
  'next_interval_s',
];
/** Often of the right shape, so that it comes through to the kinds; else of any. */
const likely: Record<string, fc.Arbitrary<unknown>> = {
  id: word,
  name: word,
  body,
  script: body.map((text) => (text.startsWith('#!') ? text : `#!/bin/sh\n${text}`)),
  at: fc.oneof(
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    word,
  ),
  every_s: fc.integer({ min: 0, max: 1e9 }),
  cron: fc.oneof(fc.constantFrom('* * * * *', '0 0 31 2 *', '99 * * * *', '@daily'), word),
  options: fc.array(
    fc.oneof(word, fc.record({ label: word, do: fc.record({ action: fc.constantFrom('noop', 'archive_goal', 'evil'), id: word }) })),
    { maxLength: 3 },
  ),
};
const decision = fc.constantFrom(...kinds).chain((kind) => {
  const own = Object.fromEntries(
    Object.keys(kind.input.shape).map((name) => [
      name,
      fc.oneof({ weight: 6, arbitrary: likely[name] ?? body }, { weight: 1, arbitrary: anything }),
    ]),
  );
  return fc
    .tuple(
      fc.record(own, { requiredKeys: [] }),
      fc.dictionary(fc.constantFrom(...FIELDS, 'path', '__proto__', 'action'), anything, { maxKeys: 1 }),
    )
    .map(([fields, extra]): Record<string, unknown> => ({ action: kind.kind, ...fields, ...extra }));
});

/** Nothing but the kinds' own effects, and no path but the home's own. */
function judge(prepared: Prepared): string[] {
  const paths =
    prepared.prepared === 'files'
      ? prepared.changes.map(({ path }) => path)
      : prepared.prepared === 'move'
        ? [prepared.from, prepared.to]
        : [];
  return paths.filter(
    (path) =>
      isAbsolute(path) || normalize(path) !== path || path.normalize('NFC') !== path || !ALLOWED.test(path) || path === 'goals/passwd.md',
  );
}

test(`${COUNT} hostile decisions: none throws, none leaves the home`, () => {
  const settings = settingsSchema.parse({});
  const seen = rig.seen();
  const ends = new Map<string, number>();
  const outside: string[] = [];
  // Synchronous, as its property is.
  void fc.assert(
    fc.property(decision, fc.boolean(), (input, person) => {
      const parsed = actionSchema.safeParse(input);
      // What the schema refuses is tried all the same: the second wall must hold without the first.
      const action = parsed.success ? parsed.data : (input as { action: string });
      if (!parsed.success) ends.set('not parsed', (ends.get('not parsed') ?? 0) + 1);
      const prepared = rig.executor.prepare(action, { seen, settings, id: 'b1', beat: 1, now: new Date(), person });
      ends.set(prepared.prepared, (ends.get(prepared.prepared) ?? 0) + 1);
      outside.push(...judge(prepared));
    }),
    { numRuns: COUNT, seed: 7 },
  );
  expect(outside).toEqual([]);
  process.stdout.write(`${[...ends].map(([end, count]) => `${count} ${end}`).join(', ')}\n`);
  for (const end of ['files', 'move', 'ask', 'shell', 'nothing', 'unchanged', 'conflict', 'refused', 'not parsed'])
    expect(ends.get(end) ?? 0).toBeGreaterThan(0);
});

test('an id that got past the schema is still confined by the files themselves', () => {
  const { files, writer } = rig.ports;
  for (const path of [
    '../x',
    '/etc/passwd',
    'goals/../../x',
    'goals/a/../b.md',
    'flyball.yaml',
    '.flyball/owner.json',
    'goals/',
    'goals',
    '',
    '.',
    'goals/e\u0301.md',
    'goals/a\\b.md',
    'goals/x\0.md',
    `goals/${'x'.repeat(300)}.md`,
    'goals/passwd.md',
    'goals/folder.md',
    'Goals/a.md',
    'goals//a.md',
    './goals/a.md',
  ]) {
    expect(() => files.read(path), path).toThrow();
    expect(() => writer.change({ path, before: null, after: 'x' }, 'b1'), path).toThrow();
    expect(() => writer.move({ from: 'goals/a.md', to: path, before: '---\nverify: make\n---\nA\n' }), path).toThrow();
  }
  expect(() => files.list('goals/tmp')).toThrow();
});
