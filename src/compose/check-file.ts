// What is wrong with a file of the home, by where it stands.
import { checkConfig } from '../config-check.ts';
import { listNames } from '../lib/files.ts';
import { hasProgram } from '../lib/program.ts';
import { readYaml } from '../lib/yaml-text.ts';
import { runners } from '../sense/runners/index.ts';
import { sensorFolder } from '../sense/sensor-files.ts';
import type { Layout } from '../store/layout.ts';
import type { FileProblem } from '../verbs/hands.ts';
import { parseGoal } from '../world/goal.ts';
import { goalId, isGoalName } from '../world/goal-id.ts';

/** A longer playbook is cut in the prompt (DESIGN 5); so is a longer goal. */
const PLAYBOOK_BYTES = 16 * 1024;
const GOAL_BYTES = 8 * 1024;

/** `searchPath`: PATH, where a script's `env` finds its interpreter. */
export function checkFile(at: Layout, { path, text }: { path: string; text: string }, searchPath: string): FileProblem[] {
  if (path === 'flyball.yaml') return checkConfig(text);
  if (path === 'PLAYBOOK.md') return tooLong(path, text, PLAYBOOK_BYTES);
  if (path.startsWith('goals/')) return [...checkGoal(at, path.slice('goals/'.length), text), ...tooLong(path, text, GOAL_BYTES)];
  if (path.startsWith('sensors/')) return [...checkSensor(at, path.slice('sensors/'.length)), ...checkInterpreter(path, text, searchPath)];
  return path.startsWith('loops/')
    ? readYaml(text).problems.map(({ what, line, column }) => ({ file: path, line, column, what, next: null }))
    : [];
}

function tooLong(file: string, text: string, cap: number): FileProblem[] {
  const bytes = Buffer.byteLength(text);
  if (bytes <= cap) return [];
  const what = `it has ${bytes} bytes; a decider is shown the first ${cap}`;
  return [{ file, line: null, column: null, what, next: 'say less, or put the most important first', warning: true }];
}

/** Its directives, mode and name, as the pulse will find them on disk. */
function checkSensor(at: Layout, name: string): FileProblem[] {
  const { problems, unreadable } = sensorFolder(
    at.sensors,
    runners.map(({ name: format }) => format),
  )();
  if (unreadable !== null) return [{ file: 'sensors', line: null, column: null, what: unreadable, next: null }];
  return problems
    .filter(({ file }) => file === name)
    .map(({ line, what, next, warning }) => ({ file: `sensors/${name}`, line, column: line === null ? null : 1, what, next, warning }));
}

/** A script whose first line names a program that is not there cannot start. */
function checkInterpreter(file: string, text: string, searchPath: string): FileProblem[] {
  const [program, word] = /^#!\s*(\S+)(?:[ \t]+(\S+))?/.exec(text)?.slice(1) ?? [];
  if (program === undefined) return [];
  const named = /(^|\/)env$/.test(program) && word !== undefined && !word.startsWith('-') ? word : program;
  if (hasProgram(named, searchPath)) return [];
  return [
    { file, line: 1, column: 1, what: `its interpreter ${named} is not there`, next: 'install it, or name another in the first line' },
  ];
}

/** As the goal's reader finds it; two names that give one id are both wrong. */
function checkGoal(at: Layout, name: string, text: string): FileProblem[] {
  if (!isGoalName(name)) return [];
  const file = `goals/${name}`;
  const { id, problem, further, warnings } = parseGoal(name, text);
  const others = listNames(at.goals).filter((other) => other !== name && isGoalName(other) && goalId(other) === id);
  const same = others.map((other) => ({
    file,
    line: null,
    column: null,
    what: `goals/${other} is the goal "${id}" too`,
    next: 'rename one of them',
  }));
  return [
    ...(problem ? [problem, ...further] : []).map((one) => ({ file, ...one })),
    ...warnings.map((warning) => ({ file, ...warning, warning: true })),
    ...same,
  ];
}
