/** A broker on a simulated disk and a simulated clock, and short words for what is asked of it. */
import { Broker } from '../../../src/broker/broker.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { seededRandom } from '../../../src/core/random.ts';
import type { ApiName, Input, RequestBody, ResponseBody } from '../../../src/wire/codecs.ts';
import { kafkaErrorFacts } from '../../../src/wire/error-codes.ts';
import { SimulatedDisk } from '../../sim/simulated-disk.ts';
import { SimulatedClock } from '../runtime/simulated-clock.ts';

export class TestBroker {
  readonly clock: SimulatedClock = new SimulatedClock();
  private readonly random = seededRandom(7);
  private readonly config: Readonly<Record<string, string>>;
  private readonly durability: 'page-cache' | 'fsync';
  disk: SimulatedDisk = new SimulatedDisk(this.random);
  private broker: Broker | undefined;

  private constructor(config: Readonly<Record<string, string>>, durability: 'page-cache' | 'fsync') {
    this.durability = durability;
    this.config = { 'offsets.topic.num.partitions': '1', 'transaction.state.log.num.partitions': '1', ...config };
    this.disk.makeDirectorySync('/data');
  }

  static async start(
    config: Readonly<Record<string, string>> = {},
    durability: 'page-cache' | 'fsync' = 'page-cache',
  ): Promise<TestBroker> {
    const made = new TestBroker(config, durability);
    await made.open();
    return made;
  }

  private async open(): Promise<void> {
    const { disk, clock, random, config, durability } = this;
    this.broker = await clock.wait(
      Broker.open({ disk, clock, random, logger: silentLogger, dataDir: '/data', config, durability }),
    );
  }

  /** Ends it as kill -9 does, and starts it on what it left. */
  async killAndStart(): Promise<void> {
    this.disk = this.disk.kill();
    await this.open();
  }

  /** Ends it as a loss of power does, and starts it on what the disk kept. */
  async losePowerAndStart(): Promise<void> {
    this.disk = this.disk.losePower();
    await this.open();
  }

  async close(): Promise<void> {
    await this.broker?.close();
  }

  async ask<N extends ApiName>(api: N, version: number, body: Input<RequestBody<N>>): Promise<ResponseBody<N>> {
    const context = { clientId: 'test', clientHost: '127.0.0.1', endpoint: { host: 'localhost', port: 9092 } };
    const answer = await this.broker?.handle(context, api, version, body);
    if (answer === undefined || answer === null) throw new Error('no answer');
    return answer;
  }

  /** Lets so much time pass. */
  async pass(ms: number): Promise<void> {
    let passed = false;
    this.clock.setTimer(() => (passed = true), ms);
    await this.clock.runUntil(() => passed, ms);
  }

  /** Makes topics: name → number of partitions. */
  async topics(counts: Readonly<Record<string, number>>): Promise<Map<string, string>> {
    const { topics } = await this.ask('CreateTopics', 7, {
      topics: Object.entries(counts).map(([name, numPartitions]) => ({ name, numPartitions, replicationFactor: -1 })),
      timeoutMs: 1000,
    });
    return new Map(topics.map(({ name, topicId }) => [name, topicId]));
  }
}

/** The name of an error's code: what a test says is easier to read than a number. */
export function errorOf({ errorCode }: { readonly errorCode: number }): string {
  return kafkaErrorFacts(errorCode).name;
}
