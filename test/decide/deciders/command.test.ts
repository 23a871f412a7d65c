import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sandboxProblem } from '../../../src/decide/deciders/sandbox.ts';
import { type DeciderBench, deciderBench } from '../../support/decider-bench.ts';
import { until } from '../../support/wait.ts';

const NOOP = '{"action":"noop"}';
let bench: DeciderBench;
beforeEach(() => {
  bench = deciderBench();
});
afterEach(async () => {
  expect(await bench.alive()).toBe(0);
  expect(bench.leftovers()).toEqual([]);
  bench.close();
});

const unconfined = (command: unknown) => bench.decider({ use: 'command', unconfined: true, command });
const decide = (command: unknown, parts = {}) => unconfined(command).decide(bench.request(parts));

describe('a command without a sandbox', () => {
  test('runs in the home, is given the prompt on stdin and leaves its decision there', async () => {
    bench.script('decide.sh', `cat > seen; echo thinking; echo aloud >&2; pwd; echo '${NOOP}' > .decision.json`);
    const end = await decide('./decide.sh', { prompt: 'what now?\nsay.' });
    expect(end).toEqual({ end: 'well', cost: { usd: 0, estimated: false, tokens_in: null, tokens_out: null }, model: null });
    expect(readFileSync(join(bench.home.home, 'seen'), 'utf8')).toBe('what now?\nsay.');
    expect(bench.decision()).toBe(`${NOOP}\n`);
    expect(bench.log()).toContain('thinking\n');
    expect(bench.log()).toContain('aloud\n');
    expect(bench.log()).toContain(`${bench.home.home}\n`);
  });

  test('says that it can act on its own', () => {
    expect(unconfined('true').warning).toBe('this decider can act on its own');
  });

  test.each(['cat {{prompt_file}} > seen', `cat '{{prompt_file}}' > seen`, 'cat "{{ prompt_file }}" > seen'])(
    'is given the prompt as a file: %s',
    async (line) => {
      await decide(line, { prompt: 'x'.repeat(200_000) });
      expect(readFileSync(join(bench.home.home, 'seen'), 'utf8')).toBe('x'.repeat(200_000));
    },
  );

  test('is of unknown cost where it was said to cost money', async () => {
    const costly = unconfined({ run: 'true', costs: true });
    expect(costly.costs).toBe(true);
    expect(await costly.decide(bench.request())).toMatchObject({ end: 'well', cost: { usd: null } });
    expect(unconfined('true').costs).toBe(false);
  });

  test('may print its decision instead', async () => {
    await decide({ run: `echo '${NOOP}'`, answer: 'stdout' });
    expect(bench.decision()).toBe(`${NOOP}\n`);
  });

  test('knows its home, and is nobody else’s child', async () => {
    bench.env.FLYBALL_WORKER = 'triage';
    bench.env.CLAUDECODE = '1';
    await decide('env > seen');
    const seen = readFileSync(join(bench.home.home, 'seen'), 'utf8');
    expect(seen).toContain(`FLYBALL_HOME=${bench.home.home}\n`);
    expect(seen).toMatch(/^FLYBALL_RUN=.+\/1\/b7$/m);
    expect(seen).not.toMatch(/FLYBALL_WORKER|CLAUDECODE/);
  });

  test('finds no stale decision, and its own does not count when it ends badly', async () => {
    writeFileSync(bench.home.decision, '{"action":"stale"}');
    const end = await decide(`test ! -e .decision.json || exit 9; echo '${NOOP}' > .decision.json; exit 3`);
    expect(end).toMatchObject({ end: 'badly', reason: 'exit', message: expect.stringContaining('ended with code 3') });
    expect(bench.decision()).toBeNull();
    expect(readdirSync(bench.home.stray)).toHaveLength(2);
  });

  test('that leaves no decision has still ended well', async () => {
    expect(await decide('true')).toMatchObject({ end: 'well' });
    expect(bench.decision()).toBeNull();
  });
});

describe('a command that', () => {
  test('cannot be found ends badly, and is not tried again', async () => {
    expect(await decide('no-such-program')).toMatchObject({ end: 'badly', reason: 'exit', message: expect.stringContaining('127') });
    expect(bench.pauses).toEqual([]);
  });

  test.each([
    ['is not logged in', 'echo "Not logged in. Please run /login" >&2; exit 1', 'auth', 0],
    ['has used up its allowance', 'echo "You have hit your usage limit. Try again in 2 hours 5 minutes." >&2; exit 1', 'limited', 0],
    ['meets an overloaded server', 'echo "API Error: 529 overloaded" >&2; exit 1', 'network', 2],
  ])('%s is that, not merely a failure', async (_, run, reason, tries) => {
    expect(await decide(run)).toMatchObject({ end: 'badly', reason });
    expect(bench.pauses).toHaveLength(tries);
  });

  test('fails in passing is tried again, and then counts', async () => {
    const run = `echo x >> tries; test $(wc -l < tries) = 3 || { echo 503 >&2; exit 1; }; echo '${NOOP}' > .decision.json`;
    expect(await decide(run)).toMatchObject({ end: 'well' });
    expect(bench.pauses).toEqual([2_000, 8_000]);
    expect(bench.decision()).toBe(`${NOOP}\n`);
  });

  test('hangs is ended at the deadline, with the children that escaped it', async () => {
    bench.script(
      'hang.sh',
      'setsid sleep 1000 & (trap "" TERM; setsid bash -c "trap \\"\\" TERM HUP; sleep 1000") & trap "" TERM; echo up; sleep 1000',
    );
    const end = await decide('./hang.sh', { timeoutMs: 1_000 });
    expect(end).toMatchObject({ end: 'badly', reason: 'timeout' });
    expect(bench.log()).toContain('up');
    expect(await bench.alive()).toBe(0);
  });

  test('is cancelled ends at once', async () => {
    const cancel = new AbortController();
    const ended = decide('echo up; sleep 1000', { signal: cancel.signal });
    await until(() => bench.log().includes('up'), 'the command to run');
    cancel.abort();
    expect(await ended).toMatchObject({ end: 'badly', reason: 'aborted' });
  });
});

