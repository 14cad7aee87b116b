/**
 * How the fields of a source are spelled in its records. ksqlDB's names are upper case and match without regard to case; Flink and
 * Spark want the spelling: of the registered schema, or for JSON without one of the records themselves.
 */
import type { KafkaClient } from '../client/kafka-client.ts';
import type { SchemaRegistryClient } from '../client/schema-registry.ts';
import { StackError } from '../core/errors.ts';
import { subjectOf, valueColumns } from '../sql/catalog/source.ts';
import type { DataSource } from '../sql/catalog/source.ts';

/** A registered version of a source's schema. */
export interface WriterSchema {
  readonly id: number;
  readonly schema: string;
}

export interface SourceFields {
  /** By the column's name in the statement. */
  readonly spelling: ReadonlyMap<string, string>;
  /** AVRO: every version of the value's schema, oldest first. */
  readonly schemas: readonly WriterSchema[];
  /** Of its topic. */
  readonly partitions: number;
}

/** Records looked at, from the topic's beginning. */
const recordsMax = 100;

export async function sourceFields(
  kafka: KafkaClient,
  registry: SchemaRegistryClient,
  source: DataSource,
): Promise<SourceFields> {
  const { format } = source.valueFormat;
  const partitions = (await kafka.admin.describeTopic(source.topic))?.partitions ?? 0;
  if (format === 'AVRO') {
    const schemas = await versions(registry, subjectOf(source.topic, 'value'));
    const names = schemas.flatMap(({ schema }) => fieldNames(schema));
    return { spelling: spellings(source, names), schemas, partitions };
  }
  const names = format === 'JSON' ? await namesInRecords(kafka, source.topic, partitions) : [];
  return { spelling: spellings(source, names), schemas: [], partitions };
}

async function versions(registry: SchemaRegistryClient, subject: string): Promise<WriterSchema[]> {
  const found: WriterSchema[] = [];
  for (const number of await registry.versions(subject)) {
    const version = await registry.version(subject, number);
    if (version !== undefined) found.push({ id: version.id, schema: version.schema });
  }
  if (found.length === 0)
    throw new StackError('MILLRACE_REGISTRY', `The Schema Registry has no schema under the subject ${subject}.`);
  return found;
}

function fieldNames(schema: string): string[] {
  const { fields = [] } = JSON.parse(schema) as { readonly fields?: readonly { readonly name: string }[] };
  return fields.map(({ name }) => name);
}

async function namesInRecords(kafka: KafkaClient, topic: string, partitions: number): Promise<string[]> {
  const names = new Set<string>();
  for (let partition = 0; partition < partitions; partition++) {
    const { earliest, latest } = await kafka.admin.offsets(topic, partition);
    const to = Math.min(latest, earliest + recordsMax);
    if (to === earliest) continue;
    for await (const records of kafka.read(topic, partition, { from: earliest, to }))
      for (const { value } of records) for (const name of namesOf(value)) names.add(name);
  }
  return [...names];
}

function namesOf(value: Buffer | null): string[] {
  try {
    const parsed: unknown = JSON.parse(value?.toString('utf8') ?? 'null');
    return typeof parsed === 'object' && parsed !== null ? Object.keys(parsed) : [];
  } catch {
    return [];
  }
}

/** A name that no record has keeps the statement's spelling. */
function spellings(source: DataSource, names: readonly string[]): Map<string, string> {
  const byUpper = new Map(names.map((name) => [name.toUpperCase(), name]));
  const exact = new Set(names);
  return new Map(
    valueColumns(source).map(({ name }) => [name, exact.has(name) ? name : (byUpper.get(name.toUpperCase()) ?? name)]),
  );
}
