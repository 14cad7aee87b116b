/** Bytes of converters, as those of Kafka Connect 4.3.1 wrote them for the same data. */
import { expect, it } from 'vitest';
import { parseAvroSchema } from '../../../src/formats/avro/schema.ts';
import { avroCodec } from '../../../src/formats/avro/codec.ts';
import { toAvroJson, toConnectSchema } from '../../../src/connect/data/avro-data.ts';
import { int64 } from '../../../src/connect/data/schema.ts';
import type { ConnectSchema, ConnectValue } from '../../../src/connect/data/schema.ts';
import { converters, findPlugin, headerConverters } from '../../../src/connect/plugins.ts';
import { FakeRegistry } from './fixtures.ts';

const schema: ConnectSchema = {
  type: 'STRUCT',
  optional: false,
  name: 'commercialrating',
  fields: [
    { name: 'brand', schema: { type: 'STRING', optional: false } },
    { name: 'duration', schema: { type: 'INT32', optional: false } },
    { name: 'f', schema: { type: 'FLOAT64', optional: true } },
    { name: 'l', schema: { type: 'ARRAY', optional: false, valueSchema: { type: 'STRING', optional: false } } },
    {
      name: 'm',
      schema: {
        type: 'MAP',
        optional: true,
        keySchema: { type: 'STRING', optional: false },
        valueSchema: { type: 'INT64', optional: true },
      },
    },
    { name: 'by', schema: { type: 'BYTES', optional: false } },
    {
      name: 't',
      schema: { type: 'INT64', optional: false, name: 'org.apache.kafka.connect.data.Timestamp', version: 1 },
    },
    {
      name: 'd',
      schema: {
        type: 'BYTES',
        optional: false,
        name: 'org.apache.kafka.connect.data.Decimal',
        version: 1,
        parameters: new Map([['scale', '2']]),
      },
    },
    { name: 'fl', schema: { type: 'FLOAT32', optional: false } },
    {
      name: 'en',
      schema: { type: 'STRING', optional: false, parameters: new Map([['io.confluent.connect.avro.Enum', 'x']]) },
    },
  ],
};
const value: ConnectValue = {
  brand: 'Ac"m\u00e9\u0001/e',
  duration: 0,
  f: null,
  l: ['x', 'y'],
  m: new Map<string, ConnectValue>([
    ['a', 1],
    ['b', null],
  ]),
  by: Buffer.from([1, 2, 255]),
  t: 1_700_000_000_000,
  d: Buffer.from([125]),
  fl: Math.fround(0.1),
  en: 'A',
};

async function convert(
  name: string,
  options: Record<string, string>,
  type: ConnectSchema,
  one: ConnectValue,
  registry = new FakeRegistry(),
): Promise<Buffer | null> {
  const plugin = findPlugin([...converters, ...headerConverters], name);
  const encode = await plugin?.create(options, { isKey: false, registryAt: () => registry }).prepare('t', type);
  const bytes = encode?.(one) ?? null;
  return bytes === null ? null : Buffer.from(bytes);
}

const bare =
  '{"brand":"Ac\\"mé\\u0001/e","duration":0,"f":null,"l":["x","y"],"m":{"a":1,"b":null},"by":"AQL/","t":1700000000000,"d":"fQ==","fl":0.1,"en":"A"}';

it('JSON without schema', async () => {
  expect(String(await convert('JsonConverter', { 'schemas.enable': 'false' }, schema, value))).toBe(bare);
  const numeric = { 'schemas.enable': 'false', 'decimal.format': 'NUMERIC' };
  expect(String(await convert('Json', numeric, schema, { ...value, f: 1e21 } as ConnectValue))).toBe(
    bare.replace('"fQ=="', '1.25').replace('"f":null', '"f":1.0E21'),
  );
  expect(
    String(await convert('JsonConverter', { 'schemas.enable': 'false' }, { type: 'STRING', optional: true }, null)),
  ).toBe('null');
});

