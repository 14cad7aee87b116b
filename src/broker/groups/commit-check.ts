/** Who may commit and fetch offsets of a group, by the member that it claims to be; and the words in which Kafka refuses. */
import { kafkaError } from '../../wire/error-codes.ts';
import type { Catalog } from '../metadata/catalog.ts';
import type { ConsumerMember } from './consumer-member.ts';
import type { OffsetEntry } from './offsets.ts';
import type { Group } from './store.ts';

/** Who commits. */
export interface Committer {
  readonly groupId: string;
  readonly memberId: string;
  readonly instanceId: string | null;
  /** Generation, or member epoch; negative when the committer is no member. */
  readonly generation: number;
}

/** Throws what Kafka answers when one of the partitions may not be committed. */
export function checkCommit(
  group: Group,
  committer: Committer,
  entries: readonly OffsetEntry[],
  context: { readonly catalog: Catalog; readonly inTransaction: boolean; readonly version: number },
): void {
  const { memberId, instanceId, generation } = committer;
  const { catalog, inTransaction, version } = context;
  if (group.kind === 'classic') return group.checkCommit(memberId, instanceId, generation, inTransaction);
  if (generation < 0 && group.members.size === 0) return;
  // Inside transactions the producer vouches.
  if (inTransaction && generation === -1 && memberId === '' && instanceId === null) return;
  const member = group.member(memberId);
  if (!inTransaction && member.classic === null && version < 9)
    throw kafkaError(
      'UNSUPPORTED_VERSION',
      'OffsetCommit version 9 or above must be used by members using the consumer group protocol',
    );
  const given = `Received ${member.classic === null ? 'member epoch' : 'generation id'} ${generation}`;
  if (generation > member.memberEpoch)
    throw stale(member, inTransaction, `${given} is newer than current member epoch ${member.memberEpoch}.`);
  if (generation === member.memberEpoch) return;
  // An epoch that is behind is good enough for what the member has had since then.
  for (const { topic, partition } of entries) {
    const since = assignedSince(member, catalog.topic(topic)?.id ?? '', partition);
    const name = `${topic}-${partition}`;
    if (since === undefined)
      throw stale(member, inTransaction, `Partition ${name} is not assigned or pending revocation for member.`);
    if (generation < since)
      throw stale(member, inTransaction, `${given} is older than assignment epoch ${since} for partition ${name}.`);
  }
}

function assignedSince(member: ConsumerMember, topicId: string, partition: number): number | undefined {
  return member.assigned.get(topicId)?.get(partition) ?? member.pendingRevocation.get(topicId)?.get(partition);
}

/** Throws what Kafka answers to a member that fetches offsets. */
export function checkFetch(group: Group | undefined, memberId: string | null, memberEpoch: number): void {
  if (group?.kind !== 'consumer' || (memberId === null && memberEpoch < 0)) return;
  const member = group.member(memberId ?? '');
  if (member.memberEpoch !== memberEpoch)
    throw stale(
      member,
      false,
      member.classic === null
        ? `The received member epoch ${memberEpoch} does not match the expected member epoch ${member.memberEpoch}.`
        : `The received generation id ${memberEpoch} does not match the expected member epoch ${member.memberEpoch}.`,
    );
}

function stale(member: ConsumerMember, inTransaction: boolean, text: string): Error {
  return kafkaError(member.classic === null && !inTransaction ? 'STALE_MEMBER_EPOCH' : 'ILLEGAL_GENERATION', text);
}
