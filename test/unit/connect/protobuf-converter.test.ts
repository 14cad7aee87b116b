import { describe, expect, it } from 'vitest';
import { protobufConverter } from '../../../src/connect/converters/protobuf-converter.ts';
import { toProtoText } from '../../../src/connect/data/proto-data.ts';
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

async function encoded(schema: ConnectSchema, value: ConnectValue): Promise<string | undefined> {
  const registry = new FakeRegistry();
  const options = { registryUrl: 'http://r', autoRegister: true, subjectStrategy: 'TopicNameStrategy' } as const;
  const encode = await protobufConverter(options, { isKey: false, registryAt: () => registry }).prepare('t', schema);
  expect(registry.registered.map(([subject]) => subject)).toEqual(['t-value']);
  const bytes = encode(value);
  return bytes === null ? undefined : Buffer.from(bytes).toString('hex');
}

describe('the Protobuf converter', () => {
  it('makes messages of structs, with packages, nested messages, lists, maps and well-known types', () => {
    const schema = struct(
      [
        { name: 'id', schema: of('INT64') },
        { name: 'tags', schema: of('ARRAY', { valueSchema: of('STRING') }) },
        { name: 'counts', schema: of('MAP', { keySchema: of('STRING'), valueSchema: of('INT32') }) },
        { name: 'inner', schema: struct([{ name: 'x', schema: of('FLOAT64') }], 'shop.Inner') },
        { name: 'bare', schema: struct([{ name: 'y', schema: of('BYTES') }]) },
        { name: 'at', schema: of('INT64', { name: logicalNames.timestamp, version: 1 }) },
        { name: 'small', schema: of('INT16') },
      ],
      'shop.Order',
    );
    const text = toProtoText(schema);
    expect(text).toContain('package shop;');
    expect(text).toContain('import "google/protobuf/timestamp.proto";');
    for (const line of [
      'int64 id = 1;',
      'repeated string tags = 2;',
      'map<string, int32> counts = 3;',
      'Inner inner = 4;',
      'ConnectDefault1 bare = 5;',
      'google.protobuf.Timestamp at = 6;',
      'message Inner {',
      'message ConnectDefault1 {',
    ])
      expect(text).toContain(line);
    expect(text).toMatch(/int32 small = 7 \[\(confluent\.field_meta\) = \{/);
  });

  it.each<[string, ConnectSchema, ConnectValue, string]>([
    ['a number', of('INT32'), 300, '08ac02'],
    ['a negative number', of('INT32'), -1, '08ffffffffffffffffff01'],
    ['a text', of('STRING'), 'Acme', '0a0441636d65'],
    ['nothing', of('STRING'), '', ''],
    ['null', { type: 'STRING', optional: true }, null, ''],
    ['a double', of('FLOAT64'), 1.5, '09000000000000f83f'],
    ['a list of numbers, packed', of('ARRAY', { valueSchema: of('INT32') }), [1, 0, 300], '0a040100ac02'],
    ['a list of texts', of('ARRAY', { valueSchema: of('STRING') }), ['a', ''], '0a01610a00'],
    ['a map', of('MAP', { keySchema: of('STRING'), valueSchema: of('INT32') }), new Map([['k', 1]]), '0a050a016b1001'],
    ['a struct', struct([{ name: 'x', schema: of('BOOLEAN') }]), { x: true }, '0a020801'],
    ['a timestamp', of('INT64', { name: logicalNames.timestamp }), 1500, '0a0808011080cab5ee01'],
    ['a date', of('INT32', { name: logicalNames.date }), 19_068, '0a0708e60f10031811'],
  ])('writes %s', async (_what, schema, value, hex) => {
    expect(await encoded(struct([{ name: 'f', schema }], 'M'), { f: value })).toBe(`000000000100${hex}`);
  });

  it('refuses what no message can be, and nulls that are not allowed', async () => {
    expect(() => toProtoText(of('STRING'))).toThrow('Unsupported root schema of type STRING');
    await expect(encoded(struct([{ name: 'f', schema: of('INT32') }], 'M'), { f: null })).rejects.toThrow(
      'Invalid value: null used for required field: "f", schema type: INT32',
    );
  });
});
