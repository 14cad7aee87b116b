/**
 * confluent-kafka's Protobuf serializers and Google's own codec, against our registry and the engine's codec: what Python wrote is
 * read by a stream whose columns come from the schema that Python registered, and what the stream writes is read by Python.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { httpRegistry } from '../../../src/client/schema-registry.ts';
import { nodeHttp } from '../../../src/core/http.ts';
import { planDriver } from '../../../src/runtime/driver.ts';
import { Catalog } from '../../../src/sql/catalog/catalog.ts';
import type { RegisteredSchema } from '../../../src/sql/dialects/ksqldb/plan.ts';
import { parseKsql } from '../../../src/sql/dialects/ksqldb/parser.ts';
import { planStatement, withSchemaIds } from '../../../src/sql/dialects/ksqldb/planner.ts';
import { functionLookup } from '../../../src/sql/functions/lookup.ts';
import { typeText } from '../../../src/sql/types.ts';
import { confluentKafka, describePeer } from '../../peers.ts';
import { runRegistry, temporaryFolder } from './stack.ts';
import type { Folder, RunningRegistry } from './stack.ts';

const head = `
import json, sys
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, json_format, timestamp_pb2, wrappers_pb2
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer, ProtobufDeserializer
from confluent_kafka.serialization import SerializationContext, MessageField
c = SchemaRegistryClient({'url': sys.argv[1]})
F = descriptor_pb2.FieldDescriptorProto
f = descriptor_pb2.FileDescriptorProto(name='orders.proto', package='shop', syntax='proto3')
f.dependency.extend(['google/protobuf/timestamp.proto', 'google/protobuf/wrappers.proto'])
f.message_type.add(name='Other').field.add(name='x', number=1, type=F.TYPE_INT32, label=F.LABEL_OPTIONAL)
m = f.message_type.add(name='Order')
def add(name, number, type, label=F.LABEL_OPTIONAL, **more):
    return m.field.add(name=name, number=number, type=type, label=label, **more)
scalars = ['DOUBLE', 'FLOAT', 'INT32', 'INT64', 'UINT32', 'UINT64', 'SINT32', 'SINT64', 'FIXED32', 'FIXED64', 'SFIXED32', 'SFIXED64', 'BOOL', 'STRING', 'BYTES']
for i, s in enumerate(scalars):
    add('f_' + s.lower(), i + 1, getattr(F, 'TYPE_' + s))
add('list', 20, F.TYPE_SINT64, F.LABEL_REPEATED)
add('words', 21, F.TYPE_STRING, F.LABEL_REPEATED)
add('state', 22, F.TYPE_ENUM, type_name='.shop.Order.State')
add('line', 23, F.TYPE_MESSAGE, type_name='.shop.Order.Line')
add('lines', 24, F.TYPE_MESSAGE, F.LABEL_REPEATED, type_name='.shop.Order.Line')
add('counts', 25, F.TYPE_MESSAGE, F.LABEL_REPEATED, type_name='.shop.Order.CountsEntry')
add('at', 26, F.TYPE_MESSAGE, type_name='.google.protobuf.Timestamp')
add('maybe', 27, F.TYPE_MESSAGE, type_name='.google.protobuf.StringValue')
add('card', 28, F.TYPE_STRING, oneof_index=0)
add('cash', 29, F.TYPE_INT32, oneof_index=0)
m.oneof_decl.add(name='pay')
m.enum_type.add(name='State').value.extend([descriptor_pb2.EnumValueDescriptorProto(name='NEW', number=0), descriptor_pb2.EnumValueDescriptorProto(name='PAID', number=5)])
l = m.nested_type.add(name='Line')
l.field.add(name='price', number=1, type=F.TYPE_DOUBLE, label=F.LABEL_OPTIONAL)
l.field.add(name='sku', number=2, type=F.TYPE_STRING, label=F.LABEL_OPTIONAL)
e = m.nested_type.add(name='CountsEntry')
e.options.map_entry = True
e.field.add(name='key', number=1, type=F.TYPE_STRING, label=F.LABEL_OPTIONAL)
e.field.add(name='value', number=2, type=F.TYPE_INT64, label=F.LABEL_OPTIONAL)
pool = descriptor_pool.Default()
pool.Add(f)
Order = message_factory.GetMessageClass(pool.FindMessageTypeByName('shop.Order'))
ctx = SerializationContext('orders', MessageField.VALUE)
`;

const columns = `F_DOUBLE, F_FLOAT, F_INT32, F_INT64, F_UINT32, F_UINT64, F_SINT32, F_SINT64, F_FIXED32, F_FIXED64, F_SFIXED32, F_SFIXED64, F_BOOL, F_STRING, F_BYTES`;

describePeer('confluent-kafka', 'Protobuf', () => {
  let folder: Folder;
  let registry: RunningRegistry;
  beforeEach(async () => {
    folder = temporaryFolder();
    registry = await runRegistry(folder.path);
  });
  afterEach(async () => {
    await registry.stop();
    folder.remove();
  });

  async function run(program: string, ...args: string[]): Promise<string[]> {
    const { stdout, stderr, code } = await confluentKafka(head + program, registry.url, ...args);
    if (code !== 0) throw new Error(stderr);
    return stdout.trim().split('\n');
  }

  it('Python’s serializer registers, our streams read; we write, Python reads', { timeout: 60_000 }, async () => {
    const messages = await run(`
ser = ProtobufSerializer(Order, c, {'use.deprecated.format': False})
full = Order(f_double=1.5, f_float=-2.5, f_int32=-3, f_int64=-2**62, f_uint32=2**32 - 1, f_uint64=7, f_sint32=-8, f_sint64=-2**53 - 1, f_fixed32=9, f_fixed64=10, f_sfixed32=-11, f_sfixed64=-12, f_bool=True, f_string='höhe', f_bytes=b'\\x00\\xff',
  list=[1, -2, 2**60], words=['a', ''], state=5, line=Order.Line(price=2.5, sku='s'), lines=[Order.Line(price=1), Order.Line(sku='t')], counts={'x': 1, 'y': 2**55}, at=timestamp_pb2.Timestamp(seconds=1500000000, nanos=250000000), maybe=wrappers_pb2.StringValue(value=''), cash=4)
for one in (full, Order()):
    print(ser(one, ctx).hex())
print(c.get_latest_version('orders-value').schema.schema_type)
`);
    expect(messages[2]).toBe('PROTOBUF');
    const client = httpRegistry(registry.url, nodeHttp);
    const latest = await client.latest('orders-value');
    const schema: RegisteredSchema = { id: latest?.id ?? 0, schemaType: 'PROTOBUF', schema: latest?.schema ?? '' };
    const { driver, columnsText, written } = streamOver(schema);
    expect(columnsText).toContain('`PAY_0` STRUCT<`CARD` STRING, `CASH` INTEGER>');
    expect(columnsText).toContain('`COUNTS` MAP<STRING, BIGINT>');
    expect(columnsText).toContain('`AT` TIMESTAMP');
    const outputs = messages.slice(0, 2).map((hex) => {
      const [out] = driver.feed({ topic: 'orders', key: null, value: Buffer.from(hex ?? '', 'hex'), timestamp: 0 });
      return out?.value?.toString('hex') ?? '';
    });
    // The sink numbers its fields as its columns stand: Python reads it by the schema that the engine made.
    await client.register('out-value', { schema: written, schemaType: 'PROTOBUF' });
    const shown = await run(
      `
import base64
s = c.get_latest_version('out-value')
import urllib.request
raw = json.load(urllib.request.urlopen(sys.argv[1] + '/schemas/ids/%d?format=serialized' % s.schema_id))['schema']
g = descriptor_pb2.FileDescriptorProto.FromString(base64.b64decode(raw))
g.name = 'out.proto'
pool.Add(g)
Out = message_factory.GetMessageClass(pool.FindMessageTypeByName('ConnectDefault1'))
des = ProtobufDeserializer(Out, {'use.deprecated.format': False})
for hex in sys.argv[2:]:
    print(json.dumps(json_format.MessageToDict(des(bytes.fromhex(hex), ctx), preserving_proto_field_name=True)))
`,
      ...outputs,
    );
    expect(JSON.parse(shown[0] ?? '')).toEqual({
      PAY_0: { CASH: 4 },
      F_DOUBLE: 1.5,
      F_FLOAT: -2.5,
      F_INT32: -3,
      F_INT64: '-4611686018427387904',
      F_UINT32: '4294967295',
      F_UINT64: '7',
      F_SINT32: -8,
      F_SINT64: '-9007199254740993',
      F_FIXED32: '9',
      F_FIXED64: '10',
      F_SFIXED32: -11,
      F_SFIXED64: '-12',
      F_BOOL: true,
      F_STRING: 'höhe',
      F_BYTES: 'AP8=',
      LIST: ['1', '-2', '1152921504606846976'],
      WORDS: ['a', ''],
      STATE: 'PAID',
      LINE: { PRICE: 2.5, SKU: 's' },
      LINES: [{ PRICE: 1 }, { SKU: 't' }],
      COUNTS: expect.arrayContaining([
        { key: 'x', value: '1' },
        { key: 'y', value: '36028797018963968' },
      ]) as unknown,
      AT: '2017-07-14T02:40:00.250Z',
    });
    expect(JSON.parse(shown[1] ?? '')).toEqual({ STATE: 'NEW' });
    expect(columns.split(', ').every((name) => columnsText.includes(`\`${name}\``))).toBe(true);
  });
});

/** A stream over the schema, copied by a query; the schema of the copy has the id 99. */
function streamOver(schema: RegisteredSchema) {
  let catalog = Catalog.empty;
  const statements = parseKsql(
    "CREATE STREAM S WITH (KAFKA_TOPIC='orders', PARTITIONS=1, VALUE_FORMAT='PROTOBUF', VALUE_SCHEMA_FULL_NAME='shop.Order'); CREATE STREAM O AS SELECT * FROM S;",
  );
  for (const parsed of statements) {
    const plan = planStatement(parsed, {
      catalog,
      session: {},
      schemas: new Map([['orders-value', schema]]),
      nextQueryNumber: 0,
      text: parsed.text,
    });
    if (plan.do === 'ddl') catalog = catalog.with(...plan.changes);
    if (plan.do !== 'start-query') continue;
    const written = plan.registrations[0]?.schema ?? '';
    const { query } = withSchemaIds(plan, new Map([['O-value', 99]]));
    const driver = planDriver(query.plan, {
      functions: functionLookup({ now: () => 0, random: () => 0, uuid: () => '' }),
      schema: () => ({ text: schema.schema, references: schema.references ?? [] }),
      onError: (error) => {
        throw error;
      },
    });
    const columnsText = query.sources[0]?.columns.map(({ name, type }) => `\`${name}\` ${typeText(type)}`).join(', ');
    return { driver, written, columnsText: columnsText ?? '' };
  }
  throw new Error('no query');
}
