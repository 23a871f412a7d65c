// history.git: exact versions, two authors, and no other repository is touched.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digest } from '../../src/lib/digest.ts';
import { openHistory } from '../../src/store/history.ts';
import { type HomeRig, makeHome } from '../support/home-rig.ts';

let rig: HomeRig;
beforeEach(() => {
  rig = makeHome({ 'goals/a.md': 'A\n', 'PLAYBOOK.md': 'P\n' });
});
afterEach(() => rig.remove());

const git = (...args: string[]) => execFileSync('git', ['--git-dir', rig.layout.history, ...args], { encoding: 'utf8' });
const log = () => git('log', '--format=%an: %s%n%(trailers:only)').split('\n').filter(Boolean);
const commit = (id: string, path: string, text: string | null) =>
  rig.ports.history.commit({ id, title: `did ${id}`, after: [{ path, digest: text === null ? null : digest(text) }] });

test('the person’s versions and flyball’s are commits of their own', () => {
  rig.ports.history.keep();
  rig.write('goals/a.md', 'B\n');
  commit('b1', 'goals/a.md', 'B\n');
  rig.write('goals/a.md', 'C\n');
  rig.ports.history.keep();
  expect(log()).toEqual(['person: Edited goals/a.md', 'flyball: did b1', 'Flyball-Id: b1', 'person: Edited PLAYBOOK.md and 1 more']);
  expect(git('show', 'main:goals/a.md')).toBe('C\n');
  expect(git('fsck', '--strict')).toBe('');
});

test('committing the same action again changes nothing', () => {
  rig.write('goals/a.md', 'B\n');
  commit('b1', 'goals/a.md', 'B\n');
  commit('b1', 'goals/a.md', 'B\n');
  expect(log()).toHaveLength(2);
});

test('what the person has changed since is not put down to flyball', () => {
  rig.ports.history.keep();
  rig.write('goals/a.md', 'the person was faster\n');
  commit('b1', 'goals/a.md', 'B\n');
  expect(log()).toEqual(['person: Edited PLAYBOOK.md and 1 more']);
});

test('other files that the person edited meanwhile stay theirs', () => {
  rig.ports.history.keep();
  rig.write('PLAYBOOK.md', 'mine\n');
  rig.write('goals/a.md', 'B\n');
  commit('b1', 'goals/a.md', 'B\n');
  expect(git('show', '--name-only', '--format=%an').split('\n').filter(Boolean)).toEqual(['flyball', 'goals/a.md']);
  rig.ports.history.keep();
  expect(log()[0]).toBe('person: Edited PLAYBOOK.md');
});

test('bytes are kept as they are, whatever git would make of them', () => {
  const bytes = Buffer.from('one\r\ntwo\0three\xff', 'latin1');
  writeFileSync(join(rig.home, 'goals/odd.md'), bytes);
  writeFileSync(join(rig.home, '.gitattributes'), '* text=auto eol=lf\n*.md filter=evil\n');
  writeFileSync(join(rig.home, '.gitignore'), '*\n');
  rig.ports.history.keep();
  expect(execFileSync('git', ['--git-dir', rig.layout.history, 'show', 'main:goals/odd.md'])).toEqual(bytes);
});

test('odd names, links, a repository within and a folder that became a file are kept', () => {
  const names = ['a "quoted" name.md', 'line\nbreak.md', 'back\\slash.md', '-dash.md', 'ünïcode.md', ' space .md'];
  for (const name of names) rig.write(`goals/${name}`, name);
  symlinkSync('/etc/passwd', join(rig.home, 'goals/link.md'));
  mkdirSync(join(rig.home, 'loops/inner/.git'), { recursive: true });
  rig.write('loops/inner/x.yaml', 'x');
  rig.ports.history.keep();
  const tree = git('ls-tree', '-r', '-z', 'main')
    .split('\0')
    .map((entry) => entry.replace(/ blob [0-9a-f]+\t/, ' '));
  for (const name of names) expect(tree).toContain(`100644 goals/${name}`);
  expect(tree).toContain('120000 goals/link.md');
  expect(tree).toContain('100644 loops/inner/x.yaml');
  rmSync(join(rig.home, 'loops/inner'), { recursive: true });
  rig.write('loops/inner', 'a file now');
  rig.ports.history.keep();
  expect(git('show', 'main:loops/inner')).toBe('a file now');
  rmSync(join(rig.home, 'loops/inner'));
  rig.write('loops/inner/x.yaml', 'a folder again');
  rig.ports.history.keep();
  expect(git('show', 'main:loops/inner/x.yaml')).toBe('a folder again');
});

test('the exec bit of a sensor is kept', () => {
  rig.write('sensors/x', '#!/bin/sh\n');
  chmodSync(join(rig.home, 'sensors/x'), 0o700);
  rig.ports.history.keep();
  expect(git('ls-tree', 'main', 'sensors/x')).toContain('100755');
});

test('a home inside another repository leaves that repository alone', () => {
  const outer = makeHome();
  execFileSync('git', ['init', '-q', outer.home]);
  const inner = join(outer.home, 'inner');
  mkdirSync(inner);
  renameSync(join(rig.home, 'goals'), join(inner, 'goals'));
  const before = execFileSync('git', ['-C', outer.home, 'status', '--porcelain'], { encoding: 'utf8' });
  openHistory({ ...rig.layout, home: inner }).keep();
  expect(execFileSync('git', ['-C', outer.home, 'status', '--porcelain'], { encoding: 'utf8' })).toBe(before);
  expect(git('show', 'main:goals/a.md')).toBe('A\n');
  outer.remove();
});

test('locks that a killed git left, and a lost note of what is kept, are no obstacle', () => {
  rig.ports.history.keep();
  for (const lock of rig.layout.historyLocks) {
    mkdirSync(join(lock, '..'), { recursive: true });
    writeFileSync(lock, '');
  }
  rmSync(rig.layout.historyKept);
  rig.write('goals/a.md', 'B\n');
  openHistory(rig.layout).keep();
  expect(log()).toEqual(['person: Edited goals/a.md', 'person: Edited PLAYBOOK.md and 1 more']);
});

test('nothing new spawns nothing', () => {
  rig.ports.history.keep();
  const blind = openHistory(rig.layout, { path: '/nowhere' });
  blind.keep();
  rig.write('goals/a.md', 'B\n');
  expect(() => blind.keep()).toThrow('git fast-import could not be run');
});

test('an edit that leaves size and time as they were is still seen, by its inode', () => {
  rig.ports.history.keep();
  rig.write('goals/b.md', 'Z\n');
  renameSync(join(rig.home, 'goals/b.md'), join(rig.home, 'goals/a.md'));
  rig.ports.history.keep();
  expect(git('show', 'main:goals/a.md')).toBe('Z\n');
});
