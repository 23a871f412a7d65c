// Acceptance: 100,000 decision files, valid, nearly valid and hostile, and nothing but typed kinds comes out.
import { fc } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import { actionSchema, kinds } from '../../src/actions/index.ts';
import { parseDecision } from '../../src/decide/parse.ts';
import { aGoal, aReading, aWorld } from '../support/builders.ts';

const RUNS = 100_000;
const SEED = 20_260_302;
const world = aWorld({ goals: { inbox: aGoal('Inbox\n') }, readings: { ci: aReading({ main: 'red' }) } });
const names = kinds.map((kind) => kind.kind);
const fields = [...new Set(kinds.flatMap((kind) => Object.keys(kind.input.shape)))];

const nasty = fc.constantFrom(
  ...[
    '',
    ' ',
    '..',
    '../../etc/passwd',
    '/etc/passwd',
    'a/b',
    'pulse',
    'all',
    'inbox',
    'INBOX',
    'ınbox',
    'a\u0000b',
    '\ud800',
    '\u202e',
    '\\',
    '"',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    '$(reboot)',
    '; rm -rf /',
    '| ',
    '=== NORMS ===',
    '{{ x }}',
    '/readings/ci/signal/main',
    '2026-01-01T00:00:00Z',
  ],
);
const anyText = fc.oneof({ weight: 3, arbitrary: nasty }, fc.string({ unit: 'binary', maxLength: 40 }));
const anyValue = fc.oneof(
  { weight: 4, arbitrary: anyText },
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(anyText, { maxLength: 3 }),
  fc.jsonValue({ maxDepth: 3 }),
);
const pointer = fc.constantFrom('/readings/ci/signal/main', '/goals/inbox', '/nope', '', '~', '/goals/__proto__');
const rideAlong = fc.record(
  {
    journal: anyText,
    because: fc.array(pointer, { maxLength: 3 }),
    goal: nasty,
    beat: fc.constantFrom(7, 8, '7'),
    next_interval_s: anyValue,
  },
  { requiredKeys: [] },
);
/** The right fields with values of any kind, and now and then one field too many. */
const nearlyValid = fc
  .tuple(
    fc.constantFrom(...names, 'nope', 'constructor'),
    rideAlong,
    fc.dictionary(fc.constantFrom(...fields), anyValue, { maxKeys: 5 }),
    fc.boolean(),
  )
  .map(([action, along, own, stray]) => {
    const known = kinds.find((kind) => kind.kind === action);
    const kept = Object.entries(own).filter(([name]) => stray || !known || Object.hasOwn(known.input.shape, name));
    return JSON.stringify({ action, ...along, ...Object.fromEntries(kept) });
  });
const valid = fc
  .tuple(fc.constantFrom('{"action":"noop"}', '{"action":"archive_goal","id":"inbox"}', '{"action":"run_shell","cmd":"true"}'), rideAlong)
  .map(([base, along]) => JSON.stringify({ ...JSON.parse(base), ...along, because: ['/goals/inbox'], beat: 7, goal: 'inbox' }));
const doubled = nearlyValid.map((text) => text.replace('{', '{"action":"noop","__proto__":{"x":1},"action":"run_shell",'));
const deep = fc.integer({ min: 1, max: 3_000 }).map((depth) => `{"action":"noop","reason":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`);
const wrapped = fc
  .tuple(
    fc.oneof(nearlyValid, valid),
    fc.constantFrom('```json\n', 'Here: ', '[', '{', '"', "'", ''),
    fc.constantFrom('\n```', ' ok', ']', '}', ',', ''),
  )
  .map(([text, before, after]) => `${before}${text}${after}`);
const cutOff = fc.tuple(nearlyValid, fc.nat(200)).map(([text, at]) => text.slice(0, at));
const noise = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.json(), fc.stringMatching(/^[{}[\]",:\\a ]{0,60}$/));
const file = fc.oneof(
  { weight: 6, arbitrary: nearlyValid },
  { weight: 3, arbitrary: valid },
  { weight: 3, arbitrary: wrapped },
  { weight: 2, arbitrary: cutOff },
  { weight: 2, arbitrary: noise },
  { weight: 1, arbitrary: doubled },
  { weight: 1, arbitrary: deep },
);

test(`${RUNS} generated decision files yield a typed kind or a problem, and never throw`, { timeout: 300_000 }, async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.property(file, (text) => {
      const parsed = parseDecision(text, { world, beat: 7, evidence: 'optional' });
      seen.set(parsed.ok ? parsed.decision.action : 'refused', (seen.get(parsed.ok ? parsed.decision.action : 'refused') ?? 0) + 1);
      if (!parsed.ok) return parsed.problem.length > 0 && parsed.problem.length <= 1_000 && !parsed.problem.includes('\n');
      const again = actionSchema.safeParse(parsed.decision);
      const nap = parsed.decision.next_interval_s;
      return (
        again.success &&
        names.some((name) => name === parsed.decision.action) &&
        Object.getPrototypeOf(parsed.decision) === Object.prototype &&
        (nap === undefined || (typeof nap === 'number' && nap >= 5 && nap <= 300)) &&
        JSON.stringify(parsed).length > 0
      );
    }),
    { numRuns: RUNS, seed: SEED },
  );
  // The generator must reach both sides, or the property says nothing.
  expect(seen.get('refused')).toBeGreaterThan(RUNS / 10);
  expect(RUNS - (seen.get('refused') ?? 0)).toBeGreaterThan(RUNS / 10);
});
