// Which actions are taken back, read off the journal: an undo of an undo gives back, also through a third.
import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import type { JournalRecord } from '../../src/world/journal.ts';
import { undoneBy } from '../../src/world/undone.ts';

function journal(...acts: [id: string, undoes?: string[]][]): JournalRecord[] {
  return acts.flatMap(([id, undoes], index): JournalRecord[] => {
    const chained = { v: 1, seq: index * 2, at: '2026-03-02T12:00:00.000Z', epoch: 1, prev: null } as const;
    const action = undoes ? { action: 'undo', undoes } : { action: 'write_goal' };
    return [
      { ...chained, type: 'intent', id, beat: null, by: { kind: 'person', name: null }, goal: null, action, before: [], after: [] },
      { ...chained, seq: index * 2 + 1, type: 'outcome', id, status: 'done', note: '', ms: 1, recovered: false },
    ];
  });
}
const undone = (...acts: [id: string, undoes?: string[]][]) => Object.fromEntries(undoneBy(journal(...acts)));

test('an undone action knows its undo; an undo that is undone gives it back; a third takes it again', () => {
  expect(undone(['b1'])).toEqual({});
  expect(undone(['b1'], ['p2', ['b1']])).toEqual({ b1: 'p2' });
  expect(undone(['b1'], ['p2', ['b1']], ['p3', ['p2']])).toEqual({ p2: 'p3' });
  expect(undone(['b1'], ['p2', ['b1']], ['p3', ['p2']], ['p4', ['p3']])).toEqual({ b1: 'p2', p3: 'p4' });
});

test('going back to a time takes back actions and undos since, and its own undo restores both', () => {
  // b5, then b6, p8 undoes b6; back to between b5 and b6.
  const past: [string, string[]?][] = [['b5'], ['b6'], ['p8', ['b6']]];
  expect(undone(...past, ['p9', ['p8', 'b6']])).toEqual({ p8: 'p9', b6: 'p9' });
  expect(undone(...past, ['p9', ['p8', 'b6']], ['p10', ['p9']])).toEqual({ p9: 'p10', b6: 'p8' });
  // b5, p7 undoes b5; back to before p7: b5 is in force again.
  expect(undone(['b5'], ['p7', ['b5']], ['p9', ['p7']])).toEqual({ p7: 'p9' });
});

test('an undo that was not done takes nothing back', () => {
  const [intent, outcome, ...rest] = journal(['p2', ['b1']]);
  if (!intent || outcome?.type !== 'outcome') throw new Error('the journal of this test is another');
  expect(undoneBy([intent, { ...outcome, status: 'failed' }, ...rest])).toEqual(new Map());
  expect(undoneBy([intent])).toEqual(new Map());
});

property.prop([fc.integer({ min: 1, max: 40 })])('undo of undo of undo …: what an odd number took back is undone', (depth) => {
  const acts: [string, string[]?][] = [['b1']];
  for (let n = 1; n <= depth; n++) acts.push([`p${n}`, [n === 1 ? 'b1' : `p${n - 1}`]]);
  expect(undoneBy(journal(...acts)).has('b1')).toBe(depth % 2 === 1);
});
