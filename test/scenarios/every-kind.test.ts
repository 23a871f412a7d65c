// Every kind of action through `flyball beat --json`, with a shell script as the decider: the effect, the record,
// the journal and the history of each; and a beat in which nothing changed, which costs nothing.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type DecidedHome, decidedHome, differing, filesUnder, historyOf, recordOf } from '../support/home-cli.ts';
import * as shapes from './shapes.ts';

interface Step {
  decision: Record<string, unknown> & { action: string };
  /** The file whose new text is in the history afterwards; null: no policy file was touched. */
  commits: boolean;
  line: string;
  effect(home: DecidedHome): void;
}

const SCRIPT = '#!/bin/sh\n# flyball: interval=1h\necho \'{"signal":"new"}\'\n';
const GOAL = '# Learn Rust\n\nTen pages a day.\n';
const json = (home: DecidedHome, path: string) => JSON.parse(home.read(path)) as Record<string, unknown>;

const STEPS: Step[] = [
  {
    decision: { action: 'noop', reason: 'all is well' },
    commits: false,
    line: 'noop',
    effect: (home) => expect(existsSync(join(home.home, '.flyball/notices'))).toBe(false),
  },
  {
    decision: { action: 'send_notification', message: 'The disk is full.', urgency: 'high' },
    commits: false,
    line: 'The disk is full.',
    effect: (home) => {
      const [name] = readdirSync(join(home.home, '.flyball/notices'));
      expect(json(home, `.flyball/notices/${name}`)).toMatchObject({ message: 'The disk is full.', urgency: 'high' });
    },
  },
  {
    decision: { action: 'ask_human', question: 'Which one?', options: ['a', 'b'], default: 'b' },
    commits: false,
    line: 'Which one?',
    effect: (home) => expect(json(home, '.flyball/asks/1.json')).toMatchObject({ id: '1', kind: 'question', options: ['a', 'b'] }),
  },
  {
    decision: { action: 'write_goal', id: 'learn-rust', body: GOAL },
    commits: true,
    line: 'learn-rust',
    effect: (home) => expect(home.read('goals/learn-rust.md')).toBe(GOAL),
  },
  {
    decision: { action: 'write_goal', id: 'house', body: '# The house\n\nPainted. Now the roof.\n' },
    commits: true,
    line: 'house',
    effect: (home) => expect(home.read('goals/House.md')).toBe('---\npriority: 2\n---\n# The house\n\nPainted. Now the roof.\n'),
  },
  {
    decision: { action: 'archive_goal', id: 'learn-rust' },
    commits: true,
    line: 'learn-rust',
    effect: (home) => {
      expect(existsSync(join(home.home, 'goals/learn-rust.md'))).toBe(false);
      expect(home.read('goals/archive/learn-rust.md')).toBe(GOAL);
    },
  },
  {
    decision: { action: 'restore_goal', id: 'learn-rust' },
    commits: true,
    line: 'learn-rust',
    effect: (home) => {
      expect(existsSync(join(home.home, 'goals/archive/learn-rust.md'))).toBe(false);
      expect(home.read('goals/learn-rust.md')).toBe(GOAL);
    },
  },
  {
    decision: { action: 'write_playbook', body: '# Playbook\n\nBe brief.\n' },
    commits: true,
    line: 'playbook',
    effect: (home) => expect(home.read('PLAYBOOK.md')).toBe('# Playbook\n\nBe brief.\n'),
  },
  {
    decision: { action: 'write_sensor', name: 'fresh', script: SCRIPT },
    commits: true,
    line: 'fresh',
    effect: (home) => {
      expect(home.read('sensors/fresh')).toBe(SCRIPT);
      expect(statSync(join(home.home, 'sensors/fresh')).mode & 0o777).toBe(0o700);
    },
  },
  {
    decision: { action: 'remove_sensor', name: 'fresh' },
    commits: true,
    line: 'fresh',
    effect: (home) => expect(existsSync(join(home.home, 'sensors/fresh'))).toBe(false),
  },
  {
    decision: { action: 'run_shell', cmd: 'echo made > reports-of-the-shell', reason: 'to see' },
    commits: false,
    line: 'echo made',
    effect: (home) => expect(home.read('reports-of-the-shell')).toBe('made\n'),
  },
  {
    decision: { action: 'write_schedule', name: 'once', at: '2099-01-02T03:04:05Z', note: 'look again' },
    commits: false,
    line: 'once',
    effect: (home) => expect(json(home, '.flyball/schedules/once.json')).toMatchObject({ at: '2099-01-02T03:04:05.000Z', every_s: null }),
  },
  {
    decision: { action: 'write_schedule', name: 'hourly', every_s: 3_600, note: 'look again' },
    commits: false,
    line: 'hourly',
    effect: (home) => expect(json(home, '.flyball/schedules/hourly.json')).toMatchObject({ every_s: 3_600, cron: null }),
  },
  {
    decision: { action: 'write_schedule', name: 'mornings', cron: '0 6 * * 1-5', tz: 'Europe/Berlin', note: 'look again' },
    commits: false,
    line: 'mornings',
    effect: (home) => expect(json(home, '.flyball/schedules/mornings.json')).toMatchObject({ cron: '0 6 * * 1-5', tz: 'Europe/Berlin' }),
  },
  {
    decision: { action: 'drop_schedule', name: 'hourly' },
    commits: false,
    line: 'hourly',
    effect: (home) => expect(existsSync(join(home.home, '.flyball/schedules/hourly.json'))).toBe(false),
  },
];

