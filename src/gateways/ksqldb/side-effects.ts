/** What a plan wants done in the world before its command is written: topics and schemas. */
import type { Admin } from '../../client/kafka-client.ts';
import type { SchemaRegistryClient } from '../../client/schema-registry.ts';
import type { ParsedStatement } from '../../sql/dialects/ksqldb/ast.ts';
import type { SchemaRegistration, TopicNeed } from '../../sql/dialects/ksqldb/plan.ts';
import { badStatement } from './errors.ts';

/** Creates the topic, or checks the one that is there. @throws KsqlError 40001 */
export async function prepareTopic(admin: Admin, need: TopicNeed, statement: ParsedStatement): Promise<void> {
  const { topic, partitions, replicas, likeTopic, config } = need;
  const existing = await checkTopic(admin, need, statement);
  if (existing) return;
  const like = partitions === undefined && likeTopic !== undefined ? await admin.describeTopic(likeTopic) : undefined;
  await admin.ensureTopic({
    topic,
    partitions: partitions ?? like?.partitions ?? -1,
    replicationFactor: replicas ?? like?.replicationFactor ?? -1,
    config,
  });
}

/** True when the topic is there and fits; false when it may be created. @throws KsqlError 40001 */
export async function checkTopic(admin: Admin, need: TopicNeed, statement: ParsedStatement): Promise<boolean> {
  const { topic, partitions, replicas, mustExist } = need;
  const existing = await admin.describeTopic(topic);
  if (existing === undefined) {
    if (!mustExist) return false;
    throw badStatement(missingTopic(topic, statement.maskedText), statement.maskedText);
  }
  const wrongPartitions = partitions !== undefined && partitions !== existing.partitions;
  const wrongReplicas = replicas !== undefined && replicas > 0 && replicas !== existing.replicationFactor;
  if (wrongPartitions || wrongReplicas) {
    const wanted = `${partitions ?? existing.partitions} partitions (topic has ${existing.partitions}), and ${replicas ?? existing.replicationFactor} replication factor (topic has ${existing.replicationFactor})`;
    throw badStatement(
      `A Kafka topic with the name '${topic}' already exists, with different partition/replica configuration than required. KSQL expects ${wanted}.`,
      statement.maskedText,
    );
  }
  return true;
}

function missingTopic(topic: string, text: string): string {
  const example = /\bWITH\s*\(/i.test(text) ? text.replace(/\)\s*;?\s*$/, ', PARTITIONS=2);') : text;
  return `Topic '${topic}' does not exist. If you want to create a new topic for the stream/table please re-run the statement providing the required 'PARTITIONS' configuration in the WITH clause (and optionally 'REPLICAS'). For example: ${example}`;
}

/** Registers, in order; ids by subject. */
export async function registerSchemas(
  registry: SchemaRegistryClient,
  registrations: readonly SchemaRegistration[],
): Promise<ReadonlyMap<string, number>> {
  const ids = new Map<string, number>();
  for (const { subject, id, schemaType, schema, onlyIfAbsent = false } of registrations) {
    if (id !== undefined) {
      // The same schema, with the references under which it is registered, has the same id under every subject.
      ids.set(subject, await registry.register(subject, await registry.schemaById(id)));
      continue;
    }
    const existing = onlyIfAbsent ? await registry.latest(subject) : undefined;
    ids.set(subject, existing?.id ?? (await registry.register(subject, { schemaType, schema })));
  }
  return ids;
}

/** DROP … DELETE TOPIC. */
export async function deleteTopic(
  admin: Admin,
  registry: SchemaRegistryClient,
  { topic, subjects }: { readonly topic: string; readonly subjects: readonly string[] },
): Promise<void> {
  await admin.deleteTopic(topic);
  for (const subject of subjects) await registry.deleteSubject(subject);
}
