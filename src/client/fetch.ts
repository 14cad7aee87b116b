/** Fetches batches as they lie: one partition's, with a long poll, from whoever leads it. */
import { safeNumber } from '../core/assert.ts';
import {
  batchLastOffset,
  batchLeaderEpoch,
  batchMagic,
  batchPrefixBytes,
  batchHeaderBytes,
  batchSize,
} from '../wire/record-batch.ts';
import type { ResponseBody } from '../wire/codecs.ts';
import { kafkaError } from '../wire/error-codes.ts';
import { checkAnswer } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import type { FetchBatchesOptions, FetchedBatches, Isolation } from './kafka-client.ts';

/** `max.partition.fetch.bytes` */
const fetchBytesMaxDefault = 1024 * 1024;
/** `fetch.max.wait.ms` */
const fetchWaitMsDefault = 500;
/** `default.api.timeout.ms` */
const fetchTimeoutMs = 60_000;
/** What a broker may take longer than the wait it was asked for. */
const requestTimeoutMs = 30_000;

const noRecords = Buffer.alloc(0);

/** Rejects with OFFSET_OUT_OF_RANGE, and with the signal's reason when it aborts. */
export async function fetchBatches(
  cluster: Cluster,
  topic: string,
  partition: number,
  offset: number,
  options: FetchBatchesOptions = {},
): Promise<FetchedBatches> {
  const {
    maxBytes = fetchBytesMaxDefault,
    waitMs = fetchWaitMsDefault,
    isolation = 'read_committed',
    signal,
  } = options;
  signal?.throwIfAborted();
  const fetched = cluster.retry(
    async () => {
      const { nodeId, epoch, topicId } = await cluster.leader(topic, partition);
      const { channel, release } = await cluster.brokers.lease(nodeId);
      try {
        const answer = await channel.request(
          'Fetch',
          {
            maxWaitMs: waitMs,
            minBytes: 1,
            maxBytes,
            isolationLevel: isolation === 'read_committed' ? 1 : 0,
            sessionEpoch: -1,
            replicaId: -1,
            topics: [
              {
                topic,
                topicId,
                partitions: [
                  { partition, currentLeaderEpoch: epoch, fetchOffset: offset, partitionMaxBytes: maxBytes },
                ],
              },
            ],
          },
          topicId === undefined ? 12 : undefined,
          waitMs + requestTimeoutMs,
        );
        checkAnswer(answer.errorCode, null, `Partition ${topic}-${partition}`, { topic, partition });
        const [data] = answer.responses[0]?.partitions ?? [];
        // A broker leaves out what has nothing new; without a session it should not.
        if (data === undefined)
          throw kafkaError('UNKNOWN_TOPIC_OR_PARTITION', `Partition ${topic}-${partition} is unknown.`);
        return fetchedFrom(data, { topic, partition, offset, isolation });
      } finally {
        release();
      }
    },
    fetchTimeoutMs,
    () => cluster.forgetTopic(topic),
    signal,
  );
  return signal === undefined ? fetched : abortable(fetched, signal);
}

type PartitionData = ResponseBody<'Fetch'>['responses'][number]['partitions'][number];

export interface FetchPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly isolation: Isolation;
}

export interface FetchedPart extends FetchedBatches {
  /** The leader's epoch of the last batch; −1 when there is none. */
  readonly lastEpoch: number;
}

/** One partition's part of an answer. Throws the error that it tells. */
export function fetchedFrom(data: PartitionData, { topic, partition, offset, isolation }: FetchPosition): FetchedPart {
  checkAnswer(data.errorCode, null, `Offset ${offset} of partition ${topic}-${partition}`, {
    topic,
    partition,
    offset,
  });
  const { records, end, lastEpoch } = wholeBatches(data.records ?? noRecords, topic, partition);
  const endOffset = isolation === 'read_committed' ? data.lastStableOffset : data.highWatermark;
  return {
    records,
    aborted: (data.abortedTransactions ?? [])
      .map(({ producerId, firstOffset }) => ({
        producerId: safeNumber(producerId),
        firstOffset: safeNumber(firstOffset),
      }))
      .sort((a, b) => a.firstOffset - b.firstOffset),
    nextOffset: end ?? offset,
    lastEpoch,
    endOffset: safeNumber(endOffset),
    logStartOffset: safeNumber(data.logStartOffset),
  };
}

/** The limit of an answer may cut its last batch; the part is left out. */
function wholeBatches(
  bytes: Buffer,
  topic: string,
  partition: number,
): { readonly records: Buffer; readonly end: number | undefined; readonly lastEpoch: number } {
  let at = 0;
  let lastEpoch = -1;
  let end: number | undefined;
  while (at + batchHeaderBytes <= bytes.length) {
    if (batchMagic(bytes, at) < 2) {
      throw kafkaError(
        'UNSUPPORTED_FOR_MESSAGE_FORMAT',
        `Partition ${topic}-${partition} holds messages of a format before 0.11, which this client does not read.`,
        { topic, partition },
      );
    }
    const size = batchSize(bytes, at);
    if (size < batchPrefixBytes || at + size > bytes.length) break;
    end = batchLastOffset(bytes, at) + 1;
    lastEpoch = batchLeaderEpoch(bytes, at);
    at += size;
  }
  return { records: at === bytes.length ? bytes : bytes.subarray(0, at), end, lastEpoch };
}

function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', stop));
}
