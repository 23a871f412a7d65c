// The life of an ask, and the memory of no, on a real disk.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Answer, NewAsk } from '../../src/ports/asks.ts';
import { openNos } from '../../src/store/nos.ts';
import { noAbout } from '../../src/world/no.ts';
import { newAsk as plainAsk } from '../support/asks.ts';
import { type HomeRig, makeHome } from '../support/home-rig.ts';

const AT = new Date('2026-03-02T12:00:00.000Z');
const person = (text: string, more: Partial<Answer> = {}): Answer => ({ text, by: 'person', at: AT, ...more });

function home(files: Record<string, string> = {}): HomeRig {
  const rig = makeHome(files);
  onTestFinished(() => rig.remove());
  return rig;
}

const newAsk = (parts: Partial<NewAsk> = {}) => plainAsk({ at: AT.toISOString(), ...parts });

const LEARN = { target: 'goals/learn', path: 'goals/learn.md' };
const WRITE = { action: 'write_goal', id: 'learn', body: 'More.' };
function approval(parts: Partial<NewAsk> = {}): NewAsk {
  const by = { kind: 'decider', name: 'x' } as const;
  const rests = { base: 1, by, ...LEARN, digest: null, evidence: [], nos: ['b7'], always: null };
  return newAsk({
    kind: 'approval',
    question: 'May I?',
    options: ['yes', 'no', 'always'],
    decision: WRITE,
    approval: rests,
    expires_at: '2026-03-03T12:00:00.000Z',
    ...parts,
  });
}

test('the first answer wins; force replaces it until something comes of it', () => {
  const { asks } = home().ports;
  const id = asks.raise(newAsk({ options: ['Tea', 'Coffee'] }));
  expect(asks.answer(id, person(' tea '))).toMatchObject({
    answered: 'taken',
    ask: { answer: 'Tea', state: 'answered', answered_by: 'person' },
  });
  expect(asks.answer(id, person('coffee'))).toMatchObject({
    answered: 'late',
    problem: 'ask 1 was answered "Tea" already; --force replaces that',
  });
  expect(asks.answer(id, person('coffee', { force: true }))).toMatchObject({ answered: 'taken', ask: { answer: 'Coffee' } });
  expect(asks.begin(id, 'Tea')).toBe(false);
  expect(asks.begin(id, 'Coffee')).toBe(true);
  expect(asks.begin(id, 'Coffee')).toBe(false);
  expect(asks.answer(id, person('tea', { force: true }))).toMatchObject({ answered: 'late' });
  asks.release(id);
  asks.close(id, 'answered', AT);
  asks.close(id, 'another reason', AT);
  expect(asks.all()).toMatchObject([{ state: 'closed', closed_reason: 'answered', answer: 'Coffee' }]);
  expect(asks.answer(id, person('tea', { force: true }))).toMatchObject({ answered: 'late', problem: 'ask 1 is closed: answered' });
  expect(asks.answer('7', person('tea'))).toEqual({ answered: 'unknown', problem: 'there is no ask 7' });
  expect(asks.answer('../../owner', person('tea'))).toMatchObject({ answered: 'unknown' });
});

test.each(['yes', 'Y', 'approve', ' always\n', 'no', 'n', 'DENY'])('an approval takes "%s"', (word) => {
  const { asks } = home().ports;
  expect(asks.answer(asks.raise(approval()), person(word)).answered).toBe('taken');
});

test.each(['', 'yes please', 'ok', '1', 'never'])('an approval does not take "%s", and stays open', (word) => {
  const { asks } = home().ports;
  expect(asks.answer(asks.raise(approval()), person(word)).answered).toBe('not-understood');
  expect(asks.all()).toMatchObject([{ state: 'open', answer: null }]);
});

test('a default never answers an approval', () => {
  const { asks } = home().ports;
  expect(asks.answer(asks.raise(approval()), person('yes', { by: 'default' }))).toMatchObject({ answered: 'not-understood' });
  expect(asks.answer(asks.raise(newAsk()), person('yes', { by: 'default' }))).toMatchObject({ answered: 'taken' });
});

test('an approval lapses, which is no yes; a question does not', () => {
  const { asks, nos } = home().ports;
  const [first, second] = [asks.raise(approval({ ref: 'b1' })), asks.raise(approval({ ref: 'b2' }))];
  asks.raise(newAsk());
  const late = new Date('2026-03-03T12:00:00.001Z');
  expect(asks.answer(first, person('yes', { at: late }))).toMatchObject({ answered: 'late' });
  expect(asks.lapse(AT)).toEqual([]);
  expect(asks.lapse(late).map(({ id }) => id)).toEqual([first, second]);
  expect(asks.all().map(({ state }) => state)).toEqual(['closed', 'closed', 'open']);
  expect(nos.all()).toEqual([]);
});

