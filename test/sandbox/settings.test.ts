// What flyball.yaml opens in the sandbox, and what it cannot open; and that nothing runs where there is none.
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findProgram } from '../../src/lib/program.ts';
import { type BoxedHome, boxedHome, noSandboxHere } from '../support/boxed-home.ts';

const none = await noSandboxHere();
let box: BoxedHome;
beforeEach(() => {
  box = boxedHome();
  mkdirSync(join(box.root, 'data'));
});
afterEach(() => box.remove());

const shell = (settings: Record<string, unknown>) => {
  box.settings = { shell: settings };
};
const said = async (cmd: string) => (await box.inside(cmd)).tail.trimEnd();
/** A bwrap of the test's own, found before the real one. */
const plantBwrap = (folder: string, script: string) => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'bwrap'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'bwrap'), 0o755);
  box.person.PATH = `${folder}:${box.person.PATH}`;
};

describe.skipIf(none !== null)(`flyball.yaml${none ? ` (skipped: ${none})` : ''}`, () => {
  test('opens folders of the person’s to read, and the programs of PATH that lie there', async () => {
    box.write('user/src/a', 'mine');
    box.write('user/bin/greet', '#!/bin/sh\necho hello');
    chmodSync(join(box.user, 'bin/greet'), 0o755);
    box.person.PATH = `${box.user}/bin:${box.person.PATH}`;
    shell({ read: ['~/src'] });
    expect(await said('cat ~/src/a; echo; greet; touch ~/src/x ~/bin/x 2>/dev/null || echo no')).toBe('mine\nhello\nno');
    expect(await said('ls -A ~')).toBe('bin\nsrc');
  });

  test('opens folders to write, also below reports', async () => {
    mkdirSync(join(box.home, 'reports/page'), { recursive: true });
    shell({ write: [join(box.root, 'data'), `${box.home}/reports/page`] });
    expect(await said(`echo 1 > ${box.root}/data/a; echo 2 > reports/page/b; cat ${box.root}/data/a reports/page/b`)).toBe('1\n2');
    expect([box.read('data/a'), box.read('home/reports/page/b')]).toEqual(['1\n', '2\n']);
  });

  test.each([
    ['the home', (at: BoxedHome) => at.home, 'it lies in'],
    ['its goals', (at: BoxedHome) => join(at.home, 'goals'), 'it lies in'],
    ['its .flyball', (at: BoxedHome) => at.layout.machine, 'it lies in'],
    ['a folder in which the home lies deep', () => '/', 'lies deep in it'],
    ['what is not there', (at: BoxedHome) => join(at.root, 'nowhere'), 'is not there'],
  ])('does not open %s', async (_, path, words) => {
    shell({ write: [path(box)] });
    expect(await box.problem()).toContain(words);
    expect(await box.inside('true')).toMatchObject({ end: 'spawn', exit: null, problem: expect.stringContaining(words) });
  });

  test('does not follow a link that an earlier command may have left in a writable folder', async () => {
    symlinkSync(box.user, join(box.root, 'data/link'));
    shell({ write: [join(box.root, 'data')], read: [join(box.root, 'data/link')] });
    expect(await box.problem()).toContain('is a link out of a folder that is writable');
  });

  test('with `off` there is none', async () => {
    shell({ sandbox: 'off' });
    expect(await box.problem()).toBe('shell.sandbox is off');
  });
});

describe.skipIf(none !== null)('nothing runs unconfined that was to be confined', () => {
  const target = () => join(box.root, 'data/ran');

  test('when bwrap is gone between the verdict and the launch', async () => {
    const real = findProgram('bwrap', box.person.PATH ?? '');
    plantBwrap(join(box.root, 'bin'), `exec ${real} "$@"`);
    box.person.PATH = `${box.root}/bin:${box.user}/tools`;
    mkdirSync(join(box.user, 'tools'));
    for (const name of ['bash', 'sh', 'cat', 'true']) symlinkSync(findProgram(name, '/usr/bin:/bin') ?? '', join(box.user, 'tools', name));
    expect(await box.problem()).toBeNull();
    rmSync(join(box.root, 'bin/bwrap'));
    const end = await box.inside(`echo x > ${target()}`);
    expect(end).toMatchObject({ end: 'spawn', exit: null, problem: expect.stringContaining('bubblewrap (bwrap) is not installed') });
    expect(existsSync(target())).toBe(false);
  });

  test('when bwrap fails at the launch: what it said is told, and it is looked at anew', async () => {
    const real = findProgram('bwrap', box.person.PATH ?? '');
    plantBwrap(join(box.root, 'bin'), `test -e ${box.root}/broken && { echo no user namespaces >&2; exit 1; }; exec ${real} "$@"`);
    expect(await box.problem()).toBeNull();
    box.write('broken', '');
    const end = await box.inside(`echo x > ${target()}`);
    expect(end).toMatchObject({ end: 'spawn', exit: null, problem: 'it was not run, since the sandbox could not be set up' });
    expect(end.tail).toBe('no user namespaces\n');
    expect(existsSync(target())).toBe(false);
    expect(await box.problem()).toBe('bubblewrap does not work here: no user namespaces');
  });

  test('when bwrap lies where a command may have put it', async () => {
    shell({ write: [join(box.root, 'data')] });
    plantBwrap(join(box.root, 'data'), `shift 99; echo x > ${target()}`);
    expect(await box.inside('true')).toMatchObject({ end: 'spawn', problem: expect.stringContaining('is not trusted') });
    expect(existsSync(target())).toBe(false);
  });

  test('when bash is not there inside', async () => {
    const end = await box.inside('true', {});
    expect(end.exit).toBe(0);
    box.settings = { env: { PATH: join(box.root, 'data') } };
    symlinkSync(findProgram('bwrap', box.person.PATH ?? '') ?? '', join(box.root, 'data/bwrap'));
    expect(await box.inside('true')).toMatchObject({ end: 'spawn', exit: null });
  });
});
