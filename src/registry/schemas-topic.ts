/**
 * The topic behind the registry: follows it from its beginning and applies each record to the state; appends changes, and calls them
 * done once they were read back. docs/internals/schemas-topic.md says how instances keep out of each other's way.
 */
import type { Clock } from '../core/clock.ts';
import { sleep } from '../core/clock.ts';
import { StackError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Random } from '../core/random.ts';
import type { IncomingRecord, KafkaClient, Producer } from '../client/kafka-client.ts';
import { decodeRecord, encodeRecord } from './records.ts';
import type { RegistryRecord } from './records.ts';
import { RegistryState } from './state.ts';

export const schemasTopic = '_schemas';
/** How long a change may take to come back. */
const readBackTimeoutMs = 30_000;
const retryDelayMs = 200;
const giveWayMsMax = 1000;
/** How long `close` waits for changes under way. */
const closeTimeoutMs = 5000;

export interface SchemasTopicOptions {
  readonly kafka: KafkaClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** True when other registries may write to the same topic. */
  readonly shared: boolean;
}

interface Waiter {
  readonly offset: number;
  readonly done: () => void;
  readonly closed: () => void;
}

export class SchemasTopic {
  readonly state: RegistryState = new RegistryState();
  private readonly options: SchemasTopicOptions;
  private readonly closing = new AbortController();
  private following: Promise<void> = Promise.resolve();
  private readonly waiters = new Set<Waiter>();
  /** The offset of the next record to read. */
  private position = 0;
  private producer: Producer | undefined;
  /** False when there may be records in the log that were not read yet: those of others, or of a change that failed. */
  private certain: boolean;
  private closed = false;
  /** One change after the other. */
  private changes: Promise<unknown> = Promise.resolve();

  private constructor(options: SchemasTopicOptions) {
    this.options = options;
    this.certain = !options.shared;
  }

  /**
   * Creates the topic if it is missing and reads all of it.
   * @throws StackError MILLRACE_CONFIG_INVALID when the topic is there but not fit to hold schemas
   */
  static async open(options: SchemasTopicOptions): Promise<SchemasTopic> {
    const { kafka } = options;
    const topic = new SchemasTopic(options);
    const found = await kafka.admin.describeTopic(schemasTopic);
    if (found === undefined)
      await kafka.admin.ensureTopic({ topic: schemasTopic, partitions: 1, config: { 'cleanup.policy': 'compact' } });
    else await verifyTopic(kafka, found.partitions);
    const { latest } = await kafka.admin.offsets(schemasTopic, 0, 'read_committed');
    for await (const records of kafka.read(schemasTopic, 0, { from: 'earliest', to: latest })) topic.apply(records);
    topic.position = Math.max(topic.position, latest);
    topic.following = topic.follow();
    return topic;
  }

  /**
   * Runs changes one after the other. `decide` sees a state in which all earlier changes are; what it returns is appended, and when the
   * promise resolves it is durable and part of the state.
   * @throws what `decide` throws; StackError or KafkaError when the change may not be in the log
   */
  change<T>(decide: () => Promise<Change<T>> | Change<T>): Promise<T> {
    if (this.closed) return Promise.reject(closing());
    const result = this.changes.then(() => this.runChange(decide));
    this.changes = result.catch(() => undefined);
    return result;
  }

  private async runChange<T>(decide: () => Promise<Change<T>> | Change<T>): Promise<T> {
    for (let fenced = 0; ; fenced++) {
      if (this.closing.signal.aborted) throw closing();
      try {
        const producer = await this.writer();
        const { records, result } = await decide();
        if (records.length > 0) await this.append(producer, records);
        return result();
      } catch (error) {
        if (!(error instanceof StackError)) throw error; // decided against it
        // Whatever became of it: the next change begins by reading all that is there.
        this.certain = false;
        void this.producer?.close().catch(() => undefined);
        this.producer = undefined;
        if (!this.options.shared || !isFenced(error)) throw error;
        await this.giveWay(fenced);
      }
    }
  }

  /** Waits for a moment of random length, or instances would fence each other for ever. */
  private giveWay(times: number): Promise<void> {
    const { clock, random } = this.options;
    return sleep(clock, random.float() * Math.min(giveWayMsMax, 20 * 2 ** times), this.closing.signal);
  }

