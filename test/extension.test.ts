// Acceptance K: an action kind, a decider, a sensor runner and a verb are one file and one line each. One of each
// is added to a copy of the project, which is then compiled, built and used.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BeatRecord } from '../src/world/record.ts';
import { newMembers } from './support/new-members.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'flyball-extension-')));
const copy = join(root, 'flyball');
const home = join(root, 'home');
const env = { PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`, HOME: root, LANG: 'C.UTF-8', TZ: 'UTC' };

beforeAll(async () => {
  mkdirSync(copy);
  for (const name of ['src', 'build.mjs', 'package.json', 'tsconfig.json']) cpSync(name, join(copy, name), { recursive: true });
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'));
  for (const member of newMembers) {
    writeFileSync(join(copy, member.file), member.text, { flag: 'wx' });
    writeFileSync(join(copy, member.list), withLine(readFileSync(join(copy, member.list), 'utf8'), member.line));
  }
  await run(process.execPath, [join(copy, 'build.mjs')], copy);
  mkdirSync(join(home, 'goals'), { recursive: true });
  mkdirSync(join(home, 'sensors'));
  writeFileSync(join(home, 'flyball.yaml'), 'decider:\n  use: winker\n  winker:\n    whom: Ann\n');
  writeFileSync(join(home, 'goals/tea.md'), '# Tea is ready\n');
  writeFileSync(join(home, 'sensors/door'), '#!/bin/sh\n# flyball: format=lines\necho open\necho wide\n', { mode: 0o700 });
  await flyball('init', home, '--yes');
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

/** One line more, after the last of its like. */
function withLine(text: string, line: string): string {
  const lines = text.split('\n');
  const like = line.startsWith('export') ? /^export \{/ : /^ {2}\w+: async \(\) =>/;
  lines.splice(lines.findLastIndex((it) => like.test(it)) + 1, 0, line);
  return lines.join('\n');
}

/** What it printed; a failure is thrown with all that it said. */
function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((done, fail) => {
    execFile(program, args, { cwd, env }, (error, stdout, stderr) =>
      error ? fail(new Error(`${error.message}\n${stdout}\n${stderr}`)) : done(stdout),
    );
  });
}

const flyball = (...args: string[]) => run(process.execPath, [join(copy, 'dist/cli.mjs'), ...args], home);

test('a copy with one more of each compiles', async () => {
  await run(process.execPath, [join(copy, 'node_modules/typescript/bin/tsc'), '--noEmit'], copy);
});

test('the new decider is chosen by name, is offered the new kind, and its decision is carried out and journalled', async () => {
  const record = JSON.parse(await flyball('beat', '--json')) as BeatRecord;
  expect(record).toMatchObject({
    did: 'acted',
    by: { kind: 'decider', name: 'winker' },
    decision: { action: 'wink', whom: 'Ann' },
    verdict: { result: 'allow' },
    outcome: { status: 'done', note: 'winked at Ann' },
  });
  expect(readFileSync(join(home, 'journal.md'), 'utf8')).toContain('winked at Ann');
  expect(await flyball('check')).not.toContain('winker');
});

test('the new sensor runner reads a sensor that names it', async () => {
  const reading = JSON.parse(await flyball('try', 'door', '--json')) as { signal: unknown };
  expect(reading.signal).toEqual(['open', 'wide']);
  const listed = JSON.parse(await flyball('get', 'sensors', 'door', '-o', 'json')) as { items: { spec: { format: string } }[] };
  expect(listed.items[0]?.spec.format).toBe('lines');
});

test('the new verb runs, has its help, and is completed with its live names', async () => {
  expect(await flyball('wave', 'tea', '-t')).toBe('hello, hello tea\n');
  expect(JSON.parse(await flyball('wave', 'tea', '--json'))).toEqual({ v: 1, goal: 'tea', waves: 1 });
  expect(await flyball('help')).toMatch(/wave.*Wave at a goal\./);
  expect(await flyball('help', 'wave')).toMatch(/--twice.*Wave two times\./);
  expect(await flyball('complete', '--', 'wav')).toMatch(/^wave\t/m);
  expect(await flyball('complete', '--', 'wave', 't')).toMatch(/^tea\t/m);
});

test('prompt, settings and the generated pages tell of the new ones', async () => {
  const prompt = await flyball('try', 'prompt');
  expect(prompt).toContain('### wink\n\nWink at somebody. A nod is enough. Risk: inert.');
  expect(await flyball('config')).toMatch(/decider\.winker\.whom.*Ann/);
  await flyball('docs', join(root, 'pages'));
  const page = (name: string) => readFileSync(join(root, 'pages/docs', name), 'utf8');
  expect(page('actions.md')).toContain('### wink');
  expect(page('verbs.md')).toContain('wave');
  expect(page('config.md')).toContain('decider.winker.whom');
});
