// flyball journal: of a goal, a schedule or a file, with diffs, with what was undone, and as it happens.
import { expect, test } from 'vitest';
import { decidedHome } from '../support/home-cli.ts';
import { until } from '../support/wait.ts';

const FILES = { 'goals/Learn Rust.md': 'Ten pages.\n' };

test('what was done of one thing, with its diff, and what was undone by which undo', async () => {
  const home = await decidedHome({ files: FILES });
  for (const decision of [
    { action: 'write_goal', id: 'learn-rust', body: 'Twenty pages.' },
    { action: 'write_schedule', name: 'daily', every_s: 86_400, note: 'look' },
    { action: 'noop' },
  ]) {
    home.stir();
    home.decides(decision);
    await home.beat('--force');
  }
  const journal = async (...args: string[]) => (await home.flyball(['journal', ...args])).stdout;
  expect(await journal('learn-rust', '-p')).toContain('-Ten pages.\n+Twenty pages.');
  expect(await journal('learn-rust')).not.toMatch(/b2|b3/);
  expect(await journal('goals/Learn Rust.md')).toBe(await journal('learn-rust'));
  // Schedules are in no history: the intent has their text.
  expect(await journal('schedules/daily', '-p')).toMatch(/\+\{"v":1,"name":"daily"/);
  expect(await journal('sensors/daily')).toBe('');

  const { id } = (await home.flyball(['undo', '1', '--yes', '--json'])).json() as { id: string };
  expect(await journal('learn-rust')).toContain(`(undone by ${id})`);
  expect(await journal('learn-rust', '-p')).toContain(`${id} undo b1 (person)`);
  expect((await home.flyball(['why', id])).stdout).toContain('undoes b1');
  expect((await home.flyball(['why', '1'])).stdout).toContain(`undone by ${id}`);
  expect((await home.flyball(['why', 'p999'])).code).toBe(1);
});

test('-f goes on with what comes, the undo too', async () => {
  const home = await decidedHome({ files: FILES });
  home.decides({ action: 'write_goal', id: 'learn-rust', body: 'Twenty pages.' });
  await home.beat();
  const following = home.begin(['journal', 'learn-rust', '-f', '-p']);
  await until(() => following.stdout().includes('b1 done'), 'the first lines');
  await home.flyball(['undo', '--yes']);
  await until(() => following.stdout().includes('-Twenty pages.\n+Ten pages.'), 'the diff of the undo');
  following.child.kill('SIGINT');
  expect((await following.ended).code).toBe(0);
});
