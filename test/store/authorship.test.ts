// Whose words the policy files are, from the history as git keeps it.
import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openHistory } from '../../src/store/history.ts';
import { type HomeRig, makeHome } from '../support/home-rig.ts';

let rig: HomeRig;
beforeEach(() => {
  rig = makeHome({ 'goals/a.md': 'The person began this.\n', 'PLAYBOOK.md': 'Be kind.\n' });
});
afterEach(() => rig.remove());

/** Whose a text is: of whoever is told of it first. */
function whose(text: string): 'person' | 'agent' | null {
  return [...rig.ports.history.written()].find((one) => one.text.includes(text))?.by ?? null;
}
const agentWrites = (body: string) => rig.act({ action: 'write_goal', id: 'a', body });

test('what nobody has kept yet is the person’s', () => {
  expect([...rig.ports.history.written()]).toEqual([
    { path: 'PLAYBOOK.md', by: 'person', text: 'Be kind.\n' },
    { path: 'goals/a.md', by: 'person', text: 'The person began this.\n' },
  ]);
});

test('an agent’s line is the agent’s, the person’s around it stay the person’s', async () => {
  await agentWrites('The person began this.\nThe agent went on.\n');
  rig.write('goals/a.md', 'The person began this.\nThe agent went on.\nAnd the person ended it.\n');
  expect([whose('began'), whose('went on'), whose('ended')]).toEqual(['person', 'agent', 'person']);
});

test('an agent’s words stay the agent’s when the person moves them, edits around them and saves them with other line ends', async () => {
  await agentWrites('The person began this.\nThe agent went on.\n');
  rig.write('goals/a.md', '- [x] The agent went on.\r\nThe person began this.\r\n');
  rig.ports.history.keep();
  expect([whose('The agent went on.'), whose('The person began')]).toEqual(['agent', 'person']);
});

test('what an agent archives and restores stays the person’s', async () => {
  await rig.act({ action: 'archive_goal', id: 'a' });
  await rig.act({ action: 'restore_goal', id: 'a' });
  expect(whose('began')).toBe('person');
});

test('a save of the person’s right after the write does not make the agent’s words the person’s', async () => {
  const seen = rig.seen();
  const { commit } = rig.ports.history;
  rig.ports.history.commit = (what) => {
    rig.write('goals/a.md', 'The person began this.\nThe agent went on.\nSaved at once.\n');
    commit(what);
  };
  await rig.act({ action: 'write_goal', id: 'a', body: 'The person began this.\nThe agent went on.\n' }, { seen });
  expect([whose('went on'), whose('Saved')]).toEqual(['agent', 'person']);
  openHistory(rig.layout).keep();
  expect([whose('went on'), whose('Saved')]).toEqual(['agent', 'person']);
});

test('nor does a git that failed to commit it', async () => {
  rig.ports.history.commit = () => {
    throw new Error('git is out of breath');
  };
  await agentWrites('The agent was here.\n');
  openHistory(rig.layout).keep();
  openHistory(rig.layout).keep();
  expect(whose('was here')).toBe('agent');
});

test('what an action was about to write and did not leaves nothing in the history', () => {
  rig.ports.history.keep([{ path: 'goals/a.md', before: 'The person began this.\n', after: 'Never written.\n' }]);
  rig.write('goals/a.md', 'The person went on.\n');
  rig.ports.history.keep();
  rig.ports.history.keep([{ path: 'goals/a.md', before: 'The person went on.\n', after: 'Something else.\n' }]);
  expect([whose('went on'), whose('Never written')]).toEqual(['person', null]);
});

test('odd names, long lines, bytes that are no text and lines that look like a diff are read to their end', () => {
  const text = `+++ b/x\n--- a/x\n@@ -1 +1 @@\ndiff --git a/x b/x\n${'x'.repeat(100_000)}\n`;
  rig.write('goals/Löwe "quoted"\n.md', text);
  writeFileSync(`${rig.home}/goals/bytes.md`, Buffer.from([0xff, 0x00, 0x0a, 0x2b]));
  rig.ports.history.keep();
  expect([...rig.ports.history.written()].some((one) => one.by === 'person' && `${one.text}\n` === text)).toBe(true);
  expect(whose('began')).toBe('person');
});

test('hundreds of versions are told in their order', () => {
  for (let n = 0; n < 230; n++) {
    rig.write('goals/a.md', `Version ${n}.\n`);
    rig.ports.history.keep();
  }
  const versions = [...rig.ports.history.written()].flatMap(({ text }) => /Version (\d+)/.exec(text)?.[1] ?? []);
  expect(versions.map(Number)).toEqual([...Array.from({ length: 230 }, (_, n) => n), 229]);
});

test('a history that is broken, or gone although something was written, is an error and never “all the person’s”', async () => {
  await agentWrites('The agent was here.\n');
  rmSync(rig.layout.historyRef);
  writeFileSync(rig.layout.historyRef, `${'0123456789'.repeat(4)}\n`);
  expect(() => [...rig.ports.history.written()]).toThrow();
  rmSync(rig.layout.history, { recursive: true });
  expect(() => [...rig.ports.history.written()]).toThrow(/is gone/);
});
