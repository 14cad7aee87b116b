/** Reads one partition's records: batches fetched, decompressed, decoded; those of aborted transactions and control records left out. */
import { sleep } from '../core/clock.ts';
import { StackError } from '../core/errors.ts';
import {
  batchControlType,
  batchHasAppendTime,
  batchIsControl,
  batchIsTransactional,
  batchLastOffset,
  batchProducerId,
  batchSize,
  controlTypes,
  decodeRecords,
  verifyBatch,
} from '../wire/record-batch.ts';
import type { Cluster } from './cluster.ts';
import { fetchBatches } from './fetch.ts';
import type { AbortedTransaction, IncomingRecord, Isolation, ReadOptions } from './kafka-client.ts';
import { partitionOffsets } from './offsets.ts';

export async function* readPartition(
  cluster: Cluster,
  topic: string,
  partition: number,
  options: ReadOptions,
): AsyncGenerator<readonly IncomingRecord[], void, undefined> {
  const { to = Infinity, isolation = 'read_committed', signal } = options;
  if (signal?.aborted) return;
  let offset =
    typeof options.from === 'number'
      ? options.from
      : (await partitionOffsets(cluster, topic, partition, isolation))[options.from];
  while (offset < to) {
    let fetched: Awaited<ReturnType<typeof fetchBatches>>;
    try {
      fetched = await fetchBatches(cluster, topic, partition, offset, {
        isolation,
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      if (signal?.aborted) return;
      throw error;
    }
    const records = decodeFetched(fetched, { topic, partition, isolation, from: offset, to });
    // Nothing new while the log goes on: the answer was too small for a batch, or a broker did not wait.
    if (fetched.nextOffset <= offset && fetched.endOffset > offset) await sleep(cluster.clock, 10, signal);
    offset = Math.max(offset, fetched.nextOffset);
    if (records.length > 0) yield records;
    if (signal?.aborted) return;
  }
}

export interface DecodeOptions {
  readonly topic: string;
  readonly partition: number;
  readonly isolation: Isolation;
  /** Records before this offset and from `to` on are left out: a batch may begin before what was asked for. */
  readonly from: number;
  readonly to?: number;
}

/** The records that a reader gets to see of fetched batches. Throws MILLRACE_BATCH_CORRUPT. */
export function decodeFetched(
  fetched: { readonly records: Buffer; readonly aborted: readonly AbortedTransaction[] },
  { topic, partition, isolation, from, to = Infinity }: DecodeOptions,
): IncomingRecord[] {
  const { records: bytes } = fetched;
  const filter = isolation === 'read_committed' ? new AbortedFilter(fetched.aborted) : undefined;
  const records: IncomingRecord[] = [];
  for (let at = 0; at < bytes.length; at += batchSize(bytes, at)) {
    try {
      verifyBatch(bytes, at);
      if (filter?.leavesOut(bytes, at) === true || batchIsControl(bytes, at)) continue;
      const timestampType = batchHasAppendTime(bytes, at) ? 'LogAppendTime' : 'CreateTime';
      for (const { offset, timestamp, key, value, headers } of decodeRecords(bytes, at)) {
        if (offset < from || offset >= to) continue;
        records.push({ topic, partition, offset, timestamp, timestampType, key, value, headers });
      }
    } catch (error) {
      if (!(error instanceof StackError)) throw error;
      throw new StackError(
        error.code,
        `${error.message}\nIt is in partition ${topic}-${partition}, at offset ${batchLastOffset(bytes, at)} or before.`,
        { cause: error, details: { topic, partition } },
      );
    }
  }
  return records;
}

/** Tells which batches belong to aborted transactions, walking with the batches in their order. */
class AbortedFilter {
  private readonly aborted: readonly AbortedTransaction[];
  private next = 0;
  /** Producers with an aborted transaction open at this place. */
  private readonly open = new Set<number>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.aborted = aborted;
  }

  leavesOut(bytes: Buffer, at: number): boolean {
    if (!batchIsTransactional(bytes, at)) return false;
    const last = batchLastOffset(bytes, at);
    for (let first = this.aborted[this.next]; first !== undefined && first.firstOffset <= last; ) {
      this.open.add(first.producerId);
      first = this.aborted[++this.next];
    }
    const producerId = batchProducerId(bytes, at);
    if (batchIsControl(bytes, at)) {
      if (batchControlType(bytes, at) === controlTypes.abort) this.open.delete(producerId);
      return true;
    }
    return this.open.has(producerId);
  }
}