it('JSON with schema, the default', async () => {
  expect(String(await convert('org.apache.kafka.connect.json.JsonConverter', {}, schema, value))).toBe(
    `{"schema":{"type":"struct","fields":[{"type":"string","optional":false,"field":"brand"},{"type":"int32","optional":false,"field":"duration"},{"type":"double","optional":true,"field":"f"},{"type":"array","items":{"type":"string","optional":false},"optional":false,"field":"l"},{"type":"map","keys":{"type":"string","optional":false},"values":{"type":"int64","optional":true},"optional":true,"field":"m"},{"type":"bytes","optional":false,"field":"by"},{"type":"int64","optional":false,"name":"org.apache.kafka.connect.data.Timestamp","version":1,"field":"t"},{"type":"bytes","optional":false,"name":"org.apache.kafka.connect.data.Decimal","version":1,"parameters":{"scale":"2"},"field":"d"},{"type":"float","optional":false,"field":"fl"},{"type":"string","optional":false,"parameters":{"io.confluent.connect.avro.Enum":"x"},"field":"en"}],"optional":false,"name":"commercialrating"},"payload":${bare}}`,
  );
  expect(String(await convert('JsonConverter', {}, int64, 7))).toBe(
    '{"schema":{"type":"int64","optional":false},"payload":7}',
  );
});

it('texts as Java prints them', async () => {
  expect(String(await convert('StringConverter', {}, schema, value))).toBe(
    'Struct{brand=Ac"mé\u0001/e,duration=0,l=[x, y],m={a=1, b=null},by=java.nio.HeapByteBuffer[pos=0 lim=3 cap=3],t=Tue Nov 14 22:13:20 UTC 2023,d=1.25,fl=0.1,en=A}',
  );
  expect(String(await convert('SimpleHeaderConverter', {}, int64, 17))).toBe('17');
  expect(
    (
      await convert('StringConverter', { 'converter.encoding': 'ISO-8859-1' }, { type: 'STRING', optional: false }, 'é')
    )?.toString('hex'),
  ).toBe('e9');
  expect(await convert('StringConverter', {}, { type: 'STRING', optional: true }, null)).toBe(null);
});

it('single numbers, truth values and bytes', async () => {
  const hex = async (name: string, type: ConnectSchema['type'], one: ConnectValue): Promise<string | undefined> =>
    (await convert(name, {}, { type, optional: true }, one))?.toString('hex');
  expect(await hex('LongConverter', 'INT64', 17)).toBe('0000000000000011');
  expect(await hex('LongConverter', 'INT64', -1n)).toBe('ffffffffffffffff');
  expect(await hex('IntegerConverter', 'INT32', -2)).toBe('fffffffe');
  expect(await hex('ShortConverter', 'INT16', 3)).toBe('0003');
  expect(await hex('DoubleConverter', 'FLOAT64', 1)).toBe('3ff0000000000000');
  expect(await hex('FloatConverter', 'FLOAT32', 1)).toBe('3f800000');
  expect(await hex('BooleanConverter', 'BOOLEAN', true)).toBe('01');
  expect(await hex('ByteArrayConverter', 'BYTES', Buffer.from([5]))).toBe('05');
  expect(await hex('LongConverter', 'INT64', null)).toBe(undefined);
  await expect(hex('LongConverter', 'INT32', 1)).rejects.toThrow(
    'Failed to serialize to long (was class java.lang.Integer): ',
  );
  await expect(hex('ByteArrayConverter', 'STRUCT', null)).rejects.toThrow(
    'Invalid schema type for ByteArrayConverter: STRUCT',
  );
  await expect(hex('BooleanConverter', 'STRING', null)).rejects.toThrow(
    'Invalid schema type for BooleanConverter: STRING',
  );
});

