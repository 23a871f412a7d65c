// Co-editing: the decider is slow, and the person saves the same file meanwhile. Nothing is ever overwritten.
import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { trySwap } from '../../src/lib/swap.ts';
import { type Acted, type HomeRig, makeHome } from '../support/home-rig.ts';

/** Runs at the very step in which the new text and the old exchange names, or before it. */
const hooks = vi.hoisted(() => ({ beforeSwap: null as null | (() => void), supported: true }));
vi.mock('../../src/lib/swap.ts', async (original) => {
  const real = await original<typeof import('../../src/lib/swap.ts')>();
  return {
    trySwap: (one: string, other: string) => {
      const hook = hooks.beforeSwap;
      hooks.beforeSwap = null;
      hook?.();
      return hooks.supported && real.trySwap(one, other);
    },
  };
});

const TEXT = '# Learn Rust\n\none\ntwo\nthree\nfour\nfive\nsix\n';
const PATH = 'goals/learn.md';
let rig: HomeRig;
beforeEach(() => {
  hooks.beforeSwap = null;
  hooks.supported = true;
  rig = makeHome({ [PATH]: TEXT, 'PLAYBOOK.md': 'a\nb\nc\nd\ne\n' });
});
afterEach(() => rig.remove());

const write = (body: string, meanwhile?: () => void, id = 'learn'): Promise<Acted> => {
  const seen = rig.seen();
  meanwhile?.();
  return rig.act({ action: 'write_goal', id, body }, { seen });
};
const asks = () => rig.ports.asks.all();
const leftovers = () => readdirSync(join(rig.home, 'goals')).filter((name) => name.startsWith('.'));

test('separate edits merge', async () => {
  const { executed } = await write(TEXT.replace('six', 'SIX'), () => rig.write(PATH, TEXT.replace('one', 'ONE')));
  expect(executed.outcome?.status).toBe('done');
  expect(rig.read(PATH)).toBe(TEXT.replace('six', 'SIX').replace('one', 'ONE'));
});

test('overlapping edits become an ask with the diff, and nothing is written', async () => {
  const theirs = TEXT.replace('three', 'my three');
  const { executed } = await write(TEXT.replace('three', 'its three'), () => rig.write(PATH, theirs));
  expect(executed).toMatchObject({ outcome: null, ask: '1' });
  expect(asks()).toMatchObject([{ kind: 'conflict', ref: 'b1', state: 'open', decision: { action: 'write_goal', id: 'learn' } }]);
  expect(asks()[0]?.question).toContain('-my three\n+its three\n');
  expect(rig.read(PATH)).toBe(theirs);
});

test('the same edit by both is no conflict and nothing to write', async () => {
  const both = TEXT.replace('three', '3');
  expect((await write(both, () => rig.write(PATH, both))).prepared).toBe('unchanged');
});

test('a goal that the person deleted meanwhile stays deleted, and they are asked', async () => {
  const { executed } = await write('new text', () => renameSync(join(rig.home, PATH), join(rig.home, 'elsewhere.md')));
  expect(executed.ask).toBe('1');
  expect(rig.read(PATH)).toBeNull();
});

test('a goal that came meanwhile was never shown, and is not overwritten', async () => {
  const { executed } = await write('its own', () => rig.write('goals/new.md', 'mine\n'), 'new');
  expect(executed.ask).toBe('1');
  expect(rig.read('goals/new.md')).toBe('mine\n');
});

test('a goal longer than what is shown keeps its tail', async () => {
  const long = `# Long\n${Array.from({ length: 2_000 }, (_, n) => `line ${n}`).join('\n')}\n`;
  rig.write(PATH, long);
  const shown = rig.seen().goals.learn?.text ?? '';
  expect(shown.length).toBeLessThan(long.length);
  await write(shown.replace('line 3\n', 'line three\n'));
  expect(rig.read(PATH)).toBe(long.replace('line 3\n', 'line three\n'));
});

test('the tail is kept too when the person edited it, or another place of the beginning, meanwhile', async () => {
  const long = `# Long\n${Array.from({ length: 2_000 }, (_, n) => `line ${n}`).join('\n')}\n`;
  rig.write(PATH, long);
  const shown = rig.seen().goals.learn?.text ?? '';
  await write(shown.replace('line 3\n', 'line three\n'), () =>
    rig.write(PATH, long.replace('line 9\n', '').replace('line 1999', 'the end')),
  );
  expect(rig.read(PATH)).toBe(long.replace('line 3\n', 'line three\n').replace('line 9\n', '').replace('line 1999', 'the end'));
});

