// doctor: looks at everything that flyball stands on, and says what to do about what is not well.
import { existsSync, statSync } from 'node:fs';
import * as z from 'zod';
import { describeError } from '../errors.ts';
import { remoteFileSystem } from '../lib/file-system.ts';
import { hasProgram } from '../lib/program.ts';
import { table } from '../lib/table.ts';
import { defineVerb } from './define.ts';
import type { Hands } from './hands.ts';

interface Finding {
  name: string;
  /** `warn` works, with less. */
  state: 'ok' | 'warn' | 'bad';
  what: string;
  next: string | null;
}

export const doctor = defineVerb({
  name: 'doctor',
  group: 'house',
  summary: 'Check what flyball stands on: Node, git, the home, its settings, journal, file system and decider.',
  details: 'Exit code 1 when something is bad; a warning alone is 0.',
  home: 'optional',
  input: z.strictObject({}),
  run: async (_input, hands) => {
    const findings = [...tools(hands), ...(await home(hands))];
    const ok = findings.every(({ state }) => state !== 'bad');
    const rows = findings.map(({ name, state, what, next }) => [state, name, next === null ? what : `${what}  →  ${next}`]);
    return { exit: ok ? 0 : 1, json: { v: 1, ok, checks: findings }, text: table(rows) };
  },
});

function tools({ env, command }: Hands): Finding[] {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const modern = major > 20 || (major === 20 && minor >= 19);
  const has = (program: string) => hasProgram(program, env.PATH ?? '');
  const agents = ['claude', 'codex', 'opencode', 'pi', 'gemini'].filter(has);
  return [
    finding('node', modern ? 'ok' : 'bad', process.versions.node, modern ? null : 'install Node 20.19 or newer'),
    finding(
      'git',
      has('git') ? 'ok' : 'bad',
      has('git') ? 'found' : 'not on PATH: no version of a file can be kept',
      has('git') ? null : 'install git',
    ),
    finding('sh', has('sh') ? 'ok' : 'bad', has('sh') ? 'found' : 'not on PATH', null),
    finding('agents', 'ok', agents.length > 0 ? agents.join(', ') : 'none installed; rules need none', null),
    finding('command', 'ok', `typed as: ${command}`, null),
  ];
}

async function home(hands: Hands): Promise<Finding[]> {
  const { house, layout } = hands;
  if (!house.exists()) return [finding('home', 'bad', `there is none in ${layout.home}`, `${hands.program} init ${layout.home}`)];
  const owner = house.owner();
  const remote = remoteFileSystem(layout.home);
  const allowed = house.allowed();
  return [
    finding('home', 'ok', layout.home, null),
    finding(
      'allowed',
      allowed ? 'ok' : 'warn',
      allowed ? 'by you' : 'neither made nor allowed by you: nothing is run',
      allowed ? null : `${hands.command} up`,
    ),
    owner.owner === 'other-machine'
      ? finding('machine', 'bad', "it is another machine's", `${hands.command} up --take-over`)
      : finding('machine', 'ok', 'this one', null),
    modes(hands),
    finding('files', remote ? 'warn' : 'ok', remote ? `on ${remote}: changes are not announced, the pulse polls` : 'on a local disk', null),
    await attempt('config', async () => {
      const { problem } = await hands.config();
      return problem
        ? finding('config', 'bad', `${problem.where}: ${problem.what}`, `${hands.command} edit config`)
        : finding('config', 'ok', 'parses', null);
    }),
    await attempt('decider', async () => {
      const { name, warning } = await hands.decider();
      return finding('decider', warning ? 'warn' : 'ok', warning ? `${name}: ${warning}` : name, null);
    }),
    ...(await contained(hands)),
    await attempt('journal', async () => {
      if (!existsSync(layout.journal)) return finding('journal', 'ok', 'none yet', null);
      const { ok, broken_at, records } = await hands.checkJournal();
      return ok
        ? finding('journal', 'ok', `${records} records, chain whole`, null)
        : finding('journal', 'bad', `broken at ${broken_at ?? 'its end'}`, `${hands.command} check --journal`);
    }),
    await attempt('pulse', async () => {
      const pulse = await hands.pulse();
      if (!pulse.running) return finding('pulse', 'warn', 'does not run', `${hands.command} up`);
      if (pulse.pid === null) return finding('pulse', 'bad', 'holds its lock and does not answer', `${hands.command} down`);
      const same = pulse.version === hands.version;
      return finding(
        'pulse',
        same ? 'ok' : 'warn',
        `pid ${pulse.pid}, flyball ${pulse.version}`,
        same ? null : `${hands.command} down && ${hands.command} up`,
      );
    }),
  ];
}

/** A wall that is missing is bad only where something that is set up needs it; the rest says what is wall and what is not. */
async function contained(hands: Hands): Promise<Finding[]> {
  try {
    const walls = await hands.containment({ always: true });
    if (!walls) return [];
    const { needed, problem, cure, stops, parts } = walls;
    const words = problem === null ? 'bubblewrap works' : `${problem}${needed ? '' : '; nothing that is set up here needs it'}`;
    const sandbox = finding('sandbox', problem === null ? 'ok' : stops ? 'bad' : 'warn', words, cure);
    return [sandbox, ...parts.map(({ code, held }) => finding('contains', 'ok', `${code}: ${held}`, null))];
  } catch (error) {
    return [finding('sandbox', 'bad', describeError(error), null)];
  }
}

function modes({ layout }: Hands): Finding {
  if (!existsSync(layout.machine)) return finding('modes', 'ok', "nothing of the machine's yet", null);
  const open = (statSync(layout.machine).mode & 0o077) !== 0;
  return finding(
    'modes',
    open ? 'bad' : 'ok',
    open ? `${layout.machine} is open to others` : 'private',
    open ? `chmod 700 ${layout.machine}` : null,
  );
}

function finding(name: string, state: Finding['state'], what: string, next: string | null): Finding {
  return { name, state, what, next };
}

/** One that cannot be looked at is bad, and hides none of the others. */
async function attempt(name: string, look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look();
  } catch (error) {
    return finding(name, 'bad', describeError(error), null);
  }
}
