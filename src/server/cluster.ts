/** The Kafka cluster under a stack: the embedded broker with its listener, or another one at an address. */
import { Broker } from '../broker/broker.ts';
import { brokerConfigs } from '../broker/config/broker-config.ts';
import { listenForClients } from '../broker/listener.ts';
import { connectKafka, embeddedKafka } from '../client/kafka.ts';
import type { KafkaClient } from '../client/kafka-client.ts';
import { systemClock } from '../core/clock.ts';
import { nodeDisk } from '../core/disk.ts';
import type { Logger } from '../core/logger.ts';
import { nodeNetwork } from '../core/network.ts';
import { systemRandom } from '../core/random.ts';
import { kafkaListeners, loopback } from './configuration/listeners.ts';
import { listenAs, portOf } from './ports.ts';
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
  bootstrapServers: string | undefined,
): Promise<StackCluster> {
  return bootstrapServers === undefined
    ? startEmbedded(options, dataDir, logger, undo)
    : connectTo(bootstrapServers, undo);
}

async function startEmbedded(
  options: StackOptions,
  dataDir: string,
  logger: Logger,
  undo: Undo,
): Promise<StackCluster> {
  const { broker: properties = {}, listen = loopback, portOffset = 0, ports: anyPorts } = options;
  const listeners = kafkaListeners(properties, {
    hosts: listen,
    port: portOf('Kafka', options),
    portOffset: anyPorts === 0 ? 0 : portOffset,
  });
  const nodeId = properties['node.id'] ?? properties['broker.id'];
  const broker = await Broker.open({
    ...ports,
    disk: nodeDisk,
    logger: logger.child({ part: 'broker' }),
    dataDir,
    durability: options.durability ?? 'page-cache',
    config: Object.fromEntries(Object.entries(properties).filter(([name]) => brokerConfigs.has(name))),
    ...(nodeId === undefined || Number(nodeId) < 0 ? {} : { nodeId: Number(nodeId) }),
  });
  undo.push(() => broker.close());
  const requestBytesMax = properties['socket.request.max.bytes'];
  const known: string[] = [];
  let port = 0;
  for (const { hosts, port: wanted, advertised } of listeners) {
    const listener = await listenAs('Kafka', wanted, () =>
      listenForClients(broker, {
        network: nodeNetwork,
        hosts,
        port: wanted,
        ...(advertised === undefined ? {} : { advertised }),
        ...(requestBytesMax === undefined ? {} : { requestBytesMax: Number(requestBytesMax) }),
      }),
    );
    undo.push(() => listener.close());
    port ||= listener.port;
    known.push(advertised === undefined ? `localhost:${listener.port}` : `${advertised.host}:${advertised.port}`);
  }
  const kafka = embeddedKafka({ ...ports, door: broker, endpoint: { host: 'localhost', port } });
  undo.push(() => kafka.close());
  return {
    // The one for this machine, if there are several.
    bootstrapServers: known.find((address) => /^(localhost|127\.0\.0\.1):/.test(address)) ?? known[0] ?? '',
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
