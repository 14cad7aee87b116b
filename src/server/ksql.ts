/** The ksqlDB server of a stack, behind its port, with the threads that run its queries. */
import { importedSchemas } from '../client/schema-registry.ts';
import { join } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { nodeDisk } from '../core/disk.ts';
import type { Logger } from '../core/logger.ts';
import { systemRandom } from '../core/random.ts';
import { nodeThreads } from '../core/threads.ts';
import { ProcessingLog } from '../gateways/ksqldb/processing-log.ts';
import { serverSettings } from '../gateways/ksqldb/properties.ts';
import { createKsqlServer } from '../gateways/ksqldb/server.ts';
import { serveHttp } from '../http/server.ts';
import { clientCluster } from '../runtime/client-cluster.ts';
import { createQueryManager } from '../runtime/manager.ts';
import type { StackCluster } from './cluster.ts';
import type { StackConnect } from './connect.ts';
import { httpListenerOf, listenAs } from './ports.ts';
import type { StackRegistry } from './registry.ts';
import type { StackOptions, Undo } from './stack.ts';
import { shownVersions } from './version.ts';

/** As the compose file of the walk-through has it: every change comes out, and what goes wrong is a stream. */
const defaults = {
  'ksql.streams.cache.max.bytes.buffering': '0',
  'ksql.logging.processing.topic.auto.create': 'true',
  'ksql.logging.processing.stream.auto.create': 'true',
};

export async function startKsql(
  options: StackOptions,
  cluster: StackCluster,
  services: { readonly registry: StackRegistry; readonly connect: StackConnect | undefined },
  dataDir: string,
  parentLogger: Logger,
  undo: Undo,
): Promise<string> {
  const { kafka } = cluster;
  const { registry, connect } = services;
  const logger = parentLogger.child({ part: 'ksqldb' });
  const workerEntry = builtWorker();
  const config = { ...defaults, ...options.ksql };
  const processingLog = new ProcessingLog({ kafka, logger, settings: serverSettings(config) });
  const queries = createQueryManager({
    clock: systemClock,
    disk: nodeDisk,
    random: systemRandom,
    logger,
    ...(workerEntry === undefined ? {} : { threads: nodeThreads, workerEntry }),
    stateDirectory: join(dataDir, 'state'),
    cluster: clientCluster(kafka),
    onErrors: (queryId, errors) => processingLog.note(queryId, errors),
    schema: async (id) => {
      const schema = await registry.client.schemaById(id);
      return { text: schema.schema, references: await importedSchemas(registry.client, schema) };
    },
  });
  undo.push(() => queries.close());
  cluster.onPartitionMoved((topic, partition) => queries.wake(topic, partition));
  const at = httpListenerOf('ksqlDB', options.ksql, options);
  const ksql = await createKsqlServer({
    kafka,
    registry: registry.client,
    ...(connect === undefined ? {} : { connect: connect.ask }),
    queries,
    clock: systemClock,
    random: systemRandom,
    logger,
    config,
    processingLog,
    version: shownVersions.ksqlDb,
    // A port that the system picks is known too late; the server's own name is for people to read.
    ...(at.port === 0 ? {} : { advertisedHost: `localhost:${at.port}` }),
  });
  undo.push(() => ksql.close());
  const { port, close } = await listenAs('ksqlDB', at.port, () =>
    serveHttp({ router: ksql.router, port: at.port, hosts: at.hosts, allowedNames: ['ksqldb-server', ...at.names] }),
  );
  undo.push(close);
  return `http://localhost:${port}`;
}

/** The entry of the threads that run queries, in the built package; undefined in the sources, where queries run in this thread. */
function builtWorker(): URL | undefined {
  const entry = new URL('../runtime/worker.js', import.meta.url);
  return import.meta.url.endsWith('.ts') ? undefined : entry;
}
