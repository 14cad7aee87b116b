/** The offsets that a group committed, and the partitions that a command line names. */
import type { KafkaClient, TopicPartition } from '../../client/kafka-client.ts';
import { UsageError } from './options.ts';

export interface Committed extends TopicPartition {
  readonly offset: number;
  /** −1: not known. */
  readonly leaderEpoch: number;
}

/** By `topic partition`. */
export async function committedOf(client: KafkaClient, group: string): Promise<ReadonlyMap<string, Committed>> {
  const answer = await client.request(
    'OffsetFetch',
    { groupId: group, topics: null, groups: [{ groupId: group, topics: null }], requireStable: false },
    9, // from 10 on topics are named by id
    { group },
  );
  const offsets = new Map<string, Committed>();
  for (const { name: topic, partitions } of answer.groups[0]?.topics ?? answer.topics) {
    for (const { partitionIndex: partition, committedOffset, committedLeaderEpoch: leaderEpoch } of partitions) {
      const offset = Number(committedOffset);
      if (offset >= 0) offsets.set(`${topic} ${partition}`, { topic, partition, offset, leaderEpoch });
    }
  }
  return offsets;
}

/** `topic:0,1` or `topic`; partitions undefined: all. @throws UsageError in the words of Kafka's tool */
export function topicArgument(text: string): { readonly topic: string; readonly partitions: number[] | undefined } {
  if (!text.includes(':')) return { topic: text, partitions: undefined };
  const [topic = '', list, ...more] = text.split(':');
  if (list === undefined || list === '' || more.length > 0)
    throw new UsageError(`Invalid topic arg '${text}', expected topic name and partitions`);
  const partitions = list.split(',').map((word) => {
    if (!/^[+-]?\d+$/.test(word)) throw new UsageError(`Invalid partition '${word}' specified in topic arg '${text}''`);
    return Number(word);
  });
  return { topic, partitions };
}