async function step(home: DecidedHome, beat: number, { decision, commits, line, effect }: Step): Promise<void> {
  home.stir();
  home.decides({ ...decision, because: ['/readings/tick/signal'], journal: `${decision.action}: ${line}` });
  const record = await home.beat();
  shapesOf(record);
  expect(record).toMatchObject({ exit: 0, id: beat, did: 'acted', problem: null, by: { kind: 'decider', name: 'command' } });
  expect(record.decision).toMatchObject(decision);
  expect(record.verdict).toMatchObject({ result: 'allow', reasons: expect.any(Array), ask: null });
  expect(record.outcome?.status).toBe('done');
  expect(record.evidence).toEqual([{ pointer: '/readings/tick/signal', value: beat + 1 }]);
  effect(home);
  expect(existsSync(join(home.home, '.decision.json'))).toBe(false);
  journalled(home, beat, decision.action, line);
  const ids = historyOf(home, 'log', '--format=%an %(trailers:key=Flyball-Id,valueonly,separator=%x2C)').split('\n');
  expect(ids.includes(`flyball b${beat}`), `history has b${beat}`).toBe(commits);
  shapes.fits(shapes.world, json(home, `.flyball/beats/${beat}/world.json`));
  const why = await home.flyball(['why', String(beat), '--json']);
  expect(why.json()).toEqual(recordOf(record));
}

function shapesOf(record: Awaited<ReturnType<DecidedHome['beat']>>): void {
  shapes.fits(shapes.beatRecord, recordOf(record));
}

function journalled(home: DecidedHome, beat: number, action: string, line: string): void {
  const records = home.journal();
  for (const record of records) shapes.fits(shapes.journalRecord, record);
  const of = records.filter((record) => 'id' in record && record.id === `b${beat}`);
  expect(of.map(({ type }) => type)).toEqual(['intent', 'outcome']);
  expect(of[0]).toMatchObject({ action: { action }, beat, by: { kind: 'decider' } });
  expect(of[1]).toMatchObject({ status: 'done', recovered: false });
  expect(home.read('journal.md').trimEnd().split('\n').at(-1)).toMatch(/^- \d{4}-\d\d-\d\d \d\d:\d\d /);
  expect(home.read('journal.md').trimEnd().split('\n').at(-1)).toContain(line);
}

