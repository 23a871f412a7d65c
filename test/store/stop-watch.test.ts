import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { layout } from '../../src/store/layout.ts';
import { isStopped, readStop } from '../../src/store/stop.ts';
import { watchStop } from '../../src/store/stop-watch.ts';
import { until } from '../support/wait.ts';

/** Where no change is announced: a watch that says nothing. */
vi.mock(import('node:fs'), async (original) => {
  const fs = await original();
  return { ...fs, watch: (() => ({ on: () => undefined, close: () => undefined })) as unknown as typeof fs.watch }; // all that is asked of it
});

test('where changes are not announced STOP is looked for: it comes, changes, goes, in any form', async () => {
  const home = mkdtempSync(join(tmpdir(), 'stop-watch-'));
  const at = layout(home);
  let told = 0;
  const watch = watchStop(at, { onTop: () => (told += 1), onError: () => undefined }, { poll: true });
  onTestFinished(() => {
    watch.close();
    rmSync(home, { recursive: true });
  });
  const after = async (what: string, change: () => void, stopped: boolean) => {
    const before = told;
    await until(() => {
      if (told === before) change();
      return told > before;
    }, what);
    expect(isStopped(at)).toBe(stopped);
  };
  const clear = () => rmSync(at.stop, { recursive: true, force: true });
  await after('a file', () => writeFileSync(at.stop, `${told}\nkeep-workers\n`), true);
  expect(readStop(at)).toMatchObject({ keep_workers: true });
  await after('its end', clear, false);
  await after('a folder', () => mkdirSync(at.stop, { recursive: true }), true);
  await after('the end of that', clear, false);
  await after('a link to nothing', () => !isStopped(at) && symlinkSync('/no/such', at.stop), true);
});
