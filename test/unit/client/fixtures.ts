/** A broker of ours for the client's tests, in this process and on a socket, and a network that can be cut. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Broker } from '../../../src/broker/broker.ts';
import { listenForClients } from '../../../src/broker/listener.ts';
import type { BrokerListener } from '../../../src/broker/listener.ts';
import { connectKafka, embeddedKafka } from '../../../src/client/kafka.ts';
import type { BrokerDoor } from '../../../src/client/in-process.ts';
import type { KafkaClient } from '../../../src/client/kafka-client.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { nodeDisk } from '../../../src/core/disk.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { nodeNetwork } from '../../../src/core/network.ts';
import type { Network } from '../../../src/core/network.ts';
import { systemRandom } from '../../../src/core/random.ts';

export interface TestBroker {
  readonly broker: Broker;
  readonly port: number;
  close(): Promise<void>;
}

export async function startBroker(config: Readonly<Record<string, string>> = {}): Promise<TestBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-client-'));
  const broker = await Broker.open({
    disk: nodeDisk,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    dataDir: folder,
    config: {
      'offsets.topic.num.partitions': '2',
      'transaction.state.log.num.partitions': '2',
      'group.initial.rebalance.delay.ms': '0',
      ...config,
    },
  });
  const listener: BrokerListener = await listenForClients(broker, { network: nodeNetwork, port: 0 });
  return {
    broker,
    port: listener.port,
    close: async () => {
      await listener.close();
      await broker.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const ports = { clock: systemClock, random: systemRandom };

/** Both ways to the same broker. */
export const ways = ['over a socket', 'in process'] as const;

export function clientOf(
  { broker, port }: TestBroker,
  way: (typeof ways)[number],
  network: Network = nodeNetwork,
): Promise<KafkaClient> {
  if (way === 'in process') return Promise.resolve(embeddedKafka({ ...ports, door: broker }));
  return connectKafka({ ...ports, network, bootstrapServers: `localhost:${port}` });
}

/** The door of a broker with some requests answered otherwise: `undefined` leaves the answer to the broker. */
export function doorWith(broker: Broker, answer: (api: string, body: unknown, version: number) => unknown): BrokerDoor {
  return {
    versionsOf: (api) => broker.versionsOf(api),
    async handle(context, api, version, body) {
      const instead = await answer(api, body, version);
      return instead === undefined ? broker.handle(context, api, version, body) : (instead as never);
    },
  };
}

/** The network, with a list of the connections that are open. */
export function cuttableNetwork(): { readonly network: Network; readonly open: Set<Duplex>; cut(): void } {
  const open = new Set<Duplex>();
  const network: Network = {
    ...nodeNetwork,
    async connect(host, port) {
      const socket = await nodeNetwork.connect(host, port);
      open.add(socket.stream);
      socket.stream.once('close', () => open.delete(socket.stream));
      return socket;
    },
  };
  return {
    network,
    open,
    cut: () => {
      for (const stream of open) stream.destroy();
    },
  };
}