test('the playbook merges as goals do', async () => {
  const seen = rig.seen();
  rig.write('PLAYBOOK.md', 'A\nb\nc\nd\ne\n');
  await rig.act({ action: 'write_playbook', body: 'a\nb\nc\nd\nE\n' }, { seen });
  expect(rig.read('PLAYBOOK.md')).toBe('A\nb\nc\nd\nE\n');
});

test('a file with CRLF keeps it, also where the agent wrote', async () => {
  rig.write(PATH, TEXT.replaceAll('\n', '\r\n'));
  await write(TEXT.replace('six', 'SIX'));
  expect(rig.read(PATH)).toBe(TEXT.replace('six', 'SIX').replaceAll('\n', '\r\n'));
});

test('an archive of a goal that was edited since is asked', async () => {
  const seen = rig.seen();
  rig.write(PATH, `${TEXT}more\n`);
  expect((await rig.act({ action: 'archive_goal', id: 'learn' }, { seen })).executed.ask).toBe('1');
  expect(rig.read(PATH)).toBe(`${TEXT}more\n`);
});

test('an id means the file whose name is its slug; two such files are refused', async () => {
  renameSync(join(rig.home, PATH), join(rig.home, 'goals/Learn Rust.md'));
  await write('Better', undefined, 'learn-rust');
  expect(rig.read('goals/Learn Rust.md')).toBe('Better\n');
  rig.write('goals/learn-rust.md', 'x');
  expect((await write('y', undefined, 'learn-rust')).executed.problem).toContain('both the goal learn-rust');
});

// ── the save falls into the write itself ───────────────────────────────────────────────────────────

const MINE = 'saved in that very instant\n';
const saves = {
  'in place': () => writeFileSync(join(rig.home, PATH), MINE),
  'by rename': () => {
    writeFileSync(join(rig.home, 'goals/.editor'), MINE);
    renameSync(join(rig.home, 'goals/.editor'), join(rig.home, PATH));
  },
} as const;

for (const [how, save] of Object.entries(saves)) {
  test(`a save ${how} between compare and exchange comes back whole, and the person is asked`, async () => {
    const seen = rig.seen();
    hooks.beforeSwap = save;
    const { executed } = await rig.act({ action: 'write_goal', id: 'learn', body: 'its text' }, { seen });
    expect(executed).toMatchObject({ outcome: { status: 'failed' }, ask: '1' });
    expect(rig.read(PATH)).toBe(MINE);
    expect(leftovers()).toEqual([]);
    expect(rig.ports.journal.open()).toEqual([]);
  });

  test(`a save ${how} between prepare and write is seen`, async () => {
    const { executed } = await rig.act({ action: 'write_goal', id: 'learn', body: 'its text' }, { meanwhile: save });
    expect(executed).toMatchObject({ outcome: { status: 'failed' }, ask: '1' });
    expect(rig.read(PATH)).toBe(MINE);
  });

  test(`where the file system has no exchange, a save ${how} comes back as well`, async () => {
    hooks.supported = false;
    hooks.beforeSwap = save;
    const { executed } = await rig.act({ action: 'write_goal', id: 'learn', body: 'its text' });
    expect(executed.ask).toBe('1');
    expect(rig.read(PATH)).toBe(MINE);
    expect(leftovers()).toEqual([]);
  });
}

test('where the file system has no exchange, a write works by links', async () => {
  hooks.supported = false;
  expect((await write('its text')).executed.outcome?.status).toBe('done');
  expect(rig.read(PATH)).toBe('its text\n');
  expect(leftovers()).toEqual([]);
});

test('a file that vanishes between compare and exchange stays gone', async () => {
  hooks.beforeSwap = () => renameSync(join(rig.home, PATH), join(rig.home, 'elsewhere.md'));
  const { executed } = await write('its text');
  expect(executed.ask).toBe('1');
  expect(rig.read(PATH)).toBeNull();
  expect(leftovers()).toEqual([]);
});

test('two saves in that instant: the newer one has the name, the older one is in stray', async () => {
  hooks.beforeSwap = () => {
    saves['by rename']();
    hooks.beforeSwap = null;
  };
  const first = hooks.beforeSwap;
  hooks.beforeSwap = () => {
    first();
    // The second save comes before the first is given back.
    hooks.beforeSwap = () => writeFileSync(join(rig.home, PATH), 'and once more\n');
  };
  await write('its text');
  const stray = readdirSync(rig.layout.stray).map((name) => rig.read(`.flyball/stray/${name}`));
  expect([rig.read(PATH), ...stray].sort()).toEqual(['and once more\n', MINE].sort());
});

test('the exchange is the kernel’s: both names, one step', () => {
  rig.write('a', 'A');
  rig.write('b', 'B');
  expect(trySwap(join(rig.home, 'a'), join(rig.home, 'b'))).toBe(true);
  expect([rig.read('a'), rig.read('b')]).toEqual(['B', 'A']);
});
