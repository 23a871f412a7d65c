// The sandbox of a custom decider: bubblewrap. The root and the home are read-only, the private folder is the
// only place to write, nothing outside can be signalled, and no socket of ours can be reached. The network is
// shared: a model is usually behind it.
import { existsSync } from 'node:fs';
import { runChild } from '../../lib/child.ts';
import type { Layout } from '../../store/layout.ts';

export interface SandboxPlan {
  layout: Layout;
  /** Writable, and the working directory. */
  folder: string;
  /** More folders that the command may write (a client's own state). */
  writable: readonly string[];
  runtimeDir: string | undefined;
}

/** The command line that runs `argv` inside. */
export function sandboxed(plan: SandboxPlan, argv: readonly string[]): [string, ...string[]] {
  const { layout, folder } = plan;
  const hidden = plan.runtimeDir && existsSync(plan.runtimeDir) ? ['--tmpfs', plan.runtimeDir] : []; // session bus, sockets
  const machine = existsSync(layout.machine) ? ['--tmpfs', layout.machine] : []; // a read-only socket still answers
  return [
    'bwrap',
    ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp'],
    ...hidden,
    ...plan.writable.flatMap((path) => ['--bind', path, path]),
    ...['--ro-bind', layout.home, layout.home], // after the writable ones: none of them opens the home
    ...machine,
    ...['--bind', folder, folder, '--chdir', folder],
    ...['--unshare-pid', '--unshare-ipc', '--die-with-parent', '--new-session'],
    '--',
    ...argv,
  ];
}

/** Long enough for a loaded machine; it takes 5 ms on an idle one. */
const PROBE_MS = 5_000;

/** Null when the plan works on this machine, else why not. */
export async function sandboxProblem(plan: SandboxPlan, env: Readonly<Record<string, string>>, mark: string): Promise<string | null> {
  const none = { part: 'tail', bytes: 1_024 } as const;
  const argv = sandboxed(plan, ['true']);
  const end = await runChild({ argv, cwd: plan.folder, env, mark, timeoutMs: PROBE_MS, stdout: none, stderr: none });
  if (end.end === 'exit' && end.code === 0) return null;
  if (end.end === 'spawn') return 'bubblewrap (bwrap) is not installed';
  return `bubblewrap does not work here: ${end.stderr.bytes.toString('utf8').trim() || end.end}`;
}