test('stranded and postponed are for open ones', () => {
  const { asks } = home().ports;
  const id = asks.raise(newAsk());
  expect(asks.postpone(id, new Date('2026-03-02T14:00:00.000Z'))).toBe(true);
  asks.strand(id);
  expect(asks.postpone(id, AT)).toBe(false);
  expect(asks.answer(id, person('x'))).toMatchObject({ answered: 'late', problem: 'ask 1 is stranded: whoever asked is gone' });
  expect(asks.all()).toMatchObject([{ state: 'stranded', later_until: '2026-03-02T14:00:00.000Z' }]);
});

test('a refused approval leaves a no about its target, until the person edits that', () => {
  const rig = home({ 'goals/learn.md': 'Learn Rust.\n' });
  const { asks, nos } = rig.ports;
  expect(asks.answer(asks.raise(approval()), person('no'))).toMatchObject({
    ask: { state: 'closed', closed_reason: 'refused', answer: 'no' },
  });
  expect(nos.all()).toMatchObject([{ kind: 'write_goal', target: 'goals/learn', why: 'refused', id: 'ask:1' }]);
  nos.settle();
  expect(nos.all()).toHaveLength(1);
  rig.write('goals/learn.md', 'Learn Rust this year.\n');
  expect(nos.all()).toEqual([]);
  nos.settle();
  rig.write('goals/learn.md', 'Learn Rust.\n');
  expect(nos.all()).toEqual([]);
});

test('a yes takes back the nos because of which it was asked, and one of its own that was forced', () => {
  const { asks, nos } = home().ports;
  const id = asks.raise(approval());
  nos.add(noAbout(WRITE, LEARN, { why: 'refused', id: `ask:${id}`, at: AT.toISOString() }));
  for (const other of ['b7', 'b8']) nos.add(noAbout(WRITE, LEARN, { why: 'undone', id: other, at: AT.toISOString() }));
  asks.answer(id, person('yes'));
  expect(nos.all()).toMatchObject([{ id: 'b8' }]);
});

test('an agent that writes a refused target again does not take the no back', async () => {
  const rig = home({ 'goals/learn.md': 'Learn Rust.\n' });
  rig.ports.nos.add(noAbout(WRITE, LEARN, { why: 'undone', id: 'b7', at: AT.toISOString() }));
  await rig.act(WRITE);
  rig.ports.nos.settle();
  expect(rig.ports.nos.all()).toMatchObject([{ id: 'b7' }]);
});

test('what an agent wrote and the person deleted is a no, whether its removal is kept already or not', async () => {
  const rig = home({ 'goals/mine.md': 'Mine.\n' });
  await rig.act(WRITE);
  expect(rig.ports.nos.deletion('write_goal', LEARN)).toBeNull();
  rmSync(join(rig.home, 'goals/learn.md'));
  rmSync(join(rig.home, 'goals/mine.md'));
  const no = rig.ports.nos.deletion('write_goal', LEARN);
  expect(no).toMatchObject({ why: 'deleted', target: 'goals/learn' });
  expect(rig.ports.nos.deletion('write_goal', { target: 'goals/mine', path: 'goals/mine.md' })).toBeNull();
  expect(rig.ports.nos.deletion('write_goal', { target: 'goals/other', path: 'goals/other.md' })).toBeNull();
  rig.ports.history.keep();
  expect(rig.ports.nos.deletion('write_goal', LEARN)).toEqual(no);
  expect(rig.ports.nos.deletion('write_goal', { target: 'goals/mine', path: 'goals/mine.md' })).toBeNull();
  if (no) rig.ports.nos.add(no);
  rig.ports.nos.forget(no?.id ?? '');
  expect(rig.ports.nos.deletion('write_goal', LEARN)).toBeNull();
  expect(rig.ports.nos.all()).toEqual([]);
});

test('what an action removed is no deletion by the person', async () => {
  const rig = home();
  await rig.act(WRITE);
  await rig.act({ action: 'archive_goal', id: 'learn' });
  expect(rig.ports.nos.deletion('write_goal', LEARN)).toBeNull();
});

test('a damaged memory of no is not an empty one', () => {
  const rig = home();
  rig.ports.nos.add(
    noAbout({ action: 'run_shell', cmd: 'make' }, { target: null, path: null }, { why: 'refused', id: 'ask:9', at: AT.toISOString() }),
  );
  writeFileSync(rig.layout.nos, readFileSync(rig.layout.nos, 'utf8').slice(0, -5));
  expect(() => openNos(rig.layout).all()).toThrow('nos.json is damaged');
});
