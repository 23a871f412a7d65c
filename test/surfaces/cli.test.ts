// The CLI's manners: what goes where, which exit code, and how a mistake is told.
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bareRig, CLI, makeRig } from '../support/rig.ts';
import { until } from '../support/wait.ts';

const GOAL = '---\ngoal: The file is there\ndone_when: readings.file.signal.there\n---\n';
const SENSOR = '#!/bin/sh\n# flyball: interval=1s trust=trusted\n[ -e it ] && t=true || t=false\nprintf \'{"signal":{"there":%s}}\' $t\n';

describe('mistakes', () => {
  test.each([
    [['statu'], 2, 'there is no verb "statu"', 'status'],
    [['get', 'gaols'], 2, 'there is no kind "gaols"', 'goals'],
    [['get'], 2, "missing required argument 'kind'", 'flyball help get'],
    [['beat', '--forse'], 2, "unknown option '--forse'", '--force'],
    [['status', 'extra'], 2, 'too many arguments', 'flyball help status'],
    [['journal', '--limit', 'many'], 2, '--limit', 'flyball help journal'],
    [['get', 'goals', '-o', 'yaml'], 2, 'json, wide, name', ''],
    [['get', 'goals', 'nope'], 1, 'there is no goal "nope"', ''],
    [['why', '99'], 1, 'there is no beat 99', 'flyball get beats'],
    [['try', 'readings.nope.'], 2, '', ''],
    [['completion', 'tcsh'], 2, 'SHELL', ''],
    [['config', '--set', 'x'], 2, 'KEY=VALUE', ''],
  ])('%j: stdout is empty, the code is %i, and stderr ends with one line of JSON', async (args, code, message, hint) => {
    const rig = await makeRig({ 'goals/g.md': GOAL });
    const refused = await rig.flyball([...args, '--json']);
    expect(refused).toMatchObject({ code, stdout: '' });
    const error = refused.error();
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    if (hint !== '') expect(error.hint).toContain(hint.replace(/^flyball /, ''));
  });

  test('without --json a person reads two short lines and no stack', async () => {
    const rig = await makeRig();
    const { stderr, stdout } = await rig.flyball(['get', 'gaols']);
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n')).toEqual([
      'flyball: there is no kind "gaols"',
      expect.stringMatching(/^ {2}did you mean: .* get goals$/),
    ]);
  });

  test('--debug shows where', async () => {
    const rig = await makeRig();
    expect((await rig.flyball(['get', 'gaols', '--debug'])).stderr).toMatch(/\n\s+at /);
  });

  test('a worker is refused every verb that writes', async () => {
    const rig = await makeRig();
    const env = { FLYBALL_WORKER: 'triage#3' };
    expect(await rig.flyball(['beat', '--json'], { env })).toMatchObject({ code: 1, stdout: '' });
    expect((await rig.flyball(['get', 'goals'], { env })).code).toBe(0);
  });
});

describe('forms', () => {
  test('-o json, -ojson, --json and --output=json are one, before or after the verb, in one line', async () => {
    const rig = await makeRig({ 'goals/g.md': GOAL });
    const forms = [
      ['get', 'goals', '--json'],
      ['--json', 'get', 'goals'],
      ['get', '-o', 'json', 'goals'],
      ['get', 'goals', '-ojson'],
      ['get', '--output=json', 'goals'],
    ];
    const answers = await Promise.all(forms.map((form) => rig.flyball(form)));
    for (const answer of answers) expect(answer.json()).toMatchObject({ v: 1, kind: 'goals', items: [{ name: 'g' }] });
    for (const answer of answers) expect(answer.stdout.trimEnd()).not.toContain('\n');
  });

  test('-o name is a line each; singular kinds and ls are understood', async () => {
    const rig = await makeRig({ 'goals/g.md': GOAL, 'goals/h.md': GOAL });
    expect((await rig.flyball(['get', 'goal', '-o', 'name'])).stdout).toBe('goals/g\ngoals/h\n');
    expect((await rig.flyball(['ls', '--json'])).json()).toEqual({ v: 1, kind: 'workers', items: [] });
    expect((await rig.flyball(['asks', '--json'])).json()).toEqual([]);
  });

  test('every kind of get answers in its shape, also where there is nothing', async () => {
    const rig = await makeRig();
    for (const kind of ['goals', 'sensors', 'workers', 'asks', 'schedules', 'leases', 'loops', 'beats', 'rules'])
      expect((await rig.flyball(['get', kind, '--json'])).json(), kind).toEqual({ v: 1, kind, items: [] });
  });

  test('bare flyball is status, --version and --help need no home', async () => {
    const rig = await makeRig();
    expect((await rig.flyball(['--json'])).json()).toMatchObject({ v: 1, home: rig.home });
    const bare = bareRig();
    expect((await bare.flyball(['--version'])).stdout).toMatch(/^flyball \d+\.\d+\.\d+\n$/);
    expect((await bare.flyball(['--help'])).stdout).toMatch(/^look +status/m);
    expect((await bare.flyball(['beat', '--help'])).stdout).toContain('--force');
    expect((await bare.flyball(['help', 'beat'])).stdout).toContain('--force');
  });

  test('a reader that goes away is no error', async () => {
    const rig = await makeRig();
    const end = rig.begin(['try', 'prompt']);
    end.child.stdout?.destroy();
    expect(await end.ended).toMatchObject({ code: 0, stderr: '' });
  });

  test('hints are typed as they work: flyball only when PATH finds this build', async () => {
    const rig = await makeRig();
    const bin = join(rig.root, 'bin');
    mkdirSync(bin);
    expect((await rig.flyball(['status'])).stdout).toContain(`${CLI} up`);
    symlinkSync(CLI, join(bin, 'flyball'));
    const found = await rig.flyball(['status'], { env: { PATH: `${bin}:${rig.env.PATH}` } });
    expect(found.stdout).toMatch(/→ {2}flyball up/);
    const away = await rig.flyball(['--home', rig.home, 'status'], { cwd: rig.root, env: { PATH: `${bin}:${rig.env.PATH}` } });
    expect(away.stdout).toContain(`flyball --home ${rig.home} up`);
  });
});

