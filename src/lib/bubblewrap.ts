// A box for a command that nobody vouches for, by bubblewrap: the machine read-only, a private /tmp, processes, System V
// IPC and (unless shared) network of its own, no capabilities, and the doors that remain shut by a filter of system
// calls. It fails closed: what cannot be boxed is a problem, and never an unboxed command.
import { existsSync, lstatSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { callFilter } from './call-filter.ts';
import { runChild } from './child.ts';
import { readBytes, writeAtomic } from './files.ts';
import { findProgram } from './program.ts';

export interface Box {
  /** Working directory inside. */
  cwd: string;
  /** A folder that stays read-only whatever else is opened. */
  kept: string;
  /** A folder in it of which nothing is seen. */
  hidden: string;
  /** Writable folders within `kept`. */
  opened: readonly string[];
  /** Writable folders elsewhere. */
  writable: readonly string[];
  /** An empty private folder stands in its place, but for `readable` and the folders of PATH. Null: everything is readable. */
  emptied: string | null;
  readable: readonly string[];
  /** Folders of sockets beside /run. */
  runtime: string | undefined;
  network: 'shared' | 'none';
  /** Where bwrap is looked for, and what the command finds its programs by. */
  path: string;
  /** A file that will hold the filter of system calls. */
  filter: string;
  /** A file that tells afterwards whether the command was begun at all. */
  status?: string;
}

export type Boxed = { argv: [string, ...string[]] } | { problem: string };

/** Of each private folder in memory: /tmp, /dev/shm and an emptied one. */
const TEMPORARY_BYTES = 512 * 1024 * 1024;
/** Of each file, in the KiB of `ulimit -f`: 1 GiB. */
const FILE_KIB = 1024 * 1024;
/** Threads count too, and where there is no user namespace the person's own with them. */
const PROCESSES = 2_048;

/** Opens the files that bwrap is handed as descriptors, and becomes it. */
const LAUNCH = 'exec 9<"$1" 8>"$2" && shift 2 && exec "$@"';
/**
 * Inside: descriptors that we were started with ourselves are closed, a run is bounded in what it may use up, and it is
 * the first to go when memory runs out.
 */
const BOUND = `
for fd in /proc/self/fd/*; do
  fd=\${fd##*/}
  case $fd in 0 | 1 | 2) ;; *) eval "exec $fd>&-" 2>/dev/null ;; esac
done
{ echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null
ulimit -c 0 -f ${FILE_KIB} -u ${PROCESSES} 2>/dev/null
exec "$@"`;

/** The command line that runs `argv` inside. What is looked at here is looked at anew for each run. */
export function boxed(box: Box, argv: readonly string[]): Boxed {
  try {
    if (process.platform !== 'linux') return { problem: `there is no sandbox on ${process.platform}` };
    const filter = callFilter(process.arch);
    if (!filter) return { problem: `no filter of system calls is known for ${process.arch}` };
    const places = placesOf(box);
    if ('problem' in places) return places;
    const program = findProgram('bwrap', box.path);
    if (program === null) return { problem: NOT_INSTALLED };
    const planted = [places.kept, ...places.writable, ...places.opened].find((folder) => isUnder(realpathSync(program), folder));
    if (planted !== undefined) return { problem: `${program} is not trusted: it lies in ${planted}` };
    if (!readBytes(box.filter)?.equals(filter)) writeAtomic(box.filter, filter);
    const outside = ['/bin/sh', '-c', LAUNCH, 'sandbox', box.filter, box.status ?? '/dev/null', program] as const;
    return { argv: [...outside, ...mounts(box, places), ...WALLS, ...network(box), '--', 'bash', '-c', BOUND, 'bounds', ...argv] };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

export const NOT_INSTALLED = 'bubblewrap (bwrap) is not installed';

// ── mounts ─────────────────────────────────────────────────────────────────────────────────────────

/** The same with every link resolved, so that none of them is followed later. */
interface Places extends Pick<Box, 'kept' | 'hidden' | 'opened'> {
  writable: string[];
  readable: string[];
  emptied: string | null;
}

function placesOf(box: Box): Places | { problem: string } {
  const kept = realpathSync(box.kept);
  const emptied = box.emptied !== null && isFolder(box.emptied) ? realpathSync(box.emptied) : null;
  const all = [...box.writable, ...box.readable].filter((path) => !existsSync(path));
  if (all[0] !== undefined) return { problem: `${all[0]} is not there` };
  const writable = box.writable.map((path) => realpathSync(path));
  const readable = box.readable.map((path) => realpathSync(path));
  const opened = box.opened.map((path) => join(kept, path.slice(box.kept.length)));
  const linked = opened.find((path) => realpathSync(path) !== path || !lstatSync(path).isDirectory());
  if (linked !== undefined) return { problem: `${linked} is a link, or lies behind one` };
  const wrong = writable.flatMap((path) => wrongToOpen(path, kept) ?? []);
  wrong.push(
    ...[...box.writable, ...box.readable]
      .filter((path) => turned(path, box.writable))
      .map((path) => `${path} is a link out of a folder that is writable, so it may have been turned there`),
  );
  if (wrong[0] !== undefined) return { problem: wrong[0] };
  const used = emptied === '/' ? null : emptied;
  const programs = used === null ? [] : programFolders(box.path, used).filter((path) => !writable.some((other) => isUnder(path, other)));
  return {
    kept,
    hidden: join(kept, box.hidden.slice(box.kept.length)),
    opened,
    writable,
    readable: [...programs, ...readable],
    emptied: used,
  };
}

function wrongToOpen(path: string, kept: string): string | null {
  if (isUnder(path, kept)) return `${path} cannot be opened: it lies in ${kept}`;
  // A mount point cannot be moved away, but a folder between the two can.
  return isUnder(kept, path) && dirname(kept) !== path ? `${path} cannot be opened: ${kept} lies deep in it` : null;
}

/** What lies in a writable folder may have been made a link to anywhere by an earlier run. */
function turned(path: string, writable: readonly string[]): boolean {
  return writable.some((other) => other !== path && isUnder(path, other) && !isUnder(realpathSync(path), realpathSync(other)));
}

/** The folders of PATH that would vanish with the emptied one. */
function programFolders(path: string, emptied: string): string[] {
  const real = path.split(':').flatMap((folder) => (isAbsolute(folder) && isFolder(folder) ? [realpathSync(folder)] : []));
  return [...new Set(real.filter((folder) => folder !== emptied && isUnder(folder, emptied)))];
}

function mounts(box: Box, { kept, hidden, opened, writable, readable, emptied }: Places): string[] {
  const temporary = (path: string) => ['--size', String(TEMPORARY_BYTES), '--tmpfs', path];
  const sockets = ['/run', '/var/run', ...(box.runtime === undefined ? [] : [box.runtime])].filter(
    (path) => isFolder(path) && !isLink(path),
  );
  const unseen = [...new Set(sockets), ...(existsSync(hidden) ? [hidden] : [])];
  return [
    ...['--ro-bind', '/', '/', '--dev', '/dev', ...temporary('/dev/shm'), '--remount-ro', '/dev', '--proc', '/proc'],
    ...KERNEL.flatMap((path) => ['--ro-bind-try', path, path]),
    ...temporary('/tmp'),
    ...(emptied === null ? [] : temporary(emptied)),
    ...[...new Set(sockets)].flatMap((path) => ['--tmpfs', path]),
    ...resolver(box, sockets),
    ...readable.flatMap((path) => ['--ro-bind', path, path]),
    ...writable.flatMap((path) => ['--bind', path, path]),
    ...['--ro-bind', kept, kept], // after the writable ones: none of them opens it
    ...(existsSync(hidden) ? ['--tmpfs', hidden] : []), // a read-only socket still answers
    ...opened.flatMap((path) => ['--bind', path, path]),
    ...unseen.flatMap((path) => ['--remount-ro', path]),
    ...['--chdir', box.cwd],
  ];
}

/** What the kernel lets uid 0 write without any capability. */
const KERNEL = ['/proc/sys', '/proc/sysrq-trigger'] as const;

/** Names are looked up by a file that often lies among the sockets. */
function resolver({ network }: Box, sockets: readonly string[]): string[] {
  if (network === 'none' || !existsSync('/etc/resolv.conf')) return [];
  const real = realpathSync('/etc/resolv.conf');
  return sockets.some((folder) => isUnder(real, folder)) ? ['--ro-bind', real, real] : [];
}

const WALLS = [
  ...['--unshare-user-try', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try', '--cap-drop', 'ALL'],
  ...['--die-with-parent', '--new-session', '--seccomp', '9', '--json-status-fd', '8'],
] as const;

function network(box: Box): string[] {
  return box.network === 'none' ? ['--unshare-net'] : [];
}

function isUnder(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? folder : `${folder}/`);
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined && lstatSync(realpathSync(path)).isDirectory();
}

function isLink(path: string): boolean {
  return lstatSync(path).isSymbolicLink();
}

// ── whether it works here ──────────────────────────────────────────────────────────────────────────

/** Long enough for a loaded machine; it takes 10 ms on an idle one. */
const PROBE_MS = 5_000;
/** What does not work may be mended any time; what works is believed until a launch fails. */
const ASK_AGAIN_MS = 60_000;

const found = new Map<string, { problem: string | null; at: number }>();

/** Null when a box like this works on this machine, else why not. What was found is kept for this process. */
export async function boxProblem(box: Box, run: { env: Readonly<Record<string, string>>; mark: string }): Promise<string | null> {
  const { status: _, ...kind } = box;
  const inside = boxed(kind, ['true']);
  if ('problem' in inside) return inside.problem;
  const key = JSON.stringify([inside.argv, run.env.PATH]);
  const known = found.get(key);
  if (known && (known.problem === null || performance.now() - known.at < ASK_AGAIN_MS)) return known.problem;
  const keep = { part: 'tail', bytes: 1_024 } as const;
  const end = await runChild({ argv: inside.argv, cwd: '/', ...run, timeoutMs: PROBE_MS, stdout: keep, stderr: keep });
  const words = end.stderr.bytes.toString('utf8').trim().replaceAll('\n', '; ');
  const problem = end.end === 'exit' && end.code === 0 ? null : `bubblewrap does not work here: ${words || end.end}`;
  found.set(key, { problem, at: performance.now() });
  return problem;
}

/** What was found to work has just failed: it is looked at anew. */
export function forgetBoxes(): void {
  found.clear();
}
