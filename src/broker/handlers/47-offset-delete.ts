/** OffsetDelete, version 0: not for topics that the group's members are subscribed to. */
import { errorCode } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { coordinatorCodeOf } from '../errors.ts';

export const offsetDelete: ApiHandler<'OffsetDelete'> = apiHandler(
  'OffsetDelete',
  [0, 0],
  async ({ catalog, groups }, { body }) => {
    const group = groups.group(body.groupId);
    if (group === undefined || group.state === 'Dead') return { errorCode: errorCode('GROUP_ID_NOT_FOUND') };
    // Groups whose subscriptions cannot be read may not lose offsets while they have members.
    const subscribed = group.state === 'Empty' ? new Set<string>() : groups.subscribedTopics(group);
    if (subscribed === undefined) return { errorCode: errorCode('NON_EMPTY_GROUP') };
    const doomed: { topic: string; partition: number }[] = [];
    const topics = body.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => {
        if (catalog.partition(name, partitionIndex) === undefined)
          return { partitionIndex, errorCode: errorCode('UNKNOWN_TOPIC_OR_PARTITION') };
        if (subscribed.has(name)) return { partitionIndex, errorCode: errorCode('GROUP_SUBSCRIBED_TO_TOPIC') };
        if (groups.offsets(body.groupId)?.get(name, partitionIndex) !== undefined)
          doomed.push({ topic: name, partition: partitionIndex });
        return { partitionIndex, errorCode: 0 };
      }),
    }));
    try {
      await groups.deleteOffsets(body.groupId, doomed);
    } catch (error) {
      return { errorCode: coordinatorCodeOf(error) };
    }
    return { topics };
  },
);
