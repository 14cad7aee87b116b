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
import type { ApiName, RequestBody } from '../../../src/wire/codecs.ts';
import { complete } from '../../../src/wire/complete.ts';
import { systemRandom } from '../../../src/core/random.ts';

/** Stands between the clients and the broker: gives an answer of its own, or the broker's (`next`), or throws to end the connection. */
export type Intercept = (api: ApiName, body: unknown, next: () => Promise<unknown>) => Promise<unknown>;

export interface TestBroker {
  readonly broker: Broker;
  readonly port: number;
  /** The way in for clients of this process. */
  readonly door: BrokerDoor;
  /** Sees the requests of both ways. */
  intercept: Intercept | undefined;
  /** Ends the broker and its connections; its files and its port stay. */
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

export async function startBroker(config: Readonly<Record<string, string>> = {}): Promise<TestBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-client-'));
  let broker: Broker;
  let listener: BrokerListener;
  const up = async (port: number): Promise<void> => {
    broker = await Broker.open({
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
    const { answer } = broker;
    const intercepted = Object.assign(Object.create(broker) as Broker, {
      answer: (context: never, api: ApiName, version: number, body: never) => {
        const next = (): Promise<unknown> => answer.call(broker, context, api, version, body);
        return server.intercept === undefined ? next() : server.intercept(api, body, next);
      },
    });
    listener = await listenForClients(intercepted, { network: nodeNetwork, port });
  };
  const down = async (): Promise<void> => {
    await listener.close();
    await broker.close();
  };
  const server: TestBroker = {
    get broker() {
      return broker;
    },
    get port() {
      return listener.port;
    },
    door: {
      versionsOf: (api) => broker.versionsOf(api),
      openReader: (topic, partition) => broker.openReader(topic, partition),
      async handle(context, api, version, body) {
        const next = (): Promise<unknown> => broker.handle(context, api, version, body);
        const answer = await (server.intercept === undefined ? next() : server.intercept(api, body, next));
        return answer === null ? null : (complete(`${api}Response`, answer as object) as never);
      },
    },
    intercept: undefined,
    down,
    up: () => up(listener.port),
    close: async () => {
      await down();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await up(0);
  return server;
}

export const ports = { clock: systemClock, random: systemRandom };

/** Both ways to the same broker. */
export const ways = ['over a socket', 'in process'] as const;

export function clientOf(
  { door, port }: TestBroker,
  way: (typeof ways)[number],
  options: { readonly network?: Network; readonly requestTimeoutMs?: number } = {},
): Promise<KafkaClient> {
  if (way === 'in process') return Promise.resolve(embeddedKafka({ ...ports, door }));
  return connectKafka({ ...ports, network: nodeNetwork, bootstrapServers: `localhost:${port}`, ...options });
}

/** The network, with a way to cut all of its connections. */
export function cuttableNetwork(): { readonly network: Network; cut(): void } {
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
    cut: () => {
      for (const stream of open) stream.destroy();
    },
  };
}

/** What a partition holds for a reader of committed records, as text. */
export async function values(kafka: KafkaClient, topic: string, partition = 0): Promise<string[]> {
  const { latest } = await kafka.admin.offsets(topic, partition);
  const found: string[] = [];
  for await (const records of kafka.read(topic, partition, { from: 'earliest', to: latest }))
    found.push(...records.map(({ value }) => value?.toString() ?? 'null'));
  return found;
}

/** An answer to a produce request with the same error for each partition. */
export function produceError(body: unknown, errorCode: number): unknown {
  const { topicData } = body as RequestBody<'Produce'>;
  return {
    responses: topicData.map(({ name, topicId, partitionData }) => ({
      name,
      topicId,
      partitionResponses: partitionData.map(({ index }) => ({ index, errorCode, baseOffset: -1 })),
    })),
  };
}
