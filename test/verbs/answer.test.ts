// flyball answer: what waits is listed, the first answer wins, and what is not understood stays open.
import { describe, expect, test } from 'vitest';
import { askIn, openIn, raiseApproval, raiseAsk } from '../support/asks.ts';
import { decidedHome } from '../support/home-cli.ts';
import { makeRig } from '../support/rig.ts';
import { until } from '../support/wait.ts';

describe('what waits', () => {
  test('is a table for people with what to type, and a list for programs; nothing is nothing', async () => {
    const rig = await makeRig();
    expect(await rig.flyball(['answer'])).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('nothing waits for you') });
    const question = raiseAsk(rig, { options: ['red', 'blue'], goal: 'paint' });
    const approval = raiseApproval(rig);
    const listed = await rig.flyball(['answer']);
    expect(listed.code).toBe(0);
    expect(listed.stdout).toMatch(new RegExp(`^${question} +question .*paint +Which colour\\? +1 red, 2 blue$`, 'm'));
    expect(listed.stdout).toMatch(new RegExp(`^${approval} +approval .*yes, no, always +lapses in 23 h$`, 'm'));
    expect(listed.stderr).toContain(`answer ${question} 1|2`);
    expect((await rig.flyball(['answer', '--json'])).json()).toMatchObject([{ id: question }, { id: approval, kind: 'approval' }]);
  });

  test('stands in status, with the line to type; an ask that is put off needs nobody', async () => {
    const rig = await makeRig();
    const id = raiseAsk(rig);
    const status = await rig.flyball(['status']);
    expect(status.stdout).toMatch(/asks +1 open, the oldest .* answer$/m);
    expect(status.stdout).toMatch(new RegExp(`${id}: Which colour\\? .* answer ${id} "…"$`, 'm'));
    await rig.flyball(['answer', id, '--later', '2h']);
    expect((await rig.flyball(['status'])).stdout).toMatch(/asks +1 open.*; 1 put off/);
    expect(((await rig.flyball(['status', '--json'])).json() as { asks: object }).asks).toMatchObject({
      open: 1,
      approvals: 0,
      stranded: 0,
    });
  });

  test('cannot forge the lines around it: what moves the cursor is shown, not done', async () => {
    const rig = await makeRig();
    const hostile = 'Fine?\u001b[2J\u001b[1Aanswer    \u202eon\u200b';
    const id = raiseAsk(rig, { question: hostile });
    raiseApproval(rig, { decision: { action: 'run_shell', cmd: 'ls\u001b[1K\r\nrm -rf ~' } });
    for (const args of [
      ['answer'],
      ['answer', id],
      ['describe', `asks/${id}`],
      ['describe', 'asks/2'],
      ['why', 'asks/2'],
      ['status'],
      ['get', 'asks'],
    ]) {
      const { stdout, stderr } = await rig.flyball(args);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
      expect(stdout + stderr, args.join(' ')).not.toMatch(/[\u001b\r\u202e\u200b]/);
    }
    expect((await rig.flyball(['describe', `asks/${id}`])).stdout).toContain('\\x1b[2J');
  });
});

