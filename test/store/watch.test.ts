// What is watched: the person's files and the answers, also those whose folder comes after the watch.
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { layout } from '../../src/store/layout.ts';
import { watchHome } from '../../src/store/watch.ts';
import { until } from '../support/wait.ts';

async function watched() {
  const home = mkdtempSync(join(tmpdir(), 'flyball-watch-'));
  mkdirSync(join(home, '.flyball'));
  let changes = 0;
  const problems: string[] = [];
  const count = () => {
    changes += 1;
  };
  const watch = await watchHome(
    layout(home),
    { onChange: count, onTop: () => {}, onError: (message) => problems.push(message) },
    { poll: false },
  );
  onTestFinished(async () => {
    await watch.close();
    rmSync(home, { recursive: true, force: true });
  });
  /** Does it, and resolves once the watch has told of it. */
  const tells = async (what: string, work: () => void) => {
    const before = changes;
    work();
    await until(() => changes > before, `the watch to tell of ${what}`);
  };
  return { home, tells, problems };
}

test('the first ask of a home is told of, and each step of its life', async () => {
  const { home, tells } = await watched();
  const [file, beside] = [join(home, '.flyball/asks/1.json'), join(home, '.flyball/asks/new')];
  await tells('the ask', () => writeFileSync(file, '{}'));
  await tells('its answer', () => {
    writeFileSync(beside, '{"state":"answered"}');
    renameSync(beside, file);
  });
});

test('a folder that is made, or made anew, after the pulse began is watched like any other', async () => {
  const { home, tells, problems } = await watched();
  await tells('the folder', () => mkdirSync(join(home, 'goals')));
  await tells('a goal in it', () => writeFileSync(join(home, 'goals/tea.md'), '# Tea\n'));
  await tells('its going', () => rmSync(join(home, 'goals'), { recursive: true }));
  await tells('its coming back', () => mkdirSync(join(home, 'goals')));
  await tells('a goal in the new one', () => writeFileSync(join(home, 'goals/coffee.md'), '# Coffee\n'));
  await tells('the playbook', () => writeFileSync(join(home, 'PLAYBOOK.md'), 'Be kind.\n'));
  await tells('an edit of it', () => writeFileSync(join(home, 'PLAYBOOK.md'), 'Be kinder.\n'));
  expect(problems).toEqual([]);
});
