import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDecisionFile, DECISION_CAP } from '../../src/store/decision-file.ts';
import { type Layout, layout } from '../../src/store/layout.ts';

let home: Layout;
const decision = () => createDecisionFile(home);
const strays = (): string[] => (existsSync(home.stray) ? readdirSync(home.stray) : []);
const claimedPath = (beat: number): string => join(home.beats, String(beat), 'decision.json');

beforeEach(() => {
  home = layout(mkdtempSync(join(realpathSync(tmpdir()), 'flyball-decision-')));
});
afterEach(() => rmSync(home.home, { recursive: true, force: true }));

describe('claiming', () => {
  test('takes the file out of the home before it is read, and only once', () => {
    writeFileSync(home.decision, '{"action":"noop"}');
    expect(decision().claim(3)).toEqual({ claimed: 'text', text: '{"action":"noop"}' });
    expect(existsSync(home.decision)).toBe(false);
    expect(readFileSync(claimedPath(3), 'utf8')).toBe('{"action":"noop"}');
    expect(decision().claim(3)).toEqual({ claimed: 'none' });
  });

  test('a second file for the same beat is not its decision', () => {
    writeFileSync(home.decision, 'first');
    decision().claim(3);
    writeFileSync(home.decision, 'second');
    expect(decision().claim(3)).toMatchObject({ claimed: 'bad', problem: expect.stringContaining('claimed a decision already') });
    expect(readFileSync(claimedPath(3), 'utf8')).toBe('first');
    expect(strays()).toHaveLength(1);
  });

  test('a file of the greatest size is read, one byte more is not', () => {
    writeFileSync(home.decision, 'x'.repeat(DECISION_CAP));
    expect(decision().claim(1)).toMatchObject({ claimed: 'text' });
    writeFileSync(home.decision, 'x'.repeat(DECISION_CAP + 1));
    expect(decision().claim(2)).toEqual({ claimed: 'bad', problem: '.decision.json has 262145 bytes; at most 262144 are read' });
    expect(existsSync(home.decision)).toBe(false);
  });

  test('bytes that are no text are refused, a byte order mark is not', () => {
    writeFileSync(home.decision, Buffer.from([0x7b, 0xff, 0x7d]));
    expect(decision().claim(1)).toEqual({ claimed: 'bad', problem: '.decision.json is not UTF-8 text' });
    writeFileSync(home.decision, '\uFEFF{}');
    expect(decision().claim(2)).toEqual({ claimed: 'text', text: '\uFEFF{}' });
  });
});

/** What is no plain file, by how it is made. */
const STRANGE: [string, (path: string) => unknown][] = [
  ['a link to a file', (path) => symlinkSync('/etc/hostname', path)],
  ['a link to nothing', (path) => symlinkSync('/nowhere', path)],
  ['a folder', (path) => mkdirSync(join(path, 'inside'), { recursive: true })],
  ['a pipe that nobody writes to', (path) => execFileSync('bash', ['-c', `mkfifo '${path}'`])],
];

describe.each(STRANGE)('%s', (_, make) => {
  test('is never opened, and is moved away with a problem for the decider', () => {
    make(home.decision);
    expect(decision().claim(1)).toMatchObject({ claimed: 'bad', problem: expect.stringContaining('must be a regular file') });
    expect(lstatSync(home.decision, { throwIfNoEntry: false })).toBeUndefined();
    expect(lstatSync(claimedPath(1), { throwIfNoEntry: false })).toBeUndefined();
    expect(strays()).toHaveLength(1);
  });

  test('is swept away when nobody asked for it', () => {
    make(home.decision);
    expect(decision().sweep()).toBe(true);
    expect(lstatSync(home.decision, { throwIfNoEntry: false })).toBeUndefined();
  });
});

test('a socket is moved away too', async () => {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(home.decision, listening));
  expect(decision().claim(1)).toMatchObject({ claimed: 'bad', problem: expect.stringContaining('not a socket') });
  expect(lstatSync(home.decision, { throwIfNoEntry: false })).toBeUndefined();
  await new Promise((closed) => server.close(closed));
});

describe('sweeping', () => {
  test('says that there was nothing, and leaves nothing', () => {
    expect(decision().sweep()).toBe(false);
    expect(existsSync(home.stray)).toBe(false);
  });

  test('keeps each stray under a name of its own, and the newest fifty', () => {
    for (let count = 0; count < 60; count++) {
      writeFileSync(home.decision, `stray ${count}`);
      expect(decision().sweep()).toBe(true);
    }
    expect(strays()).toHaveLength(50);
    expect(strays().map((name) => readFileSync(join(home.stray, name), 'utf8'))).toContain('stray 59');
  });
});
