// One call of flyball: argv, and where it was started, to an exit code.
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import packageJson from '../../package.json' with { type: 'json' };
import { compose } from '../compose.ts';
import { environment } from '../config.ts';
import { findHome } from '../home.ts';
import { lastSeen, markSeen } from '../store/looked.ts';
import type { Streams } from '../surfaces/cli/output.ts';
import { runCli } from '../surfaces/cli/run.ts';
import type { ExitCode } from '../verbs/define.ts';
import { aliases, verbs } from '../verbs/index.ts';

/** `entryUrl`: the file that was started: dist/cli.cjs (or .mjs), or src/cli.ts, one below the package either way. */
export async function main(argv: readonly string[], place: { entryUrl: string; streams: Streams; signal: AbortSignal }): Promise<ExitCode> {
  const entry = realpathSync.native(fileURLToPath(place.entryUrl));
  const env = environment();
  // Schemas compiled to code pay from about the second use on: not for a verb that is asked once.
  if (!argv.includes('up')) z.config({ jitless: true });
  return runCli(argv, {
    env,
    cwd: process.cwd(),
    uid: process.getuid?.() ?? 0,
    version: packageJson.version,
    packageRoot: dirname(dirname(entry)),
    entry,
    stdin: () => process.stdin, // making it takes milliseconds, and most verbs read nothing
    signal: place.signal,
    streams: place.streams,
    registry: verbs,
    aliases,
    findHome: (flag) => findHome({ flag, env, cwd: process.cwd() }),
    compose,
    looked: (at) => ({ last: () => lastSeen(at), mark: (seq) => markSeen(at, seq) }),
    checkFile: async (at, file, searchPath) => (await import('../compose/check-file.ts')).checkFile(at, file, searchPath),
  });
}
