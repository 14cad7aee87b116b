/** Schemas of the registry as plans want them; "there is none" is an answer here, not an error. */
import { importedSchemas } from '../../client/schema-registry.ts';
import type { SchemaRegistryClient, SchemaText } from '../../client/schema-registry.ts';
import { StackError } from '../../core/errors.ts';
import type { RegisteredSchema } from '../../sql/dialects/ksqldb/plan.ts';

/** The newest schema of a subject. */
export async function latestSchema(
  registry: SchemaRegistryClient,
  subject: string,
): Promise<RegisteredSchema | undefined> {
  const found = await registry.latest(subject);
  return found === undefined ? undefined : await registered(registry, found.id, found);
}

export async function schemaWithId(registry: SchemaRegistryClient, id: number): Promise<RegisteredSchema | undefined> {
  try {
    return await registered(registry, id, await registry.schemaById(id));
  } catch (error) {
    if (error instanceof StackError && error.code === 'MILLRACE_REGISTRY' && error.details['status'] === 404)
      return undefined;
    throw error;
  }
}

/** Whether some version of the subject has this id. */
export async function subjectHasId(registry: SchemaRegistryClient, subject: string, id: number): Promise<boolean> {
  for (const version of await registry.versions(subject))
    if ((await registry.version(subject, version))?.id === id) return true;
  return false;
}

async function registered(registry: SchemaRegistryClient, id: number, found: SchemaText): Promise<RegisteredSchema> {
  const { schema, schemaType = 'AVRO' } = found;
  return { id, schemaType, schema, references: await importedSchemas(registry, found) };
}
