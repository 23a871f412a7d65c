import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ChildOptions, runChild } from '../../src/lib/child.ts';
import { endMarked } from '../../src/lib/end-processes.ts';
import { entriesOfPs, MARK_VARIABLE, markedOfPs, markedProcesses, processEntries, rowsOfPs } from '../../src/lib/process-table.ts';
import { until } from '../support/wait.ts';

const PATH = '/usr/local/bin:/usr/bin:/bin';
let runs = 0;

function sh(script: string, options: Partial<ChildOptions> = {}): ChildOptions {
  runs += 1;
  return {
    argv: ['/bin/sh', '-c', script],
    cwd: tmpdir(),
    env: { PATH },
    mark: `child-test/${process.pid}/${runs}`,
    timeoutMs: 20_000,
    stdout: { part: 'head', bytes: 100 },
    stderr: { part: 'tail', bytes: 10 },
    ...options,
  };
}

const left = async (mark: string) => (await markedProcesses()).filter((it) => it.mark === mark);
const alive = async (pid: number) => (await processEntries()).some((it) => it.pid === pid);

describe('a child that ends by itself', () => {
  test('gives its exit code and what it printed', async () => {
    const end = await runChild(sh('echo out; echo err >&2; exit 3'));
    expect(end).toMatchObject({ end: 'exit', code: 3, survivors: 0 });
    expect([String(end.stdout.bytes), String(end.stderr.bytes)]).toEqual(['out\n', 'err\n']);
  });

  test('gives the signal that it died of', async () => {
    expect(await runChild(sh('kill -SEGV $$'))).toMatchObject({ end: 'signal', signal: 'SIGSEGV' });
  });

  test('has exactly the environment that it was given, and the mark', async () => {
    const options = sh('env', { env: { PATH, A: 'b c' }, stdout: { part: 'head', bytes: 4096 } });
    const names = String((await runChild(options)).stdout.bytes)
      .split('\n')
      .filter((line) => !/^(PWD|SHLVL|OLDPWD|_)=|^$/.test(line));
    expect(names.sort()).toEqual(['A=b c', `FLYBALL_RUN=${options.mark}`, `PATH=${PATH}`]);
  });

  test('reads the end of its stdin, or the bytes it was given, and may close it unread', async () => {
    expect(String((await runChild(sh('cat; echo end'))).stdout.bytes)).toBe('end\n');
    expect(String((await runChild(sh('cat', { stdin: 'some bytes' }))).stdout.bytes)).toBe('some bytes');
    expect(await runChild(sh('exec <&-; exit 0', { stdin: 'x'.repeat(1_000_000) }))).toMatchObject({ end: 'exit', code: 0 });
  });

  test('that cannot be started is a value, whatever the reason', async () => {
    expect(await runChild(sh('', { argv: ['/no/such/program'] }))).toMatchObject({ end: 'spawn', code: 'ENOENT' });
    expect(await runChild(sh('', { argv: ['/etc/passwd'] }))).toMatchObject({ end: 'spawn', code: 'EACCES' });
    expect(await runChild(sh('', { cwd: '/no/such/folder' }))).toMatchObject({ end: 'spawn', code: 'ENOENT' });
    expect(await runChild(sh('', { argv: ['/bin/echo', 'a\0b'] }))).toMatchObject({ end: 'spawn' });
    expect(await runChild(sh('', { argv: ['/bin/echo', 'x'.repeat(4_000_000)] }))).toMatchObject({ end: 'spawn', code: 'E2BIG' });
  });

  test('may print without measure: the first and the last bytes are kept, in memory that does not grow', async () => {
    const before = process.memoryUsage.rss();
    const end = await runChild(sh('head -c 300000000 /dev/zero; echo 0123456789 >&2; head -c 1000000 /dev/zero >&2; echo the-end >&2'));
    expect(end).toMatchObject({ end: 'exit', code: 0, stdout: { total: 300_000_000 } });
    expect(end.stdout.bytes).toEqual(Buffer.alloc(100));
    expect(String(end.stderr.bytes)).toBe('\0\0the-end\n');
    expect(process.memoryUsage.rss() - before).toBeLessThan(100_000_000);
  });

  test('is ended once it has printed more than it may', async () => {
    const end = await runChild(sh('yes', { endAboveBytes: 100_000 }));
    expect(end).toMatchObject({ end: 'overflow', survivors: 0 });
    expect(end.stdout.total).toBeLessThan(2_000_000);
  });
});

