/** `kafka-avro-console-consumer`: the console consumer for keys and values that a Schema Registry knows, printed as Avro's JSON. */
import { StackError } from '../../core/errors.ts';
import type { SchemaRegistryClient } from '../../client/schema-registry.ts';
import type { AvroSchema } from '../../formats/avro/schema.ts';
import { readSchemaFraming, schemaIdHeaders } from '../../formats/registry-framing.ts';
import { avroJson } from './avro-json.ts';
import { consume } from './console-consumer.ts';
import { consoleConsumerSpecs, parseConsoleConsumer } from './console-consumer-options.ts';
import { defaultFormatter } from './message-formatter.ts';
import type { PrintPart } from './message-formatter.ts';
import { avroSchemaOf, registryOf } from './schemas.ts';
import type { KafkaTool } from './tool.ts';

export const avroConsoleConsumer: KafkaTool = {
  intro: 'This tool helps to read Avro data from Kafka topics and outputs it to standard output as JSON.',
  specs: consoleConsumerSpecs,
  run: (args, env) => {
    const options = parseConsoleConsumer(args, env);
    const { properties } = options;
    const print = avroPrinter(registryOf(properties, env), properties);
    const hasOwn = (part: 'key' | 'value'): boolean => {
      const className = properties.get(`${part}.deserializer`);
      return className !== undefined && !className.endsWith('KafkaAvroDeserializer');
    };
    const format = defaultFormatter(properties, {
      key: hasOwn('key') ? undefined : print('key'),
      value: hasOwn('value') ? undefined : print('value'),
    });
    return consume(options, format, env);
  },
};

function avroPrinter(
  registry: SchemaRegistryClient,
  properties: ReadonlyMap<string, string>,
): (part: 'key' | 'value') => PrintPart {
  const printIds = properties.get('print.schema.ids') === 'true';
  const separator = properties.get('schema.id.separator') ?? '\t';
  const schemas = new Map<number, AvroSchema>();
  const load = async (id: number): Promise<AvroSchema> => {
    const schema = await avroSchemaOf(registry, await registry.schemaById(id), `Schema ${id}`);
    schemas.set(id, schema);
    return schema;
  };
  return (part) => {
    const print = (schema: AvroSchema, payload: Buffer, id: number): string =>
      `${avroJson(schema, payload)}${printIds ? `${separator}${id}` : ''}`;
    return (bytes, record) => {
      const header = record.headers.find(({ key }) => key === schemaIdHeaders[part])?.value;
      const { identity, payload } = readSchemaFraming(bytes, header ?? null);
      if (!('id' in identity))
        throw new StackError(
          'MILLRACE_UNSUPPORTED',
          `The schema is named by its guid ${identity.guid}, which this tool does not look up.`,
        );
      const { id } = identity;
      const known = schemas.get(id);
      return known === undefined ? load(id).then((schema) => print(schema, payload, id)) : print(known, payload, id);
    };
  };
}
