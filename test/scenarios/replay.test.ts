// Replay, from the built CLI: recorded beats under changed rules and under a changed playbook. Exactly those whose
// action differs are listed, nothing is executed, and what it costs is said before it is spent.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { BeatRecord } from '../../src/world/record.ts';
import type { World } from '../../src/world/world.ts';
import { type DecidedHome, decidedHome, differing, filesUnder, upAndBeaten } from '../support/home-cli.ts';

const BEATS = 52;

/** Tells of every number that a divisor goes into. */
const ruleFor = (divisor: number) => ({
  name: 'tell',
  when: `readings.tick.signal % ${divisor} == 0`,
  do: { action: 'send_notification', message: 'It is {{ readings.tick.signal }}.' },
});
const LOUD = { name: 'loud', when: 'readings.tick.signal == 13', do: { action: 'send_notification', message: 'Thirteen!' } };

interface Answer {
  beats: number;
  asked: number;
  cost: { usd: number; estimated: boolean };
  ended: string | null;
  differ: {
    beat: number;
    was: { decision: object | null };
    now: { by: { kind: string }; decision: { action: string } | null; problem: string | null };
  }[];
}

/** One beat for each number. Where no rule speaks the decider is asked, which counts each question. */
async function recorded(config: object, beats = BEATS): Promise<DecidedHome> {
  const home = await decidedHome();
  // Odd numbers are worth a word to a decider whose playbook is LOUD.
  const script = home.beside('judge.sh');
  writeFileSync(
    script,
    [
      `p=$(cat); echo asked >> ${home.beside('asked')}`,
      `n=$(printf '%s\\n' "$p" | sed -n 's/^| signal //p' | head -n 1)`,
      `if printf '%s' "$p" | grep -q LOUD && [ $((n % 2)) = 1 ]; then`,
      `  printf '{"action":"send_notification","message":"odd %s"}' "$n" > .decision.json`,
      `else echo '{"action":"noop","reason":"all well"}' > .decision.json; fi`,
    ].join('\n'),
  );
  home.write(
    'flyball.yaml',
    JSON.stringify({ decider: { use: 'command', unconfined: true, command: { run: `sh ${script}` } }, ...config }),
  );
  for (let n = 0; n < beats; n++) {
    expect((await home.beat('--force')).did).toBe('acted');
    home.stir();
  }
  return home;
}

const recordOf = (home: DecidedHome, beat: number) => JSON.parse(home.read(`.flyball/beats/${beat}/record.json`)) as BeatRecord;
const numberAt = (home: DecidedHome, beat: number) =>
  (JSON.parse(home.read(`.flyball/beats/${beat}/world.json`)) as World).readings.tick?.signal as number;
const beatsWhere = (home: DecidedHome, holds: (n: number) => boolean) =>
  readdirSync(join(home.home, '.flyball/beats'))
    .map(Number)
    .sort((a, b) => a - b)
    .filter((beat) => holds(numberAt(home, beat)));

async function replay(home: DecidedHome, ...args: string[]): Promise<Answer> {
  const ended = await home.flyball(['replay', '--json', ...args]);
  expect(ended).toMatchObject({ code: 0 });
  return ended.json() as Answer;
}

