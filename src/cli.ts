// flyball: argv → verb → exit code. The bundle's entry.
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import packageJson from '../package.json' with { type: 'json' };
import { compose } from './compose.ts';
import { environment } from './config.ts';
import { findHome } from './home.ts';
import { lastSeen, markSeen } from './store/looked.ts';
import { runCli } from './surfaces/cli/run.ts';
import { aliases, verbs } from './verbs/index.ts';

/** A verb that was told to end and does not is left to its fate; `up` takes as long as its effects need. */
const PATIENCE_MS = 10_000;

const argv = process.argv.slice(2);
const entry = realpathSync.native(fileURLToPath(import.meta.url)); // dist/cli.mjs, or src/cli.ts: one below the package either way
const env = environment();
const stop = new AbortController();

for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (stop.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143); // asked twice
    stop.abort(name);
    if (!argv.includes('up')) setTimeout(() => process.exit(name === 'SIGINT' ? 130 : 143), PATIENCE_MS).unref();
  });
}

// A reader that went away (`flyball journal | head`) wants no more, and no complaint.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

// Schemas compiled to code pay from about the second use on: not for a verb that is asked once.
if (!argv.includes('up')) z.config({ jitless: true });

const code = await runCli(argv, {
  env,
  cwd: process.cwd(),
  uid: process.getuid?.() ?? 0,
  version: packageJson.version,
  packageRoot: dirname(dirname(entry)),
  entry,
  stdin: () => process.stdin, // making it takes milliseconds, and most verbs read nothing
  signal: stop.signal,
  streams: {
    out: (text) => void process.stdout.write(text), // back-pressure: payloads are bounded, and the exit waits for them below
    err: (text) => void process.stderr.write(text),
    tty: process.stdout.isTTY === true,
  },
  registry: verbs,
  aliases,
  findHome: (flag) => findHome({ flag, env, cwd: process.cwd() }),
  compose,
  looked: (at) => ({ last: () => lastSeen(at), mark: (seq) => markSeen(at, seq) }),
  checkFile: async (at, file, searchPath) => (await import('./compose/check-file.ts')).checkFile(at, file, searchPath),
});

process.stdout.write('', () => process.exit(code));
