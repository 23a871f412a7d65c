// The decision's JSON Schema in the forms that vendors accept: they refuse a union at the root, and some demand
// that every field be required. The answer is parsed strictly afterwards, so these forms only have to help.
import { isPlainObject } from '../../lib/digest.ts';

type Schema = Record<string, unknown>;

/** The kinds' fields side by side in one object: `action` is an enum, what only some kinds have is optional. */
export function flatSchema(union: Schema): Schema {
  const options = [union.oneOf, union.anyOf, [union]].find(Array.isArray)?.filter(isPlainObject) ?? [];
  const properties: Record<string, Schema> = {};
  const kinds: unknown[] = [];
  for (const option of options) {
    if (!isPlainObject(option.properties)) continue;
    for (const [field, value] of Object.entries(option.properties)) {
      if (!isPlainObject(value)) continue;
      if (field === 'action') kinds.push(value.const);
      else properties[field] = field in properties ? either(properties[field] ?? {}, plain(value)) : plain(value);
    }
  }
  return {
    type: 'object',
    properties: { action: { type: 'string', enum: kinds }, ...properties },
    required: ['action'],
    additionalProperties: false,
  };
}

/** What every vendor and client knows. Formats, patterns and bounds are refused by some (one then drops the schema without a word). */
const PLAIN_KEYS: ReadonlySet<string> = new Set(['type', 'enum', 'const', 'description', 'required', 'additionalProperties']);

function plain(node: Schema): Schema {
  const parts: Schema = {};
  for (const [key, value] of Object.entries(node)) {
    if (PLAIN_KEYS.has(key)) parts[key] = value;
    else if ((key === 'anyOf' || key === 'oneOf') && Array.isArray(value)) parts.anyOf = value.filter(isPlainObject).map(plain);
    else if (key === 'items' && isPlainObject(value)) parts.items = plain(value);
    else if (key === 'properties' && isPlainObject(value))
      parts.properties = Object.fromEntries(
        Object.entries(value).flatMap(([name, inner]) => (isPlainObject(inner) ? [[name, plain(inner)]] : [])),
      );
  }
  return parts;
}

/** A field of the same name in two kinds: the same schema once, two schemas as alternatives. */
function either(known: Schema, other: Schema): Schema {
  const alternatives = Array.isArray(known.anyOf) && Object.keys(known).length === 1 ? known.anyOf : [known];
  if (alternatives.some((it) => shape(it) === shape(other))) return known;
  return { anyOf: [...alternatives, other] };
}

/** Two fields that differ only in their sentence are the same field. */
function shape(schema: unknown): string {
  return JSON.stringify(schema, (key, value) => (key === 'description' ? undefined : value));
}

/** For vendors' strict mode: every field required and nullable, nothing free-form. `withoutNulls` undoes it in the answer. */
export function strictSchema(union: Schema): Schema {
  const strict = strictNode(flatSchema(union));
  return strict ?? { type: 'object', properties: {}, required: [], additionalProperties: false };
}

const STRICT_KEYS: ReadonlySet<string> = new Set(['type', 'enum', 'const', 'description']);

/** Null when the node says nothing that strict mode can express (a free-form object). */
function strictNode(node: unknown): Schema | null {
  if (!isPlainObject(node)) return null;
  const alternatives = [node.anyOf, node.oneOf].find(Array.isArray);
  if (alternatives) return strictUnion(alternatives);
  if (isPlainObject(node.properties)) return node.additionalProperties === false ? strictObject(node.properties, node.required) : null;
  if (node.type === 'array') {
    const items = strictNode(node.items);
    return items && { type: 'array', items };
  }
  if (node.type === 'object' || (node.type === undefined && node.enum === undefined && node.const === undefined)) return null;
  return Object.fromEntries(Object.entries(node).filter(([key]) => STRICT_KEYS.has(key)));
}

function strictUnion(alternatives: unknown[]): Schema | null {
  const known = alternatives.map(strictNode).filter((it) => it !== null);
  const [only, ...more] = known;
  return more.length === 0 ? (only ?? null) : { anyOf: known };
}

/** Null when a field that must be there cannot be expressed. */
function strictObject(properties: Schema, required: unknown): Schema | null {
  const must = new Set(Array.isArray(required) ? required : []);
  const kept: Record<string, Schema> = {};
  for (const [field, value] of Object.entries(properties)) {
    const strict = strictNode(value);
    if (!strict && must.has(field)) return null;
    if (strict) kept[field] = must.has(field) ? strict : { anyOf: [strict, { type: 'null' }] };
  }
  return { type: 'object', properties: kept, required: Object.keys(kept), additionalProperties: false };
}

/** The object's text without its null fields; any other text as it is. */
export function withoutNulls(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return isPlainObject(value) ? JSON.stringify(value, (_key, inner: unknown) => (inner === null ? undefined : inner)) : text;
  } catch {
    return text;
  }
}
