/** A converter's schema under its subject in the registry: registered when the first record of a topic is converted, or only looked up. */
import { StackError, messageOf } from '../../core/errors.ts';
import { DataException } from '../data/schema.ts';
import type { ConnectSchema } from '../data/schema.ts';
import type { ConverterContext } from './converter.ts';

export type SubjectStrategy = 'TopicNameStrategy' | 'RecordNameStrategy' | 'TopicRecordNameStrategy';

export interface RegistryOptions {
  readonly registryUrl: string;
  readonly autoRegister: boolean;
  readonly subjectStrategy: SubjectStrategy;
}

/** As texts name the format, and as the registry does where it is not Avro. */
export type RegisteredFormat = 'Avro' | 'Protobuf' | 'JSON';

/** The id. @throws DataException with the registry's reason as its cause */
export async function registeredId(
  format: RegisteredFormat,
  text: string,
  topic: string,
  schema: ConnectSchema,
  options: RegistryOptions,
  context: ConverterContext,
): Promise<number> {
  const registry = context.registryAt(options.registryUrl);
  const subject = subjectOf(format, topic, schema, options.subjectStrategy, context.isKey);
  const given = { schema: text, ...(format === 'Avro' ? {} : { schemaType: format.toUpperCase() }) };
  try {
    if (options.autoRegister) return await registry.register(subject, given);
    const found = await registry.lookup(subject, given);
    if (found === undefined) throw new StackError('MILLRACE_REGISTRY', 'Schema not found; error code: 40403');
    return found.id;
  } catch (error) {
    const action = `Error ${options.autoRegister ? 'registering' : 'retrieving'} ${format} schema`;
    throw new DataException(
      `${failureOf(format, topic)}\nCaused by: org.apache.kafka.common.errors.SerializationException: ${action}${format === 'JSON' ? ': ' : ''}${text}\nCaused by: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

function failureOf(format: RegisteredFormat, topic: string): string {
  return format === 'JSON'
    ? `Converting Kafka Connect data to byte[] failed due to serialization error of topic ${topic}: `
    : `Failed to serialize ${format} data from topic ${topic} :`;
}

function subjectOf(
  format: RegisteredFormat,
  topic: string,
  schema: ConnectSchema,
  strategy: SubjectStrategy,
  isKey: boolean,
): string {
  const side = isKey ? 'key' : 'value';
  if (strategy === 'TopicNameStrategy') return `${topic}-${side}`;
  if (schema.type !== 'STRUCT' || schema.name === undefined)
    throw new DataException(
      `${failureOf(format, topic)}\nCaused by: org.apache.kafka.common.errors.SerializationException: In configuration ${side}.subject.name.strategy = io.confluent.kafka.serializers.subject.${strategy}, the message ${side} must only be a record schema`,
    );
  return strategy === 'RecordNameStrategy' ? schema.name : `${topic}-${schema.name}`;
}

/** True for a failure that may pass by itself: the registry could not be reached, or failed. */
export function isPassing(error: unknown): boolean {
  const cause = error instanceof DataException ? error.cause : error;
  return cause instanceof StackError && (cause.code === 'MILLRACE_UNREACHABLE' || cause.code === 'MILLRACE_TIMEOUT');
}
