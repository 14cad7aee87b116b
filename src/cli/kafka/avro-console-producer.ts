/** `kafka-avro-console-producer`: a record for each line of stdin, keys and values in Avro's JSON, written as Avro under a registered schema. */
import { StackError, messageOf } from '../../core/errors.ts';
import type { SchemaReference, SchemaRegistryClient, SchemaText } from '../../client/schema-registry.ts';
import { avroJsonEncoder } from '../../formats/avro/json-encoding.ts';
import { branchName } from '../../formats/avro/schema.ts';
import type { AvroSchema } from '../../formats/avro/schema.ts';
import { frameWithSchemaId } from '../../formats/registry-framing.ts';
import { fileOf } from './client-config.ts';
import { consoleProducerSpecs, produceLines, readProperties } from './console-producer.ts';
import { lineReader } from './line-reader.ts';
import { Options } from './options.ts';
import { avroSchemaOf, registryOf } from './schemas.ts';
import { serializerOf } from './serializers.ts';
import type { KafkaTool, ToolEnvironment } from './tool.ts';

type Serialize = (text: Buffer) => Buffer | Promise<Buffer>;

export const avroConsoleProducer: KafkaTool = {
  intro:
    'This tool helps to read Avro data as JSON from standard input and publish it to Kafka. Properties of the reader: value.schema, value.schema.file or value.schema.id, the same of key, value.refs, key.serializer, auto.register, schema.registry.url.',
  specs: consoleProducerSpecs,
  run: async (args, env) => {
    const options = Options.parse(consoleProducerSpecs, args);
    const properties = readProperties(options, env);
    const registry = registryOf(properties, env);
    const topic = options.value('topic') as string;
    const value = await avroSerializer(registry, properties, { topic, part: 'value' }, env);
    const key = await keySerializer(registry, properties, topic, env);
    const read = lineReader(properties);
    return produceLines(
      options,
      async (line, lineNumber) => {
        const record = read(line, lineNumber);
        return {
          headers: record.headers,
          key: record.key === null ? null : await key(record.key),
          value: record.value === null ? null : await value(record.value),
        };
      },
      env,
    );
  },
};

async function keySerializer(
  registry: SchemaRegistryClient,
  properties: ReadonlyMap<string, string>,
  topic: string,
  env: ToolEnvironment,
): Promise<Serialize> {
  const className = properties.get('key.serializer');
  if (className !== undefined) return serializerOf(className);
  if (properties.get('parse.key')?.trim().toLowerCase() !== 'true') return (text) => text;
  return avroSerializer(registry, properties, { topic, part: 'key' }, env);
}

interface Side {
  readonly topic: string;
  readonly part: 'key' | 'value';
}

async function avroSerializer(
  registry: SchemaRegistryClient,
  properties: ReadonlyMap<string, string>,
  side: Side,
  env: ToolEnvironment,
): Promise<Serialize> {
  const written = await schemaOf(registry, properties, side.part, env);
  const schema = await avroSchemaOf(registry, written, `The ${side.part} schema`);
  const subject = subjectOf(properties, side, schema);
  const encoder = avroJsonEncoder(schema);
  let id: Promise<number> | undefined;
  return async (text) => {
    let payload: Buffer;
    const json = text.toString('utf8');
    try {
      payload = encoder.encode(json);
    } catch (error) {
      throw new StackError(
        'MILLRACE_DECODE_FAILED',
        `org.apache.kafka.common.errors.SerializationException: Error deserializing json ${json} to Avro of schema ${written.schema}: ${messageOf(error)}`,
        { cause: error },
      );
    }
    id ??= idOf(registry, properties, subject, written);
    return frameWithSchemaId(await id, payload);
  };
}

/** The schema that the properties give: an id of the registry, a text, or a file. */
async function schemaOf(
  registry: SchemaRegistryClient,
  properties: ReadonlyMap<string, string>,
  part: 'key' | 'value',
  env: ToolEnvironment,
): Promise<SchemaText> {
  const id = properties.get(`${part}.schema.id`);
  if (id !== undefined) {
    if (!/^\d+$/.test(id)) throw invalid(`Error parsing ${part}.schema.id as int`);
    return registry.schemaById(Number(id));
  }
  const text = properties.get(`${part}.schema`);
  const file = properties.get(`${part}.schema.file`);
  if (text === undefined && file === undefined)
    throw invalid(
      `Must provide the ${part} schema in either ${part}.schema, ${part}.schema.id, or ${part}.schema.file`,
    );
  const references = referencesOf(properties.get(`${part}.refs`), `${part}.refs`);
  return { schema: text ?? schemaFile(file as string, env), ...(references.length === 0 ? {} : { references }) };
}

function schemaFile(path: string, env: ToolEnvironment): string {
  try {
    return fileOf(env, path).toString('utf8').trim();
  } catch (error) {
    throw invalid(`Error reading schema from ${messageOf(error)}`);
  }
}

function referencesOf(text: string | undefined, name: string): readonly SchemaReference[] {
  if (text === undefined) return [];
  try {
    const list = JSON.parse(text) as unknown;
    if (Array.isArray(list)) return list as SchemaReference[];
  } catch {
    // Told below.
  }
  throw invalid(`${name} is a JSON list of {"name": …, "subject": …, "version": …}, not ${text}`);
}

function subjectOf(properties: ReadonlyMap<string, string>, { topic, part }: Side, schema: AvroSchema): string {
  const strategy = properties.get(`${part}.subject.name.strategy`)?.replace(/^.*\./, '') ?? 'TopicNameStrategy';
  switch (strategy) {
    case 'TopicNameStrategy':
      return `${topic}-${part}`;
    case 'RecordNameStrategy':
      return branchName(schema);
    case 'TopicRecordNameStrategy':
      return `${topic}-${branchName(schema)}`;
    default:
      throw new StackError('MILLRACE_UNSUPPORTED', `The subject name strategy ${strategy} is not known.`);
  }
}

async function idOf(
  registry: SchemaRegistryClient,
  properties: ReadonlyMap<string, string>,
  subject: string,
  schema: SchemaText,
): Promise<number> {
  const isOn = (...names: readonly string[]): boolean | undefined => {
    const text = names.map((name) => properties.get(name)).find((value) => value !== undefined);
    return text === undefined ? undefined : text.trim().toLowerCase() === 'true';
  };
  if (isOn('auto.register', 'auto.register.schemas') ?? true) return registry.register(subject, schema);
  const found =
    isOn('use.latest.version') === true ? await registry.latest(subject) : await registry.lookup(subject, schema);
  if (found === undefined)
    throw new StackError(
      'MILLRACE_REGISTRY',
      `org.apache.kafka.common.errors.SerializationException: Error retrieving Avro schema ${schema.schema}: subject ${subject} does not have it.`,
    );
  return found.id;
}

function invalid(message: string): StackError {
  return new StackError('MILLRACE_CONFIG_INVALID', `org.apache.kafka.common.config.ConfigException: ${message}`);
}
