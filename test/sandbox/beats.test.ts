// A model's command, from the verdict to the record, through the real CLI: in the sandbox unasked, or asked, or refused.
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findProgram } from '../../src/lib/program.ts';
import { liveArguments, noSandboxHere, statesOf } from '../support/boxed-home.ts';
import { type DecidedHome, decidedHome } from '../support/home-cli.ts';
import { until } from '../support/wait.ts';

const none = await noSandboxHere();
const shell = (cmd: string) => ({ action: 'run_shell', cmd });
const WRITES = 'touch reports/shell/in; touch out 2>/dev/null; true';
const written = (home: DecidedHome) => [existsSync(join(home.home, 'reports/shell/in')), existsSync(join(home.home, 'out'))];

/** The same home where no bwrap is to be found. */
function withoutBwrap(home: DecidedHome): void {
  const tools = home.beside('tools');
  mkdirSync(tools);
  for (const name of ['bash', 'sh', 'cat', 'git', 'env', 'touch', 'mkfifo', 'rm', 'mv', 'head', 'tail', 'sleep', 'true', 'node'])
    symlinkSync(findProgram(name, home.env.PATH ?? '') ?? '', join(tools, name));
  home.env.PATH = tools;
}

describe.skipIf(none !== null)(`under act${none ? ` (skipped: ${none})` : ''}`, () => {
  test('what a model chose runs in the sandbox unasked; verdict, outcome and why say so', async () => {
    const home = await decidedHome({ config: 'autonomy: act' });
    home.decides(shell(WRITES));
    const record = await home.beat();
    expect(record).toMatchObject({
      did: 'acted',
      verdict: { result: 'allow', sandbox: 'on', reasons: [{ step: 'autonomy', result: 'allow', name: 'sandbox' }] },
      outcome: { status: 'done', note: 'exited 0 (in the sandbox)' },
    });
    expect(written(home)).toEqual([true, false]);
    const why = await home.flyball(['why', String(record.id)]);
    expect(why.stdout).toContain('exited 0 (in the sandbox)');
    expect(why.stdout).toContain('it needs no yes: it runs in the sandbox');
  });

  test('what matches allow_commands runs as the person, and says so', async () => {
    const home = await decidedHome({ config: 'autonomy: act\nallow_commands: ["touch **"]' });
    home.decides(shell('touch out'));
    expect(await home.beat()).toMatchObject({
      did: 'acted',
      verdict: { sandbox: 'off' },
      outcome: { note: 'exited 0 (unconfined)' },
    });
    expect(existsSync(join(home.home, 'out'))).toBe(true);
  });

  test('what a rule says runs as the person; with `required` it runs in the sandbox too', async () => {
    const rule = 'rules: [{name: r, when: "true", do: {action: run_shell, cmd: "touch reports/shell/in; touch out; true"}}]';
    const free = await decidedHome({ config: rule });
    mkdirSync(join(free.home, 'reports/shell'), { recursive: true });
    expect(await free.beat()).toMatchObject({ by: { kind: 'rule' }, did: 'acted', outcome: { note: 'exited 0 (unconfined)' } });
    expect(written(free)).toEqual([true, true]);
    const held = await decidedHome({ config: `${rule}\nshell: {sandbox: required}` });
    expect(await held.beat()).toMatchObject({ by: { kind: 'rule' }, did: 'acted', outcome: { note: 'exited 0 (in the sandbox)' } });
    expect(written(held)).toEqual([true, false]);
  });

  test('what a model prints into the sandbox’s own failure is a failure with its text', async () => {
    const home = await decidedHome({ config: 'autonomy: act' });
    home.decides(shell('echo why; exit 3'));
    expect(await home.beat()).toMatchObject({ did: 'failed', problem: 'exited 3 (in the sandbox); it printed: why' });
  });
});

