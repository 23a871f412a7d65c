import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { markedProcesses } from '../../src/lib/process-table.ts';
import { runVerify, type VerifyRun } from '../../src/sense/verify.ts';

let runs = 0;
const verify = (command: string, more: Partial<VerifyRun> = {}) => {
  runs += 1;
  const mark = `verify-test/${process.pid}/${runs}`;
  return runVerify({ command, cwd: tmpdir(), env: { PATH: '/usr/bin:/bin' }, timeoutMs: 20_000, mark, ...more });
};

test('exit 0 passes, every other code fails, with the last words', async () => {
  expect(await verify('true')).toEqual({ end: 'passed', exit: 0, message: 'exit 0', ms: expect.any(Number) });
  expect(await verify('echo one; echo; echo two; exit 3')).toMatchObject({ end: 'failed', exit: 3, message: 'exit 3: one · two' });
  expect(await verify('echo out; echo err >&2; false')).toMatchObject({ end: 'failed', exit: 1, message: 'exit 1: err' });
  expect(await verify('no-such-command')).toMatchObject({ end: 'failed', exit: 127 });
});

test('what could not be measured is neither', async () => {
  const abort = new AbortController();
  abort.abort();
  expect(await verify('sleep 1000', { timeoutMs: 200 })).toMatchObject({ end: 'error', exit: null, message: 'it was ended after 0.2 s' });
  expect(await verify('kill -SEGV $$')).toMatchObject({ end: 'error', exit: null, message: 'it died of SIGSEGV' });
  expect(await verify('true', { cwd: '/no/such/folder' })).toMatchObject({ end: 'error', exit: null });
  expect(await verify('true', { signal: abort.signal })).toMatchObject({ end: 'error', message: 'it was ended before it was done' });
});

test('however much it prints the message is one short line, and nothing is left running', async () => {
  const mark = `verify-test/${process.pid}/flood`;
  const end = await verify('head -c 10000000 /dev/zero; yes | head -n 100000; printf "\\377 last\\n"; setsid sleep 1000 & exit 1', {
    mark,
  });
  expect(end).toMatchObject({ end: 'failed', exit: 1, message: expect.stringMatching(/ last$/) });
  expect(end.message.length).toBeLessThanOrEqual(500);
  expect((await markedProcesses()).filter((it) => it.mark === mark)).toEqual([]);
});
