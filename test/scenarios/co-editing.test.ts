// The person saves a goal while the decider thinks about it: nothing that either wrote is lost, and where they
// cannot both be right, the person's text stands and the person is asked.
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Ask } from '../../src/world/ask.ts';
import type { BeatRecord } from '../../src/world/record.ts';
import { type DecidedHome, decidedHome, historyOf } from '../support/home-cli.ts';
import { until } from '../support/wait.ts';

const PAGE = ['# Learn Rust', '', 'Ten pages a day.', '', 'Then the exercises.', '', '## Notes', '', 'None yet.', ''];
const page = (change: (line: string) => string = (line) => line) => PAGE.map(change).join('\n');

/** A beat whose decider answers only after the person has done what `meanwhile` says. */
async function beatWhile(home: DecidedHome, decision: Record<string, unknown>, meanwhile: () => void): Promise<BeatRecord> {
  const [started, go] = [home.beside('started'), home.beside('go')];
  for (const path of [started, go]) rmSync(path, { force: true });
  writeFileSync(home.beside('answer'), JSON.stringify(decision));
  home.runs(`touch ${started}; while [ ! -e ${go} ]; do sleep 0.01; done; cat ${home.beside('answer')} > .decision.json`);
  home.stir();
  const beating = home.begin(['beat', '--json']);
  await until(() => existsSync(started), 'the decider');
  meanwhile();
  writeFileSync(go, '');
  const ended = await beating.ended;
  if (ended.stdout === '') throw new Error(ended.stderr);
  return ended.json() as BeatRecord;
}

async function asks(home: DecidedHome): Promise<Ask[]> {
  return (await home.flyball(['asks', '--json'])).json() as Ask[];
}

/** Nothing of ours is left lying about in the person's folders. */
function tidy(home: DecidedHome): void {
  for (const folder of ['', 'goals', 'sensors'])
    expect(readdirSync(join(home.home, folder)).filter((name) => name.startsWith('.flyball-'))).toEqual([]);
}

test('edits in separate places merge: both are in the file, and each has its commit', async () => {
  const home = await decidedHome({ config: '', files: { 'goals/learn-rust.md': page() } });
  const theirs = page((line) => line.replace('Ten pages', 'Five pages'));
  const body = page((line) => line.replace('None yet.', 'Chapter 3 is done.'));
  const record = await beatWhile(home, { action: 'write_goal', id: 'learn-rust', body }, () => home.write('goals/learn-rust.md', theirs));
  expect(record).toMatchObject({ did: 'acted', outcome: { status: 'done' } });
  const both = theirs.replace('None yet.', 'Chapter 3 is done.');
  expect(home.read('goals/learn-rust.md')).toBe(both);
  expect(historyOf(home, 'log', '--format=%an', '--', 'goals/learn-rust.md').split('\n')).toEqual(
    expect.arrayContaining(['flyball', 'person']),
  );
  expect(`${historyOf(home, 'show', 'HEAD~1:goals/learn-rust.md')}\n`).toBe(theirs);
  expect(await asks(home)).toEqual([]);
  tidy(home);
});

test("edits in one place become an ask with the diff; the person's text stands, and the decider is told", async () => {
  const home = await decidedHome({ config: '', files: { 'goals/learn-rust.md': page() } });
  const theirs = page((line) => line.replace('None yet.', 'Mine: chapter 4.'));
  const body = page((line) => line.replace('None yet.', 'Chapter 3 is done.'));
  const record = await beatWhile(home, { action: 'write_goal', id: 'learn-rust', body }, () => home.write('goals/learn-rust.md', theirs));
  expect(record).toMatchObject({ did: 'asked', outcome: null });
  expect(home.read('goals/learn-rust.md')).toBe(theirs);
  const [ask] = await asks(home);
  expect(ask).toMatchObject({ kind: 'conflict', state: 'open', ref: 'b1', decision: { action: 'write_goal', id: 'learn-rust' } });
  expect(ask?.question).toContain('-Mine: chapter 4.');
  expect(ask?.question).toContain('+Chapter 3 is done.');
  tidy(home);
  home.decides({ action: 'noop' });
  await home.beat();
  expect(home.read('.flyball/beats/2/prompt.md')).toContain('Mine: chapter 4.');
});

test('a goal that the person deletes or renames meanwhile is not brought back', async () => {
  const home = await decidedHome({ config: '', files: { 'goals/learn-rust.md': page() } });
  const body = page((line) => line.replace('None yet.', 'Chapter 3 is done.'));
  const record = await beatWhile(home, { action: 'write_goal', id: 'learn-rust', body }, () =>
    rmSync(join(home.home, 'goals/learn-rust.md')),
  );
  expect(record).toMatchObject({ did: 'asked' });
  expect(existsSync(join(home.home, 'goals/learn-rust.md'))).toBe(false);
});

