/**
 * Kafka's formatters for what its coordinators keep in topics: OffsetsMessageFormatter and GroupMetadataMessageFormatter for
 * `__consumer_offsets`, TransactionLogMessageFormatter for `__transaction_state`. Each prints its own kind of record as JSON, without
 * an end of line, and nothing of the others.
 */
import { safeNumber } from '../../core/assert.ts';
import { StackError, messageOf } from '../../core/errors.ts';
import { decodeData } from '../../wire/codecs.ts';
import type { DataBody } from '../../wire/codecs.ts';
import type { Int64 } from '../../wire/int64.ts';
import type { MessageFormatter } from './message-formatter.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Kind {
  /** Numbers in front of the keys. */
  readonly types: readonly number[];
  key(bytes: Buffer): Fields;
  value(version: number, bytes: Buffer): Fields;
}

/** Where the body begins behind the version. */
const bodyAt = 2;
const noTopicId = 'AAAAAAAAAAAAAAAAAAAAAA';

const kinds: Readonly<Record<string, Kind>> = {
  OffsetsMessageFormatter: {
    types: [0, 1],
    key: (bytes) => ({ ...decodeData('OffsetCommitKey', 0, bytes, bodyAt) }),
    value: (version, bytes) => offset(version, decodeData('OffsetCommitValue', version, bytes, bodyAt)),
  },
  GroupMetadataMessageFormatter: {
    types: [2],
    key: (bytes) => ({ ...decodeData('GroupMetadataKey', 0, bytes, bodyAt) }),
    value: (version, bytes) => group(version, decodeData('GroupMetadataValue', version, bytes, bodyAt)),
  },
  TransactionLogMessageFormatter: {
    types: [0],
    key: (bytes) => ({ ...decodeData('TransactionLogKey', 0, bytes, bodyAt) }),
    value: (version, bytes) => transaction(version, decodeData('TransactionLogValue', version, bytes, bodyAt)),
  },
};

export const coordinatorFormatterNames: readonly string[] = Object.keys(kinds);

/** Undefined when there is no such formatter. */
export function coordinatorFormatter(name: string): MessageFormatter | undefined {
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (kind === undefined) return undefined;
  return ({ key, value, offset: at }) => {
    if (key === null || key.length < bodyAt || !kind.types.includes(key.readInt16BE())) return new Uint8Array(0);
    try {
      const version = value === null ? 0 : value.readInt16BE();
      return Buffer.from(
        JSON.stringify({
          key: { type: key.readInt16BE(), data: kind.key(key) },
          value: value === null ? null : { version, data: kind.value(version, value) },
        }),
      );
    } catch (error) {
      throw new StackError(
        'MILLRACE_DECODE_FAILED',
        `Could not read record at offset ${at} due to: ${messageOf(error)}`,
        { cause: error },
      );
    }
  };
}

function number(value: Int64): number {
  return safeNumber(value);
}

/** The fields that a version has, in the order of the format; tagged ones only where they are not the default. */
function offset(version: number, value: DataBody<'OffsetCommitValue'>): Fields {
  return {
    offset: number(value.offset),
    ...(version >= 3 ? { leaderEpoch: value.leaderEpoch } : {}),
    metadata: value.metadata,
    commitTimestamp: number(value.commitTimestamp),
    ...(version === 1 ? { expireTimestamp: number(value.expireTimestamp) } : {}),
    ...(value.topicId === noTopicId ? {} : { topicId: value.topicId }),
  };
}

function group(version: number, value: DataBody<'GroupMetadataValue'>): Fields {
  return {
    protocolType: value.protocolType,
    generation: value.generation,
    protocol: value.protocol,
    leader: value.leader,
    ...(version >= 2 ? { currentStateTimestamp: number(value.currentStateTimestamp) } : {}),
    members: value.members.map((member) => ({
      memberId: member.memberId,
      ...(version >= 3 ? { groupInstanceId: member.groupInstanceId } : {}),
      clientId: member.clientId,
      clientHost: member.clientHost,
      ...(version >= 1 ? { rebalanceTimeout: member.rebalanceTimeout } : {}),
      sessionTimeout: member.sessionTimeout,
      subscription: member.subscription.toString('base64'),
      assignment: member.assignment.toString('base64'),
    })),
  };
}

function transaction(version: number, value: DataBody<'TransactionLogValue'>): Fields {
  const tagged = (name: string, content: number, byDefault: number): Fields =>
    version >= 1 && content !== byDefault ? { [name]: content } : {};
  return {
    producerId: number(value.producerId),
    ...tagged('previousProducerId', number(value.previousProducerId), -1),
    ...tagged('nextProducerId', number(value.nextProducerId), -1),
    producerEpoch: value.producerEpoch,
    ...tagged('nextProducerEpoch', value.nextProducerEpoch, -1),
    transactionTimeoutMs: value.transactionTimeoutMs,
    transactionStatus: value.transactionStatus,
    transactionPartitions: value.transactionPartitions,
    transactionLastUpdateTimestampMs: number(value.transactionLastUpdateTimestampMs),
    transactionStartTimestampMs: number(value.transactionStartTimestampMs),
    ...tagged('clientTransactionVersion', value.clientTransactionVersion, 0),
  };
}
