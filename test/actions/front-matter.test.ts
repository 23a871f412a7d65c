// Front matter belongs to the person.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type HomeRig, makeHome } from '../support/home-rig.ts';

const HEAD = '---\n# mine\ngoal: CI is green   # always\npriority: 1\nagent_may_edit: [priority, paused]\nverify: make test\n---\n';
let rig: HomeRig;
beforeEach(() => {
  rig = makeHome({ 'goals/ci.md': `${HEAD}Notes.\n`, 'goals/plain.md': 'Just prose.\n' });
});
afterEach(() => rig.remove());

const write = async (id: string, body: string, person = false) => {
  const { prepared, executed } = await rig.act({ action: 'write_goal', id, body }, { person });
  const question = rig.ports.asks.all().at(-1)?.question ?? '';
  return { prepared, ask: executed.ask, problem: executed.problem, question, text: rig.read(`goals/${id}.md`) };
};

test('a body without front matter leaves it as it is, to the byte', async () => {
  expect((await write('ci', 'New notes.')).text).toBe(`${HEAD}New notes.\n`);
});

test('a body that says the same front matter in other words changes the prose only', async () => {
  const same = '---\nverify: "make test"\npriority: 1\ngoal: CI is green\nagent_may_edit:\n  - priority\n  - paused\n---\nNew notes.\n';
  expect((await write('ci', same)).text).toBe(`${HEAD}New notes.\n`);
});

test('a key that the person listed may be edited, and their comments stay', async () => {
  const { text } = await write('ci', `${HEAD.replace('priority: 1', 'priority: 2')}New notes.\n`);
  expect(text).toContain('# mine\n');
  expect(text).toContain('# always');
  expect(text).toContain('priority: 2\n');
  expect(text).toMatch(/---\nNew notes.\n$/);
});

test('any other key is an ask that names it, and nothing is written', async () => {
  for (const [changed, key] of [
    [HEAD.replace('make test', 'true'), 'verify'],
    [HEAD.replace('verify: make test\n', ''), 'verify'],
    [HEAD.replace('goal: CI is green', 'goal: CI is grey'), 'goal'],
    [HEAD.replace('[priority, paused]', '[priority, paused, verify]'), 'agent_may_edit'],
    [HEAD.replace('priority: 1\n', 'priority: 1\nautonomy: full\n'), 'autonomy'],
  ] as const) {
    const result = await write('ci', `${changed}New notes.\n`);
    expect(result).toMatchObject({ prepared: 'conflict', text: `${HEAD}Notes.\n` });
    expect(result.question).toContain(`\`${key}\``);
  }
});

test('what is never an agent’s is not, even when it is listed', async () => {
  rig.write('goals/ci.md', '---\nagent_may_edit: [verify, budget]\n---\nx\n');
  expect((await write('ci', '---\nagent_may_edit: [verify, budget]\nverify: "true"\n---\nx\n')).prepared).toBe('conflict');
});

test('a new goal of an agent may name itself, but not what checks, bounds or does it', async () => {
  expect((await write('new', '---\ngoal: Say hello\npriority: 3\n---\nx\n')).text).toContain('goal: Say hello');
  for (const key of [
    'verify: "true"',
    'done_when: "true"',
    'autonomy: full',
    'budget: { usd: 9 }',
    'worker: { agent: codex }',
    'agent_may_edit: [goal]',
  ])
    expect(await write('other', `---\n${key}\n---\nx\n`)).toMatchObject({ prepared: 'conflict', text: null });
});

test('a goal that was prose only stays so, unless the keys are harmless nowhere', async () => {
  expect((await write('plain', '---\nverify: "true"\n---\nx\n')).prepared).toBe('conflict');
  expect((await write('plain', '---\npriority: 1\n---\nx\n')).prepared).toBe('conflict');
  expect((await write('plain', 'More prose.')).text).toBe('More prose.\n');
});

test('front matter that is not valid never replaces one that is', async () => {
  expect((await write('ci', '---\npriority: [\n---\nx\n')).prepared).toBe('conflict');
  expect((await write('ci', '---\nnever closed\n')).prepared).toBe('conflict');
  expect((await write('ci', `${HEAD.replace('priority: 1', 'priority: high')}x\n`)).prepared).toBe('conflict');
  expect(rig.read('goals/ci.md')).toBe(`${HEAD}Notes.\n`);
});

test('a person’s broken front matter is not repaired or replaced by an agent', async () => {
  rig.write('goals/ci.md', '---\npriority: [\n---\nNotes.\n');
  expect((await write('ci', 'New notes.')).text).toBe('---\npriority: [\n---\nNew notes.\n');
  expect((await write('ci', '---\npriority: 1\n---\nx\n')).prepared).toBe('conflict');
  rig.write('goals/ci.md', '---\npriority: 1\nNotes.\n');
  expect((await write('ci', 'New notes.')).prepared).toBe('conflict');
});

test('the person’s edit of the front matter and the agent’s of the prose merge', async () => {
  const seen = rig.seen();
  rig.write('goals/ci.md', `${HEAD.replace('priority: 1', 'priority: 5')}Notes.\n`);
  await rig.act({ action: 'write_goal', id: 'ci', body: 'New notes.' }, { seen });
  expect(rig.read('goals/ci.md')).toBe(`${HEAD.replace('priority: 1', 'priority: 5')}New notes.\n`);
});

test('what a rule says, the person has said', async () => {
  expect((await write('plain', '---\nverify: "true"\n---\nx\n', true)).text).toBe('---\nverify: "true"\n---\nx\n');
});