test('a decider that has no room to work in ends badly, and does not throw', async () => {
  const broken = deciderBench({ TMPDIR: '/nowhere/at/all' });
  const end = await broken.decider({ use: 'command', unconfined: true, command: 'true' }).decide(broken.request());
  expect(end).toMatchObject({ end: 'badly', reason: 'exit', message: expect.stringContaining('could not be asked: ENOENT') });
  broken.close();
});

test.each([
  ['an unknown placeholder', { run: 'ask --file {{prompt}}' }, '{{prompt}} is not known; only {{prompt_file}} is'],
  ['no command line at all', undefined, 'decider.command.run'],
  ['a folder that is no absolute path', { run: 'true', writable: ['~/.x'] }, 'must be an absolute path'],
])('%s is refused when it is set up', (_, command, message) => {
  expect(() => unconfined(command)).toThrow(message);
});

test('without a sandbox a command is refused, with the two ways on', async () => {
  bench.env.PATH = '/nowhere';
  const end = await bench.decider({ use: 'command', command: 'true' }).decide(bench.request());
  expect(end).toMatchObject({ end: 'badly', reason: 'spawn', cost: { usd: 0 } });
  expect(end).toHaveProperty(
    'message',
    expect.stringMatching(/bwrap\) is not installed; install bubblewrap, or set decider.unconfined: true/),
  );
});

const plan = () => ({ layout: bench.home, folder: bench.person, writable: [], runtimeDir: undefined, path: bench.env.PATH ?? '' });
const none = await (async () => {
  bench = deciderBench({ PATH: process.env.PATH ?? '' });
  try {
    return await sandboxProblem(plan(), bench.env, 'probe/1/b0');
  } finally {
    bench.close();
  }
})();

describe.skipIf(none !== null)(`in the sandbox a command${none ? ` (skipped: ${none})` : ''}`, () => {
  beforeEach(() => {
    bench.env.PATH = process.env.PATH ?? '';
    mkdirSync(bench.home.goals);
  });
  const confined = (command: unknown, parts = {}) => bench.decider({ use: 'command', command }).decide(bench.request(parts));

  test('reads the home, writes only its own folder, and its decision is moved to the home', async () => {
    bench.script('decide.sh', `cat > prompt.seen; echo '${NOOP}' > .decision.json`);
    writeFileSync(bench.home.playbook, 'Be kind.');
    const end = await confined('cat "$FLYBALL_HOME/PLAYBOOK.md"; "$FLYBALL_HOME/decide.sh"; pwd; cat prompt.seen');
    expect(end).toMatchObject({ end: 'well' });
    expect(bench.log()).toMatch(/^Be kind\.\/.*\/0\ndecide now$/);
    expect(bench.decision()).toBe(`${NOOP}\n`);
    expect(bench.decider({ use: 'command', command: 'true' }).warning).toBeNull();
  });

  test('cannot change the home, the system or the person’s files, nor see the machine’s folder', async () => {
    writeFileSync(join(bench.home.machine, 'secret'), 'x');
    const targets = ['$FLYBALL_HOME/x', '$FLYBALL_HOME/goals/x', '$FLYBALL_HOME/.decision.json', '/etc/x', '$HOME/x', '/usr/x'];
    await confined(
      `for f in ${targets.join(' ')}; do touch "$f" 2>/dev/null && echo "wrote $f"; done; ls -A "$FLYBALL_HOME/.flyball"; echo end`,
    );
    expect(bench.log()).toBe('end\n');
    expect(existsSync(join(bench.home.home, 'x'))).toBe(false);
  });

  test('may write what the person opened, never the home through it', async () => {
    const open = { run: 'touch "$HOME/ok"; touch "$FLYBALL_HOME/no"; true', writable: [bench.person, join(bench.home.home, '..')] };
    expect(await confined(open)).toMatchObject({ end: 'well' });
    expect(existsSync(join(bench.person, 'ok'))).toBe(true);
    expect(existsSync(join(bench.home.home, 'no'))).toBe(false);
  });

  test('sees no process but its own, and leaves none', async () => {
    const end = await confined('setsid sleep 1000 & ls /proc | grep -c "^[0-9]"; sleep 1000', { timeoutMs: 1_500 });
    expect(end).toMatchObject({ end: 'badly', reason: 'timeout' });
    expect(Number(bench.log().trim())).toBeLessThan(10);
  });

  test('cannot hand over a link instead of a decision', async () => {
    const end = await confined('ln -s /etc/hostname .decision.json');
    expect(end).toMatchObject({ end: 'badly', reason: 'refused', message: '.decision.json must be a regular file, not a link' });
    expect(bench.decision()).toBeNull();
  });
});