describe.skipIf(none !== null)('a sandboxed command outlives nobody’s hand', () => {
  test('a command whose pulse was killed is waited for, and settled by its own exit code', async () => {
    const home = await decidedHome({ config: 'autonomy: act' });
    const go = home.beside('go');
    home.decides(shell(`until test -e ${go}; do sleep 0.05; done; touch reports/shell/in`));
    home.write('flyball.yaml', `${home.read('flyball.yaml')}shell: {read: ["${home.beside('')}"]}\n`);
    const begun = home.begin(['beat', '--json']);
    await until(() => existsSync(join(home.home, '.flyball/beats/1/shell.pid')), 'the command to begin');
    begun.child.kill('SIGKILL');
    await begun.ended;
    home.decides({ action: 'noop' });
    const next = home.begin(['beat', '--json']);
    await until(() => home.asked() === 1, 'the first decision');
    writeFileSync(go, '');
    expect((await next.ended).code).toBe(0);
    expect(home.journal().filter(({ type }) => type === 'outcome')[0]).toMatchObject({
      id: 'b1',
      status: 'done',
      recovered: true,
      note: expect.stringContaining('(in the sandbox)'),
    });
    expect(existsSync(join(home.home, 'reports/shell/in'))).toBe(true);
  });

  test('a command is ended on request, with everything that hides in its sandbox', async () => {
    const home = await decidedHome({ config: 'autonomy: act' });
    home.decides(shell('(setsid env -i sleep 3141592 &); sleep 2718281'));
    const begun = home.begin(['beat', '--json']);
    await until(() => existsSync(join(home.home, '.flyball/beats/1/shell.pid')), 'the command to begin');
    begun.child.kill('SIGTERM');
    await begun.ended;
    expect(liveArguments()).not.toMatch(/3141592|2718281/);
  });
});

describe.skipIf(none !== null)('STOP', () => {
  test('freezes what hides in a sandbox too, and resume gives it back', async () => {
    const home = await decidedHome({ config: 'autonomy: act' });
    const sleeper = '(setsid env -i sleep 1618033 &); until test -e reports/shell/go; do sleep 0.05; done; touch reports/shell/in';
    home.decides(shell(sleeper));
    const begun = home.begin(['beat', '--json']);
    const states = () => statesOf(/^sleep.1618033/s);
    await until(() => states().length === 1, 'the sleeper');
    home.write('STOP', 'wait\n');
    await until(() => states().every((state) => state === 'T'), 'the sleeper to be frozen');
    home.write('reports/shell/go', '');
    const resumed = await home.flyball(['resume', '--yes']);
    expect(resumed.code).toBe(0);
    await begun.ended;
    expect(existsSync(join(home.home, 'reports/shell/in'))).toBe(true);
    expect(states()).toEqual([]);
  });
});

describe('without a sandbox', () => {
  test('what a model chose asks, and the ask says why', async () => {
    const home = await decidedHome({ config: 'autonomy: act' });
    withoutBwrap(home);
    home.decides(shell(WRITES));
    const record = await home.beat();
    expect(record).toMatchObject({ did: 'asked', verdict: { result: 'ask', sandbox: 'off' } });
    expect(record.verdict?.reasons[0]?.message).toContain('bubblewrap (bwrap) is not installed');
    expect(written(home)).toEqual([false, false]);
  });

  test('`required` refuses every command, a rule’s too; status and doctor say what to install', async () => {
    const home = await decidedHome({
      config: 'rules: [{name: r, when: "true", do: {action: run_shell, cmd: "touch out"}}]\nshell: {sandbox: required}',
    });
    withoutBwrap(home);
    expect(await home.beat()).toMatchObject({ by: { kind: 'rule' }, did: 'denied' });
    expect(existsSync(join(home.home, 'out'))).toBe(false);
    const status = (await home.flyball(['status', '--json'])).json() as { problems: { what: string; where: string }[] };
    expect(status.problems).toContainEqual(expect.objectContaining({ where: 'sandbox' }));
    const doctor = await home.flyball(['doctor']);
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toMatch(/bad +sandbox +bubblewrap \(bwrap\) is not installed {2}→ {2}install bubblewrap/);
  });

  test('where nothing is to be sandboxed that is no problem, and doctor still says what holds what', async () => {
    const home = await decidedHome({ config: 'autonomy: act' });
    home.write('flyball.yaml', 'interval: 60s\n');
    withoutBwrap(home);
    const status = (await home.flyball(['status', '--json'])).json() as { problems: { where: string }[] };
    expect(status.problems.filter(({ where }) => where === 'sandbox')).toEqual([]);
    const doctor = await home.flyball(['doctor']);
    expect(doctor.stdout).toMatch(/warn +sandbox .*nothing that is set up here needs it/);
    expect(doctor.stdout).toContain('commands of rules, after a yes, or in allow_commands: unconfined: with your rights');
    expect(doctor.stdout).toContain('trip-wires');
  });
});
