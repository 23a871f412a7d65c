// What flyball.yaml says, validated, with line, column and suggestion for what is wrong. The slow half of
// config.ts: loaded only when the file is new, broken or overlaid.
import type * as z from 'zod';
import { deciderLacks, deciderNames, deciderShape } from './decide/deciders/index.ts';
import { PersonError } from './errors.ts';
import { isPlainObject } from './lib/digest.ts';
import { type Field, fieldsOf } from './lib/fields.ts';
import { nearest } from './lib/nearest.ts';
import { readYaml, type YamlText } from './lib/yaml-text.ts';
import type { ConfigField, FileProblem } from './verbs/hands.ts';
import { type Settings, settingsSchema } from './world/settings.ts';

/** The settings with what each decider brings under its own name; nothing else may stand there. */
const use = settingsSchema.shape.decider.unwrap().shape.use.describe(`Who decides when no rule is eligible: ${deciderNames.join(', ')}.`);
const decider = settingsSchema.shape.decider
  .unwrap()
  .extend({ ...deciderShape(), use })
  .strict()
  .prefault({})
  .describe('Who decides.');
const whole = settingsSchema.extend({ decider }) as unknown as typeof settingsSchema; // `Settings` leaves the deciders' keys open

export type Env = Readonly<Record<string, string | undefined>>;

/** What is laid over the file. */
export interface Overlay {
  env: Env;
  /** What `--set KEY=VALUE` said, by path: `decider.use`. */
  flags: Readonly<Record<string, string>>;
}

export type ConfigText = { document: unknown; settings: Settings } | { problems: FileProblem[] };

export function readConfigText(text: string): ConfigText {
  const yaml = readYaml(text);
  if (yaml.problems.length > 0) {
    return { problems: yaml.problems.map(({ what, line, column }) => ({ file: FILE, line, column, what, next: null })) };
  }
  const document = yaml.value ?? {}; // an empty file says nothing
  if (!isPlainObject(document)) return { problems: [{ file: FILE, line: 1, column: 1, what: 'it is no map of settings', next: null }] };
  const parsed = whole.safeParse(document);
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, yaml, document));
    return { problems: problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)) };
  }
  const problems = furtherProblems(parsed.data).map(({ path, what, next }) => at(yaml.valueAt(path), `${spell(path)}: ${what}`, next));
  return problems.length > 0 ? { problems } : { document, settings: parsed.data };
}

/** The settings of a document that was well once; null when it no longer is. */
export function settingsOf(document: unknown): Settings | null {
  return whole.safeParse(document).data ?? null;
}

const FILE = 'flyball.yaml';

// ── what is wrong ──────────────────────────────────────────────────────────────────────────────────

function problemsOf(issue: z.core.$ZodIssue, yaml: YamlText, document: unknown): FileProblem[] {
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(issue.path);
    return issue.keys.map((key) => {
      const near = nearest(key, known);
      const next = near ? `did you mean "${near}"?` : `known here: ${known.join(', ')}`;
      return at(yaml.keyAt([...issue.path, key]), `unknown key "${spell([...issue.path, key])}"`, next);
    });
  }
  const near = issue.code === 'invalid_value' ? nearest(String(getAt(document, issue.path)), issue.values.map(String)) : null;
  return [at(yaml.valueAt(issue.path), `${spell(issue.path)}: ${sentence(issue, document)}`, near && `did you mean "${near}"?`)];
}

function at(place: { line: number; column: number }, what: string, next: string | null): FileProblem {
  return { file: FILE, line: place.line, column: place.column, what, next };
}

/** zod's own words, without its preamble, and with the value that was there. */
function sentence(issue: z.core.$ZodIssue, document: unknown): string {
  const words = issue.message.replace(/^Invalid (input|option): /, '').replaceAll('|', ' | ');
  if (issue.code === 'custom') return words;
  const value = getAt(document, issue.path);
  if (value === undefined) return words.replace(/expected (.*), received undefined/, 'is missing ($1)');
  if (words === 'Invalid input') return `it cannot be ${JSON.stringify(value)}`;
  return `${words}, not ${JSON.stringify(value)}`.replace(/, received \w+,/, ',');
}

interface Further {
  path: PropertyKey[];
  what: string;
  next: string | null;
}

function furtherProblems(settings: Settings): Further[] {
  const twice = (list: 'rules' | 'policies') =>
    settings[list].flatMap(({ name }, index) =>
      settings[list].findIndex((other) => other.name === name) < index
        ? [
            {
              path: [list, index, 'name'],
              what: `a second one is called "${name}"`,
              next: 'names are unique: `why` and the journal use them',
            },
          ]
        : [],
    );
  const zone =
    settings.tz !== undefined && !zoneExists(settings.tz)
      ? [{ path: ['tz'], what: `"${settings.tz}" is no time zone`, next: 'an IANA name, such as Europe/Zurich' }]
      : [];
  return [...twice('rules'), ...twice('policies'), ...zone, ...deciderProblems(settings)];
}

