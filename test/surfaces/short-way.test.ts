// The short way of the verbs that are typed most: what it says is what the whole program says.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { levelRig } from '../support/level-home.ts';
import { CLI, type Ended } from '../support/rig.ts';

/** A flag that commander must read sends the call the whole way: `--set` of what the file says already. */
const THE_WHOLE_WAY = ['--set', 'interval=60s'];

test.each([['status'], ['status', '-o', 'json'], ['get', 'goals'], ['get', 'goals', 'level', '--json'], ['get', 'sensors'], ['ls']])(
  '%s %s %s %s: the same text, the same exit code',
  async (...words) => {
    const args = words.filter((word) => word !== undefined);
    const rig = await levelRig('bad');
    await rig.flyball(['beat']);
    await rig.flyball(args);
    const [short, whole] = [await rig.flyball(args), await rig.flyball([...args, ...THE_WHOLE_WAY])];
    expect(withoutTimes(short)).toEqual(withoutTimes(whole));
    expect(short.stdout + short.stderr).not.toBe('');
  },
);

test.each([
  [['get', 'gaols'], 2],
  [['get', 'goals', 'nobody'], 1],
  [['get'], 2],
  [['status', 'extra'], 2],
  [['get', 'goals', '-o', 'yaml'], 2],
  [['get', 'goals', '-o'], 2],
  [['get', 'rules'], 0],
  [['status', '--help'], 0],
  [['--json'], 1],
] as const)('%s is said once, whichever way it took', async (words, code) => {
  const rig = await levelRig('good');
  const [short, whole] = [await rig.flyball(words), await rig.flyball([...words, '--debug'])];
  expect(short.code).toBe(code);
  expect(whole.code).toBe(code);
  const lines = `${short.stdout}${short.stderr}`.split('\n').filter((line) => line !== '');
  expect(new Set(lines).size).toBe(lines.length);
  expect(lines).not.toEqual([]);
});

test('where goals or settings are new they are read the whole way, and what is broken is told', async () => {
  const rig = await levelRig('good');
  await rig.flyball(['beat']);
  await rig.flyball(['status']);
  rig.write('goals/second.md', '---\ngoal: A second one\n---\n');
  expect((await rig.flyball(['get', 'goals', '-o', 'name'])).stdout).toBe('goals/level\ngoals/second\n');
  rig.write('flyball.yaml', 'interval: [\n');
  expect((await rig.flyball(['status'])).stdout).toContain('flyball.yaml');
});

test('a running pulse answers the short way too', async () => {
  const rig = await levelRig('good');
  const pulse = rig.begin(['up', '--foreground', '--yes']);
  await expect
    .poll(async () => JSON.parse((await rig.flyball(['status', '--json'])).stdout).pulse.pid, { timeout: 20_000 })
    .toBe(pulse.child.pid);
});

test('code that another version of Node compiled, or none, costs time and nothing else', async () => {
  const rig = await levelRig('good');
  const place = copiedBuild();
  const [cache = ''] = readdirSync(join(place, 'dist/c')).filter((name) => name.endsWith('.cache'));
  const status = () =>
    spawnSync(process.execPath, [join(place, 'dist/cli.mjs'), 'get', 'goals', '-o', 'name'], { cwd: rig.home, env: rig.env });
  expect(cache).not.toBe('');
  expect(status().stdout.toString()).toBe('goals/level\n');
  writeFileSync(join(place, 'dist/c', cache), 'this is no code');
  expect(status().stdout.toString()).toBe('goals/level\n');
  rmSync(join(place, 'dist/c', cache));
  expect(status().stdout.toString()).toBe('goals/level\n');
});

/** The package's build in a folder of its own. */
function copiedBuild(): string {
  const place = realpathSync(mkdtempSync(join(tmpdir(), 'flyball-build-')));
  onTestFinished(() => rmSync(place, { recursive: true, force: true }));
  const root = dirname(dirname(CLI));
  cpSync(join(root, 'dist'), join(place, 'dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(place, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(place, 'node_modules'));
  return place;
}

/** Ages and times of day go on between two calls. */
function withoutTimes({ code, stdout, stderr }: Ended): object {
  const still = (text: string) =>
    text.replaceAll(/\b(now|\d+ (s|min) ago)\b *|\d{4}-\d\d-\d\dT[\d:.]+Z|\b\d+ ?(s|min)\b|"age_s":\d+(\.\d+)?|\d+(\.\d+)?s\b/g, '…');
  return { code, stdout: still(stdout).replaceAll(THE_WHOLE_WAY.join(' '), ''), stderr: still(stderr) };
}
