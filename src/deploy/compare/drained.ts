/** Waiting until ksqlDB queries have computed all that their sources hold. */
import type { KafkaClient } from '../../client/kafka-client.ts';
import { sleep } from '../../core/clock.ts';
import type { Clock } from '../../core/clock.ts';
import { StackError } from '../../core/errors.ts';
import { sourcesOf } from '../pipeline.ts';
import type { PipelineQuery } from '../pipeline.ts';

const lookMs = 50;
const stuckMs = 120_000;

/** The consumer group of a persistent query of a ksqlDB server with the default `ksql.service.id`. */
function groupOf(queryId: string): string {
  return `_confluent-ksql-default_query_${queryId}`;
}

/**
 * Resolves when each query committed the ends of its source topics, in the queries' order, so that one may read what another writes.
 * @throws StackError MILLRACE_TIMEOUT when nothing moves any more
 */
export async function untilDrained(
  { kafka, clock }: { readonly kafka: KafkaClient; readonly clock: Clock },
  queries: readonly { readonly query: PipelineQuery; readonly queryId: string }[],
  onProgress: (left: number) => void,
): Promise<void> {
  for (const { query, queryId } of queries) {
    let last = Number.POSITIVE_INFINITY;
    let moved = clock.monotonic();
    for (;;) {
      const left = await recordsLeft(kafka, query, groupOf(queryId));
      onProgress(left);
      if (left === 0) break;
      if (left !== last) moved = clock.monotonic();
      else if (clock.monotonic() - moved > stuckMs)
        throw new StackError(
          'MILLRACE_TIMEOUT',
          `${queryId} stands ${left} records before the end of its input and does not move.`,
        );
      last = left;
      await sleep(clock, lookMs);
    }
  }
}

async function recordsLeft(kafka: KafkaClient, { logical }: PipelineQuery, group: string): Promise<number> {
  let left = 0;
  for (const { source } of sourcesOf(logical.input)) {
    const description = await kafka.admin.describeTopic(source.topic);
    const committed = await kafka.admin.committed(group, source.topic);
    for (let partition = 0; partition < (description?.partitions ?? 0); partition++) {
      const { earliest, latest } = await kafka.admin.offsets(source.topic, partition, 'read_committed');
      left += latest - (committed.get(partition) ?? earliest);
    }
  }
  return left;
}
