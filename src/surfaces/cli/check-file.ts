// What is wrong with a file of the home, by where it stands.
import { checkConfig } from '../../config-check.ts';
import { isPlainObject } from '../../lib/digest.ts';
import { splitFrontMatter } from '../../lib/front-matter.ts';
import { readYaml } from '../../lib/yaml-text.ts';
import { runners } from '../../sense/runners/index.ts';
import { sensorFolder } from '../../sense/sensor-files.ts';
import type { Layout } from '../../store/layout.ts';
import type { FileProblem } from '../../verbs/hands.ts';
import { checkExpression } from '../../world/expressions.ts';

/** A longer playbook is cut in the prompt (DESIGN 5); so is a longer goal. */
const PLAYBOOK_BYTES = 16 * 1024;
const GOAL_BYTES = 8 * 1024;

export function checkFile(at: Layout, path: string, text: string): FileProblem[] {
  if (path === 'flyball.yaml') return checkConfig(text);
  if (path === 'PLAYBOOK.md') return tooLong(path, text, PLAYBOOK_BYTES);
  if (path.startsWith('goals/')) return [...checkGoal(path, text), ...tooLong(path, text, GOAL_BYTES)];
  if (path.startsWith('sensors/')) return checkSensor(at, path.slice('sensors/'.length));
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

function checkGoal(file: string, text: string): FileProblem[] {
  const { yaml, unclosed } = splitFrontMatter(text);
  if (unclosed) return [{ file, line: 1, column: 1, what: 'the front matter is never closed', next: 'end it with a line of three dashes' }];
  if (yaml === null) return [];
  const front = readYaml(yaml);
  const below = 1; // the opening fence
  if (front.problems.length > 0)
    return front.problems.map(({ what, line, column }) => ({ file, line: line + below, column, what, next: null }));
  const doneWhen = isPlainObject(front.value) ? front.value.done_when : undefined;
  if (typeof doneWhen !== 'string') return [];
  const checked = checkExpression(doneWhen, 'done_when');
  const place = front.valueAt(['done_when']);
  return checked.ok ? [] : [{ file, line: place.line + below, column: place.column, what: `done_when: ${checked.message}`, next: null }];
}
