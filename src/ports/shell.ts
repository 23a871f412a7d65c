// The port of run_shell: a command, where it runs, and how it ended.
/** Runs and remembers shell commands, one per beat. */
export interface Shell {
  /** With `sandbox: on` it runs inside or not at all. */
  run(command: ShellCommand): Promise<ShellEnd>;
  /** What its files say: the pid is there once it began, the exit code once it ended; `broken`: it never began, for want of the sandbox. */
  known(beat: number): { pid: number | null; exit: number | null; sandbox: 'on' | 'off' | 'broken' };
  /** The last 2 KiB that it printed. */
  tail(beat: number): string;
}
export interface ShellCommand {
  cmd: string;
  beat: number;
  mark: string;
  timeoutMs: number;
  signal: AbortSignal;
  sandbox: 'on' | 'off';
}
export interface ShellEnd {
  end: 'exit' | 'timeout' | 'aborted' | 'spawn';
  /** Null unless it ended by itself. */
  exit: number | null;
  /** Words for `timeout`, `aborted` and `spawn`. */
  problem: string | null;
  tail: string;
}