describe('an answer', () => {
  test('is taken once: who comes second is told who was first and when, and --force replaces it', async () => {
    const rig = await makeRig();
    const id = raiseAsk(rig);
    expect((await rig.flyball(['answer', id, 'the', 'blue', 'one', '--json'])).json()).toEqual({
      v: 1,
      id,
      status: 'done',
      note: `ask ${id} is answered: the blue one`,
    });
    expect(askIn(rig, id)).toMatchObject({ state: 'answered', answer: 'the blue one', answered_by: 'person' });
    const second = await rig.flyball(['answer', id, 'red', '--json']);
    expect(second).toMatchObject({ code: 1, stdout: '' });
    expect(second.error().message).toMatch(/you answered it at \d{4}-\d\d-\d\d \d\d:\d\d, "the blue one"/);
    expect(askIn(rig, id).answer).toBe('the blue one');
    expect((await rig.flyball(['answer', id, 'red', '--force'])).code).toBe(0);
    expect(askIn(rig, id).answer).toBe('red');
  });

  test('of ten at once, one is taken', async () => {
    const rig = await makeRig();
    const id = raiseAsk(rig);
    const words = ['a1', 'a2', 'a3', 'a4', 'a5'];
    const ended = await Promise.all(words.map((word) => rig.flyball(['answer', id, word])));
    const taken = ended.flatMap(({ code }, index) => (code === 0 ? [words[index]] : []));
    expect(taken).toEqual([askIn(rig, id).answer]);
    expect(ended.filter(({ code }) => code === 1)).toHaveLength(words.length - 1);
  });

  test('to a question with options is one of them, by label, case or number; else it stays open, but for --free', async () => {
    const rig = await makeRig();
    const ask = () => raiseAsk(rig, { options: ['Red', 'Blue', '1'] });
    for (const [said, kept] of [
      ['Blue', 'Blue'],
      ['blue', 'Blue'],
      ['2', 'Blue'],
      ['1', '1'],
    ] as const) {
      const id = ask();
      expect((await rig.flyball(['answer', id, said])).code).toBe(0);
      expect(askIn(rig, id).answer, said).toBe(kept);
    }
    const id = ask();
    for (const said of ['green', '4', '0', '']) {
      expect(await rig.flyball(['answer', id, said, '--json'])).toMatchObject({ code: 2, stdout: '' });
      expect(askIn(rig, id).state).toBe('open');
    }
    expect((await rig.flyball(['answer', id, 'green', '--free'])).code).toBe(0);
    expect(askIn(rig, id).answer).toBe('green');
  });

  test('is read from stdin, and a page too long is refused', async () => {
    const rig = await makeRig();
    const id = raiseAsk(rig);
    expect(await rig.flyball(['answer', id, '-'], { input: 'x'.repeat(20_000) })).toMatchObject({ code: 2 });
    expect(await rig.flyball(['answer', id, '-'], { input: 'x'.repeat(200_000) })).toMatchObject({ code: 2 });
    expect(await rig.flyball(['answer', id, '-'], { input: '' })).toMatchObject({ code: 2 });
    expect(askIn(rig, id).state).toBe('open');
    expect((await rig.flyball(['answer', id, '-'], { input: 'first\nsecond\n' })).code).toBe(0);
    expect(askIn(rig, id).answer).toBe('first\nsecond');
  });

  test('that is asked wrongly says so: no number, no such ask, no text', async () => {
    const rig = await makeRig();
    const id = raiseAsk(rig);
    expect((await rig.flyball(['answer', 'x', 'yes', '--json'])).error()).toMatchObject({ code: 2 });
    expect((await rig.flyball(['answer', '99', 'yes', '--json'])).error()).toMatchObject({ code: 1, message: 'there is no ask 99' });
    expect((await rig.flyball(['answer', '../1', 'yes'])).code).toBe(2);
    const without = await rig.flyball(['answer', id]);
    expect(without).toMatchObject({ code: 2, stdout: '' });
    expect(without.stderr).toContain('Which colour?');
    expect((await rig.flyball(['answer', id, 'yes', '--later', '2h'])).code).toBe(2);
    expect((await rig.flyball(['answer', id, '--later', 'soon'])).code).toBe(2);
    expect(openIn(rig)).toEqual([id]);
  });

  test('to something stranded or closed comes too late; a stranded one is closed, an approval is refused instead', async () => {
    const rig = await makeRig();
    const [first, second] = [raiseAsk(rig), raiseApproval(rig)];
    expect((await rig.flyball(['answer', first, '--close'])).code).toBe(0);
    expect(askIn(rig, first)).toMatchObject({ state: 'closed', closed_reason: 'closed by you', answer: null });
    expect((await rig.flyball(['answer', first, 'red', '--force'])).code).toBe(1);
    expect((await rig.flyball(['answer', first, '--close'])).code).toBe(1);
    expect(await rig.flyball(['answer', second, '--close'])).toMatchObject({ code: 2 });
    expect(openIn(rig)).toEqual([second]);
  });
});

