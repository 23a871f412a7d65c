// What a decider may leave instead of a decision: each is refused in one clear line, changes nothing of the
// home, is gone afterwards, and does not keep the next good decision from being done.
import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type DecidedHome, decidedHome, differing, filesUnder } from '../support/home-cli.ts';
import { until } from '../support/wait.ts';

const GOAL = { action: 'write_goal', id: 'x', body: '# X\n' };
const text = (value: unknown) => JSON.stringify(value);

/** Name, what the decider leaves, and the words that the refusal has. */
const ANSWERS: [name: string, answer: string, words: RegExp][] = [
  ['nothing at all', '', /is empty/],
  ['prose', 'I would rather not say.', /no JSON object/],
  ['half an object', '{"action":"write_goal","id":"x","body":"# X', /break|JSON/],
  ['a list', text([GOAL]), /list/],
  ['a string', '"noop"', /object/],
  ['null', 'null', /object/],
  ['two objects', `${text(GOAL)}\n${text({ ...GOAL, id: 'y' })}`, /more than one/],
  ['no kind', '{"id":"x"}', /"action" is missing/],
  ['an unknown kind', '{"action":"write_gaol","id":"x","body":"# X"}', /write_gaol.*did you mean "write_goal"/],
  ['a kind that is a list', '{"action":["noop"]}', /action: a list/],
  ['an inherited kind', '{"action":"constructor"}', /no kind of action/],
  ['an extra field', text({ ...GOAL, force: true }), /no field "force"/],
  ['an extra __proto__', `{"__proto__":{"x":1},${text(GOAL).slice(1)}`, /__proto__/],
  ['a wrong type', text({ ...GOAL, body: 7 }), /body: .*string/i],
  ['a missing field', text({ action: 'write_goal', id: 'x' }), /"body" is missing/],
  ['a NUL in a text', text({ ...GOAL, body: '# X\u0000' }), /NUL/],
  ['invalid UTF-8', '{"action":"noop","reason":"\\xff"}', /./], // replaced below by raw bytes
  ['300 KB', text({ ...GOAL, body: 'x'.repeat(300 * 1_024) }), /at most 262144/],
  ['a pointer to nowhere', text({ ...GOAL, because: ['/readings/none/signal'] }), /"\/readings\/none\/signal" points at nothing/],
  ['a pointer into a prototype', text({ ...GOAL, because: ['/goals/constructor'] }), /points at nothing/],
  ['a pointer that is none', text({ ...GOAL, because: ['readings'] }), /because/],
  ['the number of another beat', text({ ...GOAL, beat: 41 }), /beat: .*41.*asked for beat/],
];

const ODD_IDS: [name: string, id: string][] = [
  ['..', '..'],
  ['a way up', '../../outside'],
  ['a slash', 'a/b'],
  ['an absolute path', '/etc/passwd'],
  ['a NUL', 'a\u0000b'],
  ['a line break', 'a\nb'],
  ['a backslash', 'a\\b'],
  ['two dots within', 'a..b'],
  ['a dot at the end', 'a.'],
  ['a leading dot', '.git'],
  ['an upper case letter', 'Inbox'],
  ['fullwidth letters', '\uff41\uff42\uff43'],
  ['a Cyrillic letter', 'p\u0430ge'],
  ['a dotless i', 'l\u0131st'],
  ['a combining accent', 'cafe\u0301'],
  ['a zero-width joiner', 'a\u200db'],
  ['a right-to-left override', 'a\u202eb'],
  ['65 letters', 'a'.repeat(65)],
  ['nothing', ''],
  ['a reserved name', 'archive'],
  ['pulse', 'pulse'],
];

/** Everything but what flyball keeps for itself. */
const persons = (home: DecidedHome) => filesUnder(home.home, ['.flyball', 'journal.md']);

async function isRefused(home: DecidedHome, words: RegExp): Promise<void> {
  const before = persons(home);
  const outside = filesUnder(home.root, ['home', 'beside', 'user']);
  home.stir();
  const record = await home.beat('--force');
  expect(record).toMatchObject({ exit: 1, did: 'refused', outcome: null, by: { kind: 'decider' } });
  expect(record.problem).toMatch(words);
  expect(record.problem).not.toContain('\n');
  expect(record.problem?.length).toBeLessThan(600);
  expect(lstatSync(join(home.home, '.decision.json'), { throwIfNoEntry: false })).toBe(undefined);
  expect(differing(before, persons(home))).toEqual([]);
  expect(differing(outside, filesUnder(home.root, ['home', 'beside', 'user']))).toEqual([]);
  expect(home.journal().filter(({ type }) => type === 'intent')).toEqual([]);
}

async function nextOneWorks(home: DecidedHome): Promise<void> {
  home.decides(GOAL);
  expect(await home.beat('--force')).toMatchObject({ exit: 0, did: 'acted' });
  expect(home.read('goals/x.md')).toBe('# X\n');
  expect((await home.flyball(['check', '--journal'])).code).toBe(0);
}

/** A home whose files are all there: what git makes of its first action is no change of the home. */
async function hostileHome(): Promise<DecidedHome> {
  const home = await decidedHome();
  home.write('goals/mine.md', '# Mine\n');
  return home;
}

