/** The parts of a stack in the order in which they need each other: cluster, Schema Registry, Kafka Connect, ksqlDB; each behind its port. */
import type { Logger } from '../core/logger.ts';
import { startCluster } from './cluster.ts';
import type { StackPlan } from './configuration/plan.ts';
import { connectAtUrl, startConnect } from './connect.ts';
import { startKsql } from './ksql.ts';
import { registryAtUrl, startRegistry } from './registry.ts';
import type { StackAddresses, StackOptions, Undo } from './stack.ts';

export async function startServices(
  options: StackOptions,
  { runs, bootstrapServers, schemaRegistryUrl, connectUrl }: StackPlan,
  dataDir: string,
  logger: Logger,
  undo: Undo,
): Promise<StackAddresses> {
  const cluster = await startCluster(options, dataDir, logger, undo, bootstrapServers);
  const registry = runs('schema-registry')
    ? await startRegistry(options, cluster, logger, undo)
    : schemaRegistryUrl === undefined
      ? undefined
      : registryAtUrl(schemaRegistryUrl);
  const connect = runs('connect')
    ? await startConnect(options, cluster, registry, logger, undo)
    : connectUrl === undefined
      ? undefined
      : connectAtUrl(connectUrl);
  const ksqlUrl =
    runs('ksqldb-server') && registry !== undefined
      ? await startKsql(options, cluster, { registry, connect }, dataDir, logger, undo)
      : '';
  return {
    bootstrapServers: cluster.bootstrapServers,
    schemaRegistryUrl: registry?.url ?? '',
    connectUrl: connect?.url ?? '',
    ksqlUrl,
  };
}
