// The journal on disk: chain, fence, torn and cut tails, rotation, bounds.
import { execFile } from 'node:child_process';
import { appendFileSync, readFileSync, rmSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digest } from '../../src/lib/digest.ts';
import { listNames } from '../../src/lib/files.ts';
import type { Journal } from '../../src/ports.ts';
import { openJournal } from '../../src/store/journal.ts';
import { checkJournal } from '../../src/store/journal-check.ts';
import type { Entry, Intent } from '../../src/world/journal.ts';
import { NOON } from '../support/builders.ts';
import { type HomeRig, makeHome } from '../support/home-rig.ts';

let rig: HomeRig;
let journal: Journal;
const reopened = (segmentBytes?: number): Journal =>
  openJournal({ layout: rig.layout, now: () => NOON, ...(segmentBytes === undefined ? {} : { segmentBytes }) });

beforeEach(() => {
  rig = makeHome();
  journal = reopened();
});
afterEach(() => rig.remove());

function intent(id: string, parts: Partial<Intent> = {}): Intent {
  const beat = Number(id.slice(1));
  return {
    type: 'intent',
    id,
    beat,
    by: { kind: 'decider', name: null },
    goal: null,
    action: { action: 'noop' },
    before: [],
    after: [],
    ...parts,
  };
}
const outcome = (id: string): Entry => ({ type: 'outcome', id, status: 'done', note: '', ms: 1, recovered: false });
const append = (entry: Entry, to: Journal = journal) => to.append(entry, rig.epoch);
const lines = () => readFileSync(rig.layout.journal, 'utf8').trimEnd().split('\n');
const check = () => checkJournal(rig.layout);

test('every line names the digest of the line before it, from the first segment record on', () => {
  append(intent('b1'));
  append(outcome('b1'));
  const records = lines().map((line) => JSON.parse(line));
  expect(records.map(({ type, seq, prev }) => ({ type, seq, prev }))).toEqual([
    { type: 'segment', seq: 1, prev: null },
    { type: 'intent', seq: 2, prev: digest(lines()[0] ?? '') },
    { type: 'outcome', seq: 3, prev: digest(lines()[1] ?? '') },
  ]);
  expect(records[1]).toMatchObject({ v: 1, at: NOON.toISOString(), epoch: rig.epoch, id: 'b1' });
  expect(check()).toEqual({ v: 1, ok: true, records: 3, segments: 1, first_seq: 1, last_seq: 3, head: 'ok', broken_at: null, open: [] });
  expect(statSync(rig.layout.journal).mode & 0o777).toBe(0o600);
});

test('an intent without an outcome is open, also for who opens the journal anew', () => {
  append(intent('b1'));
  append(outcome('b1'));
  append(intent('b2'));
  append({ type: 'note', event: 'gap', ms: 5 });
  append(intent('b3'));
  expect(
    reopened()
      .open()
      .map(({ id }) => id),
  ).toEqual(['b2', 'b3']);
  unlinkSync(rig.layout.journalHead);
  expect(
    reopened()
      .open()
      .map(({ id }) => id),
  ).toEqual(['b2', 'b3']);
  append(outcome('b2'), reopened());
  expect(journal.open().map(({ id }) => id)).toEqual(['b3']);
  expect(check()).toMatchObject({ ok: true, open: ['b3'] });
});

test('words that look like a record inside a text open nothing', () => {
  append(intent('b1', { action: { action: 'noop', reason: '"type":"intent","id":"b9"' } }));
  append(outcome('b1'));
  expect(reopened().open()).toEqual([]);
});

test('a torn last line is cut before the next append, and the journal says so', () => {
  append(intent('b1'));
  appendFileSync(rig.layout.journal, '{"v":1,"seq":3,"ty');
  expect(check()).toMatchObject({ ok: true, records: 2 });
  const other = reopened();
  expect(other.open().map(({ id }) => id)).toEqual(['b1']);
  append(outcome('b1'), other);
  expect(other.newest(2)).toMatchObject([{ type: 'outcome' }, { type: 'note', event: 'torn-line-cut', bytes: 18 }]);
  expect(check()).toMatchObject({ ok: true, records: 4, open: [] });
});

