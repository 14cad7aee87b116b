/** The services over the cluster, each behind its port: Schema Registry, Kafka Connect, ksqlDB. */
import type { Logger } from '../core/logger.ts';
import type { StackCluster } from './cluster.ts';
import { startConnect } from './connect.ts';
import { startKsql } from './ksql.ts';
import { startRegistry } from './registry.ts';
import type { StackAddresses, StackOptions, Undo } from './stack.ts';

export async function startServices(
  options: StackOptions,
  cluster: StackCluster,
  dataDir: string,
  logger: Logger,
  undo: Undo,
): Promise<StackAddresses> {
  const registry = await startRegistry(options, cluster, logger, undo);
  const connect = await startConnect(options, cluster, registry, logger, undo);
  const ksqlUrl = await startKsql(options, cluster, { registry, connect }, dataDir, logger, undo);
  return {
    bootstrapServers: cluster.bootstrapServers,
    schemaRegistryUrl: registry.url,
    connectUrl: connect.url,
    ksqlUrl,
  };
}
