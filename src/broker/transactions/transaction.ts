/**
 * The life of a transactional id as pure steps: each takes the state and a wish, and gives the next state or refuses with the
 * error of Kafka's coordinator. Nothing here writes or waits.
 *
 *     Empty ──add──► Ongoing ──end──► PrepareCommit ──► CompleteCommit ─┐
 *       ▲                │  └─────────► PrepareAbort ──► CompleteAbort ──┤
 *       └── init ────────┴──(fenced, aborted) ◄──────── add ─────────────┘
 *
 * Transaction version 2 (KIP-890, EndTxn 5 and up) raises the producer's epoch with every end, so that nothing late of one
 * transaction can be taken for the next one; there an abort of nothing is allowed too.
 */
import { kafkaError } from '../../wire/error-codes.ts';

export type TransactionStatus =
  | 'Empty'
  | 'Ongoing'
  | 'PrepareCommit'
  | 'PrepareAbort'
  | 'CompleteCommit'
  | 'CompleteAbort'
  | 'Dead'
  | 'PrepareEpochFence';

export interface TransactionState {
  readonly transactionalId: string;
  readonly producerId: number;
  /** The id before this one, when the epochs of that were used up; −1 none. */
  readonly previousProducerId: number;
  /** The id that follows when the transaction has ended, for the same reason; −1 none. */
  readonly nextProducerId: number;
  readonly epoch: number;
  /** The epoch before the last InitProducerId that named it, by which a repeated request is known; not stored; −1 none. */
  readonly lastEpoch: number;
  readonly timeoutMs: number;
  readonly status: TransactionStatus;
  readonly partitions: ReadonlyMap<string, ReadonlySet<number>>;
  readonly startTimestamp: number;
  readonly updateTimestamp: number;
  /** 2 = the client knows transaction version 2. */
  readonly clientVersion: number;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export const epochMax: number = 2 ** 15 - 1;
const noPartitions: ReadonlyMap<string, ReadonlySet<number>> = new Map();

/** The last epoch is left for the coordinator, to fence with. */
function isExhausted(epoch: number): boolean {
  return epoch >= epochMax - 1;
}

export interface InitWish {
  readonly timeoutMs: number;
  /** What the producer had before, when it wants to go on; −1 none. */
  readonly producerId: number;
  readonly epoch: number;
}

/** A transactional id that is used for the first time. */
export function firstState(
  transactionalId: string,
  producerId: number,
  timeoutMs: number,
  now: number,
): TransactionState {
  return {
    transactionalId,
    producerId,
    previousProducerId: -1,
    nextProducerId: -1,
    epoch: 0,
    lastEpoch: -1,
    timeoutMs,
    status: 'Empty',
    partitions: noPartitions,
    startTimestamp: -1,
    updateTimestamp: now,
    clientVersion: 0,
  };
}

/**
 * InitProducerId of a known id: `ready` with the next state, or `abort` first, with the state whose open transaction is fenced off.
 * `inherited`: the state is one that a start found. A later one may have been lost with the power, and its epochs may be in use in the
 * partitions; so the producer gets a new id.
 */
export function initStep(
  state: TransactionState,
  wish: InitWish,
  inherited: boolean,
  newProducerId: () => number,
  now: number,
): { readonly step: 'ready' | 'abort'; readonly next: TransactionState } {
  const known =
    wish.producerId === -1 ||
    wish.producerId === state.producerId ||
    (wish.producerId === state.previousProducerId && (isExhausted(wish.epoch) || wish.epoch === state.lastEpoch));
  if (!known) throw kafkaError('PRODUCER_FENCED');
  switch (state.status) {
    case 'PrepareCommit':
    case 'PrepareAbort':
      throw kafkaError('CONCURRENT_TRANSACTIONS');
    case 'Dead':
    case 'PrepareEpochFence':
      throw kafkaError('UNKNOWN_SERVER_ERROR');
    case 'Ongoing':
      if (wish.epoch !== -1 && wish.epoch !== state.epoch) throw kafkaError('PRODUCER_FENCED');
      return { step: 'abort', next: fence(state) };
    case 'Empty':
    case 'CompleteCommit':
    case 'CompleteAbort':
      return { step: 'ready', next: nextIncarnation(state, wish, inherited, newProducerId, now) };
  }
}

function nextIncarnation(
  state: TransactionState,
  wish: InitWish,
  inherited: boolean,
  newProducerId: () => number,
  now: number,
): TransactionState {
  const base: TransactionState = {
    ...state,
    status: 'Empty',
    timeoutMs: wish.timeoutMs,
    partitions: noPartitions,
    nextProducerId: -1,
    startTimestamp: -1,
    updateTimestamp: now,
  };
  if (wish.epoch !== -1 && wish.epoch !== state.epoch) {
    // The answer to the same request got lost: say it again.
    if (wish.epoch === state.lastEpoch) return base;
    throw kafkaError('PRODUCER_FENCED');
  }
  const lastEpoch = wish.epoch === -1 ? -1 : state.epoch;
  if (inherited || isExhausted(state.epoch))
    return { ...base, producerId: newProducerId(), previousProducerId: state.producerId, epoch: 0, lastEpoch };
  return { ...base, epoch: state.epoch + 1, lastEpoch };
}

/** Raises the epoch, so that whoever has the old one is refused from now on. */
export function fence(state: TransactionState): TransactionState {
  return { ...state, epoch: Math.min(state.epoch + 1, epochMax), lastEpoch: -1 };
}

/** Adds partitions; undefined when they take part already. Refuses strangers, old epochs and transactions that are ending. */
export function addStep(
  state: TransactionState | undefined,
  producer: { readonly id: number; readonly epoch: number; readonly clientVersion: number },
  partitions: readonly TopicPartition[],
  now: number,
): TransactionState | undefined {
  const current = ownState(state, producer.id, producer.epoch);
  if (
    current.status === 'Ongoing' &&
    partitions.every(({ topic, partition }) => current.partitions.get(topic)?.has(partition))
  )
    return undefined;
  const next = new Map(current.status === 'Ongoing' ? current.partitions : noPartitions);
  for (const { topic, partition } of partitions) next.set(topic, new Set([...(next.get(topic) ?? []), partition]));
  return {
    ...current,
    status: 'Ongoing',
    partitions: next,
    startTimestamp: current.status === 'Ongoing' ? current.startTimestamp : now,
    updateTimestamp: now,
    clientVersion: producer.clientVersion,
  };
}

/** Throws unless the partition takes part in the producer's open transaction. */
export function checkTakesPart(
  state: TransactionState | undefined,
  producerId: number,
  epoch: number,
  { topic, partition }: TopicPartition,
): void {
  const current = ownState(state, producerId, epoch);
  if (current.status !== 'Ongoing' || !current.partitions.get(topic)?.has(partition))
    throw kafkaError('TRANSACTION_ABORTABLE');
}

function ownState(state: TransactionState | undefined, producerId: number, epoch: number): TransactionState {
  if (state === undefined || state.producerId !== producerId) throw kafkaError('INVALID_PRODUCER_ID_MAPPING');
  if (state.epoch !== epoch) throw kafkaError('PRODUCER_FENCED');
  if (state.status === 'PrepareCommit' || state.status === 'PrepareAbort') throw kafkaError('CONCURRENT_TRANSACTIONS');
  return state;
}

export interface EndWish {
  readonly producerId: number;
  readonly epoch: number;
  readonly commit: boolean;
  readonly clientVersion: number;
}

/** EndTxn: `prepare` with the state to write before the markers, or `done` when the same was asked and done before. */
export function endStep(
  state: TransactionState | undefined,
  wish: EndWish,
  newProducerId: () => number,
  now: number,
): { readonly step: 'prepare' | 'done'; readonly next: TransactionState } {
  if (state === undefined) throw kafkaError('INVALID_PRODUCER_ID_MAPPING');
  const version2 = wish.clientVersion >= 2;
  const again = version2 && isRepeated(state, wish);
  if (state.producerId !== wish.producerId && !again) throw kafkaError('INVALID_PRODUCER_ID_MAPPING');
  if (state.epoch !== wish.epoch && !again) throw kafkaError('PRODUCER_FENCED');
  const outcome = wish.commit ? 'Commit' : 'Abort';
  switch (state.status) {
    case 'Ongoing':
      if (again) throw kafkaError('PRODUCER_FENCED');
      return { step: 'prepare', next: prepare(state, wish.commit, wish.clientVersion, newProducerId, now) };
    case 'CompleteCommit':
    case 'CompleteAbort':
      if (state.status === `Complete${outcome}` && (again || !version2)) return { step: 'done', next: state };
      if (wish.commit || again || !version2) throw kafkaError('INVALID_TXN_STATE');
      return { step: 'prepare', next: prepare(state, false, wish.clientVersion, newProducerId, now) };
    case 'PrepareCommit':
    case 'PrepareAbort':
      throw kafkaError(state.status === `Prepare${outcome}` ? 'CONCURRENT_TRANSACTIONS' : 'INVALID_TXN_STATE');
    case 'Empty':
      if (wish.commit || !version2) throw kafkaError('INVALID_TXN_STATE');
      return { step: 'prepare', next: prepare(state, false, wish.clientVersion, newProducerId, now) };
    case 'Dead':
    case 'PrepareEpochFence':
      throw kafkaError('UNKNOWN_SERVER_ERROR');
  }
}

/** Does the wish carry the epoch from before the end of the transaction, as a request does that is sent again? */
function isRepeated(state: TransactionState, wish: EndWish): boolean {
  if (state.status === 'Ongoing' || state.status === 'Empty') return false;
  if (wish.producerId === state.producerId) return wish.epoch === state.epoch - 1;
  return wish.producerId === state.previousProducerId && state.epoch === 0 && isExhausted(wish.epoch);
}

/**
 * Is the transaction that a partition has open, begun with `openEpoch`, the one that this state speaks of? After a loss of power it may
 * be a later one, or an earlier one, of the same producer. An abort is for any of them: none can end otherwise.
 */
export function speaksOf(state: TransactionState, openEpoch: number): boolean {
  if (state.status === 'Ongoing') return openEpoch === state.epoch;
  if (state.status === 'PrepareAbort') return true;
  // Transaction version 2 raised the epoch with the decision.
  return state.status === 'PrepareCommit' && openEpoch === (state.clientVersion < 2 ? state.epoch : state.epoch - 1);
}

/** The state that decides how the transaction ends: once it is in the log, it ends so. */
export function prepare(
  state: TransactionState,
  commit: boolean,
  clientVersion: number,
  newProducerId: () => number,
  now: number,
): TransactionState {
  const partitions = state.status === 'Ongoing' ? state.partitions : noPartitions;
  const prepared: TransactionState = {
    ...state,
    status: commit ? 'PrepareCommit' : 'PrepareAbort',
    partitions,
    startTimestamp: state.startTimestamp === -1 ? now : state.startTimestamp,
    updateTimestamp: now,
    clientVersion,
  };
  if (clientVersion < 2) return prepared;
  return {
    ...prepared,
    epoch: Math.min(state.epoch + 1, epochMax),
    lastEpoch: -1,
    nextProducerId: isExhausted(state.epoch) ? newProducerId() : -1,
  };
}

/** The state once all markers are written. */
export function complete(state: TransactionState, now: number): TransactionState {
  const done: TransactionState = {
    ...state,
    status: state.status === 'PrepareCommit' ? 'CompleteCommit' : 'CompleteAbort',
    partitions: noPartitions,
    nextProducerId: -1,
    updateTimestamp: now,
  };
  if (state.nextProducerId === -1) return done;
  return { ...done, producerId: state.nextProducerId, previousProducerId: state.producerId, epoch: 0 };
}
