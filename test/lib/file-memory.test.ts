// What was made of a file is made anew as soon as the file may be another one.
import { chmodSync, mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { fileMemory } from '../../src/lib/file-memory.ts';

function place(): { path: string; made: () => number; look: (lasting?: boolean) => number; age: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'flyball-memory-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'file');
  writeFileSync(path, 'text');
  const memory = fileMemory<number>();
  let made = 0;
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  return {
    path,
    made: () => made,
    look: (lasting = true) => memory.of(path, statSync(path), () => ({ value: ++made, lasting })),
    age: () => vi.setSystemTime(statSync(path).ctimeMs + 1_000),
  };
}

test('a file that stood still is not looked into again', () => {
  const { look, age, made } = place();
  age();
  expect([look(), look(), look()]).toEqual([1, 1, 1]);
  expect(made()).toBe(1);
});

test('a file that was written just now is, since a second write may leave the same times', () => {
  const { path, look } = place();
  vi.setSystemTime(statSync(path).ctimeMs + 20);
  expect([look(), look()]).toEqual([1, 2]);
});

test.each([
  ['written in place with the same length', (path: string) => writeFileSync(path, 'next')],
  ['replaced', (path: string) => replaced(path)],
  ['written and given its former times', (path: string) => backdated(path)],
  ['made executable', (path: string) => chmodSync(path, 0o755)],
])('a file that was %s is another one', (_what, change) => {
  const { path, look, age } = place();
  age();
  look();
  untilTheClockMoves(path);
  change(path);
  age();
  expect(look()).toBe(2);
  expect(look()).toBe(2);
});

test('what does not last is made again each time', () => {
  const { look, age } = place();
  age();
  expect([look(false), look(false), look(true), look(true)]).toEqual([1, 2, 3, 3]);
});

function replaced(path: string): void {
  writeFileSync(`${path}.new`, 'text');
  renameSync(`${path}.new`, path);
}

function backdated(path: string): void {
  const { atime, mtime } = statSync(path);
  writeFileSync(path, 'next');
  utimesSync(path, atime, mtime);
}

/** The file system's clock ticks every few milliseconds. */
function untilTheClockMoves(path: string): void {
  const before = statSync(path).ctimeMs;
  const probe = `${path}.probe`;
  do writeFileSync(probe, '');
  while (statSync(probe).ctimeMs <= before);
}
