/** One life of the spine: broker, client, producer and query 2.5 on simulated ports, until the process is killed or the power fails. */
import { Broker } from '../../../src/broker/broker.ts';
import { embeddedKafka } from '../../../src/client/kafka.ts';
import type { KafkaClient, Producer } from '../../../src/client/kafka-client.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import type { Random } from '../../../src/core/random.ts';
import { clientCluster } from '../../../src/runtime/client-cluster.ts';
import { createQueryManager } from '../../../src/runtime/manager.ts';
import type { QueryManager } from '../../../src/runtime/jobs.ts';
import { query25, sourceSchema } from '../../unit/runtime/walkthrough.ts';
import type { SimulatedDisk } from '../simulated-disk.ts';

export const queryId = 'CTAS_METRICS_PER_BRAND_1';
export const sourceTopic = 'commercials_avro';
export const sinkTopic = 'METRICS_PER_BRAND';
export const partitions = 2;

export type Durability = 'page-cache' | 'fsync';

export interface Ports {
  readonly disk: SimulatedDisk;
  readonly clock: Clock;
  readonly random: Random;
  readonly durability: Durability;
}

/** The clock as one process sees it: what is due after its end does not happen. */
class ProcessClock implements Clock {
  readonly #clock: Clock;
  #over = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  setTimer(fn: () => void, delayMs: number): ReturnType<Clock['setTimer']> {
    return this.#clock.setTimer(() => this.#over || fn(), delayMs);
  }

  defer(fn: () => void): void {
    this.#clock.defer(() => this.#over || fn());
  }

  end(): void {
    this.#over = true;
  }
}

export class StackProcess {
  readonly #ports: Ports;
  readonly #clock: ProcessClock;
  #broker: Broker | undefined;
  #kafka: KafkaClient | undefined;
  #manager: QueryManager | undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#clock = new ProcessClock(ports.clock);
  }

  get kafka(): KafkaClient {
    if (this.#kafka === undefined) throw new Error('the broker is not open');
    return this.#kafka;
  }

  get manager(): QueryManager {
    if (this.#manager === undefined) throw new Error('the query manager is not open');
    return this.#manager;
  }

  async openBroker(): Promise<void> {
    const { disk, random, durability } = this.#ports;
    disk.makeDirectorySync('/data');
    const broker = await Broker.open({
      ...{ disk, random, durability },
      clock: this.#clock,
      logger: silentLogger,
      dataDir: '/data',
      config: {
        'offsets.topic.num.partitions': '1',
        'transaction.state.log.num.partitions': '1',
        // Segments roll within a simulated second, and every few batches have an index entry.
        'log.roll.ms': '900',
        'log.index.interval.bytes': '200',
      },
    });
    this.#broker = broker;
    this.#kafka = embeddedKafka({ door: broker, clock: this.#clock, random });
  }

  async createTopics(): Promise<void> {
    await this.kafka.admin.ensureTopic({ topic: sourceTopic, partitions });
    await this.kafka.admin.ensureTopic({ topic: sinkTopic, partitions: 1 });
  }

  async startQuery(): Promise<void> {
    const { disk, random } = this.#ports;
    const manager = createQueryManager({
      ...{ disk, random },
      clock: this.#clock,
      logger: silentLogger,
      stateDirectory: '/state',
      cluster: clientCluster(this.kafka),
      schema: async () => ({ text: sourceSchema }),
    });
    this.#manager = manager;
    this.#broker?.onPartitionMoved((topic, partition) => manager.wake(topic, partition));
    await manager.start({ queryId, plan: query25('commit'), config: { processingGuarantee: 'exactly_once_v2' } });
  }

  producer(): Promise<Producer> {
    return this.kafka.producer();
  }

  /** An orderly end. */
  async close(): Promise<void> {
    await this.#manager?.close();
    await this.#kafka?.close();
    await this.#broker?.close();
    this.#clock.end();
  }

  /** The end without any order: nothing that is under way goes on. */
  end(): void {
    this.#clock.end();
  }
}
