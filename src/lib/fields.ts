// The fields of a schema, read off its JSON Schema, so that argv, help and docs share one reader.
import * as z from 'zod';

export interface Field {
  name: string;
  /** The described sentence, or "". */
  sentence: string;
  required: boolean;
  type: 'string' | 'number' | 'boolean' | 'list' | 'map' | 'value';
  /** The words it may be, when they are few. */
  choices: string[] | null;
  default: unknown;
  /** Whatever else `.meta()` said. */
  meta: Record<string, unknown>;
  /** The fields of an object, or of each object in a list. */
  fields: Field[];
}

interface Node {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Node[];
  items?: Node;
  properties?: Record<string, Node>;
  required?: string[];
  [key: string]: unknown;
}

export function fieldsOf(schema: z.ZodType): Field[] {
  return fieldsOfNode(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Node); // zod's own output: JSON Schema
}

function fieldsOfNode(node: Node): Field[] {
  return Object.entries(node.properties ?? {}).map(([name, property]) => ({
    name,
    sentence: property.description ?? '',
    required: node.required?.includes(name) ?? false,
    type: typeOf(property),
    choices: property.enum ? property.enum.map(String) : null,
    default: property.default,
    meta: property,
    fields: fieldsOfNode(property.type === 'array' ? (property.items ?? {}) : property),
  }));
}

function typeOf(node: Node): Field['type'] {
  const type = node.type ?? node.anyOf?.[0]?.type;
  if (type === 'integer' || type === 'number') return 'number';
  if (type === 'string' || type === 'boolean') return type;
  if (type === 'array') return 'list';
  return type === 'object' ? 'map' : 'value';
}
