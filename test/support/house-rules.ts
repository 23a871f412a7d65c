// The rules that one file keeps or breaks by itself. Each takes a file and returns what breaks it.
import { basename } from 'node:path';
import { dotted, isNode, type Node, type Source, type Violation, type Visited } from './house.ts';

type Rule = (source: Source) => Violation[];

const MAX_FILE_LINES = 300;
const MAX_FUNCTION_LINES = 60;
const MAX_PARAMETERS = 4;

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

export const fileIsShort: Rule = ({ path, lines }) =>
  lines > MAX_FILE_LINES ? [`${path}: ${lines} lines, at most ${MAX_FILE_LINES}`] : [];

export const functionsAreShort: Rule = (source) =>
  findings(source, ({ node, parents }) => {
    if (!FUNCTIONS.has(node.type) || isSuite(parents[0])) return null;
    const lines = source.text.slice(node.start, node.end).split('\n').length;
    return lines > MAX_FUNCTION_LINES ? `a function of ${lines} lines, at most ${MAX_FUNCTION_LINES}` : null;
  });

/** `describe(…, () => {…})` is a chapter, not a function that somebody reads as one. */
function isSuite(parent: Node | undefined): boolean {
  return parent?.type === 'CallExpression' && /^describe(\.|$)/.test(dotted(parent.callee) ?? '');
}

export const parametersAreFew: Rule = (source) =>
  findings(source, ({ node }) => {
    const parameters = node.params;
    if (!Array.isArray(parameters) || !(FUNCTIONS.has(node.type) || /^TS(MethodSignature|FunctionType|DeclareFunction)$/.test(node.type)))
      return null;
    return parameters.length > MAX_PARAMETERS ? `${parameters.length} parameters, at most ${MAX_PARAMETERS} (then an object)` : null;
  });

const OUTSIDE_MODULES =
  /^(node:)?(fs|fs\/promises|child_process|os|net|http|https|process|timers|timers\/promises|perf_hooks|worker_threads|dgram|dns|tty|readline)$/;
const OUTSIDE_NAMES =
  /^(process|performance|fetch|setTimeout|setInterval|setImmediate|Math\.random|Date\.now|crypto|console|globalThis|require)$/;

/** Names a clock, the environment, chance, the disk, a process or the network. */
export const touchesOutside: Rule = (source) => [
  ...source.imports.filter((it) => !it.typeOnly && OUTSIDE_MODULES.test(it.to)).map((it) => `${source.path}:${it.line}: imports ${it.to}`),
  ...findings(source, (visited) => {
    const { node } = visited;
    if (node.type === 'NewExpression' && dotted(node.callee) === 'Date' && isEmpty(node.arguments)) return 'reads the clock (new Date())';
    if (node.type === 'CallExpression' && dotted(node.callee) === 'Date') return 'reads the clock (Date())';
    if (node.type === 'ImportSpecifier' && /^random/.test(dotted(node.imported) ?? '')) return `imports chance (${dotted(node.imported)})`;
    const name = isReference(visited) ? dotted(node) : null;
    return name && OUTSIDE_NAMES.test(name) ? `names ${name}` : null;
  }),
];

const isEmpty = (list: unknown) => Array.isArray(list) && list.length === 0;

/** An identifier or dotted name that stands for a value, not a key, a property or a declaration. */
function isReference({ node, parents: [parent] }: Visited): boolean {
  if (node.type !== 'Identifier' && node.type !== 'MemberExpression') return false;
  if (!parent) return true;
  if (parent.type === 'MemberExpression') return parent.object === node || parent.computed === true;
  if (parent.type === 'Property') return parent.value === node;
  return (
    !/^TS|Specifier$|^(LabeledStatement|BreakStatement|MethodDefinition|PropertyDefinition)$/.test(parent.type) ||
    parent.type === 'TSAsExpression'
  );
}

/** Only config.ts reads the environment. */
export const environmentIsReadOnce: Rule = (source) => {
  if (source.path === 'src/config.ts') return [];
  const imported = source.imports
    .filter((it) => /^(node:)?process$/.test(it.to))
    .map((it) => `${source.path}:${it.line}: imports ${it.to}`);
  return [
    ...imported,
    ...findings(source, (visited) => {
      const { node, parents } = visited;
      if (dotted(node) === 'process.env') return 'reads process.env; take the environment as a parameter';
      const handedOn =
        node.type === 'Identifier' && node.name === 'process' && isReference(visited) && parents[0]?.type !== 'MemberExpression';
      return handedOn && parents[0]?.type !== 'UnaryExpression' ? 'hands on the whole of process' : null;
    }),
  ];
};

/** Only the surfaces print. */
export const printingIsForSurfaces: Rule = (source) => {
  if (/^src\/(surfaces\/.+|cli)\.ts$/.test(source.path)) return [];
  return findings(source, (visited) => {
    const name = isReference(visited) ? dotted(visited.node) : null;
    return name && /^(console|process\.(stdout|stderr))$/.test(name) ? `names ${name}; only surfaces/ and cli.ts print` : null;
  });
};

/** Where text from outside becomes values: files, sockets, arguments, models, sensors. */
const BOUNDARIES = /^src\/(store\/.+|surfaces\/.+|sense\/.+|decide\/(parse|read-object|deciders\/.+)|config|cli)\.ts$/;

