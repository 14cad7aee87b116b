/** A Kafka in memory with one topic of one partition: enough to keep a registry's records, transactions and fencing included. */
import { StackError } from '../../../src/core/errors.ts';
import type { IncomingRecord, KafkaClient, OutgoingRecord, Producer } from '../../../src/client/kafka-client.ts';

export class FakeKafka {
  /** Committed records, each at the offset that is its index; undefined where a transaction's marker or aborted record lies. */
  readonly log: (IncomingRecord | undefined)[] = [];
  readonly config: Record<string, string> = { 'cleanup.policy': 'compact' };
  partitions = 0;
  /** Set: sends fail with it. */
  failure: Error | undefined;
  private readonly epochs = new Map<string, number>();
  private wake = new Set<() => void>();

  client(): KafkaClient {
    const unused = (): never => {
      throw new Error('the registry does not need this');
    };
    const description = { topic: '_schemas', topicId: '', replicationFactor: 1, internal: false };
    return {
      clusterId: async () => 'cluster-of-the-fake',
      admin: {
        describeTopic: async () =>
          this.partitions === 0 ? undefined : { ...description, partitions: this.partitions },
        ensureTopic: async (topic) => {
          this.partitions ||= topic.partitions;
          Object.assign(this.config, topic.config);
          return { ...description, partitions: this.partitions };
        },
        topicConfig: async () => this.config,
        offsets: async () => ({ earliest: 0, latest: this.log.length, leaderEpoch: 0 }),
        topics: unused,
        createTopic: unused,
        deleteTopic: unused,
        alterTopicConfig: unused,
        groups: unused,
        deleteGroup: unused,
        committed: unused,
        committedPositions: unused,
        commitOffsets: unused,
        endOfEpoch: unused,
        offsetForTime: unused,
      },
      producer: async (options = {}) => this.producer(options.transactionalId),
      read: (_topic, _partition, { from, to, signal }) => this.read(from === 'earliest' ? 0 : Number(from), to, signal),
      consumer: unused,
      fetchBatches: unused,
      request: unused,
      close: async () => undefined,
    };
  }

  /** A record from somewhere else. */
  append(key: unknown, value: unknown): void {
    const bytes = (part: unknown): Buffer | null =>
      part === null ? null : Buffer.from(typeof part === 'string' ? part : JSON.stringify(part));
    this.push(bytes(key), bytes(value));
    this.woken();
  }

  /** Keeps the last record of each key; offsets change, which nobody who reads from the beginning can tell. */
  compact(): void {
    const last = new Map(this.log.flatMap((record) => (record ? [[String(record.key), record]] : [])));
    const kept = this.log.filter(
      (record) => record && last.get(String(record.key)) === record && record.value !== null,
    );
    this.log.length = 0;
    for (const record of kept) this.push(record?.key ?? null, record?.value ?? null);
  }

  private push(key: Buffer | null, value: Buffer | null): number {
    const offset = this.log.length;
    this.log.push({ topic: '_schemas', partition: 0, offset, timestamp: 0, key, value, headers: [] });
    return offset;
  }

  private woken(): void {
    const all = this.wake;
    this.wake = new Set();
    for (const one of all) one();
  }

  private producer(id: string | undefined): Producer {
    const epoch = id === undefined ? 0 : (this.epochs.get(id) ?? 0) + 1;
    if (id !== undefined) this.epochs.set(id, epoch);
    let open: { readonly key: Buffer | null; readonly value: Buffer | null; readonly offset: number }[] = [];
    const check = (): void => {
      if (this.failure !== undefined) throw this.failure;
      if (id !== undefined && this.epochs.get(id) !== epoch)
        throw new StackError('MILLRACE_KAFKA', 'fenced', { details: { errorName: 'INVALID_PRODUCER_EPOCH' } });
    };
    const bytes = (part: Uint8Array | null): Buffer | null => (part === null ? null : Buffer.from(part));
    return {
      send: async ({ key, value }: OutgoingRecord) => {
        check();
        if (id === undefined) {
          const offset = this.push(bytes(key), bytes(value));
          this.woken();
          return { partition: 0, offset };
        }
        const offset = this.log.push(undefined) - 1;
        open.push({ key: bytes(key), value: bytes(value), offset });
        return { partition: 0, offset };
      },
      begin: async () => check(),
      commit: async () => {
        check();
        for (const { key, value, offset } of open)
          this.log[offset] = { topic: '_schemas', partition: 0, offset, timestamp: 0, key, value, headers: [] };
        open = [];
        this.log.push(undefined);
        this.woken();
      },
      abort: async () => {
        open = [];
      },
      flush: async () => undefined,
      sendOffsets: async () => undefined,
      produceBatch: async () => 0,
      close: async () => undefined,
    };
  }

  private async *read(
    from: number,
    to = Number.POSITIVE_INFINITY,
    signal?: AbortSignal,
  ): AsyncGenerator<IncomingRecord[]> {
    for (let next = from; next < to; ) {
      if (signal?.aborted) return;
      if (next < this.log.length) {
        const record = this.log[next++];
        if (record !== undefined) yield [record];
        continue;
      }
      await new Promise<void>((resolve) => {
        const done = (): void => {
          signal?.removeEventListener('abort', done);
          resolve();
        };
        this.wake.add(done);
        signal?.addEventListener('abort', done);
      });
    }
  }
}
