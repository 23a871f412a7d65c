// flyball ask: it waits, prints the answer alone, and neither a pulse that is away nor a wait that is cut off loses a question.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openAsks } from '../../src/store/asks.ts';
import { layout } from '../../src/store/layout.ts';
import type { Ask } from '../../src/world/ask.ts';
import { askIn, openIn, raiseApproval, raiseAsk } from '../support/asks.ts';
import { makeRig, type Rig } from '../support/rig.ts';
import { until } from '../support/wait.ts';

const WORKER = { FLYBALL_WORKER: 'triage#31' };

/** The number of the one ask that is open, once it is. */
async function opened(rig: Rig): Promise<string> {
  const [id = ''] = await until(() => (openIn(rig).length === 1 ? openIn(rig) : null), 'an open ask');
  return id;
}

async function withPulse(): Promise<Rig> {
  const rig = await makeRig();
  const up = await rig.flyball(['up']);
  if (up.code !== 0) throw new Error(up.stderr);
  return rig;
}

describe('a script of the person', () => {
  test('waits with no pulse at all, and gets the answer alone; then the ask is done with', async () => {
    const rig = await makeRig();
    const asking = rig.begin(['ask', 'Which colour?', '--options', 'red, sky\\, blue', '--ref', 'reports/x.md']);
    const id = await opened(rig);
    expect(askIn(rig, id)).toMatchObject({
      kind: 'question',
      options: ['red', 'sky, blue'],
      ref: 'reports/x.md',
      worker: null,
      default_at: null,
    });
    expect((await rig.flyball(['answer', id, '2'])).code).toBe(0);
    expect(await asking.ended).toMatchObject({ code: 0, stdout: 'sky, blue\n', stderr: expect.stringContaining(`ask ${id} waits`) });
    expect(askIn(rig, id)).toMatchObject({ state: 'closed', closed_reason: 'answered', answer: 'sky, blue' });
    expect((await rig.flyball(['answer', id, 'red', '--force'])).code).toBe(1);
  });

  test('with --detach prints the number; the same question again is another ask', async () => {
    const rig = await makeRig();
    const words = ['ask', 'Which?', '--ref', 'b7', '--detach'];
    expect(await rig.flyball(words)).toMatchObject({ code: 0, stdout: '1\n', stderr: '' });
    expect((await rig.flyball([...words, '--json'])).json()).toMatchObject({ v: 1, id: '2', status: 'done' });
    expect(openIn(rig)).toEqual(['1', '2']);
    expect((await rig.flyball(['asks', '--json'])).json()).toMatchObject([
      { id: '1', ref: 'b7' },
      { id: '2', answer: null },
    ]);
    await rig.flyball(['answer', '1', 'that', 'one']);
    expect(((await rig.flyball(['asks', '--json'])).json() as Ask[])[0]).toMatchObject({ answer: 'that one', answered_by: 'person' });
  });

  test('that is told to end leaves its ask stranded, which is offered for closing', async () => {
    const rig = await makeRig();
    const asking = rig.begin(['ask', 'Still there?']);
    const id = await opened(rig);
    asking.child.kill('SIGINT');
    expect(await asking.ended).toMatchObject({ code: 1, stdout: '' });
    expect(askIn(rig, id).state).toBe('stranded');
    expect((await rig.flyball(['answer'])).stdout).toContain('whoever asked is gone');
    expect((await rig.flyball(['answer', id, '--close'])).code).toBe(0);
    expect((await rig.flyball(['answer'])).stdout).toBe('');
  });

  test('hears why there is no answer: closed, or its file gone', async () => {
    const rig = await makeRig();
    const first = rig.begin(['ask', 'One?']);
    await rig.flyball(['answer', await opened(rig), '--close']);
    expect(await first.ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('closed by you') });
    const second = rig.begin(['ask', 'Two?']);
    const id = await opened(rig);
    rmSync(join(rig.home, `.flyball/asks/${id}.json`));
    expect(await second.ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(`ask ${id} is gone`) });
  });

  test('is refused what makes no sense, and nothing is asked', async () => {
    const rig = await makeRig();
    const wrong = [
      ['ask'],
      ['ask', ' '],
      ['ask', 'x'.repeat(2_049)],
      ['ask', 'Q', '--options', ','],
      ['ask', 'Q', '--options', 'a,A'],
      ['ask', 'Q', '--options', 'a,b', '--default', 'c'],
      ['ask', 'Q', '--after', '2h'],
      ['ask', 'Q', '--default', 'a', '--after', 'soon'],
      ['ask', 'Q', '--default', 'a', '--after', '0'],
      ['ask', 'Q', '--default', 'a', '--after', '900d'],
    ];
    for (const args of wrong) expect(await rig.flyball([...args, '--json']), args.join(' ')).toMatchObject({ code: 2, stdout: '' });
    expect(openIn(rig)).toEqual([]);
  });

  test('is refused the fifty-first open ask', async () => {
    const rig = await makeRig();
    for (let asked = 0; asked < 50; asked++) raiseAsk(rig);
    expect(await rig.flyball(['ask', 'One more?', '--detach'])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('50'),
    });
  });
});

