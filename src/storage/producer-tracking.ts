/** What batches of the log mean for the state of the producers; used by appends and by recovery alike. */
import {
  batchBaseOffset,
  batchBaseSequence,
  batchControlType,
  batchIsControl,
  batchIsTransactional,
  batchLastOffsetDelta,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  controlTypes,
  rawRecords,
} from '../wire/record-batch.ts';
import type { ProducerAppend, ProducerState } from './producer-state.ts';
import type { Segment } from './segment.ts';

/** The batch at `at` as the state of the producers sees it. */
export function producerAppend(buffer: Buffer, at: number): ProducerAppend {
  return {
    producerId: batchProducerId(buffer, at),
    epoch: batchProducerEpoch(buffer, at),
    baseSequence: batchBaseSequence(buffer, at),
    lastOffsetDelta: batchLastOffsetDelta(buffer, at),
    timestamp: batchMaxTimestamp(buffer, at),
    transactional: batchIsTransactional(buffer, at),
  };
}

/** Is this a batch that ends a transaction? */
export function isEndMarker(buffer: Buffer, at: number): boolean {
  if (!batchIsControl(buffer, at) || batchProducerId(buffer, at) < 0) return false;
  const type = batchControlType(buffer, at);
  return type === controlTypes.commit || type === controlTypes.abort;
}

/** Epoch of the coordinator that wrote a marker. */
export function markerCoordinatorEpoch(buffer: Buffer, at: number): number {
  const value = rawRecords(buffer, at)[0]?.value;
  return value !== undefined && value !== null && value.length >= 6 ? value.readInt32BE(2) : -1;
}

/** Takes a batch that lies in the log into the state of the producers, and an aborted transaction into the index of `segment`. */
export function trackBatch(producers: ProducerState, buffer: Buffer, at: number, segment: Segment | undefined): void {
  const producerId = batchProducerId(buffer, at);
  if (producerId < 0) return;
  if (!batchIsControl(buffer, at)) {
    producers.append(producerAppend(buffer, at), batchBaseOffset(buffer, at));
    return;
  }
  if (!isEndMarker(buffer, at)) return;
  const lastOffset = batchBaseOffset(buffer, at);
  const firstOffset = producers.endTransaction(
    producerId,
    batchProducerEpoch(buffer, at),
    markerCoordinatorEpoch(buffer, at),
    batchMaxTimestamp(buffer, at),
  );
  if (batchControlType(buffer, at) !== controlTypes.abort || firstOffset < 0) return;
  const lastStableOffset = producers.firstOpenOffset() ?? lastOffset + 1;
  segment?.addAborted({ producerId, firstOffset, lastOffset, lastStableOffset });
}
