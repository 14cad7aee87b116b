/** A ksqlDB server with everything below it real and ours, in this process: broker, registry, engine. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KafkaClient } from '../../../src/client/kafka-client.ts';
import { registryClient } from '../../../src/client/schema-registry.ts';
import type { SchemaRegistryClient } from '../../../src/client/schema-registry.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { nodeDisk } from '../../../src/core/disk.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { systemRandom } from '../../../src/core/random.ts';
import { ProcessingLog } from '../../../src/gateways/ksqldb/processing-log.ts';
import { serverSettings } from '../../../src/gateways/ksqldb/properties.ts';
import { createKsqlServer } from '../../../src/gateways/ksqldb/server.ts';
import type { KsqlServerOptions } from '../../../src/gateways/ksqldb/server.ts';
import { serveHttp } from '../../../src/http/server.ts';
import type { Router } from '../../../src/http/router.ts';
import { createRegistry } from '../../../src/registry/registry.ts';
import { clientCluster } from '../../../src/runtime/client-cluster.ts';
import { createQueryManager } from '../../../src/runtime/manager.ts';
import { clientOf, startBroker } from '../../unit/client/fixtures.ts';

export interface TestKsql {
  readonly url: string;
  readonly registryUrl: string;
  readonly bootstrapServers: string;
  readonly kafka: KafkaClient;
  readonly registry: SchemaRegistryClient;
  /** Ends the server and its queries, and starts them on the same data. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** `config`: the server's, beside the setting of the compose file that every change comes out. */
export async function startKsql(more: Partial<KsqlServerOptions> = {}): Promise<TestKsql> {
  const ports = { clock: systemClock, random: systemRandom, logger: silentLogger };
  const broker = await startBroker();
  const kafka = await clientOf(broker, 'in process');
  const schemas = await createRegistry({ ...ports, kafka });
  const registry = registryClient(doorOf(schemas.router));
  const registryHttp = await serveHttp({ router: schemas.router, port: 0 });
  const stateDirectory = mkdtempSync(join(tmpdir(), 'millrace-ksql-'));
  const start = async (port: number): Promise<{ port: number; close(): Promise<void> }> => {
    const config = { 'ksql.streams.cache.max.bytes.buffering': '0', ...more.config };
    const processingLog = new ProcessingLog({ kafka, logger: silentLogger, settings: serverSettings(config) });
    const queries = createQueryManager({
      ...ports,
      onErrors: (queryId, errors) => processingLog.note(queryId, errors),
      disk: nodeDisk,
      stateDirectory,
      cluster: clientCluster(kafka),
      schema: async (id) => ({ text: (await registry.schemaById(id)).schema }),
    });
    const forget = broker.broker.onPartitionMoved((topic, partition) => queries.wake(topic, partition));
    const server = await createKsqlServer({
      ...ports,
      kafka,
      registry,
      queries,
      processingLog,
      version: '7.9.1',
      ...more,
      config,
    } as KsqlServerOptions);
    const http = await serveHttp({ router: server.router, port });
    const close = async (): Promise<void> => {
      await http.close();
      await server.close();
      forget();
      await queries.close();
    };
    return { port: http.port, close };
  };
  let running = await start(0);
  return {
    url: `http://localhost:${running.port}`,
    registryUrl: `http://localhost:${registryHttp.port}`,
    bootstrapServers: `localhost:${broker.port}`,
    kafka,
    registry,
    async restart() {
      await running.close();
      running = await start(running.port);
    },
    async close() {
      await running.close();
      await registryHttp.close();
      await schemas.close();
      await kafka.close();
      await broker.close();
      rmSync(stateDirectory, { recursive: true, force: true });
    },
  };
}

/** The registry's routes without a socket. */
function doorOf(router: Router): Parameters<typeof registryClient>[0] {
  const { signal } = new AbortController();
  return async (method, target, body) => {
    const [path = '', query = ''] = target.split('?');
    const bytes = Buffer.from(body === undefined ? '' : JSON.stringify(body));
    const headers = { 'content-type': 'application/json', accept: 'application/json' };
    const answer = await router.handle({
      method,
      path,
      query: new URLSearchParams(query),
      headers,
      body: bytes,
      signal,
    });
    return { status: answer.status, body: JSON.parse(String(answer.body)) as unknown };
  };
}