export const jsonIsParsedAtBoundaries: Rule = (source) => {
  if (BOUNDARIES.test(source.path)) return [];
  return findings(source, ({ node }) => (dotted(node) === 'JSON.parse' ? 'JSON.parse; parse where the text comes in' : null));
};

/** Beyond a boundary, a claim that the compiler cannot check carries its reason on its line or the one above. */
export const castsCarryAReason: Rule = (source) => {
  if (BOUNDARIES.test(source.path)) return [];
  return findings(source, ({ node }) => {
    if (node.type !== 'TSAsExpression' && node.type !== 'TSNonNullExpression') return null;
    const type = node.typeAnnotation;
    if (isNode(type) && type.type === 'TSTypeReference' && dotted(type.typeName) === 'const') return null;
    const line = source.lineOf(node);
    const explained = [line - 1, line, line + 1].some((it) => source.commented.has(it));
    return explained ? null : 'a cast without a reason beside it';
  });
};

export const testsDoNotSleep: Rule = (source) => {
  if (source.path === 'test/support/wait.ts') return [];
  const imported = source.imports
    .filter((it) => /^(node:)?timers(\/promises)?$/.test(it.to))
    .map((it) => `${source.path}:${it.line}: imports ${it.to}`);
  return [
    ...imported,
    ...findings(source, (visited) =>
      isReference(visited) && /^(globalThis\.)?(setTimeout|setInterval)$/.test(dotted(visited.node) ?? '')
        ? 'sleeps; wait for a named thing (test/support/wait.ts)'
        : null,
    ),
  ];
};

export const exportsAreNamed: Rule = (source) =>
  findings(source, ({ node }) => (node.type === 'ExportDefaultDeclaration' ? 'a default export; give it its name' : null));

export const thereAreNoEnums: Rule = (source) =>
  findings(source, ({ node }) => (node.type === 'TSEnumDeclaration' ? 'an enum; write a union of literals' : null));

/** A registry (`index.ts`, `list.ts`) collects its axis; nothing else re-exports. */
export const thereAreNoBarrels: Rule = (source) => {
  if (/^(index|list)\.ts$/.test(basename(source.path))) return [];
  const passesOn = ({ node }: Visited) =>
    node.type === 'ExportAllDeclaration' || (node.type === 'ExportNamedDeclaration' && isNode(node.source));
  return findings(source, (visited) => (passesOn(visited) ? 're-exports; import it from where it is' : null));
};

/** Only store/layout.ts spells a path under the machine's folder. */
export const pathsAreSpelledOnce: Rule = (source) => {
  if (source.path === 'src/store/layout.ts') return [];
  return findings(source, ({ node }) =>
    typeof node.value === 'string' && node.type === 'Literal' && /^\.flyball(\/|$)/.test(node.value)
      ? `spells "${node.value}"; take it from store/layout.ts`
      : null,
  );
};

const WHOLE = /^(managers?|helpers?|utils?|services?|handlers?|processors?|data|info|common|misc)$/i;
const PART = /(^|[a-z0-9_-])(Manager|Helper|Utils?|Service|Handler|Processor|Misc)s?($|[A-Z_-])|^do[A-Z]/;
const FILE_PART = /(^|-)(managers?|helpers?|utils?|services?|handlers?|processors?|data|info|common|misc)(-|$)/;

/** Names that say nothing (if the only name is one of these, the thing is not yet understood). `item` is not among them: rules have items. */
export const namesSaySomething: Rule = (source) => {
  const parts = source.path.replace(/\.ts$/, '').split('/');
  const spoken = parts.some((part) => FILE_PART.test(part)) ? [`${source.path}: a name that says nothing`] : [];
  return [
    ...spoken,
    ...findings(source, ({ node, parents }) => {
      if (node.type !== 'Identifier' || !isDeclared(node, parents)) return null;
      const name = String(node.name);
      return WHOLE.test(name) || PART.test(name) ? `the name "${name}" says nothing` : null;
    }),
  ];
};

function isDeclared(node: Node, parents: readonly Node[]): boolean {
  const [parent] = parents;
  if (!parent) return false;
  if (Array.isArray(parent.params) && parent.params.includes(node)) return true;
  if (parent.id === node) return /Declarat(ion|or)$/.test(parent.type);
  return parent.type === 'Property' && parent.value === node && parents[1]?.type === 'ObjectPattern';
}

export const saysWhatItIs: Rule = ({ path, text }) =>
  /^(#!.*\n)?(\/\/ |\/\*\*? )\S/.test(text) ? [] : [`${path}: the first line is to say what the file is`];

export const nothingIsLeftForLater: Rule = ({ path, text }) =>
  text.split('\n').flatMap((line, at) => (/\b(TO[D]O|FIX[M]E|XX[X]|HAC[K])\b/.test(line) ? [`${path}:${at + 1}: left for later`] : []));

/** Calls `judge` for every node and puts the place in front of what it says. */
function findings(source: Source, judge: (visited: Visited) => string | null): Violation[] {
  return source.nodes.flatMap((visited) => {
    const said = judge(visited);
    return said === null ? [] : [`${source.path}:${source.lineOf(visited.node)}: ${said}`];
  });
}