test('no text that is not one typed decision does anything, and each is told why in one line', async () => {
  const home = await hostileHome();
  for (const [name, answer, words] of ANSWERS) {
    if (name === 'invalid UTF-8') {
      writeFileSync(
        home.beside('bytes'),
        Buffer.concat([Buffer.from('{"action":"noop","reason":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
      );
      home.runs(`cat ${home.beside('bytes')} > .decision.json`);
    } else home.decides(answer);
    await isRefused(home, words).catch((cause: unknown) => {
      throw new Error(name, { cause });
    });
  }
  await nextOneWorks(home);
});

test('no id leaves its folder or takes the place of another', async () => {
  const home = await hostileHome();
  for (const [name, id] of ODD_IDS) {
    for (const decision of [
      { action: 'write_goal', id, body: '# X\n' },
      { action: 'archive_goal', id },
      { action: 'write_sensor', name: id, script: '#!/bin/sh\n' },
      { action: 'drop_schedule', name: id },
    ].slice(0, name === 'a way up' ? 4 : 1)) {
      home.decides(decision);
      await isRefused(home, /\b(id|name)\b/).catch((cause: unknown) => {
        throw new Error(`${decision.action} with ${name}`, { cause });
      });
    }
  }
  await nextOneWorks(home);
});

const FILES: [name: string, script: string, words: RegExp][] = [
  [
    'a link to a good decision',
    'cat ANSWER > good.tmp; mv good.tmp ../beside/good; ln -s "$PWD/../beside/good" .decision.json',
    /not a link/,
  ],
  ['a link to nowhere', 'ln -s /nowhere .decision.json', /not a link/],
  ['a folder', 'mkdir .decision.json; touch .decision.json/inside', /not a folder/],
  ['a FIFO', 'mkfifo .decision.json', /not a pipe|pipe/],
  ['nothing', ':', /left no decision/],
];

test.each(FILES)('%s in place of the decision is refused, never followed and never waited for', async (_name, script, words) => {
  const home = await hostileHome();
  writeFileSync(home.beside('answer'), text(GOAL));
  home.runs(script.replace('ANSWER', home.beside('answer')));
  await isRefused(home, words);
  await nextOneWorks(home);
});

test('a decision that was written twice is done once', async () => {
  const home = await hostileHome();
  home.decides({ ...GOAL, id: 'first' });
  home.runs(`cat ${home.beside('answer')} > .decision.json; echo '${text(GOAL)}' > .decision.json`);
  expect(await home.beat()).toMatchObject({ did: 'acted', decision: { id: 'x' } });
  expect(existsSync(join(home.home, 'goals/first.md'))).toBe(false);
  home.runs(':');
  home.stir();
  expect(await home.beat()).toMatchObject({ did: 'refused' });
  expect(home.journal().filter(({ type }) => type === 'intent')).toHaveLength(1);
});

test('a decider that ended badly has decided nothing, whatever it wrote', async () => {
  const home = await hostileHome();
  home.decides(GOAL);
  home.runs(`cat ${home.beside('answer')} > .decision.json; echo 'out of luck' >&2; exit 3`);
  const record = await home.beat();
  expect(record).toMatchObject({ exit: 1, did: 'failed', decision: null, outcome: null });
  expect(record.problem).toMatch(/ended with code 3: out of luck/);
  expect(existsSync(join(home.home, 'goals/x.md'))).toBe(false);
  expect(existsSync(join(home.home, '.decision.json'))).toBe(false);
  await nextOneWorks(home);
});

test('what a child of the decider writes after its end is not there to be written: the child is ended with it', async () => {
  const home = await hostileHome();
  writeFileSync(home.beside('answer'), text({ ...GOAL, id: 'late' }));
  home.runs(
    `setsid sh -c 'touch ${home.beside('up')}; while [ ! -e ${home.beside('now')} ]; do :; done; cat ${home.beside('answer')} > .decision.json' </dev/null >/dev/null 2>&1 &
while [ ! -e ${home.beside('up')} ]; do :; done; echo '{"action":"noop"}' > .decision.json`,
  );
  expect(await home.beat()).toMatchObject({ did: 'acted', decision: { action: 'noop' } });
  writeFileSync(home.beside('now'), '');
  home.stir();
  home.decides({ action: 'noop' });
  expect(await home.beat()).toMatchObject({ did: 'acted', decision: { action: 'noop' } });
  expect(existsSync(join(home.home, 'goals/late.md'))).toBe(false);
});

function strays(home: DecidedHome): string[] {
  const folder = join(home.home, '.flyball/stray');
  return existsSync(folder) ? readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')) : [];
}

test('a decision that nobody was asked for is moved to stray/, said, and never done', async () => {
  const home = await hostileHome();
  await home.beat();
  home.write('.decision.json', text(GOAL));
  home.stir();
  expect(await home.beat()).toMatchObject({ did: 'acted', decision: { action: 'noop' } });
  expect(strays(home)).toEqual([text(GOAL)]);
  expect(home.read('.flyball/events.ndjson')).toContain('stray-decision');
  expect(existsSync(join(home.home, 'goals/x.md'))).toBe(false);
});

test('a decision that appears while no decider is at work is moved away also in a beat that asks nobody', async () => {
  const home = await hostileHome();
  await home.beat();
  home.write('.decision.json', text(GOAL));
  expect(await home.beat()).toMatchObject({ did: 'rested' });
  expect(strays(home)).toEqual([text(GOAL)]);
  expect(existsSync(join(home.home, '.decision.json'))).toBe(false);
});

test('under a running pulse a stray is moved away at once and does not start a beat', async () => {
  const home = await hostileHome();
  expect((await home.flyball(['up', '--yes'])).code).toBe(0);
  await until(() => home.asked() === 1, 'the first decision');
  await until(async () => (await home.flyball(['status', '--json'])).stdout.includes('"did":"acted"'), 'the first beat');
  writeFileSync(join(home.home, '.decision.json'), text(GOAL)); // in one step: it may be gone before a chmod
  await until(() => strays(home).length === 1, 'the stray');
  home.stir();
  expect(await home.beat()).toMatchObject({ decision: { action: 'noop' } });
  expect(existsSync(join(home.home, 'goals/x.md'))).toBe(false);
});
