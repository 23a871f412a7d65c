// run_shell's command under a small sh that leaves its pid, output and exit code in the beat's folder, so that
// its end is known also when we died meanwhile.
import { join } from 'node:path';
import { type Boxed, forgetBoxes } from '../lib/bubblewrap.ts';
import { type ChildEnd, runChild } from '../lib/child.ts';
import { readBytes, readText } from '../lib/files.ts';
import type { Standstill } from '../lib/standstill.ts';
import type { Shell, ShellEnd } from '../ports/shell.ts';
import { NOT_BOXED } from '../world/outcome.ts';
import type { Layout } from './layout.ts';
import type { ShellBox } from './shell-box.ts';

/** Shown to the decider; what it may keep on disk is 1 MiB, in the script below. */
const TAIL_BYTES = 2_048;
/** The wrapper's own word for "it could not be set up". */
const NOT_SET_UP = 125;

/**
 * $1 is the beat's folder, $2 is `on` for a command line that makes its own sandbox, the rest is that line: this
 * shell stands outside of it. A sandbox tells in `.status` how its command exited; when it does not, the command never
 * began, and the exit code is the sandbox's own. Output goes through a pipe to a drain that keeps the first MiB and the
 * last 2 KiB, so that no command can fill the disk. The exit code is there before anything else is waited for.
 * Then what stayed in the command's process group is told to end, since it may hold the pipe; what left the group
 * is ended by its mark when we are gone, and until then the drain is given a second (unbuffered, where it can be).
 */
const WRAPPER = `
exec >/dev/null 2>&1
folder=$1 sandbox=$2
shift 2
put() { (umask 077; printf '%s\\n' "$2" >"$folder/.$1" && mv -f "$folder/.$1" "$folder/shell.$1"); }
(umask 077; rm -f "$folder/.pipe" && mkfifo "$folder/.pipe") || exit ${NOT_SET_UP}
put pid "$$" || exit ${NOT_SET_UP}
unbuffered=
if command -v stdbuf; then unbuffered='stdbuf -o0'; fi
(
  umask 077
  trap '' TERM
  $unbuffered head -c 1048576 >"$folder/shell.out"
  tail -c ${TAIL_BYTES} >"$folder/shell.tail"
  : >"$folder/.drained"
) <"$folder/.pipe" &
if [ "$sandbox" = on ]; then (umask 077; : >"$folder/.status") || exit ${NOT_SET_UP}; fi
"$@" </dev/null >"$folder/.pipe" 2>&1
code=$?
if [ "$sandbox" = on ]; then
  case $(cat "$folder/.status") in *'"exit-code"'*) put sandbox on ;; *) put sandbox broken; code=${NOT_SET_UP} ;; esac
  rm -f "$folder/.status"
fi
put exit "$code"
trap '' TERM
kill -TERM 0
tries=0
while [ ! -e "$folder/.drained" ] && [ "$tries" -lt 50 ]; do sleep 0.02; tries=$((tries + 1)); done
rm -f "$folder/.pipe" "$folder/.drained"
exit "$code"
`;

interface ShellTools {
  /** Without it nothing can be sandboxed, and what is to be sandboxed is not run. */
  box?: ShellBox;
  still?: Standstill;
}

const NO_BOX = 'there is no sandbox here';

export function openShell(layout: Layout, env: () => Record<string, string>, { box, still }: ShellTools = {}): Shell {
  const file = (beat: number, name: string) => join(layout.beats, String(beat), name);
  const number = (beat: number, name: string) => {
    const text = readText(file(beat, name))?.trim() ?? '';
    return /^\d+$/.test(text) ? Number(text) : null;
  };
  const placeOf = (beat: number): 'on' | 'off' | 'broken' => {
    const said = readText(file(beat, 'shell.sandbox'))?.trim();
    return said === 'on' || said === 'broken' ? said : 'off';
  };
  const known = (beat: number) => ({ pid: number(beat, 'shell.pid'), exit: number(beat, 'shell.exit'), sandbox: placeOf(beat) });
  const tail = (beat: number) => {
    const kept = [readBytes(file(beat, 'shell.out')), readBytes(file(beat, 'shell.tail'))].filter((bytes) => bytes !== null);
    return Buffer.concat(kept).subarray(-TAIL_BYTES).toString('utf8');
  };
  return {
    known,
    tail,
    run: async ({ cmd, beat, mark, timeoutMs, signal, sandbox }) => {
      const nothing = { part: 'head', bytes: 0 } as const;
      const command: [string, ...string[]] = ['bash', '-c', cmd];
      const inside: Boxed = sandbox === 'off' ? { argv: command } : box ? box.boxed(command, file(beat, '.status')) : { problem: NO_BOX };
      if ('problem' in inside) return { end: 'spawn', exit: null, problem: `${NOT_BOXED}: ${inside.problem}`, tail: '' };
      const end = await runChild({
        argv: ['/bin/sh', '-c', WRAPPER, 'flyball-shell', join(layout.beats, String(beat)), sandbox, ...inside.argv],
        cwd: layout.home,
        env: sandbox === 'on' && box ? box.env() : env(),
        mark,
        timeoutMs,
        signal,
        ...(still && { still }),
        stdout: nothing,
        stderr: nothing,
      });
      const after = known(beat);
      if (after.sandbox === 'broken') {
        forgetBoxes();
        return { end: 'spawn', exit: null, problem: NOT_BOXED, tail: tail(beat) };
      }
      return { ...ended(end, after.exit, timeoutMs), tail: tail(beat) };
    },
  };
}

function ended(end: ChildEnd, exit: number | null, timeoutMs: number): Omit<ShellEnd, 'tail'> {
  if (exit !== null) return { end: 'exit', exit, problem: null };
  if (end.end === 'timeout')
    return { end: 'timeout', exit: null, problem: `it was ended after ${timeoutMs / 1000} s and may have done a part` };
  if (end.end === 'aborted') return { end: 'aborted', exit: null, problem: 'it was ended on request and may have done a part' };
  if (end.end === 'spawn') return { end: 'spawn', exit: null, problem: `it could not be started: ${end.message}` };
  if (end.end === 'exit' && end.code === NOT_SET_UP)
    return { end: 'spawn', exit: null, problem: 'its folder could not be written, so it was not started' };
  return { end: 'exit', exit: null, problem: 'its shell was killed from outside, so nobody knows how far it came' };
}
