/** OffsetCommit, versions 2–10; topics by id from 10 on. Left out: the retention that versions 2–4 may ask for. */
import { errorCode, kafkaError } from '../../wire/error-codes.ts';
import type { Input, ResponseBody } from '../../wire/codecs.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { coordinatorCodeOf } from '../errors.ts';
import type { OffsetEntry } from '../groups/offsets.ts';
import type { Services } from '../services.ts';

type Topic = Input<ResponseBody<'OffsetCommit'>['topics'][number]>;

/** A partition's part of a request of this kind. */
export interface PartitionCommit {
  readonly partitionIndex: number;
  readonly committedOffset: number | bigint;
  readonly committedLeaderEpoch: number;
  readonly committedMetadata: string | null;
}

export const offsetCommit: ApiHandler<'OffsetCommit'> = apiHandler(
  'OffsetCommit',
  [2, 10],
  async (services, { version, body }) => {
    const { catalog, groups } = services;
    const plan = body.topics.map(({ name, topicId, partitions }) => {
      const topic = version >= 10 ? catalog.topicById(topicId) : catalog.topic(name);
      const missing = version >= 10 ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION';
      return {
        name,
        topicId,
        partitions: partitions.map((partition) => planCommit(services, topic?.name, partition, missing)),
      };
    });
    const entries = plan.flatMap(({ partitions }) => partitions.flatMap(({ entry }) => entry ?? []));
    let failure = 0;
    try {
      if (entries.length > 0) {
        groups.checkCommitter(
          {
            groupId: body.groupId,
            memberId: body.memberId,
            instanceId: body.groupInstanceId,
            generation: body.generationIdOrMemberEpoch,
          },
          entries,
          false,
          version,
        );
        await groups.commit(body.groupId, entries);
      }
    } catch (error) {
      failure = coordinatorCodeOf(error);
    }
    return {
      topics: plan.map(
        ({ name, topicId, partitions }): Topic => ({
          name,
          topicId,
          partitions: partitions.map(({ partitionIndex, entry, code }) => ({
            partitionIndex,
            errorCode: entry === undefined ? code : failure,
          })),
        }),
      ),
    };
  },
);

interface PlannedCommit {
  readonly partitionIndex: number;
  /** Undefined for a partition that is refused with `code`. */
  readonly entry: OffsetEntry | undefined;
  readonly code: number;
}

/** Checks one partition of a commit, as far as that needs no group. */
export function planCommit(
  { catalog, clock, config }: Services,
  topic: string | undefined,
  commit: PartitionCommit,
  missing: 'UNKNOWN_TOPIC_ID' | 'UNKNOWN_TOPIC_OR_PARTITION',
): PlannedCommit {
  const { partitionIndex } = commit;
  const refused = (name: Parameters<typeof errorCode>[0]): PlannedCommit => ({
    partitionIndex,
    entry: undefined,
    code: errorCode(name),
  });
  if (topic === undefined) return refused(missing);
  if (catalog.partition(topic, partitionIndex) === undefined) return refused('UNKNOWN_TOPIC_OR_PARTITION');
  const metadata = commit.committedMetadata ?? '';
  if (metadata.length > config.number('offset.metadata.max.bytes')) return refused('OFFSET_METADATA_TOO_LARGE');
  const offset = Number(commit.committedOffset);
  if (!Number.isSafeInteger(offset)) throw kafkaError('INVALID_REQUEST');
  const entry = {
    topic,
    partition: partitionIndex,
    offset,
    leaderEpoch: commit.committedLeaderEpoch,
    metadata,
    commitTimestamp: clock.now(),
  };
  return { partitionIndex, entry, code: 0 };
}
