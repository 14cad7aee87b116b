/** The topic of commands: read to its end, and written in transactions that fence other servers (docs/internals/command-topic.md). */
import type { KafkaClient } from '../../client/kafka-client.ts';
import { sleep } from '../../core/clock.ts';
import type { Clock } from '../../core/clock.ts';
import { StackError, messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { Random } from '../../core/random.ts';
import { decodeCommand, encodeCommand } from './command.ts';
import type { Command } from './command.ts';

export interface StoredCommand {
  readonly offset: number;
  /** Absent: a record that this version cannot apply. */
  readonly command: Command | undefined;
}

interface CommandTopicPorts {
  readonly kafka: KafkaClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** How often a server that is pushed aside tries again. */
const attemptsMax = 20;

export class CommandTopic {
  readonly topic: string;
  readonly #kafka: KafkaClient;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger;
  readonly #transactionalId: string;
  #position = 0;

  constructor(serviceId: string, { kafka, clock, random, logger }: CommandTopicPorts) {
    this.topic = commandTopicName(serviceId);
    this.#kafka = kafka;
    this.#clock = clock;
    this.#random = random;
    this.#logger = logger;
    this.#transactionalId = serviceId;
  }

  /** Every offset below it was read. */
  get position(): number {
    return this.#position;
  }

  async open(): Promise<void> {
    const config = { 'cleanup.policy': 'delete', 'retention.ms': '-1' };
    await this.#kafka.admin.ensureTopic({ topic: this.topic, partitions: 1, config });
  }

  /** The commands between what was read and the end, in order. */
  async *readNew(): AsyncGenerator<StoredCommand> {
    const { latest } = await this.#kafka.admin.offsets(this.topic, 0, 'read_committed');
    if (latest <= this.#position) return;
    const options = { from: this.#position, to: latest, isolation: 'read_committed' as const };
    for await (const records of this.#kafka.read(this.topic, 0, options)) {
      for (const { offset, key, value } of records) {
        if (offset < this.#position) continue;
        this.#position = offset + 1;
        yield { offset, command: this.#decode(offset, key, value) };
      }
    }
    this.#position = latest; // the markers of the transactions are behind us, too
  }

  /** Resolves at the next record behind what was read, at once when there is one, and when `signal` aborts. */
  async waitForMore(signal: AbortSignal): Promise<void> {
    const reading = this.#kafka.read(this.topic, 0, { from: this.#position, isolation: 'read_committed', signal });
    for await (const records of reading) {
      if (records.length > 0) return;
    }
  }

  /**
   * Calls `make` while no other server can write, and appends what it gives; resolves with the record's offset. Nothing is written when
   * `make` rejects or gives nothing. A server that another one pushes aside begins again, with another call of `make`.
   */
  async write<C extends Command | undefined>(make: () => Promise<C>): Promise<{ command: C; offset: number }> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#writeOnce(make);
      } catch (error) {
        if (!wasFenced(error) || attempt === attemptsMax) throw error;
        await sleep(this.#clock, Math.floor(this.#random.float() * 20 * attempt));
      }
    }
  }

  async #writeOnce<C extends Command | undefined>(make: () => Promise<C>): Promise<{ command: C; offset: number }> {
    const producer = await this.#kafka.producer({ transactionalId: this.#transactionalId });
    try {
      await producer.begin();
      const command = await make();
      if (command === undefined) {
        await producer.abort();
        return { command, offset: -1 };
      }
      const { key, value } = encodeCommand(command);
      const { offset } = await producer.send({ topic: this.topic, partition: 0, key, value });
      await producer.commit();
      return { command, offset };
    } catch (error) {
      await producer.abort().catch(() => {}); // the first failure is the one to tell
      throw error;
    } finally {
      await producer.close().catch(() => {});
    }
  }

  #decode(offset: number, key: Buffer | null, value: Buffer | null): Command | undefined {
    try {
      return decodeCommand(key, value);
    } catch (error) {
      this.#logger.error(messageOf(error), { topic: this.topic, offset });
      return undefined;
    }
  }
}

/** Another server has opened a producer with the same id since. */
function wasFenced(error: unknown): boolean {
  return error instanceof StackError && fenced.has(error.details['errorName']);
}

const fenced: ReadonlySet<unknown> = new Set(['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH', 'CONCURRENT_TRANSACTIONS']);

function commandTopicName(serviceId: string): string {
  return `_confluent-ksql-${serviceId}_command_topic`;
}