test('a first line that was torn leaves a journal that begins anew', () => {
  writeFileSync(rig.layout.journal, '{"v":1,');
  append(intent('b1'));
  expect(check()).toMatchObject({ ok: true, first_seq: 1, open: ['b1'] });
});

test('a head that is behind is well, and one that is ahead means a cut tail', () => {
  append(intent('b1'));
  const head = readFileSync(rig.layout.journalHead);
  append(outcome('b1'));
  const newer = readFileSync(rig.layout.journalHead);
  writeFileSync(rig.layout.journalHead, head);
  expect(check()).toMatchObject({ ok: true, head: 'behind' });
  expect(reopened().open()).toEqual([]);
  writeFileSync(rig.layout.journalHead, newer);
  truncateSync(rig.layout.journal, Buffer.byteLength(`${lines().slice(0, 2).join('\n')}\n`));
  expect(check()).toMatchObject({ ok: false, head: 'ahead' });
  append(intent('b2'), reopened());
  expect(reopened().newest(2)).toMatchObject([
    { type: 'intent', id: 'b2' },
    { type: 'note', event: 'tail-was-cut' },
  ]);
  expect(check()).toMatchObject({ ok: true, head: 'ok', open: ['b1', 'b2'] });
});

test('a changed, removed, added or exchanged line is found where it is', () => {
  for (const id of ['b1', 'b2', 'b3']) {
    append(intent(id));
    append(outcome(id));
  }
  const whole = lines();
  const broken = (change: (all: string[]) => string[]) => {
    writeFileSync(rig.layout.journal, `${change([...whole]).join('\n')}\n`);
    return check();
  };
  expect(broken((all) => all)).toMatchObject({ ok: true });
  expect(broken((all) => all.map((line, n) => (n === 2 ? line.replace('"ms":1', '"ms":2') : line)))).toMatchObject({
    ok: false,
    broken_at: 4,
  });
  expect(broken((all) => all.filter((_, n) => n !== 3))).toMatchObject({ ok: false, broken_at: 4 });
  expect(broken((all) => all.toSpliced(3, 0, all[3] ?? ''))).toMatchObject({ ok: false, broken_at: 5 });
  expect(broken((all) => all.toSpliced(3, 2, all[4] ?? '', all[3] ?? ''))).toMatchObject({ ok: false, broken_at: 4 });
  expect(broken((all) => all.map((line, n) => (n === 6 ? line.replace('"ms":1', '"ms":2') : line)))).toMatchObject({
    ok: false,
    broken_at: 7,
  });
  expect(broken((all) => ['garbage', ...all])).toMatchObject({ ok: false, broken_at: 1 });
});

test('a damaged last line closes the journal rather than being guessed at', () => {
  append(intent('b1'));
  appendFileSync(rig.layout.journal, 'garbage\n');
  expect(reopened().problem()).toContain('damaged');
  expect(() => append(outcome('b1'), reopened())).toThrow('damaged');
});

test('it rotates only while no intent is open, keeps four segments, and the chain goes through', () => {
  const small = reopened(2_000);
  for (let n = 1; n <= 60; n++) {
    append(intent(`b${n}`), small);
    if (n === 30) for (let m = 0; m < 20; m++) append({ type: 'note', event: 'while-open', m }, small);
    append(outcome(`b${n}`), small);
  }
  const files = listNames(rig.layout.machine).filter((name) => name.startsWith('journal.') && name.endsWith('.jsonl'));
  expect(files).toHaveLength(4);
  const result = check();
  expect(result).toMatchObject({ ok: true, segments: 4, head: 'ok', open: [] });
  expect(result.first_seq).toBeGreaterThan(1);
  expect(result.records).toBe((result.last_seq ?? 0) - (result.first_seq ?? 0) + 1);
  expect(small.newest(200)).toHaveLength(result.records);
  append(intent('b61'), reopened(2_000));
  expect(check()).toMatchObject({ ok: true, open: ['b61'] });
});

test('a crash between closing a segment and opening the next loses nothing', () => {
  const small = reopened(500);
  for (const id of ['b1', 'b2']) {
    append(intent(id), small);
    append(outcome(id), small);
  }
  const [closed] = listNames(rig.layout.machine).filter((name) => /^journal\.\d+\.jsonl$/.test(name));
  expect(closed).toBe('journal.000000000001.jsonl');
  rmSync(rig.layout.journal);
  const last = JSON.parse(
    readFileSync(join(rig.layout.machine, closed ?? ''), 'utf8')
      .trimEnd()
      .split('\n')
      .at(-1) ?? '',
  );
  append(intent('b3'), reopened(500));
  expect(JSON.parse(lines()[0] ?? '')).toMatchObject({ type: 'segment', seq: last.seq + 1, first_seq: last.seq + 1 });
  expect(check()).toMatchObject({ ok: true, open: ['b3'] });
});

