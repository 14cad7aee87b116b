/** The records and schemas of a pipeline's sources, copied to another cluster, so that every engine reads exactly the same. */
import type { KafkaClient } from '../../client/kafka-client.ts';
import type { SchemaRegistryClient } from '../../client/schema-registry.ts';
import { StackError } from '../../core/errors.ts';
import type { HttpClient } from '../../core/http.ts';
import { subjectOf } from '../../sql/catalog/source.ts';

/** Records on their way at once, at most. */
const inFlightMax = 20_000;

/** Copies what committed records a topic holds now, at most `limit` of each partition; resolves with their number. */
export async function copyTopic(
  from: KafkaClient,
  to: KafkaClient,
  topic: string,
  limit: number,
  onProgress: (records: number) => void,
): Promise<number> {
  const description = await from.admin.describeTopic(topic);
  if (description === undefined) throw new StackError('MILLRACE_KAFKA', `The topic ${topic} does not exist.`);
  await to.admin.ensureTopic({ topic, partitions: description.partitions });
  const producer = await to.producer({ lingerMs: 5 });
  let copied = 0;
  try {
    for (let partition = 0; partition < description.partitions; partition++) {
      const { latest } = await from.admin.offsets(topic, partition, 'read_committed');
      const { earliest } = await from.admin.offsets(topic, partition);
      if (earliest >= latest) continue;
      let left = limit;
      let pending: Promise<unknown>[] = [];
      for await (const records of from.read(topic, partition, {
        from: earliest,
        to: latest,
        isolation: 'read_committed',
      })) {
        for (const { key, value, headers, timestamp } of records.slice(0, left))
          pending.push(producer.send({ topic, partition, key, value, headers, timestamp }));
        const taken = Math.min(left, records.length);
        left -= taken;
        copied += taken;
        onProgress(copied);
        if (pending.length > inFlightMax) {
          await Promise.all(pending);
          pending = [];
        }
        if (left === 0) break;
      }
      await Promise.all(pending);
    }
    await producer.flush();
  } finally {
    await producer.close();
  }
  return copied;
}

/** Copies every version of the topics' schemas with its id, which records name. The target has no schemas yet. */
export async function copySchemas(
  from: SchemaRegistryClient,
  http: HttpClient,
  toUrl: string,
  topics: readonly string[],
): Promise<void> {
  const put = async (path: string, method: string, body: unknown): Promise<void> => {
    const answer = await http({
      method,
      url: `${toUrl}${path}`,
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify(body),
      timeoutMs: 30_000,
    });
    if (answer.status >= 400) throw new StackError('MILLRACE_REGISTRY', `A schema could not be copied: ${answer.body}`);
  };
  await put('/mode', 'PUT', { mode: 'IMPORT' });
  const subjects = new Set(await from.subjects());
  for (const topic of topics) {
    for (const subject of [subjectOf(topic, 'key'), subjectOf(topic, 'value')]) {
      if (!subjects.has(subject)) continue;
      for (const number of await from.versions(subject)) {
        const found = await from.version(subject, number);
        if (found === undefined) continue;
        const { schema, id, schemaType = 'AVRO', references = [] } = found;
        if (references.length > 0)
          throw new StackError(
            'MILLRACE_UNSUPPORTED',
            `The schema of ${subject} refers to others; such a one is not compared yet.`,
          );
        await put(`/subjects/${encodeURIComponent(subject)}/versions`, 'POST', {
          schema,
          schemaType,
          id,
          version: number,
        });
      }
    }
  }
  await put('/mode', 'PUT', { mode: 'READWRITE' });
}
