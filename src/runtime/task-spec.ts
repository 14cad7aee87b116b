/** What a task needs to know of the cluster before it starts: topics, offsets, readers, its changelog. */
import { join } from 'node:path';
import { StackError } from '../core/errors.ts';
import type { PhysicalPlan } from '../sql/physical/plan.ts';
import type { Isolation, RuntimeCluster, TopicDescription } from './cluster.ts';
import type { QueryConfig } from './jobs.ts';
import { emitsAtCommit, isStateful, sourcesOf } from './plan-facts.ts';
import type { TaskSpec } from './task.ts';

export interface TaskSpecOptions {
  readonly cluster: RuntimeCluster;
  readonly queryId: string;
  readonly plan: PhysicalPlan;
  readonly config: Partial<QueryConfig>;
  /** Consumer group, and the beginning of the changelog's name. */
  readonly group: string;
  readonly stateDirectory: string;
  /** A push query: no changelog, no commits. */
  readonly transient: boolean;
}

/** Records of aborted transactions are for nobody, whatever the guarantee. */
const isolation: Isolation = 'read_committed';

export const changelogConfig: Readonly<Record<string, string>> = {
  'cleanup.policy': 'compact',
  // A cleaner must not remove the row that a torn commit hides before it was written again (state-format.md).
  'min.compaction.lag.ms': '3600000',
};

export function groupOf(queryId: string, config: Partial<QueryConfig>): string {
  return config.groupId ?? `_confluent-ksql-default_query_${queryId}`;
}

export function changelogTopicOf(group: string): string {
  return `${group}-Aggregate-Aggregate-Materialize-changelog`;
}

export function snapshotFolderOf(stateDirectory: string, queryId: string): string {
  return join(stateDirectory, queryId);
}

/** Creates the changelog if it is missing. Must run after the task's producer was opened, which ends what a predecessor left. */
export async function taskSpec(options: TaskSpecOptions): Promise<TaskSpec> {
  const { cluster, queryId, plan, config, group, transient } = options;
  const { root } = plan;
  const inputs: TaskSpec['inputs'][number][] = [];
  for (const source of sourcesOf(plan)) {
    const description = await existing(cluster, source.topic);
    const committed = transient ? [] : await cluster.committed(group, source.topic);
    for (let partition = 0; partition < description.partitions; partition++) {
      const { earliest, latest, leaderEpoch } = await cluster.offsets(source.topic, partition, isolation);
      const reset =
        source.autoOffsetReset === 'earliest' ? { offset: earliest, leaderEpoch: -1 } : { offset: latest, leaderEpoch };
      const found = committed.find((one) => one.partition === partition);
      const known = found === undefined ? reset : { offset: found.offset, leaderEpoch: found.leaderEpoch ?? -1 };
      const reader = await cluster.openReader?.(source.topic, partition);
      inputs.push({
        topic: source.topic,
        partition,
        start: known,
        // A table that lost its state needs its records again, whatever the group committed.
        startWithoutState: source.autoOffsetReset === 'earliest' ? reset : known,
        earliest,
        latest,
        ...(reader !== undefined && { reader }),
      });
    }
  }
  const output = root.node === 'topic-sink' ? await existing(cluster, root.topic) : undefined;
  const changelog = transient || !isStateful(plan) ? undefined : await changelogOf(options);
  return {
    taskId: `${queryId}-0`,
    queryId,
    plan,
    isolation,
    commitIntervalMs: commitIntervalOf(plan, config),
    ...(config.failOnBadRecord !== undefined && { failOnBadRecord: config.failOnBadRecord }),
    inputs,
    outputPartitions: output?.partitions ?? 0,
    ...(changelog !== undefined && { changelog }),
    transient,
  };
}

/** `linger.ms` of Kafka Streams' producers. */
const lingerMs = 100;

/**
 * A task hands over its output when it commits. Kafka Streams hands over what comes out change by change within its producer's linger,
 * however rare its commits are; under exactly-once both wait for the commit.
 */
function commitIntervalOf(plan: PhysicalPlan, { processingGuarantee, commitIntervalMs }: Partial<QueryConfig>): number {
  if (processingGuarantee === 'exactly_once_v2') return commitIntervalMs ?? 100;
  const interval = commitIntervalMs ?? 2000;
  return emitsAtCommit(plan) ? interval : Math.min(interval, lingerMs);
}

async function existing(cluster: RuntimeCluster, topic: string): Promise<TopicDescription> {
  const description = await cluster.describeTopic(topic);
  if (description === undefined) {
    throw new StackError(
      'MILLRACE_QUERY_FAILED',
      `The topic ${topic} does not exist; create it, and the query goes on.`,
    );
  }
  return description;
}

async function changelogOf(options: TaskSpecOptions): Promise<NonNullable<TaskSpec['changelog']>> {
  const { cluster, queryId, group, stateDirectory } = options;
  const topic = changelogTopicOf(group);
  const { topicId } = await cluster.createTopic(topic, { partitions: 1, config: changelogConfig });
  const { earliest, latest, leaderEpoch } = await cluster.offsets(topic, 0, 'read_committed');
  const reader = await cluster.openReader?.(topic, 0);
  return {
    topic,
    topicId,
    clusterId: await cluster.clusterId(),
    earliest,
    end: latest,
    leaderEpoch,
    snapshotPath: join(snapshotFolderOf(stateDirectory, queryId), 'aggregate.snapshot'),
    ...(reader !== undefined && { reader }),
  };
}
