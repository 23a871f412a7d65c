// flyball undo on a real terminal: the diff is shown, anything but a yes is a no, and only what was shown is done.
import { expect, test } from 'vitest';
import { decidedHome } from '../support/home-cli.ts';
import { NO_TMUX, onTerminal } from '../support/tmux.ts';

test.skipIf(NO_TMUX !== null)(`a no leaves it as it is`, async () => {
  const home = await decidedHome({ files: { 'goals/house.md': 'Paint it.\n' } });
  home.decides({ action: 'write_goal', id: 'house', body: 'Painted.' });
  await home.beat();

  const no = onTerminal(home, ['undo']);
  expect(await no.shows('Undo b1? [y/N]')).toMatch(/-Painted\.\s+\+Paint it\./);
  no.types('');
  expect(await no.exit()).toBe(1);
  expect(home.read('goals/house.md')).toBe('Painted.\n');
});

test.skipIf(NO_TMUX !== null)('an edit between the diff and the yes: nothing is done but what was shown', async () => {
  const home = await decidedHome({ files: { 'goals/house.md': 'Paint it.\n\n\n\n\n\nBlue.\n' } });
  home.decides({ action: 'write_goal', id: 'house', body: 'Painted.\n\n\n\n\n\nBlue.' });
  await home.beat();
  const late = onTerminal(home, ['undo']);
  await late.shows('Undo b1? [y/N]');
  home.write('goals/house.md', 'Painted.\n\n\n\n\n\nGreen.\n');
  late.types('y');
  expect(await late.exit()).toBe(1);
  expect(late.screen()).toContain('has changed since it was shown');
  expect(home.read('goals/house.md')).toBe('Painted.\n\n\n\n\n\nGreen.\n');
});

test.skipIf(NO_TMUX !== null)('a yes undoes it', async () => {
  const home = await decidedHome({ files: { 'goals/house.md': 'Paint it.\n' } });
  home.decides({ action: 'write_goal', id: 'house', body: 'Painted.' });
  await home.beat();
  const yes = onTerminal(home, ['undo']);
  await yes.shows('Undo b1? [y/N]');
  yes.types('y');
  expect(await yes.exit()).toBe(0);
  expect(yes.screen()).toContain('undid b1');
  expect(home.read('goals/house.md')).toBe('Paint it.\n');
});
