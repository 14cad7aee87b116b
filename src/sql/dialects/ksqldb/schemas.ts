/** Registered schemas in planning: columns inferred from them, schemas to register for what is written. */
import { StackError } from '../../../core/errors.ts';
import type { FormatName, FormatSpec } from '../../catalog/source.ts';
import { subjectOf } from '../../catalog/source.ts';
import type { LogicalWriter } from '../../logical/sink.ts';
import { serdeFormat } from '../../physical/planner.ts';
import { invalid } from '../../sql-error.ts';
import { protobufText } from '../../protobuf-text.ts';
import type { SqlField } from '../../types.ts';
import { avroColumns, defaultKeyName, defaultValueName, writeAvroSchema } from './avro-schemas.ts';
import { infersSchema } from './formats.ts';
import { jsonColumns, writeJsonSchema } from './json-schemas.ts';
import type { RegisteredSchema, SchemaRegistration } from './plan.ts';
import { protobufColumns } from './protobuf-schemas.ts';

const schemaTypes: Partial<Record<FormatName, SchemaRegistration['schemaType']>> = {
  AVRO: 'AVRO',
  JSON_SR: 'JSON',
  PROTOBUF: 'PROTOBUF',
};

/** The columns that a topic's registered schema describes. @throws when there is none, or it is of another format */
export function inferColumns(
  spec: FormatSpec,
  topic: string,
  side: 'key' | 'value',
  schemas: ReadonlyMap<string, RegisteredSchema>,
): SqlField[] {
  const subject = subjectOf(topic, side);
  const registered = schemas.get(subject);
  const what = `Schema for message ${side}s on topic '${topic}'`;
  if (registered === undefined) {
    const id = spec.schemaId === undefined ? '' : `Schema Id: ${spec.schemaId}\n`;
    throw invalid(
      `${what} does not exist in the Schema Registry.\nSubject: ${subject}\n${id}Possible causes include:\n` +
        '- The topic itself does not exist\n\t-> Use SHOW TOPICS; to check\n' +
        '- Messages on the topic are not serialized using a format Schema Registry supports\n' +
        `\t-> Use PRINT '${topic}' FROM BEGINNING; to verify\n` +
        '- Messages on the topic have not been serialized using a Confluent Schema Registry supported serializer\n' +
        '\t-> See https://docs.confluent.io/current/schema-registry/docs/serializer-formatter.html\n' +
        '- The schema is registered on a different instance of the Schema Registry\n' +
        `\t-> Use the REST API to list available subjects\thttps://docs.confluent.io/current/schema-registry/docs/api.html#get--subjects`,
    );
  }
  const expected = schemaTypes[spec.format];
  if (registered.schemaType !== expected) {
    throw invalid(
      `${side === 'key' ? 'Key' : 'Value'} schema for topic '${topic}' has a different format than expected. Expected: ${expected}, got: ${registered.schemaType}.`,
    );
  }
  const unwrapped = spec.format !== 'PROTOBUF' && (side === 'key' || spec.wrapSingle === false);
  const options = {
    unwrapped,
    single: side === 'key' ? 'ROWKEY' : 'ROWVAL',
    keepCase: spec.schemaId !== undefined,
  };
  let columns: SqlField[] | undefined;
  try {
    columns = columnsOf(spec, registered, options);
  } catch (error) {
    if (error instanceof StackError) throw invalid(`${what} is not supported: ${error.message}`);
    throw error;
  }
  if (columns === undefined || columns.length === 0) {
    throw invalid(
      `Unable to verify if the ${side} schema for topic: ${topic} is compatible with ksqlDB.\nReason: the schema is not a record.\n\nPlease see https://github.com/confluentinc/ksql/issues/ to see if this particular reason is already known.`,
    );
  }
  return columns;
}

function columnsOf(
  spec: FormatSpec,
  { schema, references = [] }: RegisteredSchema,
  options: Parameters<typeof avroColumns>[1],
): SqlField[] | undefined {
  switch (spec.format) {
    case 'AVRO':
      return avroColumns(schema, options);
    case 'JSON_SR':
      return jsonColumns(schema, options);
    default:
      return protobufColumns(schema, {
        fullName: spec.schemaFullName,
        keepCase: options.keepCase,
        references,
      });
  }
}

/** What a side registers; undefined when its format has no schemas or it has no columns. */
export function registrationFor(
  spec: FormatSpec,
  columns: readonly SqlField[],
  topic: string,
  side: 'key' | 'value',
  source: string,
): SchemaRegistration | undefined {
  const schemaType = schemaTypes[spec.format];
  if (schemaType === undefined || !infersSchema(spec.format) || columns.length === 0) return undefined;
  const { wrapped } = serdeFormat(spec, side, columns);
  const name = spec.schemaFullName ?? (side === 'key' ? defaultKeyName(source) : defaultValueName);
  const schema =
    schemaType === 'AVRO'
      ? writeAvroSchema(columns, wrapped, name)
      : schemaType === 'JSON'
        ? writeJsonSchema(columns, wrapped)
        : protobufText(columns, {
            ...(spec.schemaFullName !== undefined && { fullName: spec.schemaFullName }),
            ...(spec.nullableRepresentation !== undefined && { nullable: spec.nullableRepresentation }),
          });
  return { subject: subjectOf(topic, side), side, schemaType, schema };
}

/** The writer of a sink whose schema will be registered. */
export function writerOf(registration: SchemaRegistration | undefined): LogicalWriter | undefined {
  return (
    registration && {
      schemaId: -1,
      schema: registration.schema,
      ...(registration.references && { references: registration.references }),
    }
  );
}