describe('a worker', () => {
  test('asks through the pulse, which may be away meanwhile, and prints the answer alone', async () => {
    const rig = await withPulse();
    const asking = rig.begin(['ask', 'May I?', '--options', 'yes,no'], { env: WORKER });
    const id = await opened(rig);
    expect(askIn(rig, id)).toMatchObject({ worker: 'triage', generation: 31, kind: 'question' });
    expect((await rig.flyball(['down'])).code).toBe(0);
    await until(() => asking.stderr().includes('waiting for it'), 'the worker noticing that the pulse is away');
    expect((await rig.flyball(['answer', id, 'yes'])).code).toBe(0);
    expect((await rig.flyball(['up'])).code).toBe(0);
    expect(await asking.ended).toMatchObject({ code: 0, stdout: 'yes\n' });
    expect(askIn(rig, id)).toMatchObject({ state: 'closed', closed_reason: 'answered' });
  });

  test('whose wait was cut off finds its question again, also when it was answered meanwhile; another generation does not', async () => {
    const rig = await withPulse();
    const words = ['ask', 'May I?', '--options', 'yes,no'];
    const first = rig.begin(words, { env: WORKER });
    const id = await opened(rig);
    first.child.kill('SIGKILL');
    await first.ended;
    expect((await rig.flyball([...words, '--detach'], { env: WORKER })).stdout).toBe(`${id}\n`);
    await rig.flyball(['answer', id, 'yes']);
    const other = await rig.flyball([...words, '--detach'], { env: { FLYBALL_WORKER: 'triage#32' } });
    expect(Number(other.stdout)).toBeGreaterThan(Number(id));
    expect(await rig.flyball(words, { env: WORKER })).toMatchObject({ code: 0, stdout: 'yes\n' });
    const again = await rig.flyball([...words, '--detach'], { env: WORKER });
    expect(Number(again.stdout)).toBeGreaterThan(Number(other.stdout));
  });
});

describe('a default', () => {
  test('is taken by the pulse when its time has come, and nothing before', async () => {
    const rig = await withPulse();
    const before = Date.now();
    const asking = rig.begin(['ask', 'Which?', '--options', 'red,blue', '--default', 'Blue', '--after', '1500ms']);
    const id = await opened(rig);
    const due = Date.parse(askIn(rig, id).default_at ?? '');
    expect(due).toBeGreaterThanOrEqual(before + 1_500);
    const ended = await asking.ended;
    expect(ended).toMatchObject({ code: 0, stdout: 'blue\n' });
    expect(Date.now()).toBeGreaterThanOrEqual(before + 1_500);
    expect(askIn(rig, id)).toMatchObject({ answer: 'blue', answered_by: 'default' });
    expect((await rig.flyball(['answer', id, 'red', '--json'])).error().message).toContain('its default was taken');
    await until(() => rig.read('.flyball/journal.jsonl').includes('"event":"default-taken"'), 'the default in the journal');
  });

  test('is not taken while everything is stopped', async () => {
    const rig = await withPulse();
    rig.write('STOP', 'a moment\n');
    await until(async () => ((await rig.flyball(['status', '--json'])).json() as { stop: unknown }).stop !== null, 'the stop');
    const asking = rig.begin(['ask', 'Which?', '--default', 'blue', '--after', '1s']);
    const id = await opened(rig);
    await until(() => Date.now() > Date.parse(askIn(rig, id).default_at ?? '') + 500, 'the time of the default to pass');
    expect(askIn(rig, id)).toMatchObject({ state: 'open', answer: null });
    rmSync(join(rig.home, 'STOP'));
    expect(await asking.ended).toMatchObject({ code: 0, stdout: 'blue\n' });
  });

  test('is never taken on an approval, which lapses by itself while a pulse runs', async () => {
    const rig = await withPulse();
    const id = raiseApproval(rig, {
      default: 'yes',
      default_after_s: 0.001,
      asked_mono_ms: 0,
      expires_at: new Date(Date.now() + 1_000).toISOString(),
    });
    await until(() => askIn(rig, id).state !== 'open', 'the lapse');
    expect(askIn(rig, id)).toMatchObject({ state: 'closed', closed_reason: 'expired', answer: null });
    await until(() => rig.read('.flyball/journal.jsonl').includes('"event":"approval-lapsed"'), 'the lapse in the journal');
  });
});

test('an ask is one file that is whole or absent, whatever is killed', async () => {
  const rig = await makeRig();
  const asks = openAsks(layout(rig.home));
  for (let round = 0; round < 6; round++) {
    const asking = rig.begin(['ask', `Round ${round}?`]);
    if (round % 2 === 0) await until(() => asks.all().length > 0, 'an ask');
    asking.child.kill('SIGKILL');
    await asking.ended;
  }
  for (const { id, state } of asks.all()) expect({ id, state }).toEqual({ id, state: 'open' });
  expect((await rig.flyball(['ask', 'Last?', '--detach'])).code).toBe(0);
});