  /** A producer behind whose back nobody has written: what the state says is the newest. */
  private async writer(): Promise<Producer> {
    const { kafka, shared } = this.options;
    this.producer ??= await kafka.producer(shared ? { transactionalId: `schema-registry-${schemasTopic}` } : {});
    // Behind everything that others wrote before they were fenced, and that a failed change may have left.
    if (!this.certain) await this.append(this.producer, [{ type: 'NOOP', maxIds: this.state.maxIds() }]);
    this.certain = true;
    return this.producer;
  }

  private async append(producer: Producer, records: readonly RegistryRecord[]): Promise<void> {
    const { shared } = this.options;
    if (shared) await producer.begin();
    const sent = await Promise.all(
      records.map((record) => producer.send({ topic: schemasTopic, partition: 0, ...encodeRecord(record) })),
    );
    if (shared) await producer.commit();
    await this.reached(Math.max(...sent.map(({ offset }) => offset)));
  }

  private reached(offset: number): Promise<void> {
    if (this.position > offset) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const ended = (settle: () => void) => (): void => {
        timer.cancel();
        this.waiters.delete(waiter);
        settle();
      };
      const why = `Offset ${offset} of ${schemasTopic} was written, but was not read back`;
      const fail = (code: 'MILLRACE_TIMEOUT' | 'MILLRACE_UNREACHABLE', reason: string): (() => void) =>
        ended(() => reject(new StackError(code, `${why} ${reason}.`)));
      const waiter: Waiter = {
        offset,
        done: ended(resolve),
        closed: fail('MILLRACE_UNREACHABLE', 'before the registry closed'),
      };
      this.waiters.add(waiter);
      const timer = this.options.clock.setTimer(
        fail('MILLRACE_TIMEOUT', `within ${readBackTimeoutMs} ms`),
        readBackTimeoutMs,
      );
    });
  }

  private async follow(): Promise<void> {
    const { kafka, clock, logger } = this.options;
    const { signal } = this.closing;
    while (!signal.aborted) {
      try {
        for await (const records of kafka.read(schemasTopic, 0, { from: this.position, signal })) this.apply(records);
      } catch (error) {
        if (signal.aborted) return;
        logger.warn('the schemas topic cannot be read, trying again', { topic: schemasTopic, error: messageOf(error) });
        await sleep(clock, retryDelayMs, signal);
      }
    }
  }

  private apply(records: readonly IncomingRecord[]): void {
    for (const record of records) {
      const refused = this.applyOne(record);
      if (refused !== undefined)
        this.options.logger.warn('a record of the schemas topic is passed over', {
          offset: record.offset,
          reason: refused,
        });
      this.position = record.offset + 1;
    }
    for (const waiter of [...this.waiters]) if (waiter.offset < this.position) waiter.done();
  }

  private applyOne({ key, value }: IncomingRecord): string | undefined {
    if (key === null) return 'it has no key';
    try {
      const record = decodeRecord(key, value);
      return record && this.state.apply(record);
    } catch (error) {
      return messageOf(error);
    }
  }

  /** Changes under way come to their end, if they do so soon; new ones are refused. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.settled(closeTimeoutMs);
    this.closing.abort();
    for (const waiter of [...this.waiters]) waiter.closed();
    await this.following;
    await this.producer?.close();
  }

  private settled(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.options.clock.setTimer(resolve, timeoutMs, true);
      void this.changes.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}

function closing(): StackError {
  return new StackError('MILLRACE_UNREACHABLE', 'The schema registry is closing.');
}

/** True when another instance has begun to write. */
function isFenced(error: unknown): boolean {
  const names = ['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED', 'INVALID_PRODUCER_ID_MAPPING', 'INVALID_TXN_STATE'];
  return error instanceof StackError && names.includes(String(error.details['errorName']));
}

/** What a change appends, and what it is answered with once that is in the state. */
export interface Change<T> {
  readonly records: readonly RegistryRecord[];
  readonly result: () => T;
}

async function verifyTopic(kafka: KafkaClient, partitions: number): Promise<void> {
  if (partitions !== 1)
    throw new StackError(
      'MILLRACE_CONFIG_INVALID',
      `The schema topic ${schemasTopic} should have only 1 partition but has ${partitions}. Delete the topic, or use another Kafka.`,
    );
  const { 'cleanup.policy': policy } = await kafka.admin.topicConfig(schemasTopic);
  if (policy !== 'compact')
    throw new StackError(
      'MILLRACE_CONFIG_INVALID',
      `The retention policy of the schema topic ${schemasTopic} is incorrect. Expected cleanup.policy to be 'compact' but it is ${policy}. Set it to compact, else Kafka deletes schemas.`,
    );
}