test('52 beats with changed rules, and with a changed playbook: exactly those that differ, and nothing is done', async () => {
  const home = await recorded({ rules: [ruleFor(3)] });
  const asked = home.asked();
  expect(beatsWhere(home, (n) => n % 3 === 0).every((beat) => recordOf(home, beat).by.kind === 'rule')).toBe(true);
  const before = filesUnder(home.home);

  // As it was: nothing differs, and nobody is asked.
  expect(await replay(home)).toMatchObject({ beats: BEATS, asked: 0, differ: [] });

  // Another divisor: 12 is told of either way, with the same words.
  writeFileSync(home.beside('rules.yaml'), JSON.stringify([ruleFor(4)]));
  const ruled = await replay(home, '--rules', home.beside('rules.yaml'));
  expect(ruled.differ.map(({ beat }) => beat)).toEqual(beatsWhere(home, (n) => (n % 3 === 0) !== (n % 4 === 0)));

  // One more rule beside the same: only its own beat.
  writeFileSync(home.beside('rules.yaml'), JSON.stringify({ rules: [ruleFor(3), LOUD] }));
  const one = await replay(home, '--rules', home.beside('rules.yaml'));
  expect(one.differ.map(({ beat }) => beat)).toEqual(beatsWhere(home, (n) => n === 13));
  expect(differing(before, filesUnder(home.home))).toEqual([]);
  expect(home.asked()).toBe(asked);

  // A playbook that wants to hear of the odd: rules still come first, all others are asked about.
  writeFileSync(home.beside('playbook.md'), '# Playbook\n\nBe LOUD.\n');
  const loud = await replay(home, '--playbook', home.beside('playbook.md'));
  expect(loud.differ.map(({ beat }) => beat)).toEqual(beatsWhere(home, (n) => n % 3 !== 0 && n % 2 === 1));
  expect(loud.asked).toBe(beatsWhere(home, (n) => n % 3 !== 0).length);
  expect(home.asked()).toBe(asked + loud.asked);
  expect(differing(before, filesUnder(home.home))).toEqual(['.flyball/spend.jsonl']);
}, 300_000);

test('what costs is said beforehand and needs a yes; it is spent, and ends with the budget', async () => {
  const home = await recorded({}, 6);
  const config = (day: number) =>
    home.write(
      'flyball.yaml',
      JSON.stringify({
        decider: { use: 'command', unconfined: true, command: { run: `sh ${home.beside('judge.sh')}`, costs: true } },
        spend: { day, assume: 0.25 },
      }),
    );
  config(100);
  const asked = home.asked();
  const unasked = await home.flyball(['replay', '--decider', 'command']);
  expect(unasked).toMatchObject({ code: 2, stdout: '' });
  expect(unasked.stderr).toContain('command is asked about 6 of them, for about $1.50');
  expect(home.asked()).toBe(asked);

  const done = await replay(home, '--decider', 'command', '--yes');
  expect(done).toMatchObject({ asked: 6, differ: [], cost: { usd: 1.5, estimated: true } });
  const scopes = home
    .read('.flyball/spend.jsonl')
    .split('\n')
    .filter((line) => line.includes('"scope":"replay"') && !line.includes('provisional'));
  expect(scopes).toHaveLength(6);

  config(2);
  const short = await home.flyball(['replay', '--decider', 'command', '--yes', '--json']);
  expect(short.code).toBe(1);
  expect(short.json()).toMatchObject({ beats: 2, ended: expect.stringContaining('budget') });
});

test('beside a running pulse: its guards, its rules and its decisions stay as they are', async () => {
  const home = await decidedHome();
  await upAndBeaten(home);
  const beside = () =>
    ['guards.json', 'rules.json', 'baseline.json', 'journal.jsonl', 'owner.json'].map((name) => {
      try {
        return home.read(`.flyball/${name}`);
      } catch {
        return null;
      }
    });
  const before = beside();
  writeFileSync(home.beside('playbook.md'), '# Another\n');
  expect(await replay(home, '--playbook', home.beside('playbook.md'))).toMatchObject({ asked: 1, differ: [] });
  expect(beside()).toEqual(before);
});

test('what is asked wrongly is said: no beats, no such file, rules that do not fit, no such decider', async () => {
  const home = await decidedHome();
  const refused = async (...args: string[]) => {
    const ended = await home.flyball(['replay', '--json', ...args]);
    expect(ended.stdout).toBe('');
    return ended.error();
  };
  expect(await refused()).toMatchObject({ code: 1, message: expect.stringContaining('no beat is kept since') });
  await home.beat();
  expect(await refused('--since', 'soon')).toMatchObject({ code: 2 });
  expect(await refused('--rules', 'nowhere.yaml')).toMatchObject({ code: 2, message: expect.stringContaining('there is no file') });
  writeFileSync(home.beside('rules.yaml'), '[{name: x, when: "1 +", do: {action: noop}}]');
  expect(await refused('--rules', home.beside('rules.yaml'))).toMatchObject({
    code: 2,
    message: expect.stringContaining('the rules do not fit'),
  });
  expect(await refused('--decider', 'oracle')).toMatchObject({ code: 2, message: expect.stringContaining('oracle') });
});
