/** Opens a client: of a cluster on the network, or of the broker in this process. */
import type { Clock } from '../core/clock.ts';
import type { Network } from '../core/network.ts';
import type { Random } from '../core/random.ts';
import type { ApiName, Input, RequestBody, ResponseBody } from '../wire/codecs.ts';
import { KafkaAdmin } from './admin.ts';
import { Cluster } from './cluster.ts';
import type { Brokers, Channel } from './channel.ts';
import { GroupConsumer } from './consumer.ts';
import { fetchBatches } from './fetch.ts';
import { InProcessBrokers } from './in-process.ts';
import type { BrokerDoor } from './in-process.ts';
import type {
  Admin,
  Consumer,
  ConsumerOptions,
  FetchBatchesOptions,
  FetchedBatches,
  IncomingRecord,
  KafkaClient,
  Producer,
  ProducerOptions,
  ReaderDescriptor,
  ReadOptions,
  RequestTarget,
} from './kafka-client.ts';
import { KafkaProducer } from './producer.ts';
import { readPartition } from './reader.ts';
import { parseBootstrapServers, TcpBrokers } from './tcp-brokers.ts';

export interface ClientOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** `client.id`; `millrace` by default. */
  readonly clientId?: string;
}

export interface ConnectOptions extends ClientOptions {
  readonly network: Network;
  /** `host:port,…` */
  readonly bootstrapServers: string;
  /** `request.timeout.ms`, 30,000 by default. */
  readonly requestTimeoutMs?: number;
  /** `socket.connection.setup.timeout.ms`, 10,000 by default. */
  readonly setupTimeoutMs?: number;
}

export interface EmbeddedOptions extends ClientOptions {
  /** The broker in this process. */
  readonly door: BrokerDoor;
  /** Where it listens, as it tells in metadata. */
  readonly endpoint?: { readonly host: string; readonly port: number };
}

const clientIdDefault = 'millrace';

/**
 * A client of a Kafka cluster. Resolves once one of the bootstrap servers answered.
 * @throws StackError MILLRACE_UNREACHABLE (none answers), MILLRACE_CONFIG_INVALID (not a list of addresses)
 */
export async function connectKafka(options: ConnectOptions): Promise<KafkaClient> {
  const { bootstrapServers, clientId = clientIdDefault, requestTimeoutMs = 30_000, ...ports } = options;
  const bootstrap = parseBootstrapServers(bootstrapServers);
  const brokers = new TcpBrokers({ ...ports, clientId, requestTimeoutMs, bootstrap });
  try {
    await brokers.channel(undefined, 'main');
  } catch (error) {
    brokers.close();
    throw error;
  }
  return new ClusterClient(brokers, options);
}

/** A client of the broker in this process. It ends by itself with the broker; `close` ends its waits only. */
export function embeddedKafka(options: EmbeddedOptions): KafkaClient {
  const { door, clientId = clientIdDefault, endpoint } = options;
  const brokers = new InProcessBrokers({ door, clientId, ...(endpoint === undefined ? {} : { endpoint }) });
  return new ClusterClient(brokers, options);
}

class ClusterClient implements KafkaClient {
  readonly admin: Admin;
  readonly openReader?: (topic: string, partition: number) => Promise<ReaderDescriptor | undefined>;
  private readonly cluster: Cluster;
  private readonly producers = new Set<Producer>();
  private readonly consumers = new Set<Consumer>();

  constructor(brokers: Brokers, { clock, random }: ClientOptions) {
    this.cluster = new Cluster({ brokers, clock, random });
    this.admin = new KafkaAdmin(this.cluster);
    const { openReader } = brokers;
    if (openReader !== undefined) this.openReader = async (topic, partition) => openReader(topic, partition);
  }

  clusterId(): Promise<string> {
    return this.cluster.clusterId();
  }

  async producer(options: ProducerOptions = {}): Promise<Producer> {
    const producer = await KafkaProducer.open(this.cluster, options, (closed) => this.producers.delete(closed));
    this.producers.add(producer);
    return producer;
  }

  consumer(options: ConsumerOptions): Consumer {
    const consumer = new GroupConsumer(this.cluster, options, (closed) => this.consumers.delete(closed));
    this.consumers.add(consumer);
    return consumer;
  }

  fetchBatches(
    topic: string,
    partition: number,
    offset: number,
    options?: FetchBatchesOptions,
  ): Promise<FetchedBatches> {
    return fetchBatches(this.cluster, topic, partition, offset, options);
  }

  read(topic: string, partition: number, options: ReadOptions): AsyncIterable<readonly IncomingRecord[]> {
    return readPartition(this.cluster, topic, partition, options);
  }

  async request<N extends ApiName>(
    api: N,
    body: Input<RequestBody<N>>,
    maxVersion?: number,
    to?: RequestTarget,
  ): Promise<ResponseBody<N>> {
    const ask = (channel: Channel): Promise<ResponseBody<N>> => channel.request(api, body, maxVersion);
    if (to === undefined) return ask(await this.cluster.brokers.channel(undefined, 'main'));
    if ('node' in to) {
      await this.cluster.nodes(); // teaches where each is
      return ask(await this.cluster.brokers.channel(to.node, 'main'));
    }
    if ('group' in to) return this.cluster.withCoordinator('group', to.group, ask);
    if ('topic' in to) return this.cluster.withLeader(to.topic, to.partition, ask);
    return this.cluster.withCoordinator('transaction', to.transactionalId, ask);
  }

  async close(): Promise<void> {
    await Promise.all([...this.producers, ...this.consumers].map((open) => open.close()));
    this.cluster.close();
  }
}