const nested = {
  type: 'record',
  name: 'Order',
  namespace: 'shop',
  doc: 'An order.',
  fields: [
    { name: 'id', type: 'long', doc: 'Its number.' },
    { name: 'state', type: { type: 'enum', name: 'State', symbols: ['NEW', 'DONE'] } },
    { name: 'note', type: ['null', 'string'], default: null },
    { name: 'count', type: 'int', default: 3 },
    { name: 'either', type: ['string', 'long'] },
    { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 6, scale: 2 } },
    { name: 'day', type: { type: 'int', logicalType: 'date' } },
    { name: 'next', type: ['null', 'Order'], default: null },
    { name: 'tags', type: { type: 'map', values: { type: 'array', items: 'string' } } },
  ],
};

it('an Avro schema goes through Connect as with AvroData', () => {
  const connect = toConnectSchema(parseAvroSchema(JSON.stringify(nested)));
  expect(toAvroJson(connect, { enhanced: false, metaData: true })).toEqual({
    type: 'record',
    name: 'Order',
    namespace: 'shop',
    doc: 'An order.',
    fields: [
      { name: 'id', type: 'long', doc: 'Its number.' },
      {
        name: 'state',
        type: {
          type: 'string',
          'connect.parameters': {
            'io.confluent.connect.avro.Enum': 'shop.State',
            'io.confluent.connect.avro.Enum.NEW': 'NEW',
            'io.confluent.connect.avro.Enum.DONE': 'DONE',
          },
          'connect.name': 'shop.State',
        },
      },
      { name: 'note', type: ['null', 'string'], default: null },
      { name: 'count', type: 'int', default: 3 },
      { name: 'either', type: ['string', 'long'] },
      {
        name: 'price',
        type: {
          type: 'bytes',
          scale: 2,
          precision: 6,
          'connect.version': 1,
          'connect.parameters': { scale: '2', 'connect.decimal.precision': '6' },
          'connect.name': 'org.apache.kafka.connect.data.Decimal',
          logicalType: 'decimal',
        },
      },
      {
        name: 'day',
        type: {
          type: 'int',
          'connect.version': 1,
          'connect.name': 'org.apache.kafka.connect.data.Date',
          logicalType: 'date',
        },
      },
      { name: 'next', type: ['null', 'shop.Order'], default: null },
      { name: 'tags', type: { type: 'map', values: { type: 'array', items: 'string' } } },
    ],
    'connect.parameters': {
      'io.confluent.connect.avro.record.doc': 'An order.',
      'io.confluent.connect.avro.field.doc.id': 'Its number.',
    },
    'connect.name': 'shop.Order',
  });
});

it.each([{}, { 'enhanced.avro.schema.support': 'true', 'connect.meta.data': 'false' }])(
  'Avro values decode with the registered schema: %j',
  async (more) => {
    const connect = toConnectSchema(parseAvroSchema(JSON.stringify(nested)));
    const order = (next: ConnectValue): ConnectValue => ({
      id: 2n ** 60n,
      state: 'DONE',
      note: 'é',
      count: -5,
      either: { string: null, long: 9 },
      price: Buffer.from([0, 200]),
      day: 19000,
      next,
      tags: new Map([['a'.repeat(70), ['x']]]),
    });
    const registry = new FakeRegistry();
    const bytes = await convert(
      'AvroConverter',
      { 'schema.registry.url': 'http://x', ...more },
      connect,
      order(order(null)),
      registry,
    );
    const [subject, text] = registry.registered[0] ?? ['', ''];
    expect(subject).toBe('t-value');
    expect(bytes?.subarray(0, 5)).toEqual(Buffer.from([0, 0, 0, 0, 1]));
    const plain = (next: unknown): unknown => ({ ...(order(null) as object), either: 9, next });
    expect(avroCodec(parseAvroSchema(text)).decode(bytes ?? Buffer.alloc(0), 5)).toEqual(plain(plain(null)));
  },
);