describe('completion', () => {
  test('each shell gets a script that the shell itself can read', async () => {
    const rig = bareRig();
    for (const shell of ['zsh', 'bash', 'fish'])
      expect((await rig.flyball(['completion', shell])).stdout, shell).toContain('flyball complete --');
  });

  test('verbs, flags and live names are offered', async () => {
    const rig = await makeRig({ 'goals/learn-rust.md': GOAL, 'sensors/file.sh': SENSOR });
    expect((await rig.flyball(['complete', '--', 'st'])).stdout).toMatch(/^status\t/m);
    expect((await rig.flyball(['complete', '--', 'describe', 'le'])).stdout).toMatch(/^learn-rust\t/m);
    expect((await rig.flyball(['complete', '--', 'beat', '--f'])).stdout).toMatch(/^--force\t/m);
    expect((await rig.flyball(['complete', '--', 'try', ''])).stdout).toMatch(/^file\t/m);
  });
});

describe('a pulse', () => {
  test('up is seen alive before it says so, beat is passed over to it, and down waits for its end', async () => {
    const rig = await makeRig({ 'goals/g.md': GOAL, 'sensors/file.sh': SENSOR });
    const up = await rig.flyball(['up', '--json']);
    expect(up.json()).toMatchObject({ v: 1, home: rig.home, already: false });
    const { pid } = up.json() as { pid: number };
    expect((await rig.flyball(['up', '--json'])).json()).toMatchObject({ pid, already: true });
    expect((await rig.flyball(['beat', '--json'])).json()).toMatchObject({ v: 1, did: 'rested' });
    expect((await rig.flyball(['status', '--json'])).json()).toMatchObject({ pulse: { running: true, pid } });
    expect((await rig.flyball(['down', '--json'])).json()).toMatchObject({ ended: true });
    expect((await rig.flyball(['down', '--json'])).json()).toMatchObject({ ended: false });
    expect((await rig.flyball(['status', '--json'])).code).toBe(1);
  });

  test('in the foreground Ctrl-C ends it, and a second one is refused', async () => {
    const rig = await makeRig();
    const first = rig.begin(['up', '--foreground']);
    await until(() => first.stdout().includes('pulse    pid'), 'the banner');
    const second = await rig.flyball(['up', '--foreground', '--json']);
    expect(second).toMatchObject({ stdout: '' });
    expect(second.code).not.toBe(0);
    first.child.kill('SIGINT');
    expect((await first.ended).code).toBe(0);
  });

  test('a killed pulse leaves nothing stale', async () => {
    const rig = await makeRig();
    const { pid } = (await rig.flyball(['up', '--json'])).json() as { pid: number };
    process.kill(pid, 'SIGKILL');
    await until(async () => (await rig.flyball(['status', '--json'])).json(), 'an answer');
    expect((await rig.flyball(['up', '--json'])).json()).toMatchObject({ already: false });
  });

  test('a home whose path is too long for a socket is served from a private folder', async () => {
    const rig = bareRig();
    const deep = join(rig.root, 'd'.repeat(60), 'e'.repeat(60));
    const runtime = join(rig.root, 'run');
    mkdirSync(runtime, { mode: 0o700 });
    const env = { XDG_RUNTIME_DIR: runtime };
    await rig.flyball(['init', deep], { env });
    expect((await rig.flyball(['--home', deep, 'up'], { env })).code).toBe(0);
    expect((await rig.flyball(['--home', deep, 'beat', '--json'], { env })).json()).toMatchObject({ v: 1 });
    expect((await rig.flyball(['--home', deep, 'down'], { env })).code).toBe(0);
  });

  test('a folder that others may enter is no place for a socket', async () => {
    const rig = bareRig();
    const deep = join(rig.root, 'd'.repeat(60), 'e'.repeat(60));
    const runtime = join(rig.root, 'run');
    mkdirSync(join(runtime, 'flyball'), { recursive: true });
    chmodSync(join(runtime, 'flyball'), 0o777);
    const env = { XDG_RUNTIME_DIR: runtime };
    await rig.flyball(['init', deep], { env });
    const refused = await rig.flyball(['--home', deep, 'up', '--foreground', '--json'], { env });
    expect(refused.code).toBe(2);
    expect(refused.error().message).toContain('no private folder');
  });
});
