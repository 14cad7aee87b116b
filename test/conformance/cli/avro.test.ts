/** kafka-avro-console-producer and -consumer with confluent-kafka's serializers and kcat on the other side, by way of our registry. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startStack } from '../../../src/server/stack.ts';
import type { Stack } from '../../../src/server/stack.ts';
import { confluentKafka, describePeer, kcat } from '../../peers.ts';
import { ours } from './side-by-side.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ ports: 0 });
});
afterAll(() => stack.stop());

const schema = JSON.stringify({
  type: 'record',
  name: 'commercialrating',
  namespace: 'shop',
  fields: [
    { name: 'brand', type: 'string' },
    { name: 'duration', type: ['null', 'int', 'long'], default: null },
    { name: 'share', type: 'double' },
    { name: 'tags', type: { type: 'array', items: { type: 'enum', name: 'Tag', symbols: ['NEW', 'OLD'] } } },
    { name: 'more', type: { type: 'map', values: 'bytes' } },
  ],
});
const lines = [
  '{"brand":"Acme","duration":{"long":30},"share":0.5,"tags":["NEW"],"more":{"a":"A"}}',
  '{"brand":"Globex","duration":null,"share":1.0E10,"tags":[],"more":{}}',
];

function properties(more: readonly string[]): string[] {
  return [`schema.registry.url=${stack.schemaRegistryUrl}`, ...more].flatMap((text) => ['--property', text]);
}

const consumer = `
import sys, json
from confluent_kafka import Consumer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import SerializationContext, MessageField
servers, registry, topic = sys.argv[1:]
value = AvroDeserializer(SchemaRegistryClient({'url': registry}))
c = Consumer({'bootstrap.servers': servers, 'group.id': 'python', 'auto.offset.reset': 'earliest'})
c.subscribe([topic])
seen = 0
while seen < 2:
    m = c.poll(10)
    if m is None or m.error(): sys.exit(str(m and m.error()))
    print((m.key() or b'').decode(), json.dumps(value(m.value(), SerializationContext(topic, MessageField.VALUE)), default=lambda b: b.decode('latin1')))
    seen += 1
c.close()
`;

const producer = `
import sys, json
from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import SerializationContext, MessageField
servers, registry, topic, schema = sys.argv[1:]
client = SchemaRegistryClient({'url': registry})
key = AvroSerializer(client, '"string"')
value = AvroSerializer(client, schema)
p = Producer({'bootstrap.servers': servers})
record = {'brand': 'Acme', 'duration': 7, 'share': 2.0, 'tags': ['OLD', 'NEW'], 'more': {'b': b'\\xff'}}
p.produce(topic, key=key('k1', SerializationContext(topic, MessageField.KEY)), value=value(record, SerializationContext(topic, MessageField.VALUE)))
p.flush()
`;

describePeer('confluent-kafka', 'Avro console tools', () => {
  it('what our producer wrote, Python reads', async () => {
    const at = ['--bootstrap-server', stack.bootstrapServers, '--topic', 'ours'];
    const reader = properties([`value.schema=${schema}`, 'parse.key=true', 'key.schema="string"']);
    const input = lines.map((line, i) => `"k${i}"\t${line}\n`).join('');
    expect(await ours('kafka-avro-console-producer', [...at, ...reader], input)).toMatchObject({ code: 0 });
    const { stdout, stderr } = await confluentKafka(consumer, stack.bootstrapServers, stack.schemaRegistryUrl, 'ours');
    const [first, second] = stdout.trim().split('\n');
    expect(first, stderr).toContain('k0');
    expect(JSON.parse(first?.slice(first.indexOf('{')) ?? '')).toEqual({
      brand: 'Acme',
      duration: 30,
      share: 0.5,
      tags: ['NEW'],
      more: { a: 'A' },
    });
    expect(JSON.parse(second?.slice(second.indexOf('{')) ?? '')).toMatchObject({ brand: 'Globex', duration: null });
  });

  it('what Python wrote, our consumer prints', async () => {
    const topic = 'theirs';
    const { code, stderr } = await confluentKafka(
      producer,
      stack.bootstrapServers,
      stack.schemaRegistryUrl,
      topic,
      schema,
    );
    expect(code, stderr).toBe(0);
    const at = ['--bootstrap-server', stack.bootstrapServers, '--topic', topic];
    const once = ['--from-beginning', '--max-messages', '1', '--timeout-ms', '10000'];
    const both = await ours('kafka-avro-console-consumer', [...at, ...once, ...properties(['print.key=true'])]);
    expect(both.stdout).toBe(
      '"k1"\t{"brand":"Acme","duration":{"int":7},"share":2.0,"tags":["OLD","NEW"],"more":{"b":"\u00ff"}}\n',
    );
    const ids = await ours('kafka-avro-console-consumer', [...at, ...once, ...properties(['print.schema.ids=true'])]);
    expect(ids.stdout).toMatch(/\}\t\d+\n$/);
  });

  it('goes there and back by our own tools, with a schema by id and one by file', async () => {
    const at = ['--bootstrap-server', stack.bootstrapServers, '--topic', 'round'];
    const answer = await fetch(`${stack.schemaRegistryUrl}/subjects/ours-value/versions/latest`);
    const { id } = (await answer.json()) as { id: number };
    const reader = properties([`value.schema.id=${id}`, 'null.marker=NULL']);
    expect(await ours('kafka-avro-console-producer', [...at, ...reader], `${lines.join('\n')}\nNULL\n`)).toMatchObject({
      code: 0,
      stderr:
        'Warning: --property is deprecated and will be removed in a future version. Use --reader-property instead.\n',
    });
    const back = await ours('kafka-avro-console-consumer', [
      ...at,
      ...['--from-beginning', '--max-messages', '3'],
      ...properties([]),
    ]);
    expect(back.stdout).toBe(`${lines.join('\n')}\nnull\n`);
    expect((await kcat(['-Q', '-b', stack.bootstrapServers, '-t', 'round:0:-1'])).stdout).toBe('round [0] offset 3\n');
  });

  it('what is no record of the schema, and command lines that lack one', async () => {
    const at = ['--bootstrap-server', stack.bootstrapServers, '--topic', 'wrong'];
    const say = async (more: readonly string[], input = ''): Promise<string> => {
      const { stderr, code } = await ours('kafka-avro-console-producer', [...at, ...properties(more)], input);
      expect(code).toBe(1);
      return stderr.replace(/^Warning: .*\n/, '');
    };
    expect(await say([])).toBe(
      'org.apache.kafka.common.config.ConfigException: Must provide the value schema in either value.schema, value.schema.id, or value.schema.file\n',
    );
    expect(await say(['value.schema.id=999'])).toContain('Schema 999 not found');
    expect(await say(['value.schema={'])).toContain('schema');
    expect(await say(['value.schema="int"'], '"x"\n')).toBe(
      'org.apache.kafka.common.errors.SerializationException: Error deserializing json "x" to Avro of schema "int": Expected int. Got VALUE_STRING\n',
    );
    expect(await say(['value.schema="int"', 'auto.register=false'], '1\n')).toContain(
      'Error retrieving Avro schema "int"',
    );
    const unreachable = ['--property', 'schema.registry.url=http://127.0.0.1:1', '--property', 'value.schema="int"'];
    expect(await ours('kafka-avro-console-producer', [...at, ...unreachable], '1\n')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Cannot reach the Schema Registry at http://127.0.0.1:1') as string,
    });
  });
});
