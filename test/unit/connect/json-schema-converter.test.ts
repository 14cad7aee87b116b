import { describe, expect, it } from 'vitest';
import { jsonSchemaConverter } from '../../../src/connect/converters/json-schema-converter.ts';
import type { JsonSchemaConverterOptions } from '../../../src/connect/converters/json-schema-converter.ts';
import { logicalNames } from '../../../src/connect/data/schema.ts';
import type { ConnectField, ConnectSchema, ConnectValue } from '../../../src/connect/data/schema.ts';
import { FakeRegistry } from './fixtures.ts';

const of = (type: ConnectSchema['type'], more: Partial<ConnectSchema> = {}): ConnectSchema => ({
  type,
  optional: false,
  ...more,
});
const struct = (fields: readonly ConnectField[], name?: string): ConnectSchema =>
  of('STRUCT', { fields, ...(name === undefined ? {} : { name }) });

async function converted(
  schema: ConnectSchema,
  value: ConnectValue,
  more: Partial<JsonSchemaConverterOptions> = {},
): Promise<{ readonly registered: unknown; readonly text: string | undefined }> {
  const registry = new FakeRegistry();
  const options: JsonSchemaConverterOptions = {
    ...{ registryUrl: 'http://r', autoRegister: true, subjectStrategy: 'TopicNameStrategy' },
    ...{ decimals: 'BASE64', replaceNull: true, additionalProperties: true, ...more },
  };
  const encode = await jsonSchemaConverter(options, { isKey: false, registryAt: () => registry }).prepare('t', schema);
  const bytes = encode(value);
  const [subject, given] = registry.registered[0] ?? [];
  expect(subject).toBe('t-value');
  if (bytes !== null) expect(Buffer.from(bytes).subarray(0, 5).toString('hex')).toMatch(/^00000000/);
  return {
    registered: JSON.parse(given ?? 'null'),
    text: bytes === null ? undefined : Buffer.from(bytes).subarray(5).toString(),
  };
}

describe('the JSON Schema converter', () => {
  it('keeps order, names, types, defaults and what is optional', async () => {
    const schema = struct(
      [
        { name: 'id', schema: of('INT64') },
        { name: 'note', schema: of('STRING', { optional: true, doc: 'What they said' }) },
        { name: 'rate', schema: of('FLOAT32', { default: 1.5 }) },
        { name: 'tags', schema: of('ARRAY', { valueSchema: of('STRING', { optional: true }) }) },
        { name: 'counts', schema: of('MAP', { keySchema: of('STRING'), valueSchema: of('INT8') }) },
        { name: 'inner', schema: struct([{ name: 'raw', schema: of('BYTES') }], 'shop.Inner') },
        { name: 'at', schema: of('INT64', { name: logicalNames.timestamp, version: 1 }) },
        {
          name: 'price',
          schema: of('BYTES', { name: logicalNames.decimal, version: 1, parameters: new Map([['scale', '2']]) }),
        },
      ],
      'shop.Order',
    );
    const { registered, text } = await converted(schema, {
      ...{ id: 9_007_199_254_740_993n, note: null, rate: null, tags: ['a', null], counts: new Map([['x', 1]]) },
      ...{ inner: { raw: Buffer.from([1, 2]) }, at: 1000, price: Buffer.from([0x04, 0xd2]) },
    });
    expect(registered).toEqual({
      type: 'object',
      title: 'shop.Order',
      properties: {
        id: { type: 'integer', 'connect.type': 'int64', 'connect.index': 0 },
        note: { oneOf: [{ type: 'null' }, { type: 'string', description: 'What they said' }], 'connect.index': 1 },
        rate: { type: 'number', default: 1.5, 'connect.type': 'float32', 'connect.index': 2 },
        tags: { type: 'array', items: { oneOf: [{ type: 'null' }, { type: 'string' }] }, 'connect.index': 3 },
        counts: {
          ...{ type: 'object', additionalProperties: { type: 'integer', 'connect.type': 'int8' } },
          ...{ 'connect.type': 'map', 'connect.index': 4 },
        },
        inner: {
          ...{ type: 'object', title: 'shop.Inner', 'connect.index': 5 },
          properties: { raw: { type: 'string', 'connect.type': 'bytes', 'connect.index': 0 } },
        },
        at: {
          ...{ type: 'integer', title: logicalNames.timestamp, 'connect.type': 'int64' },
          ...{ 'connect.version': 1, 'connect.index': 6 },
        },
        price: {
          ...{ type: 'number', title: logicalNames.decimal, 'connect.type': 'bytes', 'connect.version': 1 },
          ...{ 'connect.parameters': { scale: '2' }, 'connect.index': 7 },
        },
      },
    });
    expect(text).toBe(
      '{"id":9007199254740993,"note":null,"rate":1.5,"tags":["a",null],"counts":{"x":1},"inner":{"raw":"AQI="},"at":1000,"price":"BNI="}',
    );
  });

  it('obeys its options', async () => {
    const schema = struct([
      { name: 'd', schema: of('BYTES', { name: logicalNames.decimal, parameters: new Map([['scale', '2']]) }) },
      { name: 'n', schema: of('INT32', { optional: true, default: 7 }) },
    ]);
    const options = { decimals: 'NUMERIC', replaceNull: false, additionalProperties: false } as const;
    const { registered, text } = await converted(schema, { d: Buffer.from([0x04, 0xd2]), n: null }, options);
    expect(registered).toMatchObject({ additionalProperties: false });
    expect(text).toBe('{"d":12.34,"n":null}');
  });

  it('passes on nulls, and refuses a schema that contains itself', async () => {
    expect((await converted(of('STRING', { optional: true }), null)).text).toBeUndefined();
    const endless: ConnectSchema = of('STRUCT', { name: 'Node' });
    endless.fields = [{ name: 'next', schema: endless }];
    await expect(converted(endless, {})).rejects.toThrow('cannot hold a schema that contains itself');
  });
});
