/** `kafka-avro-console-consumer`: the console consumer for keys and values that a Schema Registry knows, printed as Avro's JSON. */
import { StackError } from '../../core/errors.ts';
import { httpRegistry } from '../../client/schema-registry.ts';
import type { SchemaReference, SchemaRegistryClient } from '../../client/schema-registry.ts';
import { avroCodec } from '../../formats/avro/codec.ts';
import type { AvroCodec } from '../../formats/avro/codec.ts';
import { parseAvroSchema } from '../../formats/avro/schema.ts';
import type { AvroSchema } from '../../formats/avro/schema.ts';
import { readSchemaFraming, schemaIdHeaders } from '../../formats/registry-framing.ts';
import { avroJson } from './avro-json.ts';
import { consume } from './console-consumer.ts';
import { consoleConsumerSpecs, parseConsoleConsumer } from './console-consumer-options.ts';
import { defaultFormatter } from './message-formatter.ts';
import type { PrintPart } from './message-formatter.ts';
import type { KafkaTool, ToolEnvironment } from './tool.ts';

const registryUrlDefault = 'http://localhost:8081';

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

function registryOf(properties: ReadonlyMap<string, string>, env: ToolEnvironment): SchemaRegistryClient {
  const credentials = properties.get('basic.auth.user.info') ?? properties.get('schema.registry.basic.auth.user.info');
  const urls = (properties.get('schema.registry.url') ?? registryUrlDefault).split(',').map((text) => {
    const url = env.url(text.trim());
    return credentials === undefined ? url : url.replace(/^(https?:\/\/)/i, `$1${encodeURIComponent(credentials)}@`);
  });
  return httpRegistry(urls.join(','), env.http);
}

interface Reader {
  readonly schema: AvroSchema;
  readonly codec: AvroCodec;
}

function avroPrinter(
  registry: SchemaRegistryClient,
  properties: ReadonlyMap<string, string>,
): (part: 'key' | 'value') => PrintPart {
  const printIds = properties.get('print.schema.ids') === 'true';
  const separator = properties.get('schema.id.separator') ?? '\t';
  const readers = new Map<number, Reader>();
  const load = async (id: number): Promise<Reader> => {
    const { schema: text, schemaType = 'AVRO', references } = await registry.schemaById(id);
    if (schemaType !== 'AVRO')
      throw new StackError('MILLRACE_DECODE_FAILED', `Schema ${id} is of type ${schemaType}, not AVRO.`);
    const schema = parseAvroSchema(text, await referenced(registry, references ?? []));
    const reader = { schema, codec: avroCodec(schema) };
    readers.set(id, reader);
    return reader;
  };
  return (part) => {
    const print = ({ schema, codec }: Reader, payload: Buffer, id: number): string =>
      `${avroJson(schema, codec.decode(payload))}${printIds ? `${separator}${id}` : ''}`;
    return (bytes, record) => {
      const header = record.headers.find(({ key }) => key === schemaIdHeaders[part])?.value;
      const { identity, payload } = readSchemaFraming(bytes, header ?? null);
      if (!('id' in identity))
        throw new StackError(
          'MILLRACE_UNSUPPORTED',
          `The schema is named by its guid ${identity.guid}, which this tool does not look up.`,
        );
      const { id } = identity;
      const known = readers.get(id);
      return known === undefined ? load(id).then((reader) => print(reader, payload, id)) : print(known, payload, id);
    };
  };
}

/** The schemas that references mean, theirs before them. */
async function referenced(
  registry: SchemaRegistryClient,
  references: readonly SchemaReference[],
): Promise<AvroSchema[]> {
  const schemas: AvroSchema[] = [];
  for (const { subject, version } of references) {
    const found = await registry.version(subject, version);
    if (found === undefined)
      throw new StackError(
        'MILLRACE_DECODE_FAILED',
        `Subject ${subject} has no version ${version}, which a schema refers to.`,
      );
    const before = await referenced(registry, found.references ?? []);
    schemas.push(...before, parseAvroSchema(found.schema, before));
  }
  return schemas;
}
