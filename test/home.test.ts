// Which home is meant, and what is refused before anything of it is run.
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findHome } from '../src/home.ts';
import { bareRig, makeRig } from './support/rig.ts';

describe('which home', () => {
  test('--home, then FLYBALL_HOME, then the nearest ancestor with a flyball.yaml, then ~/flyball', () => {
    const { root, env } = bareRig();
    const deep = join(root, 'a', 'b', 'c');
    mkdirSync(deep, { recursive: true });
    writeFileSync(join(root, 'a', 'flyball.yaml'), '');
    expect(findHome({ flag: 'x', env: { ...env, FLYBALL_HOME: '/y' }, cwd: deep })).toEqual({ home: join(deep, 'x'), found: 'flag' });
    expect(findHome({ flag: null, env: { ...env, FLYBALL_HOME: '/y' }, cwd: deep })).toEqual({ home: '/y', found: 'environment' });
    expect(findHome({ flag: null, env, cwd: deep })).toEqual({ home: join(root, 'a'), found: 'ancestor' });
    expect(findHome({ flag: null, env, cwd: root })).toEqual({ home: join(root, 'user', 'flyball'), found: 'default' });
  });

  test('without a home around, the only one that runs is taken, and named on stderr', async () => {
    const rig = await makeRig();
    const elsewhere = { cwd: rig.root };
    expect((await rig.flyball(['status', '--json'], elsewhere)).error().message).toContain('there is no home in');
    expect((await rig.flyball(['up'])).code).toBe(0);
    const seen = await rig.flyball(['status', '--json'], elsewhere);
    expect(seen.json()).toMatchObject({ home: rig.home, pulse: { running: true } });
    expect(seen.stderr).toContain(`home: ${rig.home} (the only one that runs)`);
  });
});

describe('trust', () => {
  test('a home that came from elsewhere runs nothing until its person says so, once', async () => {
    const rig = bareRig();
    mkdirSync(rig.home);
    rig.write('flyball.yaml', 'interval: 60s\nrules: [{name: r, when: "true", do: {action: run_shell, cmd: touch ran}}]\n');
    rig.write('sensors/s.sh', '#!/bin/sh\ntouch ran-sensor; echo {}\n', 0o700);
    rig.write('goals/g.md', '---\nverify: touch ran-verify\n---\n');
    for (const args of [['beat'], ['try', 's'], ['try', 'g'], ['up']]) {
      const refused = await rig.flyball([...args, '--json']);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
    }
    const listed = await rig.flyball(['up']);
    expect(listed.stderr).toMatch(/sensors\/s\.sh[\s\S]*verify.*touch ran-verify[\s\S]*r: touch ran/);
    expect(readdirSync(rig.home).filter((name) => name.startsWith('ran'))).toEqual([]);

    expect((await rig.flyball(['up', '--yes'])).code).toBe(0);
    expect((await rig.flyball(['try', 's', '--json'])).code).toBe(0);
  });

  test('what a clone brings along in .flyball/ does not make it allowed', async () => {
    const rig = await makeRig({ 'sensors/s.sh': '#!/bin/sh\necho {}\n' });
    const copy = join(rig.root, 'copy');
    mkdirSync(join(copy, '.flyball'), { recursive: true });
    for (const path of ['flyball.yaml', '.flyball/owner.json', 'sensors/s.sh']) {
      mkdirSync(join(copy, path, '..'), { recursive: true });
      writeFileSync(join(copy, path), rig.read(path), { mode: statSync(join(rig.home, path)).mode });
    }
    expect(await rig.flyball(['--home', copy, 'try', 's', '--json'])).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('whose', () => {
  test("another machine's home is taken over only by name, and the epoch goes up", async () => {
    const rig = await makeRig();
    const owner = JSON.parse(rig.read('.flyball/owner.json'));
    rig.write('.flyball/owner.json', JSON.stringify({ ...owner, machine: 'another' }));
    expect(await rig.flyball(['up', '--yes', '--json'])).toMatchObject({ code: 1, stdout: '' });
    expect((await rig.flyball(['up', '--yes', '--take-over'])).code).toBe(0);
    expect(JSON.parse(rig.read('.flyball/owner.json'))).toMatchObject({ id: owner.id, machine: owner.machine, epoch: owner.epoch + 2 });
  });

  test("another user's home refuses everything", async () => {
    const rig = await makeRig();
    const owner = JSON.parse(rig.read('.flyball/owner.json'));
    rig.write('.flyball/owner.json', JSON.stringify({ ...owner, uid: owner.uid + 1 }));
    for (const verb of ['status', 'beat', 'get goals', 'check', 'up']) {
      const refused = await rig.flyball([...verb.split(' '), '--json']);
      expect(refused, verb).toMatchObject({ code: 2, stdout: '' });
      expect(refused.error().message).toContain(`uid ${owner.uid + 1}`);
    }
  });

  test('a damaged owner.json is no missing one', async () => {
    const rig = await makeRig();
    rig.write('.flyball/owner.json', '{"id":');
    expect((await rig.flyball(['beat', '--json'])).code).not.toBe(0);
    expect(rig.read('.flyball/owner.json')).toBe('{"id":');
  });
});

describe('init', () => {
  test('makes a private home that works, and never overwrites', async () => {
    const rig = bareRig();
    const made = await rig.flyball(['init', rig.home, '--json']);
    expect(made.code).toBe(0);
    expect(statSync(rig.home).mode & 0o777).toBe(0o700);
    expect(statSync(join(rig.home, 'flyball.yaml')).mode & 0o777).toBe(0o600);
    expect(statSync(join(rig.home, 'sensors/disk.sh')).mode & 0o777).toBe(0o700);
    expect(rig.read('.flyball/.gitignore')).toBe('*\n');
    expect((await rig.flyball(['check'])).code).toBe(0);

    rig.write('flyball.yaml', '# mine\n');
    const again = await rig.flyball(['init', rig.home, '--json']);
    expect(again.json()).toMatchObject({ made: [], kept: expect.arrayContaining(['flyball.yaml', 'goals']) });
    expect(rig.read('flyball.yaml')).toBe('# mine\n');
  });

  test('a folder that cannot be written gets one clear line and nothing else', async () => {
    const rig = bareRig();
    writeFileSync(join(rig.root, 'file'), '');
    const refused = await rig.flyball(['init', join(rig.root, 'file', 'home'), '--json']);
    expect(refused).toMatchObject({ stdout: '' });
    expect(refused.code === 1 || refused.code === 2).toBe(true);
  });

  test('a link that stands where a file is to be made is not written through', async () => {
    const rig = bareRig();
    mkdirSync(rig.home);
    symlinkSync(join(rig.root, 'outside'), join(rig.home, 'flyball.yaml'));
    await rig.flyball(['init', rig.home, '--yes']);
    expect(existsSync(join(rig.root, 'outside'))).toBe(false);
  });
});
