/** The Kafka cluster under a stack: the embedded broker with its listener, or another one at an address. */
import { Broker } from '../broker/broker.ts';
import { listenForClients } from '../broker/listener.ts';
import { connectKafka, embeddedKafka } from '../client/kafka.ts';
import type { KafkaClient } from '../client/kafka-client.ts';
import { systemClock } from '../core/clock.ts';
import { nodeDisk } from '../core/disk.ts';
import type { Logger } from '../core/logger.ts';
import { nodeNetwork } from '../core/network.ts';
import { systemRandom } from '../core/random.ts';
import { listenAs } from './ports.ts';
import type { StackOptions, Undo } from './stack.ts';

export interface StackCluster {
  readonly bootstrapServers: string;
  readonly embedded: boolean;
  readonly kafka: KafkaClient;
  /** Calls back when new data may be read in a partition; only of the embedded broker. */
  onPartitionMoved(listener: (topic: string, partition: number) => void): void;
}

const ports = { clock: systemClock, random: systemRandom };

export function startCluster(
  options: StackOptions,
  dataDir: string,
  logger: Logger,
  undo: Undo,
): Promise<StackCluster> {
  return options.bootstrapServers === undefined
    ? startEmbedded(options, dataDir, logger, undo)
    : connectTo(options.bootstrapServers, undo);
}

async function startEmbedded(
  options: StackOptions,
  dataDir: string,
  logger: Logger,
  undo: Undo,
): Promise<StackCluster> {
  const broker = await Broker.open({
    ...ports,
    disk: nodeDisk,
    logger: logger.child({ part: 'broker' }),
    dataDir,
    durability: options.durability ?? 'page-cache',
    ...(options.broker === undefined ? {} : { config: options.broker }),
  });
  undo.push(() => broker.close());
  const { port, close } = await listenAs('Kafka', options, (at) =>
    listenForClients(broker, { network: nodeNetwork, port: at }),
  );
  undo.push(close);
  const kafka = embeddedKafka({ ...ports, door: broker, endpoint: { host: 'localhost', port } });
  undo.push(() => kafka.close());
  return {
    bootstrapServers: `localhost:${port}`,
    embedded: true,
    kafka,
    onPartitionMoved: (listener) => void broker.onPartitionMoved(listener),
  };
}

async function connectTo(bootstrapServers: string, undo: Undo): Promise<StackCluster> {
  const kafka = await connectKafka({ ...ports, network: nodeNetwork, bootstrapServers });
  undo.push(() => kafka.close());
  return { bootstrapServers, embedded: false, kafka, onPartitionMoved: () => {} };
}
