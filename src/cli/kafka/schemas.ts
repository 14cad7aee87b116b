/** The Schema Registry of a command line, and the Avro schemas that it knows. */
import { StackError } from '../../core/errors.ts';
import { httpRegistry } from '../../client/schema-registry.ts';
import type { SchemaReference, SchemaRegistryClient, SchemaText } from '../../client/schema-registry.ts';
import { parseAvroSchema } from '../../formats/avro/schema.ts';
import type { AvroSchema } from '../../formats/avro/schema.ts';
import type { ToolEnvironment } from './tool.ts';

const registryUrlDefault = 'http://localhost:8081';

/** `schema.registry.url`, with the credentials of `basic.auth.user.info`. */
export function registryOf(properties: ReadonlyMap<string, string>, env: ToolEnvironment): SchemaRegistryClient {
  const credentials = properties.get('basic.auth.user.info') ?? properties.get('schema.registry.basic.auth.user.info');
  const urls = (properties.get('schema.registry.url') ?? registryUrlDefault).split(',').map((text) => {
    const url = env.url(text.trim());
    return credentials === undefined ? url : url.replace(/^(https?:\/\/)/i, `$1${encodeURIComponent(credentials)}@`);
  });
  return httpRegistry(urls.join(','), env.http);
}

/** The schema and those it refers to. `name` is what it is called when it is none of Avro. */
export async function avroSchemaOf(
  registry: SchemaRegistryClient,
  { schema, schemaType = 'AVRO', references = [] }: SchemaText,
  name: string,
): Promise<AvroSchema> {
  if (schemaType !== 'AVRO')
    throw new StackError('MILLRACE_DECODE_FAILED', `${name} is of type ${schemaType}, not AVRO.`);
  return parseAvroSchema(schema, await referenced(registry, references));
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
