/**
 * Kafka Connect: one worker with the Datagen connector and its REST interface, over any Kafka. Its state is in three topics
 * (docs/internals/connect-topics.md); whoever starts it again goes on where it was.
 */
import type { KafkaClient } from '../client/kafka-client.ts';
import { messageOf } from '../core/errors.ts';
import { json, Router } from '../http/router.ts';
import type { Config } from './config/config-def.ts';
import { ConnectRestError } from './errors.ts';
import { addConnectorRoutes } from './rest/connector-routes.ts';
import { addProgressRoutes } from './rest/progress-routes.ts';
import { addWorkerRoutes } from './rest/worker-routes.ts';
import { ConfigStore } from './store/config-store.ts';
import { OffsetStore } from './store/offset-store.ts';
import { StatusStore } from './store/status-store.ts';
import { Worker } from './worker.ts';
import type { WorkerPorts } from './worker.ts';
import { readWorkerConfig } from './worker-config.ts';

export interface ConnectOptions extends WorkerPorts {
  /** Properties of the worker by Kafka Connect's names. */
  readonly config?: Config;
  /** `host:port` as statuses show it; from `rest.advertised.host.name` and `rest.advertised.port` when absent, or `connect:8083`. */
  readonly workerId?: string;
}

export interface Connect {
  readonly router: Router;
  /** Ends all tasks: what they sent is acknowledged, their offsets are written. */
  close(): Promise<void>;
}

/**
 * Starts the worker: reads its topics (creates them on a new cluster) and starts the connectors that are stored there.
 * @throws StackError MILLRACE_CONFIG_INVALID for properties that cannot be used, or what the Kafka client rejects with
 */
export async function createConnect(options: ConnectOptions): Promise<Connect> {
  const { kafka, config: properties = {}, logger } = options;
  const config = readWorkerConfig(properties);
  const producer = await kafka.producer();
  let worker: Worker;
  try {
    const [configs, offsets, statuses] = await openStores(kafka, producer, config);
    worker = new Worker(options.workerId ?? workerIdOf(properties), config, { configs, offsets, statuses }, options);
  } catch (error) {
    await producer.close();
    throw error;
  }
  const router = new Router({
    problem: (status, message) => json({ error_code: status, message }, status),
    failure(error) {
      if (error instanceof ConnectRestError)
        return json({ error_code: error.status, message: error.message }, error.status);
      logger.error('A request failed.', { error });
      return json({ error_code: 500, message: messageOf(error) }, 500);
    },
  });
  addWorkerRoutes(router, worker);
  addProgressRoutes(router, worker);
  addConnectorRoutes(router, worker);
  const started = worker
    .startAll()
    .catch((error: unknown) => logger.error('Connectors could not be started.', { error }));
  return {
    router,
    async close() {
      await worker.close();
      await started;
      await producer.close();
    },
  };
}

function openStores(
  kafka: KafkaClient,
  producer: Awaited<ReturnType<KafkaClient['producer']>>,
  config: ReturnType<typeof readWorkerConfig>,
): Promise<[ConfigStore, OffsetStore, StatusStore]> {
  return Promise.all([
    ConfigStore.open(kafka, producer, {
      property: 'config.storage.topic',
      topic: config.configTopic,
      partitions: 1,
      replicationFactor: config.configReplicationFactor,
    }),
    OffsetStore.open(kafka, producer, {
      property: 'offset.storage.topic',
      topic: config.offsetTopic,
      partitions: config.offsetPartitions,
      replicationFactor: config.offsetReplicationFactor,
    }),
    StatusStore.open(kafka, producer, {
      property: 'status.storage.topic',
      topic: config.statusTopic,
      partitions: config.statusPartitions,
      replicationFactor: config.statusReplicationFactor,
    }),
  ]);
}

function workerIdOf(properties: Config): string {
  const host = properties['rest.advertised.host.name'] ?? 'connect';
  return `${host}:${properties['rest.advertised.port'] ?? properties['rest.port'] ?? '8083'}`;
}
