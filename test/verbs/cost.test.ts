import { expect, test } from 'vitest';
import { makeRig, type Rig } from '../support/rig.ts';

const HOUR = 3_600_000;

function spend(
  rig: Rig,
  rows: readonly { hoursAgo: number; usd: number; goal?: string; model?: string | null; estimated?: boolean }[],
): void {
  const lines = rows.map(({ hoursAgo, usd, goal = null, model = 'sonnet', estimated = false }, beat) => {
    const at = new Date(Date.now() - hoursAgo * HOUR).toISOString();
    const tokens = { tokens_in: 1_000, tokens_out: 10 };
    return JSON.stringify({ v: 1, at, beat, scope: 'home', goal, agent: 'claude', model, usd, estimated, ...tokens });
  });
  rig.write('.flyball/spend.jsonl', `${lines.join('\n')}\n`);
}

test('cost says what was spent on what, and where it leads', async () => {
  const rig = await makeRig({ 'flyball.yaml': 'tz: UTC\n' });
  expect((await rig.flyball(['cost', '--json'])).json()).toMatchObject({
    v: 1,
    items: [],
    total: { usd: 0, runs: 0 },
    decider_share: null,
  });

  spend(rig, [
    { hoursAgo: 300, usd: 9 },
    { hoursAgo: 40, usd: 0.5, goal: 'site' },
    { hoursAgo: 2, usd: 0.4, goal: 'site', estimated: true },
    { hoursAgo: 1, usd: 0.2, model: null },
  ]);
  const byGoal = await rig.flyball(['cost', '--by', 'goal', '--json']);
  expect(byGoal.json()).toMatchObject({
    by: 'goal',
    items: [
      { name: 'site', usd: 0.9, estimated: true, runs: 2, tokens_in: 2_000, tokens_out: 20 },
      { name: '-', usd: 0.2, estimated: false, runs: 1 },
    ],
    total: { usd: 1.1, runs: 3 },
    today: { limit_usd: 5 },
    decider_share: 1,
    forecast: { usd_per_hour: 0.025, day_usd: expect.any(Number), month_usd: expect.any(Number), spent_at: null },
  });
  const names = async (...words: string[]) =>
    ((await rig.flyball(['cost', ...words, '--json'])).json() as { items: { name: string }[] }).items;
  expect((await names('--by', 'model', '--since', '30d')).map(({ name }) => name)).toEqual(['claude sonnet', 'claude']);
  expect((await names('--by', 'worker')).map(({ name }) => name)).toEqual(['decider']);
  expect((await names('--by', 'day', '--since', '2000-01-01')).length).toBeGreaterThanOrEqual(3);

  const text = (await rig.flyball(['cost'])).stdout;
  expect(text).toMatch(/^DAY +USD +RUNS/);
  expect(text).toMatch(/forecast +~\$\d+\.\d\d by the end of the day, ~\$\d+\.\d\d by the end of the month/);
  expect(text).toContain('~         holds estimates');
});

test('what is asked wrongly is said', async () => {
  const rig = await makeRig({ 'flyball.yaml': '{}\n' });
  const since = await rig.flyball(['cost', '--since', 'nope', '--json']);
  expect([since.code, since.stdout, since.error().hint]).toEqual([2, '', 'write 24h, 7d or a date, as in 2026-11-01']);
  expect((await rig.flyball(['cost', '--by', 'moon'])).code).toBe(2);
});

test('get and describe say what a schedule waits for and what came of its last slot', async () => {
  const rig = await makeRig({ 'flyball.yaml': 'tz: UTC\ndecider: {use: rules}\n' });
  const created_at = new Date(Date.now() - 5.5 * HOUR).toISOString();
  const hourly = { at: null, every_s: 3_600, cron: null, tz: null, misfire: 'once', note: 'look', created_at };
  rig.write('.flyball/schedules/hourly.json', JSON.stringify({ v: 1, name: 'hourly', ...hourly }));
  const slot = (n: number) => new Date(Date.parse(created_at) + n * HOUR).toISOString();
  type Items = { items: { spec: object; status: object }[] };
  const status = async () => ((await rig.flyball(['get', 'schedules', '--json'])).json() as Items).items[0]?.status;

  expect(await status()).toEqual({ next: slot(6), due: slot(5), last: null });
  expect((await rig.flyball(['beat', '--json'])).json()).toMatchObject({ gate: { open: true } });
  expect(await status()).toEqual({ next: slot(6), due: null, last: { slot: slot(5), result: 'late', reason: null } });
  expect((await rig.flyball(['get', 'schedules'])).stdout).toMatch(/^NAME +WHEN +NEXT +DUE +LAST +NOTE\nhourly +every 3600s/);
  expect((await rig.flyball(['describe', 'hourly'])).stdout).toMatch(/last\n +slot .*\n +result {2}late/);
});
