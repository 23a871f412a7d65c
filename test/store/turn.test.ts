// A person's verb at work and a pulse that recovers: the verb ends its own intent, and only a dead one is settled.
import { afterEach, expect, test } from 'vitest';
import { digest } from '../../src/lib/digest.ts';
import { checkJournal } from '../../src/store/journal-check.ts';
import { personTurn } from '../../src/store/turn.ts';
import { type Intent, PERSON_ID } from '../../src/world/journal.ts';
import { type HomeRig, makeHome } from '../support/home-rig.ts';

const rigs: HomeRig[] = [];
afterEach(() => {
  for (const rig of rigs.splice(0)) rig.remove();
});
function home(files: Record<string, string>): HomeRig {
  const rig = makeHome(files);
  rigs.push(rig);
  return rig;
}

/** As a verb begins: the intent to put the goal back. */
function begin(rig: HomeRig, paths: Record<string, [before: string | null, after: string | null]>): string {
  const stamps = (side: 0 | 1) =>
    Object.entries(paths).map(([path, texts]) => ({ path, digest: texts[side] === null ? null : digest(texts[side] ?? '') }));
  const intent: Intent = {
    type: 'intent',
    id: PERSON_ID,
    beat: null,
    by: { kind: 'person', name: null },
    goal: null,
    action: { action: 'undo', undoes: ['b1'] },
    before: stamps(0),
    after: stamps(1),
    line: 'undid b1',
  };
  const record = rig.ports.journal.append(intent, rig.epoch);
  if (record.type !== 'intent') throw new Error('no intent came back');
  return record.id;
}

const outcomes = (rig: HomeRig) =>
  rig.ports.journal.newest(50).flatMap((record) => (record.type === 'outcome' ? [`${record.id} ${record.status}`] : []));

test('a verb that is at work is left alone by recovery; one that died is settled', async () => {
  const rig = home({ 'goals/a.md': 'New.\n' });
  const turn = await personTurn(rig.layout).take();
  const id = begin(rig, { 'goals/a.md': ['New.\n', 'Old.\n'] });
  expect(id).toBe(`p${rig.ports.journal.newest(1)[0]?.seq}`);
  expect((await rig.recover()).settled).toEqual([]);
  expect(rig.ports.journal.open().map((intent) => intent.id)).toEqual([id]);
  turn.release();
  expect((await rig.recover()).settled).toEqual([{ id, status: 'void' }]);
  expect(outcomes(rig)).toEqual([`${id} void`]);
});

test('an undo of several files that died half-way is put back, unless somebody else has written meanwhile', async () => {
  for (const [now, status] of [
    ['B.\n', 'failed'],
    ['Mine.\n', 'interrupted'],
  ] as const) {
    const rig = home({ 'goals/a.md': 'A, new.\n', 'goals/b.md': 'B, new.\n', 'goals/c.md': 'C.\n' });
    rig.ports.history.keep();
    const id = begin(rig, { 'goals/a.md': ['A, new.\n', 'A.\n'], 'goals/b.md': ['B, new.\n', 'B.\n'], 'goals/c.md': ['C.\n', null] });
    rig.write('goals/b.md', now); // the second of three was written
    expect((await rig.recover()).settled).toEqual([{ id, status }]);
    expect(rig.read('goals/a.md')).toBe('A, new.\n');
    expect(rig.read('goals/b.md')).toBe(status === 'failed' ? 'B, new.\n' : 'Mine.\n');
    expect(rig.read('goals/c.md')).toBe('C.\n');
  }
});

test('an intent on hundreds of files is whole in the journal, though its list stands beside the line', () => {
  const rig = home({});
  const paths = Object.fromEntries(
    Array.from({ length: 400 }, (_, n) => [`goals/goal-${n}.md`, [`Was ${n}.\n`, `Is ${n}.\n`] as [string, string]]),
  );
  const id = begin(rig, paths);
  const [open] = rig.ports.journal.open();
  expect(open).toMatchObject({ id });
  expect(open?.after).toHaveLength(400);
  expect(open?.before[399]).toEqual({ path: 'goals/goal-399.md', digest: digest('Was 399.\n') });
  const longest = Math.max(...(rig.read('.flyball/journal.jsonl') ?? '').split('\n').map((line) => line.length));
  expect(longest).toBeLessThan(16 * 1024);
  expect(checkJournal(rig.layout)).toMatchObject({ ok: true, open: [id] });

  // Its list was damaged: it is never taken for an action on nothing, which would be done already.
  rig.write(`.flyball/stamps/${open?.stamps}.json`, '{"v":1,"before":[],"after":[]}');
  expect(() => rig.ports.journal.open()).toThrow('is gone or damaged');
});
