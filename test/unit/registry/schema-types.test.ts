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

it('PROTOBUF is refused, with a reason', async () => {
  expect(await registry.error('POST /subjects/p/versions', { schema: 'message A {}', schemaType: 'PROTOBUF' })).toBe(
    '422 42201 Schemas of type PROTOBUF cannot be registered here yet; AVRO and JSON can.',
  );
});
