import { afterEach, beforeEach, expect, it } from 'vitest';
import { startRegistry } from './fixtures.ts';
import type { TestRegistry } from './fixtures.ts';

let registry: TestRegistry;
beforeEach(async () => {
  registry = await startRegistry();
});
afterEach(() => registry.close());

const schemaType = 'JSON';
const open = (properties: object): object => ({ type: 'object', properties });

it('JSON Schema is kept as it was written, but for white space', async () => {
  const text =
    '{ "type" : "object",\n "properties": {"b": {"maximum": 1.0}, "1": {"type": "string", "pattern": " \\" "}} }';
  expect(await registry.register('j', text, { schemaType })).toBe(1);
  const { schema, schemaType: type } = (await registry.ok('GET /subjects/j/versions/1')) as Record<string, unknown>;
  expect([schema, type]).toEqual([
    '{"type":"object","properties":{"b":{"maximum":1.0},"1":{"type":"string","pattern":" \\" "}}}',
    'JSON',
  ]);
  expect(await registry.ok('POST /subjects/j', { schema: text, schemaType })).toMatchObject({
    id: 1,
    schemaType: 'JSON',
  });
  expect(await registry.ok('GET /schemas/ids/1')).toMatchObject({ schemaType: 'JSON' });
  expect(await registry.error('POST /subjects/j/versions', { schema: '{', schemaType })).toMatch(
    /^422 42201 Invalid schema of type JSON, details: .*Invalid JSON/,
  );
});

it('JSON Schema is compared by its own rules', async () => {
  await registry.register('j', open({ a: { type: 'string' } }), { schemaType });
  const next = { schema: JSON.stringify(open({ a: { type: 'string' }, b: { type: 'string' } })), schemaType };
  expect(await registry.ok('POST /compatibility/subjects/j/versions/latest?verbose=true', next)).toEqual({
    is_compatible: false,
    messages: [
      `{errorType:"OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL", description:"The new schema has an open content model and has a property or item at path '#/properties/b' which is missing in the old schema'}`,
      '{oldSchemaVersion: 1}',
      `{oldSchema: '${JSON.stringify(open({ a: { type: 'string' } }))}'}`,
      "{validateFields: 'false', compatibility: 'BACKWARD'}",
    ],
  });
  await registry.ok('PUT /config/j', { compatibility: 'FULL', compatibilityPolicy: 'lenient' });
  expect(await registry.ok('POST /compatibility/subjects/j/versions/latest', next)).toEqual({ is_compatible: true });
  await registry.ok('PUT /config/j', { compatibility: 'FORWARD', compatibilityPolicy: null });
  expect(await registry.ok('POST /subjects/j/versions', next)).toMatchObject({ id: 2, version: 2 });
});

it('JSON Schema refers to other subjects', async () => {
  await registry.register('inner', { type: 'string', $id: 'inner.json' }, { schemaType });
  const outer = open({ a: { $ref: 'inner.json' } });
  expect(await registry.error('POST /subjects/outer/versions', { schema: JSON.stringify(outer), schemaType })).toMatch(
    /Unresolved \$ref 'inner.json'$/,
  );
  const references = [{ name: 'inner.json', subject: 'inner', version: 1 }];
  expect(await registry.register('outer', outer, { schemaType, references })).toBe(2);
  expect(await registry.ok('GET /subjects/inner/versions/1/referencedby')).toEqual([2]);
});

it('normalize sorts the names of a JSON Schema', async () => {
  const one = { schema: '{"type":"string","minLength":1}', schemaType };
  const other = { schema: '{"minLength":1,"type":"string"}', schemaType };
  expect(await registry.ok('POST /subjects/j/versions?normalize=true', one)).toMatchObject({
    id: 1,
    schema: other.schema,
  });
  expect(await registry.ok('POST /subjects/j?normalize=true', other)).toMatchObject({ id: 1 });
});

it('another type than before is not compatible', async () => {
  await registry.register('s', '"string"');
  expect(await registry.error('POST /subjects/s/versions', { schema: '{"type":"string"}', schemaType })).toBe(
    `409 409 Schema being registered is incompatible with an earlier schema for subject "s", details: [Incompatible because of different schema type, {validateFields: 'false', compatibility: 'BACKWARD'}]`,
  );
});

it('Protobuf is kept as the registry prints it, and found however it was written', async () => {
  const schemaType = 'PROTOBUF';
  const text = 'syntax = "proto3"; /* x */ message A { int32 a = 1;\n\n string b = 2; }';
  expect(await registry.register('p', text, { schemaType })).toBe(1);
  const printed = 'syntax = "proto3";\n\nmessage A {\n  int32 a = 1;\n  string b = 2;\n}\n';
  expect(await registry.ok('GET /schemas/ids/1')).toMatchObject({ schema: printed, schemaType });
  expect(await registry.ok('GET /schemas/types')).toEqual(['JSON', 'PROTOBUF', 'AVRO']);
  expect(await registry.register('p', printed, { schemaType })).toBe(1);
  // The compiled file of the same schema, as Python's serializer sends it.
  const { schema: compiled } = (await registry.ok('GET /schemas/ids/1?format=serialized')) as { schema: string };
  expect(await registry.ok('POST /subjects/p', { schema: compiled, schemaType })).toMatchObject({ id: 1, version: 1 });
  expect(await registry.error('POST /subjects/p/versions', { schema: 'message A {', schemaType })).toMatch(
    /^422 42201 Invalid schema of type PROTOBUF, details: .*Syntax error in :1:12: unexpected end of file$/,
  );
});

it('Protobuf is compared by its own rules, and refers to other subjects', async () => {
  const schemaType = 'PROTOBUF';
  await registry.register('inner', 'syntax = "proto3"; message I { int32 x = 1; }', { schemaType });
  const outer = 'syntax = "proto3"; import "inner.proto"; message A { I i = 1; }';
  expect(await registry.error('POST /subjects/outer/versions', { schema: outer, schemaType })).toMatch(
    /Could not find the import "inner.proto"$/,
  );
  const references = [{ name: 'inner.proto', subject: 'inner', version: 1 }];
  expect(await registry.register('outer', outer, { schemaType, references })).toBe(2);
  expect(await registry.ok('GET /subjects/inner/versions/1/referencedby')).toEqual([2]);
  const next = { schema: 'syntax = "proto3"; message I { string x = 1; }', schemaType };
  expect(await registry.ok('POST /compatibility/subjects/inner/versions/latest?verbose=true', next)).toEqual({
    is_compatible: false,
    messages: [
      `{errorType:"FIELD_SCALAR_KIND_CHANGED", description:"The kind of a SCALAR field at path '#/I/1' in the new schema does not match its kind in the old schema"}`,
      '{oldSchemaVersion: 1}',
      `{oldSchema: 'syntax = "proto3";\n\nmessage I {\n  int32 x = 1;\n}\n'}`,
      "{validateFields: 'false', compatibility: 'BACKWARD'}",
    ],
  });
  expect(await registry.error('POST /subjects/inner/versions', next)).toMatch(/^409 409 /);
  const wider = { schema: 'syntax = "proto3"; message I { int32 x = 1; string y = 2; }', schemaType };
  expect(await registry.ok('POST /subjects/inner/versions', wider)).toMatchObject({ version: 2 });
});
