import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { actionJsonSchema, kinds } from '../../../src/actions/index.ts';
import { flatSchema, strictSchema, withoutNulls } from '../../../src/decide/deciders/schema.ts';
import { isPlainObject } from '../../../src/lib/digest.ts';

const union = actionJsonSchema();

/** Every node of a schema that says what an object may hold. */
function objectNodes(node: unknown): Record<string, unknown>[] {
  if (Array.isArray(node)) return node.flatMap(objectNodes);
  if (!isPlainObject(node)) return [];
  const inner = Object.values(node).flatMap(objectNodes);
  return node.type === 'object' ? [node, ...inner] : inner;
}

test('the flat schema is one object with every kind and every field', () => {
  const flat = flatSchema(union);
  expect(Object.keys(flat)).toEqual(['type', 'properties', 'required', 'additionalProperties']);
  const properties = flat.properties as Record<string, { enum?: unknown }>;
  expect(properties.action?.enum).toEqual(kinds.map((kind) => kind.kind));
  for (const kind of kinds) expect(Object.keys(properties)).toEqual(expect.arrayContaining(Object.keys(kind.input.shape)));
  expect(Object.keys(properties)).toEqual(expect.arrayContaining(['journal', 'because', 'goal', 'beat', 'next_interval_s']));
});

test('the flat schema says nothing that a vendor or client may refuse', () => {
  expect(JSON.stringify(flatSchema(union))).not.toMatch(
    /"(oneOf|allOf|pattern|format|minLength|maxLength|minItems|maxItems|minimum|maximum|\$ref|\$schema)":/,
  );
});

test('a field that two kinds have in two forms may have either', () => {
  const two = z.toJSONSchema(
    z.discriminatedUnion('action', [
      z.strictObject({ action: z.literal('a'), at: z.string().describe('one'), same: z.int() }),
      z.strictObject({ action: z.literal('b'), at: z.int().describe('two'), same: z.int().describe('again') }),
    ]),
  );
  const { properties } = flatSchema(two) as { properties: Record<string, Record<string, unknown>> };
  expect(properties.at?.anyOf).toMatchObject([{ type: 'string' }, { type: 'integer' }]);
  expect(properties.same).toMatchObject({ type: 'integer' });
});

describe('the strict schema', () => {
  test('requires every field, allows no other, and says nothing that strict mode refuses', () => {
    const strict = strictSchema(union);
    for (const node of objectNodes(strict)) {
      expect(node.additionalProperties).toBe(false);
      expect(node.required).toEqual(Object.keys(node.properties as object));
    }
    expect(JSON.stringify(strict)).not.toMatch(/"(oneOf|pattern|minLength|maxItems|\$ref|propertyNames)":/);
    expect(strict).toMatchObject({ properties: { action: { type: 'string' }, cmd: { anyOf: [{ type: 'string' }, { type: 'null' }] } } });
  });

  test('leaves out what it cannot express, rather than half of it', () => {
    const { properties } = strictSchema(union) as { properties: Record<string, unknown> };
    expect(properties.options).toEqual({ anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'null' }] });
  });

  test('is undone in the answer', () => {
    expect(withoutNulls('{"action":"noop","cmd":null,"options":[{"label":"a","do":null}]}')).toBe(
      '{"action":"noop","options":[{"label":"a"}]}',
    );
    expect(withoutNulls('Sure: {"cmd":null}')).toBe('Sure: {"cmd":null}');
    expect(withoutNulls('[null]')).toBe('[null]');
  });
});
