// What contains the code that runs here, and what is only a trip-wire: for a beat, for status and for doctor.
import { NOT_INSTALLED } from '../lib/bubblewrap.ts';
import { shellBox } from '../store/shell-box.ts';
import type { Containment } from '../verbs/containment.ts';
import type { Door } from '../verbs/hands.ts';
import { deciderIsSandboxed, mayBeSandboxed } from '../world/sandbox.ts';
import type { Settings } from '../world/settings.ts';

/** Why no command of these settings can be sandboxed here, or null. */
export function sandboxProblem(door: Door, settings: Settings): Promise<string | null> {
  const box = shellBox({ layout: door.layout, settings: () => settings, person: door.env });
  return box.problem(`probe/0/sandbox-${process.pid}`);
}

export async function containment(door: Door): Promise<Containment> {
  const { settings } = await door.config();
  const command = settings.decider.use === 'command' || settings.decider.fallback === 'command';
  const needed = mayBeSandboxed(settings) || deciderIsSandboxed(settings);
  const problem = needed || settings.shell.sandbox !== 'off' ? await sandboxProblem(door, settings) : null;
  return {
    needed,
    problem,
    cure: problem === null ? null : cureOf(problem, door),
    stops: needed && problem !== null && (settings.shell.sandbox === 'required' || deciderIsSandboxed(settings)),
    parts: [
      { code: 'commands that a model chooses', held: chosen(settings, problem) },
      { code: 'commands of rules, after a yes, or in allow_commands', held: spoken(settings, problem) },
      ...(command
        ? [{ code: 'the decider', held: settings.decider.unconfined ? AS_YOU : problem === null ? WALL : 'refused: no sandbox' }]
        : []),
      { code: 'sensors and verifies', held: AS_YOU },
      { code: 'the deny list of commands, and taint', held: 'trip-wires: they catch mistakes, not an attacker' },
    ],
  };
}

const WALL = 'contained: in the sandbox';
const AS_YOU = 'unconfined: with your rights';

function chosen({ autonomy, shell }: Settings, problem: string | null): string {
  if (shell.sandbox === 'required') return problem === null ? WALL : 'refused: no sandbox';
  if (autonomy === 'observe') return 'refused: autonomy is observe';
  if (autonomy === 'full') return `${AS_YOU}, unasked: autonomy is full`;
  if (autonomy === 'propose' || shell.sandbox === 'off' || problem !== null) return 'not run without your yes';
  return WALL;
}

function spoken({ shell }: Settings, problem: string | null): string {
  if (shell.sandbox !== 'required') return AS_YOU;
  return problem === null ? WALL : 'refused: no sandbox';
}

function cureOf(problem: string, { command }: Door): string {
  if (problem === NOT_INSTALLED) return 'install bubblewrap (Debian, Ubuntu: apt install bubblewrap; Fedora: dnf install bubblewrap)';
  if (/uid map|namespace|Operation not permitted|Permission denied/.test(problem))
    return 'let bwrap make user namespaces (Ubuntu 24.04: an AppArmor profile for it; a container: run it unmasked)';
  return /is not there|cannot be opened|is a link/.test(problem) ? `${command} edit config` : `${command} doctor`;
}
