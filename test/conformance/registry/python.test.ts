/** confluent-kafka's registry client and Avro serializers, against our registry and broker. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { confluentKafka, describePeer } from '../../peers.ts';
import { runRegistry, temporaryFolder } from './stack.ts';
import type { Folder, RunningRegistry } from './stack.ts';

const head = `
import json, sys
from confluent_kafka.schema_registry import SchemaRegistryClient, Schema, SchemaReference
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.schema_registry.common.schema_registry_client import ConfigCompatibilityLevel, ServerConfig
c = SchemaRegistryClient({'url': sys.argv[1]})
def said(f):
    try:
        return f()
    except SchemaRegistryError as e:
        return [e.http_status_code, e.error_code, e.error_message[:90]]
def show(*what):
    print(json.dumps(what))
rec = lambda *fields: Schema(json.dumps({'type': 'record', 'name': 'R', 'fields': [{'name': f, 'type': 'string'} for f in fields]}), 'AVRO')
`;

describePeer('confluent-kafka', 'SchemaRegistryClient', () => {
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

  async function run(program: string, ...args: string[]): Promise<unknown[]> {
    const { stdout, stderr, code } = await confluentKafka(head + program, registry.url, ...args);
    if (code !== 0) throw new Error(stderr);
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
  }

  it('registers, reads, looks up, tests, configures, lists and deletes', { timeout: 60_000 }, async () => {
    const shown = await run(`
show(c.get_subjects())
show(c.register_schema('a', rec('x')), c.register_schema('b', rec('x')), c.register_schema('a/b c', rec('x')))
full = c.register_schema_full_response('a', rec('x'), normalize_schemas=True)
show(full.schema_id, full.version, full.guid is not None)
show(c.get_schema(1).schema_str, c.get_schema_by_guid(full.guid).schema_str == c.get_schema(1).schema_str)
latest = c.get_latest_version('a/b c')
show(latest.subject, latest.version, latest.schema_id, latest.schema.schema_type)
show(c.lookup_schema('a', rec('x')).version, said(lambda: c.lookup_schema('a', rec('zz'))), said(lambda: c.lookup_schema('none', rec('x'))))
show(c.test_compatibility('a', rec('x', 'y')), c.test_compatibility('a', rec()), c.test_compatibility_all_versions('a', rec('x', 'y')))
show(said(lambda: c.register_schema('a', rec('x', 'y'))))
show(c.get_compatibility(), c.set_compatibility(level='NONE'), c.get_compatibility(), said(lambda: c.get_compatibility('a')))
show(c.set_config('a', ServerConfig(compatibility=ConfigCompatibilityLevel.FULL)) is not None, c.get_config('a').compatibility_level, c.delete_config('a').compatibility_level)
show(c.register_schema('a', rec('y')), c.get_versions('a'))
show(c.get_subjects_by_schema_id(1), [[v.subject, v.version] for v in c.get_schema_versions(1)])
show(c.delete_version('a', 1), c.get_versions('a'), c.get_versions('a', deleted=True), said(lambda: c.get_version('a', 1)))
show(c.delete_version('a', 1, permanent=True), c.get_versions('a', deleted=True))
show(c.delete_subject('a'), c.get_subjects(), c.get_subjects(deleted=True), said(lambda: c.get_versions('a')), said(lambda: c.delete_subject('a')))
show(c.delete_subject('a', permanent=True), c.get_subjects(deleted=True))
show(c.get_global_mode(), c.update_mode('b', 'READONLY'), said(lambda: c.register_schema('b', rec('q'))), c.delete_mode('b'))
show(c.get_contexts(), sorted(c.get_schema_types()), said(lambda: c.register_schema('bad', Schema('{"type":"no"}', 'AVRO')))[:2])
show(c.register_schema('ref', Schema('{"type":"record","name":"O","fields":[{"name":"r","type":"R"}]}', 'AVRO', [SchemaReference('R', 'b', 1)])), c.get_latest_version('ref').schema.references[0].subject, c.get_referenced_by('b', 1))
`);
    const one = JSON.stringify({ type: 'record', name: 'R', fields: [{ name: 'x', type: 'string' }] });
    expect(shown).toEqual([
      [[]],
      [1, 1, 1],
      [1, 1, true],
      [one, true],
      ['a/b c', 1, 1, 'AVRO'],
      [1, [404, 40403, 'Schema not found'], [404, 40401, "Subject 'none' not found."]],
      [false, true, false],
      [
        [
          409,
          409,
          'Schema being registered is incompatible with an earlier schema for subject "a", details: ['.slice(0, 90),
        ],
      ],
      [
        'BACKWARD',
        { compatibility: 'NONE' },
        'NONE',
        [404, 40408, "Subject 'a' does not have subject-level compatibility configured"],
      ],
      [true, 'FULL', 'FULL'],
      [2, [1, 2]],
      [
        ['a', 'b', 'a/b c'],
        [
          ['a', 1],
          ['b', 1],
          ['a/b c', 1],
        ],
      ],
      [1, [2], [1, 2], [404, 40402, 'Version 1 not found.']],
      [1, [2]],
      [
        [2],
        ['a/b c', 'b'],
        ['a', 'a/b c', 'b'],
        [404, 40401, "Subject 'a' not found."],
        [404, 40404, "Subject 'a' was soft deleted.Set permanent=true to delete permanently"],
      ],
      [[2], ['a/b c', 'b']],
      ['READWRITE', 'READONLY', [422, 42205, 'Subject b in context  is in read-only mode'], 'READONLY'],
      [['.'], expect.arrayContaining(['AVRO']), [422, 42201]],
      [3, 'b', [3]],
    ]);
  });

  it('registers JSON Schema', { timeout: 60_000 }, async () => {
    const shown = await run(`
js = lambda **p: Schema(json.dumps({'type': 'object', 'properties': p, 'additionalProperties': False}), 'JSON')
show(c.register_schema('j', js(a={'type': 'string'})), c.get_latest_version('j').schema.schema_type, c.get_schema(1).schema_type)
show(c.test_compatibility('j', js(a={'type': 'string'}, b={'type': 'string'})), c.test_compatibility('j', js()))
show(c.lookup_schema('j', js(a={'type': 'string'})).version)
`);
    expect(shown).toEqual([[1, 'JSON', 'JSON'], [true, false], [1]]);
  });

  it('AvroSerializer and AvroDeserializer, with the id in front and with the guid in a header', {
    timeout: 60_000,
  }, async () => {
    const shown = await run(
      `
from confluent_kafka import Producer, Consumer
from confluent_kafka.schema_registry.avro import AvroSerializer, AvroDeserializer
from confluent_kafka.serialization import SerializationContext, MessageField
from confluent_kafka.schema_registry import header_schema_id_serializer, dual_schema_id_deserializer
bootstrap = sys.argv[2]
schema = json.dumps({'type': 'record', 'name': 'commercialrating', 'fields': [{'name': 'brand', 'type': 'string'}, {'name': 'duration', 'type': 'int'}, {'name': 'rating', 'type': 'int'}]})
in_front = AvroSerializer(c, schema)
in_header = AvroSerializer(c, schema, conf={'schema.id.serializer': header_schema_id_serializer})
p = Producer({'bootstrap.servers': bootstrap})
for i, serializer in enumerate([in_front, in_header]):
    headers = []
    ctx = SerializationContext('ratings', MessageField.VALUE, headers)
    value = serializer({'brand': 'Acme', 'duration': 30, 'rating': 2}, ctx)
    p.produce('ratings', key='Acme', value=value, headers=ctx.headers)
    show(value.hex(), [name for name, _ in ctx.headers])
p.flush()
consumer = Consumer({'bootstrap.servers': bootstrap, 'group.id': 'g', 'auto.offset.reset': 'earliest'})
consumer.subscribe(['ratings'])
fresh = SchemaRegistryClient({'url': sys.argv[1]})
reader = AvroDeserializer(fresh, conf={'schema.id.deserializer': dual_schema_id_deserializer})
seen = 0
while seen < 2:
    m = consumer.poll(20)
    if m is None: break
    if m.error(): continue
    seen += 1
    show(reader(m.value(), SerializationContext('ratings', MessageField.VALUE, m.headers())))
consumer.close()
show(c.get_subjects())
`,
      registry.bootstrapServers,
    );
    const value = { brand: 'Acme', duration: 30, rating: 2 };
    expect(shown).toEqual([
      ['00000000010841636d653c04', []],
      ['0841636d653c04', ['__value_schema_id']],
      [value],
      [value],
      [['ratings-value']],
    ]);
  });

  it('finds all of it again after a restart', { timeout: 60_000 }, async () => {
    await run(`show(c.register_schema('a', rec('x')), c.register_schema('b', rec('y')))`);
    await registry.stop();
    registry = await runRegistry(folder.path);
    expect(await run(`show(c.get_subjects(), c.get_schema(2).schema_str, c.register_schema('c', rec('z')))`)).toEqual([
      [['a', 'b'], JSON.stringify({ type: 'record', name: 'R', fields: [{ name: 'y', type: 'string' }] }), 3],
    ]);
  });
});
