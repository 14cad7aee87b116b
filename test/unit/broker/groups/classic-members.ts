/** A member of a group of the classic protocol, as a client has it. */
import type { ResponseBody } from '../../../../src/wire/codecs.ts';
import type { TestBroker } from '../fixtures.ts';

export interface ClassicMemberOptions {
  readonly group?: string;
  readonly instance?: string;
  readonly sessionMs?: number;
  readonly rebalanceMs?: number;
  readonly protocols?: readonly string[];
  /** Below 4 a member joins without being given an id first. */
  readonly version?: number;
}

type Joined = ResponseBody<'JoinGroup'>;

export class ClassicClient {
  id = '';
  generation = -1;
  private readonly broker: TestBroker;
  private readonly options: ClassicMemberOptions;

  constructor(broker: TestBroker, options: ClassicMemberOptions = {}) {
    this.broker = broker;
    this.options = options;
  }

  private get group(): string {
    return this.options.group ?? 'g';
  }

  private get names(): { groupId: string; memberId: string; groupInstanceId: string | null; generationId: number } {
    const { instance = null } = this.options;
    return { groupId: this.group, memberId: this.id, groupInstanceId: instance, generationId: this.generation };
  }

  /** Joins, with the id that it is given if it has to have one. The promise waits as the client would. */
  async join(): Promise<Joined> {
    const {
      instance = null,
      sessionMs = 10_000,
      rebalanceMs = 60_000,
      protocols = ['range'],
      version = 9,
    } = this.options;
    const answer = await this.broker.ask('JoinGroup', version, {
      groupId: this.group,
      memberId: this.id,
      groupInstanceId: instance,
      sessionTimeoutMs: sessionMs,
      rebalanceTimeoutMs: rebalanceMs,
      protocolType: 'consumer',
      protocols: protocols.map((name) => ({ name, metadata: subscription(['t']) })),
    });
    if (answer.errorCode === 0 || answer.errorCode === 79) this.id = answer.memberId;
    if (answer.errorCode === 79) return this.join();
    if (answer.errorCode === 0) this.generation = answer.generationId;
    return answer;
  }

  /** Syncs; who leads gives everybody the partition with the number of its place. */
  sync(joined: Pick<Joined, 'members'>): Promise<ResponseBody<'SyncGroup'>> {
    return this.broker.ask('SyncGroup', 5, {
      ...this.names,
      protocolType: 'consumer',
      protocolName: null,
      assignments: joined.members.map(({ memberId }, i) => ({ memberId, assignment: assignment(i) })),
    });
  }

  async enter(): Promise<void> {
    await this.sync(await this.join());
  }

  heartbeat(): Promise<ResponseBody<'Heartbeat'>> {
    return this.broker.ask('Heartbeat', 4, this.names);
  }

  leave(): Promise<ResponseBody<'LeaveGroup'>> {
    return this.broker.ask('LeaveGroup', 5, {
      groupId: this.group,
      members: [{ memberId: this.id, groupInstanceId: this.options.instance ?? null }],
    });
  }

  async commit(topic: string, offset: number, metadata = ''): Promise<number | undefined> {
    const { topics } = await this.broker.ask('OffsetCommit', 9, {
      ...{ groupId: this.group, memberId: this.id, groupInstanceId: this.options.instance ?? null },
      generationIdOrMemberEpoch: this.generation,
      topics: [
        { name: topic, partitions: [{ partitionIndex: 0, committedOffset: offset, committedMetadata: metadata }] },
      ],
    });
    return topics[0]?.partitions[0]?.errorCode;
  }
}

/** `ConsumerProtocolSubscription` of version 0, with its version before it. */
export function subscription(topics: readonly string[]): Buffer {
  const chunks = [int(2, 0), int(4, topics.length)];
  for (const topic of topics) chunks.push(int(2, topic.length), Buffer.from(topic));
  return Buffer.concat([...chunks, int(4, -1)]);
}

/** `ConsumerProtocolAssignment` of version 0 with one partition of the topic `t`. */
export function assignment(partition: number): Buffer {
  return Buffer.concat([int(2, 0), int(4, 1), int(2, 1), Buffer.from('t'), int(4, 1), int(4, partition), int(4, -1)]);
}

function int(bytes: number, value: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeIntBE(value, 0, bytes);
  return buffer;
}

export async function stateOf(
  broker: TestBroker,
  group = 'g',
): Promise<{ state: string; members: string[]; protocol: string }> {
  const { groups } = await broker.ask('DescribeGroups', 5, { groups: [group] });
  const found = groups[0];
  return {
    state: found?.groupState ?? '',
    members: found?.members.map(({ memberId }) => memberId) ?? [],
    protocol: found?.protocolData ?? '',
  };
}