test('a goal that the person makes meanwhile under the same name is not written over', async () => {
  const home = await decidedHome({ config: '' });
  const record = await beatWhile(home, { action: 'write_goal', id: 'new', body: '# Its\n' }, () => home.write('goals/new.md', '# Mine\n'));
  expect(record).toMatchObject({ did: 'asked' });
  expect(home.read('goals/new.md')).toBe('# Mine\n');
});

test('a goal that the person edits meanwhile is not archived over the edit', async () => {
  const home = await decidedHome({ config: '', files: { 'goals/learn-rust.md': page() } });
  const theirs = page((line) => line.replace('Ten pages', 'Five pages'));
  const record = await beatWhile(home, { action: 'archive_goal', id: 'learn-rust' }, () => home.write('goals/learn-rust.md', theirs));
  expect(record).toMatchObject({ did: 'asked' });
  expect(home.read('goals/learn-rust.md')).toBe(theirs);
  expect(existsSync(join(home.home, 'goals/archive/learn-rust.md'))).toBe(false);
});

test('a goal longer than the prompt shows keeps its tail, also when the person writes on it meanwhile', async () => {
  const tail = Array.from({ length: 400 }, (_, n) => `- ${n}: a line of the diary that the decider is never shown`).join('\n');
  const home = await decidedHome({ config: '', files: { 'goals/diary.md': `# Diary\n\nToday: nothing.\n\n${tail}\n` } });
  const first = await beatWhile(home, { action: 'noop' }, () => {});
  expect(first.did).toBe('acted');
  const world = JSON.parse(home.read('.flyball/beats/1/world.json')) as { goals: Record<string, { text: string; cut: boolean }> };
  const { text: shown = '', cut } = world.goals.diary ?? {};
  expect(cut).toBe(true);
  expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(8 * 1_024);
  const body = shown.replace('Today: nothing.', 'Today: much.');
  const record = await beatWhile(home, { action: 'write_goal', id: 'diary', body }, () =>
    home.write('goals/diary.md', `# Diary\n\nToday: nothing.\n\n${tail}\n- the person's newest line\n`),
  );
  expect(record).toMatchObject({ did: 'acted' });
  expect(home.read('goals/diary.md')).toBe(`# Diary\n\nToday: much.\n\n${tail}\n- the person's newest line\n`);
});

test("front matter stays the person's: prose alone is taken, and what would change it becomes an ask", async () => {
  const matter = '---\npriority: 2\nverify: "true"   # mine\n---\n';
  const home = await decidedHome({ config: 'autonomy: full', files: { 'goals/learn-rust.md': `${matter}${page()}` } });
  const body = page((line) => line.replace('None yet.', 'Chapter 3 is done.'));
  expect(await beatWhile(home, { action: 'write_goal', id: 'learn-rust', body }, () => {})).toMatchObject({ did: 'acted' });
  expect(home.read('goals/learn-rust.md')).toBe(`${matter}${body}`);
  const sly = `---\npriority: 2\nverify: test -e done\n---\n${page()}`;
  expect(await beatWhile(home, { action: 'write_goal', id: 'learn-rust', body: sly }, () => {})).toMatchObject({ did: 'asked' });
  expect(home.read('goals/learn-rust.md')).toBe(`${matter}${body}`);
  const own = '---\ndone_when: "true"\n---\n# New\n';
  expect(await beatWhile(home, { action: 'write_goal', id: 'new', body: own }, () => {})).toMatchObject({ did: 'asked' });
  expect(existsSync(join(home.home, 'goals/new.md'))).toBe(false);
});

test('what the evidence of a decision said has changed meanwhile: it is overtaken, nothing is done, and the world is decided anew', async () => {
  const home = await decidedHome({ config: '' });
  home.write('sensors/level.sh', '#!/bin/sh\n# flyball: interval=1s\ncat level\n', 0o700);
  home.write('level', '{"signal":"high"}');
  const decision = { action: 'write_goal', id: 'x', body: '# X\n', because: ['/readings/level/signal'] };
  await home.beat();
  expect((await home.flyball(['up'])).code).toBe(0);
  expect(await home.beat()).toMatchObject({ did: 'rested' }); // the pulse has begun, and nothing is under way
  const [started, go] = [home.beside('started'), home.beside('go')];
  writeFileSync(home.beside('answer'), JSON.stringify(decision));
  home.runs(`touch ${started}; while [ ! -e ${go} ]; do sleep 0.01; done; cat ${home.beside('answer')} > .decision.json`);
  home.stir();
  const beating = home.begin(['beat', '--json']);
  await until(() => existsSync(started), 'the decider');
  home.write('level', '{"signal":"low"}');
  await until(() => home.read('.flyball/readings/level.json').includes('low'), 'the new reading');
  writeFileSync(go, '');
  expect((await beating.ended).json()).toMatchObject({
    did: 'overtaken',
    outcome: null,
    problem: expect.stringMatching(/was "high".*is "low" now/),
  });
  expect(existsSync(join(home.home, 'goals/x.md'))).toBe(false);
});