describe('an approval', () => {
  test('is given by yes, y, approve and always, and refused by no, n and deny', async () => {
    const rig = await makeRig();
    const said = async (word: string) => {
      const id = raiseApproval(rig);
      expect((await rig.flyball(['answer', id, word])).code, word).toBe(0);
      return askIn(rig, id);
    };
    for (const word of ['yes', 'Y', 'approve'])
      expect(await said(word), word).toMatchObject({ state: 'answered', answer: 'yes', answered_by: 'person' });
    expect(await said('always')).toMatchObject({ state: 'answered', answer: 'always' });
    for (const word of ['no', 'n', 'DENY'])
      expect(await said(word), word).toMatchObject({ state: 'closed', answer: 'no', closed_reason: 'refused' });
  });

  test('takes no other word, whatever it looks like, and stays open', async () => {
    const rig = await makeRig();
    const id = raiseApproval(rig);
    for (const word of ['ok', 'yess', '1', 'yes please', 'ｙｅｓ', 'y\u200bes', '']) {
      expect((await rig.flyball(['answer', id, word, '--free'])).code, word).toBe(2);
    }
    expect(askIn(rig, id)).toMatchObject({ state: 'open', answer: null });
  });

  test('that has lapsed takes no yes', async () => {
    const rig = await makeRig();
    const id = raiseApproval(rig, { expires_at: new Date(Date.now() - 1_000).toISOString() });
    expect(await rig.flyball(['answer', id, 'yes'])).toMatchObject({ code: 1, stderr: expect.stringContaining('lapsed') });
    expect(askIn(rig, id).answer).toBeNull();
  });

  test('shows the command, who wants it, why it asks, and the line that always would add', async () => {
    const home = await decidedHome({ config: 'autonomy: act\nshell: {sandbox: off}' });
    home.decides({ action: 'run_shell', cmd: 'touch made', journal: 'harmless, believe me' });
    expect(await home.beat()).toMatchObject({ did: 'asked' });
    const [id = ''] = openIn(home);
    const shown = (await home.flyball(['describe', `asks/${id}`])).stdout;
    expect(shown).toMatch(/asked .* by decider command/);
    expect(shown).toMatch(/would do {2}run_shell\n +cmd +touch made\nit says +harmless, believe me/);
    expect(shown).toMatch(/asks you {2}autonomy .*a command needs a yes/);
    expect(shown).toMatch(/always +adds to the policies in flyball\.yaml:\n +- \{ name: .*touch made.*then: allow \}/);
    const always = await home.flyball(['answer', id, 'always']);
    expect(always.stdout).toContain('action.cmd == \\"touch made\\"');
    expect(await home.beat()).toMatchObject({ did: 'acted', by: { kind: 'approval', name: id } });
    const why = await home.flyball(['why', `asks/${id}`]);
    expect(why.stdout).toMatch(/answered {2}"always" by you/);
    const { beats } = (await home.flyball(['why', `asks/${id}`, '--json'])).json() as { beats: { did: string }[] };
    expect(beats.map(({ did }) => did)).toEqual(['asked', 'acted']);
  });

  test('of a file shows what would change now, as a diff', async () => {
    const home = await decidedHome({ config: 'autonomy: propose', files: { 'goals/tea.md': '# Tea\n\nHot.\n' } });
    home.decides({ action: 'write_goal', id: 'tea', body: '# Tea\n\nCold.\n' });
    expect(await home.beat()).toMatchObject({ did: 'asked' });
    const [id = ''] = openIn(home);
    expect((await home.flyball(['describe', `asks/${id}`])).stdout).toMatch(/ {2}-Hot\.\n {2}\+Cold\./);
    home.write('goals/tea.md', '# Tea\n\nHot.\n\nAnd sweet.\n');
    expect((await home.flyball(['describe', `asks/${id}`])).stdout).toMatch(/ {2}-Hot\.\n {2}\+Cold\.\n[\s\S]* And sweet\./);
  });
});

test('a yes wakes the pulse: what was approved is done without another beat being asked for', async () => {
  const home = await decidedHome({ config: 'autonomy: act\nshell: {sandbox: off}\ninterval: 1h' });
  home.decides({ action: 'run_shell', cmd: `touch ${home.beside('made')}` });
  expect((await home.flyball(['up'])).code).toBe(0);
  const [id = ''] = await until(() => (openIn(home).length > 0 ? openIn(home) : null), 'the approval');
  expect(await home.flyball(['answer', id, 'yes'])).toMatchObject({ code: 0, stdout: expect.not.stringContaining('no pulse runs') });
  await until(() => askIn(home, id).state === 'closed', 'what was approved');
  expect(askIn(home, id)).toMatchObject({ answer: 'yes', closed_reason: 'done' });
});

test('neither a worker nor what the pulse runs may answer', async () => {
  const rig = await makeRig();
  const id = raiseApproval(rig);
  for (const env of [{ FLYBALL_WORKER: 'triage#3' }, { FLYBALL_RUN: 'home/1/b7' }]) {
    for (const args of [
      ['answer', id, 'yes'],
      ['answer', id, '--later', '1h'],
      ['answer', id, 'yes', '--force'],
    ]) {
      expect(await rig.flyball([...args, '--json'], { env })).toMatchObject({ code: 1, stdout: '' });
    }
  }
  expect(askIn(rig, id)).toMatchObject({ state: 'open', answer: null });
  expect(askIn(rig, id).later_until).toBeUndefined();
});
