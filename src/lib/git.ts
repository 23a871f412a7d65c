// Git without anybody's configuration: no global or system settings, hooks, signing, attributes or inherited GIT_*.
import { execaSync } from 'execa';

export interface GitPlace {
  gitDir: string;
  /** Where `git` is looked for. */
  path: string;
}

/** Long for what we ask of it; a git that hangs (a dead network disk) must not hold the caller for ever. */
const TIMEOUT_MS = 30_000;
const OUTPUT_BYTES = 64 * 1024 * 1024;
const SETTINGS = [
  // Objects before the name that leads to them, and all objects of a commit by one fsync: a power cut leaves the old commit or the new.
  'core.fsync=-pack,loose-object,reference',
  'core.fsyncMethod=batch',
  'core.hooksPath=/dev/null',
  'core.protectNTFS=false', // a person's file may have a backslash in its name
  'core.protectHFS=false',
  'core.quotePath=false',
  'gc.auto=0',
  'fastimport.unpackLimit=1000000', // loose objects are fsynced together, which a pack is not
];

/** Deletes what it has packed, so the pack is to be on disk first. */
export function repack(place: GitPlace): void {
  git(place, ['-c', 'core.fsync=all', 'repack', '-a', '-d', '-q']);
}

/** Its stdout. Throws with git's own words when it fails. */
export function git(place: GitPlace, args: readonly string[], input?: Uint8Array): Buffer {
  const result = execaSync('git', [...SETTINGS.flatMap((setting) => ['-c', setting]), ...args], {
    env: {
      PATH: place.path,
      HOME: place.gitDir,
      GIT_DIR: place.gitDir,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_LITERAL_PATHSPECS: '1',
      GIT_TERMINAL_PROMPT: '0',
      LC_ALL: 'C',
    },
    extendEnv: false,
    ...(input === undefined ? {} : { input }),
    encoding: 'buffer',
    stripFinalNewline: false,
    reject: false,
    maxBuffer: OUTPUT_BYTES,
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  const verb = args.find((word) => /^[a-z-]*[a-z]$/.test(word) && !word.startsWith('-'));
  if (result.exitCode === undefined)
    throw new Error(`git ${verb} could not be run: ${result.originalMessage ?? result.shortMessage}`, { cause: result });
  if (result.failed) throw new Error(`git ${verb} failed: ${lastLine(result.stderr) || result.shortMessage}`, { cause: result });
  return Buffer.from(result.stdout);
}

function lastLine(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8').trim().split('\n').at(-1) ?? '';
}
