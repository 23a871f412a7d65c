// kill -9 of the real program by its own client, again and again: each launch was paid for before it began.
import { utimesSync } from 'node:fs';
import { expect, test } from 'vitest';
import { makeRig } from '../support/rig.ts';

test('a loop of kills spends the day and no more; the person is asked once, and more gives one budget more', async () => {
  const rig = await makeRig({
    'PLAYBOOK.md': '# Playbook\n',
    'flyball.yaml': JSON.stringify({
      tz: 'UTC',
      decider: { use: 'command', unconfined: true, command: { run: 'kill -9 $PPID', costs: true } },
      spend: { day: 0.3, assume: 0.1 },
    }),
  });
  // A decider that costs waits for ten seconds of calm: the files were saved before that.
  const saved = new Date(Date.now() - 60_000);
  for (const path of ['flyball.yaml', 'PLAYBOOK.md', 'goals', 'sensors', 'loops']) utimesSync(`${rig.home}/${path}`, saved, saved);
  const beat = async () => (await rig.flyball(['beat', '--force', '--json'])).code ?? 'killed';
  const rows = () => rig.read('.flyball/spend.jsonl').trim().split('\n').length;

  const ends = [];
  for (let beats = 0; beats < 5; beats++) ends.push(await beat());
  expect(ends.filter((end) => end !== 0).length).toBe(3);
  expect(rows()).toBe(3);
  const status = (await rig.flyball(['status', '--json'])).json() as { spend: object; gate: { reason: string } };
  expect([status.spend, status.gate.reason]).toEqual([{ today_usd: 0.3, estimated: true, limit_usd: 0.3 }, 'over-budget']);
  expect((await rig.flyball(['get', 'asks', '-o', 'name'])).stdout).toBe('asks/1\n');

  expect((await rig.flyball(['answer', '1', 'perhaps'])).code).toBe(2);
  expect((await rig.flyball(['answer', '1', 'more'])).code).toBe(0);
  for (let beats = 0; beats < 5; beats++) await beat();
  expect(rows()).toBe(6);
  expect((await rig.flyball(['get', 'asks', '-o', 'name'])).stdout).toBe('asks/1\n');
  expect((await rig.flyball(['check', '--journal'])).code).toBe(0);
}, 240_000);
