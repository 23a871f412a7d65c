// What every history promises: the one in git, and the one in memory under which random stories are played.
import { mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { digest } from '../../src/lib/digest.ts';
import { type FileHistory, openHistory } from '../../src/store/history.ts';
import { type Layout, layout } from '../../src/store/layout.ts';
import { forgetHistories, memoryHistory } from '../support/model/history.ts';

const PATH = 'goals/a.md';

let home: Layout;
let history: FileHistory;
let now: Date;

/** The test, once for each history. */
function each(name: string, promise: () => void): void {
  test.each([
    ['in git', openHistory],
    ['in memory', memoryHistory],
  ] as const)(`a history %s: ${name}`, (_where, open) => {
    home = layout(mkdtempSync(join(tmpdir(), 'flyball-history-')));
    for (const folder of [home.goals, home.sensors, home.machine]) mkdirSync(folder);
    now = new Date('2026-06-01T12:00:00Z');
    history = open(home, { now: () => now });
    promise();
  });
}
afterEach(() => {
  rmSync(home.home, { recursive: true });
  forgetHistories();
});

const save = (text: string, path = PATH) => writeFileSync(home.at(path), text);
const stamp = (text: string | null, path = PATH) => ({ path, digest: text === null ? null : digest(text) });
const wrote = (id: string, text: string) => {
  history.keep([{ path: PATH, before: null, after: text }]);
  save(text);
  history.commit({ id, title: 'did it', after: [stamp(text)] });
};
const words = () => [...history.written()].map(({ by, text }) => `${by}: ${text.trim()}`);

each('keeps every version, whoever wrote it', () => {
  save('one\n');
  history.keep();
  wrote('b1', 'two\n');
  for (const text of ['one\n', 'two\n']) expect(history.version(stamp(text))).toEqual({ text, executable: false });
  expect(history.version(stamp('three\n'))).toBeNull();
});

each('knows its own text until somebody changes it', () => {
  expect(history.isOwn(PATH)).toBe(false);
  wrote('b1', 'ours\n');
  expect(history.isOwn(PATH)).toBe(true);
  save('ours, and more\n');
  expect(history.isOwn(PATH)).toBe(false);
  history.keep();
  expect(history.isOwn(PATH)).toBe(false);
});

each('does not put down to an action what is no longer as it was written', () => {
  history.keep();
  save('the person was faster\n');
  history.commit({ id: 'b1', title: 'did it', after: [stamp('ours\n')] });
  expect(history.changes('b1')).toBeNull();
  expect(history.isOwn(PATH)).toBe(false);
});

each('a commit made again changes nothing', () => {
  wrote('b1', 'ours\n');
  history.commit({ id: 'b1', title: 'did it', after: [stamp('ours\n')] });
  expect(history.changes('b1')).toMatchObject({ before: [stamp(null)], after: [stamp('ours\n')] });
});

each('tells what the person has deleted of flyball’s, before and after it is kept, and nothing else', () => {
  wrote('b1', 'ours\n');
  expect(history.deletedFrom(PATH)).toBeNull();
  unlinkSync(home.at(PATH));
  expect(history.deletedFrom(PATH)).not.toBeNull();
  history.keep();
  expect(history.deletedFrom(PATH)).not.toBeNull();
  save('mine\n');
  history.keep();
  unlinkSync(home.at(PATH));
  expect(history.deletedFrom(PATH)).toBeNull();
});

each('what differs since a time, and nothing before the first version', () => {
  expect(history.since(now)).toBeNull();
  save('one\n');
  history.keep();
  const then = now;
  now = new Date(now.getTime() + 60_000);
  wrote('b1', 'two\n');
  expect(history.since(then)).toMatchObject([{ path: PATH, was: { text: 'one\n' }, now: { text: 'two\n' } }]);
  expect(history.since(now)).toEqual([]);
});

each('an agent’s words stay an agent’s, also when its own commit never came', () => {
  save('mine\n');
  history.keep([{ path: PATH, before: 'mine\n', after: 'mine\nrun me\n' }]);
  save('mine\nrun me\nmore of mine\n'); // written by the action, killed, and saved over by the person
  history.keep();
  expect(history.version(stamp('mine\nrun me\n'))).not.toBeNull();
  const [first] = words().filter((passage) => passage.includes('run me'));
  expect(first).toMatch(/^agent: /);
  expect(
    words()
      .filter((passage) => passage.startsWith('person: '))
      .join(),
  ).toContain('more of mine');
});

each('what a person’s verb brings back is whose it was', () => {
  save('mine\n');
  history.keep();
  wrote('b1', 'ours\n');
  history.keep();
  save('mine\n');
  history.commit({ id: 'p9', title: 'undid b1', after: [stamp('mine\n')] });
  expect(history.isOwn(PATH)).toBe(false);
  expect(words().some((passage) => passage.startsWith('agent: ') && passage.includes('mine'))).toBe(false);
});
