/**
 * Leader epochs as clients see them (KIP-101, KIP-320): one for all partitions, a new one with every start. Where an epoch ends is
 * what tells a reader that records it has seen were lost with the power and others written in their place.
 */
import type { PartitionLog } from '../storage/partition-log.ts';
import type { EpochEnd } from '../storage/segment-list.ts';
import { kafkaError } from '../wire/error-codes.ts';

/** Refuses an epoch that is not ours; −1 is nobody's. Throws FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH. */
export function checkEpoch(epoch: number, current: number): void {
  if (epoch === -1 || epoch === current) return;
  throw kafkaError(epoch < current ? 'FENCED_LEADER_EPOCH' : 'UNKNOWN_LEADER_EPOCH');
}

/** The last epoch up to `epoch` that a log knows, and where it ends; −1 for an epoch that nobody was leader in. */
export function epochEnd(log: PartitionLog, epoch: number, current: number): EpochEnd {
  if (epoch < 0 || epoch > current) return { leaderEpoch: -1, endOffset: -1 };
  return epoch === current ? { leaderEpoch: epoch, endOffset: log.highWatermark } : log.endOfEpoch(epoch);
}
