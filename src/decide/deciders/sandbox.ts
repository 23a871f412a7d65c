// The sandbox of a custom decider: the home read-only, its private folder the only place to write, the person's own
// files readable (a client's login is among them). The network is shared: a model is usually behind it.
import { type Box, boxed, boxProblem } from '../../lib/bubblewrap.ts';
import type { Layout } from '../../store/layout.ts';

export interface SandboxPlan {
  layout: Layout;
  /** Writable, and the working directory. */
  folder: string;
  /** More folders that the command may write (a client's own state). */
  writable: readonly string[];
  runtimeDir: string | undefined;
  /** PATH, by which bwrap is found. */
  path: string;
}

/** The command line that runs `argv` inside, or why there is none. */
export function sandboxed(plan: SandboxPlan, argv: readonly string[]): ReturnType<typeof boxed> {
  return boxed(boxOf(plan), argv);
}

/** Null when the plan works on this machine, else why not. */
export function sandboxProblem(plan: SandboxPlan, env: Readonly<Record<string, string>>, mark: string): Promise<string | null> {
  return boxProblem(boxOf(plan), { env, mark });
}

function boxOf({ layout, folder, writable, runtimeDir, path }: SandboxPlan): Box {
  return {
    cwd: folder,
    kept: layout.home,
    hidden: layout.machine,
    opened: [],
    writable: [...writable, folder],
    emptied: null,
    readable: [],
    runtime: runtimeDir,
    network: 'shared',
    path,
    filter: layout.sandboxFilter,
  };
}
