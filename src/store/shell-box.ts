// The sandbox of run_shell: of the home all but reports/shell is read-only and `.flyball` is not seen, HOME is empty but
// for what the settings open, and the environment is built anew.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Box, type Boxed, boxed, boxProblem } from '../lib/bubblewrap.ts';
import { makeFolder } from '../lib/files.ts';
import type { Settings } from '../world/settings.ts';
import type { Layout } from './layout.ts';

export interface ShellBox {
  /** The command line that runs `argv` inside; what becomes of it is told in the file `status`. */
  boxed(argv: readonly string[], status: string): Boxed;
  /** Why it does not work here, or null. */
  problem(mark: string): Promise<string | null>;
  /** The whole environment inside. */
  env(): Record<string, string>;
}

export interface ShellBoxOptions {
  layout: Layout;
  settings(): Pick<Settings, 'shell' | 'env'>;
  /** The person's environment. */
  person: Readonly<Record<string, string | undefined>>;
}

export function shellBox(options: ShellBoxOptions): ShellBox {
  const { layout } = options;
  const env = () => builtEnv(options);
  return {
    env,
    boxed: (argv, status) => {
      makeFolder(layout.shellReports);
      return boxed({ ...boxOf(options), status }, argv);
    },
    problem: async (mark) => {
      const off = options.settings().shell.sandbox === 'off';
      return off ? 'shell.sandbox is off' : boxProblem(boxOf(options), { env: env(), mark });
    },
  };
}

/** The same walls for a sensor, which writes nothing at all. */
export function sensorBox(options: ShellBoxOptions & { mark: string }) {
  const plan = (network: 'on' | 'off'): Box => ({
    ...boxOf(options),
    opened: [],
    writable: [],
    network: network === 'on' ? 'shared' : 'none',
  });
  return {
    env: () => builtEnv(options),
    boxed: (argv: readonly string[], network: 'on' | 'off') => boxed(plan(network), argv),
    problem: () => boxProblem(plan('off'), { env: builtEnv(options), mark: options.mark }),
  };
}

function boxOf({ layout, settings, person }: ShellBoxOptions): Box {
  const { network, read, write } = settings().shell;
  const home = person.HOME;
  const spelled = (path: string) => (path.startsWith('~') ? join(home ?? '/', path.slice(1)) : path);
  const inReports = (path: string) => path.startsWith(`${layout.reports}/`);
  const opened = [layout.shellReports, ...write.map(spelled).filter(inReports)];
  return {
    cwd: layout.home,
    kept: layout.home,
    hidden: layout.machine,
    opened: opened.filter((path) => existsSync(path)),
    writable: write.map(spelled).filter((path) => !inReports(path)),
    emptied: home ?? null,
    readable: read.map(spelled),
    runtime: person.XDG_RUNTIME_DIR,
    network: network ? 'shared' : 'none',
    path: builtEnv({ layout, settings, person }).PATH ?? '',
    filter: layout.sandboxFilter,
  };
}

/** Of the person's own variables only these: a secret has many names. */
const PASSED_ON = /^(HOME|USER|LOGNAME|SHELL|PATH|TERM|TZ|LANG|LANGUAGE|LC_[A-Z]+)$/;

function builtEnv({ layout, settings, person }: ShellBoxOptions): Record<string, string> {
  const kept = Object.entries(person).filter((entry): entry is [string, string] => entry[1] !== undefined && PASSED_ON.test(entry[0]));
  const own = { TMPDIR: '/tmp', FLYBALL_HOME: layout.home, FLYBALL_REPORT: layout.shellReports };
  return { ...Object.fromEntries(kept), ...settings().env, ...own };
}