test('each kind of action is decided by a script and performed, one a beat, in the shapes of the contract', async () => {
  const home = await decidedHome({ files: { 'goals/House.md': '---\npriority: 2\n---\n# The house\n\nPaint it.\n' } });
  for (const [at, it] of STEPS.entries()) {
    try {
      await step(home, at + 1, it);
    } catch (error) {
      throw new Error(`${it.decision.action} (beat ${at + 1})`, { cause: error });
    }
  }
  const check = await home.flyball(['check', '--journal', '--json']);
  shapes.fits(shapes.journalCheck, check.json());
  expect(check.json()).toMatchObject({ ok: true, segments: 1, head: 'ok', broken_at: null, open: [] });
  expect(check.code).toBe(0);
  expect(home.asked()).toBe(STEPS.length);
  shapes.fits(shapes.asks, (await home.flyball(['asks', '--json'])).json());
  shapes.fits(shapes.goals, (await home.flyball(['get', 'goals', '-o', 'json'])).json());
  shapes.fits(shapes.sensors, (await home.flyball(['get', 'sensors', '-o', 'json'])).json());
  for (const kind of ['asks', 'schedules', 'beats', 'rules', 'workers', 'leases', 'loops'])
    shapes.fits(shapes.items, (await home.flyball(['get', kind, '-o', 'json'])).json());
  shapes.fits(shapes.statusDocument, (await home.flyball(['status', '--json'])).json());
});

test("a person's edit before an action is a commit of its own, by the person", async () => {
  const home = await decidedHome();
  home.write('goals/mine.md', '# Mine\n');
  home.decides({ action: 'write_goal', id: 'yours', body: '# Yours\n' });
  await home.beat();
  expect(historyOf(home, 'log', '--format=%an').split('\n').slice(0, 2)).toEqual(['flyball', 'person']);
  expect(historyOf(home, 'show', 'HEAD~1:goals/mine.md')).toBe('# Mine');
  expect(historyOf(home, 'show', '--name-only', '--format=', 'HEAD')).toBe('goals/yours.md');
});

test('under the autonomy that a home begins with, code asks where there is no sandbox, but for the commands that its person allowed', async () => {
  const home = await decidedHome({ config: "allow_commands: ['touch *']\nshell: {sandbox: off}" });
  home.decides({ action: 'run_shell', cmd: 'touch allowed' });
  expect(await home.beat()).toMatchObject({ exit: 0, did: 'acted' });
  expect(existsSync(join(home.home, 'allowed'))).toBe(true);
  for (const decision of [
    { action: 'run_shell', cmd: 'touch a b' },
    { action: 'run_shell', cmd: 'touch $(id)' },
    { action: 'write_sensor', name: 'fresh', script: SCRIPT },
  ]) {
    home.decides(decision);
    home.write('PLAYBOOK.md', `# Playbook for ${JSON.stringify(decision)}\n`); // an edit, which cuts the back-off
    const record = await home.beat();
    shapesOf(record);
    expect(record).toMatchObject({ exit: 0, did: 'asked', outcome: null });
    expect(record.problem).not.toBe(null);
  }
  expect(readdirSync(home.home).sort()).not.toContain('a');
  expect(existsSync(join(home.home, 'sensors/fresh'))).toBe(false);
  expect(home.journal().filter(({ type }) => type === 'intent')).toHaveLength(1);
});

test('a beat in which nothing changed does not start the decider, leaves no folder and touches one file', async () => {
  const home = await decidedHome();
  expect(await home.beat()).toMatchObject({ id: 1, did: 'acted' });
  await home.beat(); // what a first look leaves behind is settled
  const before = filesUnder(home.home);
  const rested = await home.beat();
  shapesOf(rested);
  expect(rested).toMatchObject({ exit: 0, id: null, did: 'rested', gate: { open: false, reason: 'unchanged' } });
  expect(home.asked()).toBe(1);
  expect(readdirSync(join(home.home, '.flyball/beats'))).toEqual(['1']);
  expect(differing(before, filesUnder(home.home))).toEqual(['.flyball/heartbeat.json']);
  const why = await home.flyball(['why', '--json']);
  shapes.fits(shapes.beatRecord, why.json());
  expect(why.json()).toMatchObject({ id: null, did: 'rested' });
});
