// flyball answer on a real terminal: one ask after the other, with what a person needs before they say yes.
import { expect, test } from 'vitest';
import { askIn, raiseApproval, raiseAsk } from '../support/asks.ts';
import { makeRig } from '../support/rig.ts';
import { NO_TMUX, onTerminal } from '../support/tmux.ts';

/** The reason stands in the name of what is skipped. */
const onTty = (name: string, run: () => Promise<void>) =>
  test.skipIf(NO_TMUX !== null)(NO_TMUX ? `${name} (skipped: ${NO_TMUX})` : name, run);

onTty('what waits comes one after the other: answered, put off, skipped, closed', async () => {
  const rig = await makeRig();
  const [colour, approval, words, later, old] = [
    raiseAsk(rig, { options: ['red', 'blue'] }),
    raiseApproval(rig),
    raiseAsk(rig, { question: 'What is it to say?' }),
    raiseAsk(rig, { question: 'And tomorrow?' }),
    raiseAsk(rig, { question: 'Nobody cares any more?' }),
  ];
  const terminal = onTerminal(rig, ['answer']);
  await terminal.shows(/1 of 5.*ask 1, question[\s\S]*1 {2}red[\s\S]*\[q\]uit:/);
  terminal.types('green');
  await terminal.shows('"green" is none of them');
  terminal.types('2');
  expect(await terminal.shows(/2 of 5/)).toContain('ask 1 is answered: blue');
  await terminal.shows(/would do {2}run_shell\s+cmd +make release[\s\S]*\[y\]es, \[n\]o, \[a\]lways, \[s\]kip/);
  terminal.types('maybe');
  await terminal.shows('"maybe" is none of them');
  terminal.types('y');
  await terminal.shows('ask 2 is answered: yes');
  await terminal.shows(/3 of 5/);
  terminal.types('hello there');
  await terminal.shows(/4 of 5/);
  terminal.types('l 3h');
  await terminal.shows('ask 4 is put off for 3h');
  await terminal.shows(/5 of 5/);
  terminal.types('c');
  expect(await terminal.exit()).toBe(0);
  expect(terminal.screen()).toContain('nothing waits for you but what is put off: 1');
  expect(askIn(rig, colour).answer).toBe('blue');
  expect(askIn(rig, approval).answer).toBe('yes');
  expect(askIn(rig, words).answer).toBe('hello there');
  expect(askIn(rig, later)).toMatchObject({ state: 'open', later_until: expect.any(String) });
  expect(askIn(rig, old)).toMatchObject({ state: 'closed', answer: null });
});

onTty('Enter and skip leave an ask open, quit and Ctrl-C leave the rest', async () => {
  const rig = await makeRig();
  const ids = [raiseAsk(rig), raiseApproval(rig), raiseApproval(rig)];
  const terminal = onTerminal(rig, ['answer']);
  await terminal.shows('1 of 3');
  terminal.types('');
  await terminal.shows('2 of 3');
  terminal.types('skip');
  await terminal.shows('3 of 3');
  terminal.presses('C-c');
  expect([0, 130]).toContain(await terminal.exit());
  for (const id of ids) expect(askIn(rig, id)).toMatchObject({ state: 'open', answer: null });
});

onTty('one ask is asked alone, and who was first elsewhere is said', async () => {
  const rig = await makeRig();
  const id = raiseApproval(rig);
  const terminal = onTerminal(rig, ['answer', id]);
  await terminal.shows('[y]es, [n]o');
  expect((await rig.flyball(['answer', id, 'no'])).code).toBe(0);
  terminal.types('yes');
  await terminal.shows('ask 1 is answered: you answered it');
  expect(await terminal.exit()).toBe(0);
  expect(askIn(rig, id)).toMatchObject({ answer: 'no', state: 'closed' });
});