function deciderProblems({ decider }: Settings): Further[] {
  return (['use', 'fallback'] as const).flatMap((key) => {
    const name = decider[key];
    if (name === undefined) return [];
    if (deciderNames.includes(name)) {
      const lack = deciderLacks(name, decider);
      return lack === null
        ? []
        : [{ path: ['decider', key], what: `${name} is not set up: ${lack}`, next: `say it under decider.${name}` }];
    }
    const near = nearest(name, deciderNames);
    return [
      {
        path: ['decider', key],
        what: `there is no decider "${name}"`,
        next: near ? `did you mean "${near}"?` : `one of: ${deciderNames.join(', ')}`,
      },
    ];
  });
}

function zoneExists(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function keysAt(path: readonly PropertyKey[]): string[] {
  let fields = fieldsOf(whole);
  for (const key of path) {
    if (typeof key !== 'number') fields = fields.find(({ name }) => name === key)?.fields ?? [];
  }
  return fields.map(({ name }) => name);
}

/** `rules[0].when` */
export function spell(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text === '' ? String(key) : `${text}.${String(key)}`),
    '',
  );
}

// ── environment and flags ──────────────────────────────────────────────────────────────────────────

/** The document with environment and flags laid over it, parsed. */
export function readOverridden(document: unknown, source: Overlay): Settings {
  const merged = structuredClone(isPlainObject(document) ? document : {});
  for (const { path, text, said } of overrides(source)) {
    const field = scalars().find((candidate) => candidate.path === path);
    if (!field) {
      const near = nearest(
        path,
        scalars().map((candidate) => candidate.path),
      );
      throw new PersonError(`${said}: there is no setting "${path}"`, { hint: near ? `did you mean "${near}"?` : 'flyball config' });
    }
    setAt(merged, path.split('.'), typed(text, field.field.type));
    const parsed = whole.safeParse(merged);
    if (!parsed.success) throw new PersonError(`${said}: ${sentence(parsed.error.issues[0] ?? noIssue(), merged)}`);
  }
  return whole.parse(merged);
}

function noIssue(): never {
  throw new Error('a failed parse names no issue');
}

interface Override {
  path: string;
  text: string;
  source: 'environment' | 'flag';
  /** For messages: `FLYBALL_INTERVAL` or `--set interval`. */
  said: string;
}

/** Environment first, so that a flag laid over it wins. */
function overrides({ env, flags }: Overlay): Override[] {
  const fromEnv = scalars().flatMap(({ path }): Override[] => {
    const name = variable(path);
    const text = env[name];
    return text === undefined || text === '' ? [] : [{ path, text, source: 'environment', said: name }];
  });
  const fromFlags = Object.entries(flags).map(([path, text]): Override => ({ path, text, source: 'flag', said: `--set ${path}` }));
  return [...fromEnv, ...fromFlags];
}

/** `decider.timeout` → FLYBALL_DECIDER_TIMEOUT */
export function variable(path: string): string {
  return `FLYBALL_${path.replaceAll('.', '_').toUpperCase()}`;
}

function typed(text: string, type: Field['type']): unknown {
  if (type === 'boolean' && /^(true|false)$/.test(text)) return text === 'true';
  return type === 'number' && text.trim() !== '' && !Number.isNaN(Number(text)) ? Number(text) : text;
}

function setAt(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key = '', ...rest] = path;
  if (rest.length === 0) {
    target[key] = value;
    return;
  }
  const inner = isPlainObject(target[key]) ? target[key] : {};
  target[key] = inner;
  setAt(inner, rest, value);
}

// ── the list that `config` and the docs print ──────────────────────────────────────────────────────

export interface SettingField {
  path: string;
  field: Field;
}

/** Every setting that is one value (no list, no map), by its path. */
function scalars(): SettingField[] {
  return settingFields().filter(({ field }) => field.type !== 'list' && field.type !== 'map');
}

/** Every setting, by its path; a map with fields of its own is its fields. */
export function settingFields(fields = fieldsOf(whole), prefix = '', above = ''): SettingField[] {
  return fields.flatMap((field) => {
    const path = `${prefix}${field.name}`;
    if (field.type === 'map' && field.fields.length === 0 && field.meta.additionalProperties === false) return []; // nothing to set
    return field.type === 'map' && field.fields.length > 0
      ? settingFields(field.fields, `${path}.`, field.sentence)
      : [{ path, field: { ...field, sentence: field.sentence || above } }];
  });
}

export function listFields(settings: Settings, document: unknown, source: Overlay): ConfigField[] {
  const over = new Map(overrides(source).map((override) => [override.path, override.source]));
  return settingFields().map(({ path, field }) => ({
    path,
    value: getAt(settings, path.split('.')) ?? null,
    source: over.get(path) ?? (getAt(document, path.split('.')) === undefined ? 'default' : 'file'),
    sentence: field.sentence,
  }));
}

function getAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return value[Number(key)];
    return isPlainObject(value) && Object.hasOwn(value, key) ? value[String(key)] : undefined;
  }, root);
}