test('a long string becomes its digest, and no line is longer than 16 KiB', () => {
  const body = 'x'.repeat(5_000);
  append(intent('b1', { action: { action: 'write_goal', id: 'a', body } }));
  expect(journal.open()[0]?.action).toEqual({ action: 'write_goal', id: 'a', body: { digest: digest(body), bytes: 5_000 } });
  append(intent('b2', { action: { action: 'noop', because: Array.from({ length: 100 }, (_, n) => `/readings/${'y'.repeat(500)}/${n}`) } }));
  append({ type: 'note', event: 'long', text: 'z'.repeat(100_000) });
  for (const line of lines()) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(16 * 1024);
  expect(journal.open()[1]?.action).toMatchObject({ action: 'noop', bytes: expect.any(Number) });
  expect(check()).toMatchObject({ ok: true });
});

test('under STOP, for a stale epoch and in a home without owner no intent is written; other records are', () => {
  const fenced = (words: string) => expect(() => append(intent('b1'))).toThrow(words);
  rig.write('STOP', '');
  fenced('STOP');
  append({ type: 'note', event: 'gap' });
  rmSync(rig.layout.stop);
  expect(() => journal.append(intent('b1'), rig.epoch - 1)).toThrow('is over');
  rmSync(rig.layout.owner);
  fenced('owner.json is gone');
  writeFileSync(rig.layout.owner, '{"torn');
  expect(() => append(intent('b1'))).toThrow();
  expect(check()).toMatchObject({ ok: true, records: 2, open: [] });
});

test('several processes write one chain', async () => {
  const script = fileURLToPath(new URL('../support/append-many.ts', import.meta.url));
  const run = () => promisify(execFile)(process.execPath, ['--import', 'tsx', script, rig.home, String(rig.epoch), '100']);
  await Promise.all([run(), run()]);
  append(intent('b1'));
  expect(check()).toMatchObject({ ok: true, records: 202, head: 'ok', open: ['b1'] });
});

test('journal.md: one line of 500 characters, in local time, never twice among its last twenty', () => {
  const at = new Date(2026, 2, 2, 9, 5);
  journal.line(`two\nlines ${'x'.repeat(600)}`, at);
  journal.line(`two\nlines ${'x'.repeat(600)}`, at);
  const text = rig.read('journal.md') ?? '';
  expect(text).toMatch(/^- 2026-03-02 09:05 two lines x+…\n$/);
  expect(text).toHaveLength('- 2026-03-02 09:05 '.length + 500 + 1);
  for (let n = 0; n < 20; n++) journal.line(`other ${n}`, at);
  journal.line(`two\nlines ${'x'.repeat(600)}`, at);
  expect(journal.lastLines(22)).toHaveLength(22);
  expect(journal.lastLines(1)[0]).toContain('two lines');
});

test('journal.md that ends in the middle of a line goes on well: a torn line of ours is completed, a person keeps theirs', () => {
  const at = new Date(2026, 2, 2, 9, 5);
  rig.write('journal.md', '- 2026-03-02 09:05 wro');
  journal.line('wrote it', at);
  expect(rig.read('journal.md')).toBe('- 2026-03-02 09:05 wrote it\n');
  rig.write('journal.md', 'my own note');
  journal.line('wrote it', at);
  expect(rig.read('journal.md')).toBe('my own note\n- 2026-03-02 09:05 wrote it\n');
});

test('what lies before the head is not read again for a beat', () => {
  append(intent('b1'));
  append({ type: 'note', event: 'the head stands here' });
  const head = JSON.parse(readFileSync(rig.layout.journalHead, 'utf8'));
  writeFileSync(rig.layout.journalHead, JSON.stringify({ ...head, open: [] }));
  expect(reopened().open()).toEqual([]);
  rmSync(rig.layout.journalHead);
  expect(reopened().open()).toHaveLength(1);
});
