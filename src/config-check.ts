// What is wrong with a flyball.yaml beyond its shape: rules' and policies' expressions, cron lines, and actions.
// Told by `flyball check`, never a reason to refuse the file: a rule that cannot be evaluated is no match.
import { actionSchema } from './actions/index.ts';
import { readConfigText, spell } from './config-text.ts';
import { patternProblem } from './lib/command-pattern.ts';
import { cronLine } from './lib/cron.ts';
import { isPlainObject } from './lib/digest.ts';
import { nearest } from './lib/nearest.ts';
import { treeExpressions } from './lib/template-tree.ts';
import { readYaml, type YamlText } from './lib/yaml-text.ts';
import type { FileProblem } from './verbs/hands.ts';
import { checkExpression, checkTemplateExpression } from './world/expressions.ts';
import type { Rule, Settings } from './world/settings.ts';

/** Every problem of a text that wants to be flyball.yaml. */
export function checkConfig(text: string): FileProblem[] {
  const read = readConfigText(text);
  if ('problems' in read) return read.problems;
  const yaml = readYaml(text);
  const rules = read.settings.rules.flatMap((rule, index) =>
    ruleFindings(rule, read.settings).map((found) => ({ ...found, path: ['rules', index, ...found.path] })),
  );
  const policies = read.settings.policies.flatMap(({ when }, index) =>
    findingOf(checkExpression(when, 'policy'), ['policies', index, 'when']),
  );
  const commands = read.settings.allow_commands.flatMap((pattern, index) => {
    const what = patternProblem(pattern);
    return what === null ? [] : [{ path: ['allow_commands', index], what }];
  });
  return [...rules, ...policies, ...commands].map((found) => problem(found, yaml));
}

interface Finding {
  path: PropertyKey[];
  what: string;
  /** Within an expression of several lines. */
  line?: number;
  column?: number;
  next?: string;
}

function problem({ path, what, line = 1, column, next }: Finding, yaml: YamlText): FileProblem {
  const place = yaml.valueAt(path);
  const inside = line === 1 && column !== undefined && column > 1 ? ` (at its column ${column})` : '';
  return {
    file: 'flyball.yaml',
    line: place.line + line - 1,
    column: place.column,
    what: `${spell(path)}: ${what}${inside}`,
    next: next ?? null,
  };
}

function ruleFindings(rule: Rule, settings: Settings): Finding[] {
  const place = rule.for_each ? 'rule-each' : 'rule';
  const { expressions, problems } = treeExpressions(rule.do);
  const cron = rule.at === undefined ? null : cronLine(rule.at, settings.tz);
  return [
    ...findingOf(checkExpression(rule.when, place), ['when']),
    ...(typeof cron === 'string' ? [{ path: ['at'], what: cron }] : []),
    ...problems.map((what) => ({ path: ['do'], what })),
    ...expressions.flatMap((source) =>
      findingOf(checkTemplateExpression(source, place), ['do']).map((found) => ({ ...found, what: `{{ ${source} }}: ${found.what}` })),
    ),
    ...actionFindings(rule.do),
  ];
}

function findingOf(checked: ReturnType<typeof checkExpression>, path: PropertyKey[]): Finding[] {
  return checked.ok ? [] : [{ path, what: checked.message, line: checked.line, column: checked.column }];
}

/** Only what no template can mend: the kind and the names of the fields. */
function actionFindings(action: Record<string, unknown>): Finding[] {
  const parsed = actionSchema.safeParse(action);
  return (parsed.error?.issues ?? []).flatMap((issue): Finding[] => {
    const path = ['do', ...issue.path];
    if (issue.code === 'invalid_union' && issue.path[0] === 'action') return [unknownKind(action)];
    if (issue.code === 'unrecognized_keys') return [{ path, what: `${String(action.action)} has no field ${issue.keys.join(', ')}` }];
    const value = issue.path.reduce<unknown>(
      (inner, key) => (isPlainObject(inner) || Array.isArray(inner) ? Reflect.get(inner, key) : undefined),
      action,
    );
    return value === undefined ? [{ path: ['do'], what: `${String(action.action)} needs ${spell(issue.path)}` }] : [];
  });
}

/** Kinds that come with workers: a rule may name them before there is a session host, and then has no move. */
const WITH_WORKERS = ['start_worker', 'restart_session', 'steer_session', 'send_key', 'stop_worker'];

function unknownKind({ action }: Record<string, unknown>): Finding {
  const names = actionSchema.options.map((option) => option.shape.action.value);
  const near = nearest(String(action), names);
  const next = near ? `did you mean "${near}"?` : `kinds: ${names.join(', ')}`;
  if (WITH_WORKERS.includes(String(action)))
    return { path: ['do', 'action'], what: `${String(action)} needs the session host, which is not there yet` };
  return { path: ['do', 'action'], what: `there is no kind "${String(action)}"`, next };
}
