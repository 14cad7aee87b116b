/** OffsetFetch, versions 1–10: one group up to 7, many from 8 on; topics by id from 10 on; stable offsets only, if asked (7+). */
import { errorCode } from '../../wire/error-codes.ts';
import type { Input, RequestBody, ResponseBody } from '../../wire/codecs.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { coordinatorCodeOf } from '../errors.ts';
import { checkFetch } from '../groups/commit-check.ts';
import type { GroupOffsets } from '../groups/offsets.ts';
import type { Services } from '../services.ts';

type GroupResponse = Input<ResponseBody<'OffsetFetch'>['groups'][number]>;
type TopicResponse = NonNullable<GroupResponse['topics']>[number];
type PartitionResponse = NonNullable<TopicResponse['partitions']>[number];
type GroupRequest = RequestBody<'OffsetFetch'>['groups'][number];

const zeroId = 'AAAAAAAAAAAAAAAAAAAAAA';

export const offsetFetch: ApiHandler<'OffsetFetch'> = apiHandler(
  'OffsetFetch',
  [1, 10],
  (services, { version, body }) => {
    if (version >= 8)
      return { groups: body.groups.map((group) => fetchGroup(services, group, body.requireStable, version)) };
    const topics = body.topics?.map((topic) => ({ ...topic, topicId: zeroId })) ?? null;
    const group = { groupId: body.groupId, memberId: null, memberEpoch: -1, topics };
    const { topics: found, errorCode: code } = fetchGroup(services, group, body.requireStable, version);
    return { topics: found, errorCode: code };
  },
);

function fetchGroup(
  services: Services,
  { groupId, memberId, memberEpoch, topics }: GroupRequest,
  stable: boolean,
  version: number,
): GroupResponse {
  const { catalog, groups } = services;
  try {
    checkFetch(groups.group(groupId), memberId, memberEpoch);
  } catch (error) {
    return { groupId, errorCode: coordinatorCodeOf(error) };
  }
  const offsets = groups.offsets(groupId);
  if (topics === null) {
    return {
      groupId,
      topics: Array.from(offsets?.topics() ?? [], (name) => ({
        name,
        topicId: catalog.topic(name)?.id ?? zeroId,
        partitions: Array.from(offsets?.partitions(name) ?? [], ([index]) => describe(offsets, name, index, stable)),
      })),
    };
  }
  return {
    groupId,
    topics: topics.map(({ name, topicId, partitionIndexes }) => {
      const topic = version >= 10 ? catalog.topicById(topicId)?.name : name;
      return {
        name,
        topicId,
        partitions: partitionIndexes.map((index) =>
          topic === undefined
            ? { ...nothing(index), errorCode: errorCode('UNKNOWN_TOPIC_ID') }
            : describe(offsets, topic, index, stable),
        ),
      };
    }),
  };
}

function describe(
  offsets: GroupOffsets | undefined,
  topic: string,
  partitionIndex: number,
  stable: boolean,
): PartitionResponse {
  if (stable && offsets?.isPending(topic, partitionIndex))
    return { ...nothing(partitionIndex), errorCode: errorCode('UNSTABLE_OFFSET_COMMIT') };
  const found = offsets?.get(topic, partitionIndex);
  if (found === undefined) return nothing(partitionIndex);
  return {
    partitionIndex,
    committedOffset: found.offset,
    committedLeaderEpoch: found.leaderEpoch,
    metadata: found.metadata,
    errorCode: 0,
  };
}

function nothing(partitionIndex: number): PartitionResponse {
  return { partitionIndex, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode: 0 };
}