describe('nothing that a child started outlives it', () => {
  test('a daemon that keeps its output open neither delays the end nor survives it', async () => {
    const options = sh('echo first; sleep 1000 & exit 0');
    const end = await runChild(options);
    expect(end).toMatchObject({ end: 'exit', code: 0, survivors: 0 });
    expect(String(end.stdout.bytes)).toBe('first\n');
    expect(end.ms).toBeLessThan(10_000);
    expect(await left(options.mark)).toEqual([]);
  });

  test('one that left the process group and closed everything is found by its mark', async () => {
    const options = sh('setsid sh -c "trap \\"\\" TERM HUP; exec sleep 1000" </dev/null >/dev/null 2>&1 & exit 0');
    expect(await runChild(options)).toMatchObject({ end: 'exit', survivors: 0 });
    expect(await left(options.mark)).toEqual([]);
  });

  test('one that is in the middle of an exec is found by its mark all the same', async () => {
    const again = 'exec sh -c "$0" "$0"';
    const env = { PATH, [MARK_VARIABLE]: `child-test/${process.pid}/exec` };
    const child = spawn('sh', ['-c', again, again], { env, stdio: 'ignore' });
    const found = async () => (await markedProcesses()).some(({ pid }) => pid === child.pid);
    await until(found, 'it to run');
    for (let look = 0; look < 200; look++) expect(await found()).toBe(true);
    child.kill('SIGKILL');
  });

  test('at the deadline the whole tree goes, also what ignores TERM', async () => {
    const options = sh('trap "" TERM; (trap "" TERM; sleep 1000) & setsid sleep 1000 & while :; do sleep 1000; done', { timeoutMs: 200 });
    expect(await runChild(options)).toMatchObject({ end: 'timeout', survivors: 0 });
    expect(await left(options.mark)).toEqual([]);
  });

  test('at the deadline, what listens to TERM may clean up first', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'child-')), 'cleaned');
    const options = sh(`trap 'echo yes > ${file}; exit' TERM; sleep 1000 & wait`, { timeoutMs: 200 });
    expect(await runChild(options)).toMatchObject({ end: 'timeout' });
    expect(readFileSync(file, 'utf8')).toBe('yes\n');
  });

  test('at the deadline also one goes that has thrown away its environment and its session', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'child-')), 'pid');
    const options = sh(`env -i setsid sh -c 'echo $$ > ${file}; exec sleep 1000' & sleep 1000`, { timeoutMs: 1_000 });
    expect(await runChild(options)).toMatchObject({ end: 'timeout', survivors: 0 });
    expect(await alive(Number(readFileSync(file, 'utf8')))).toBe(false);
  });

  test('an abort ends the tree, also before it began', async () => {
    const abort = new AbortController();
    const options = sh('setsid sleep 1000 & echo up; sleep 1000', { signal: abort.signal, onStdout: () => abort.abort() });
    expect(await runChild(options)).toMatchObject({ end: 'aborted', survivors: 0 });
    expect(await left(options.mark)).toEqual([]);
    expect(await runChild(sh('exit 0', { signal: abort.signal }))).toMatchObject({ end: 'aborted' });
  });

  test('many at once on one signal give no warning and leave nothing', async () => {
    const warnings: Error[] = [];
    const hear = (warning: Error) => warnings.push(warning);
    process.on('warning', hear);
    const abort = new AbortController();
    const all = Array.from({ length: 30 }, () => runChild(sh('sleep 1000', { signal: abort.signal })));
    abort.abort();
    expect((await Promise.all(all)).map((end) => end.end)).toEqual(Array(30).fill('aborted'));
    process.off('warning', hear);
    expect(warnings).toEqual([]);
  });

  test('what an earlier life left is found by the beginning of its mark, asked, and ended', async () => {
    const prefix = `child-test/${process.pid}/epoch-7/`;
    const file = join(mkdtempSync(join(tmpdir(), 'child-')), 'asked');
    const script = `setsid sh -c 'trap "echo yes > ${file}" TERM; echo up; while :; do sleep 0.01; done' & echo up; exit`;
    const started = await runChild(sh(script, { mark: `${prefix}b1`, leftovers: 'caller', stdout: { part: 'head', bytes: 0 } }));
    expect(started).toMatchObject({ end: 'exit' });
    // It held the pipe, so it was ended with its leader; one that does not is left to the caller.
    await runChild(sh(script.replace('&', '>/dev/null 2>&1 &'), { mark: `${prefix}b2`, leftovers: 'caller' }));
    await until(async () => (await left(`${prefix}b2`)).length > 0, 'the leftover to be there');
    const other = sh('sleep 1000', { timeoutMs: 400 });
    const untouched = runChild(other);
    await until(async () => (await left(other.mark)).length > 0, 'another child to be there');
    expect(await endMarked((mark) => mark.startsWith(prefix), { graceMs: 200 })).toMatchObject({ left: 0 });
    expect(await left(`${prefix}b2`)).toEqual([]);
    expect(await untouched).toMatchObject({ end: 'timeout' });
  });
});

describe('where there is no /proc', () => {
  test('the same is read from ps', () => {
    const table = ' 12 sleep 9 PATH=/bin FLYBALL_RUN=h/1/b2 X=y\n 13 sh FLYBALL_RUN_=no\n  x\n 14 a FLYBALL_RUN=said FLYBALL_RUN=h/1/b3\n';
    expect(markedOfPs(table)).toEqual([
      { pid: 12, mark: 'h/1/b2' },
      { pid: 14, mark: 'h/1/b3' },
    ]);
    expect(entriesOfPs('  1  0  1 Mon Mar  2 12:00:00 2026\n')).toEqual([
      { pid: 1, parent: 0, group: 1, started: 'Mon Mar  2 12:00:00 2026' },
    ]);
    expect(rowsOfPs(' 7  1  7 T+   Mon Mar  2 12:00:00 2026 my shell\n 8 7 7 Z Mon Mar 2 12:00:00 2026 gone\n')).toMatchObject([
      { pid: 7, parent: 1, group: 7, state: 'T', started: 'Mon Mar  2 12:00:00 2026', name: 'my shell' },
    ]);
  });
});
