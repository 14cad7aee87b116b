/** Where a command finds Kafka, the registry and ksqlDB: as its flags say, else those of the stack that runs here, else the usual ports. */
import { chosenDataDirectory, statusOf } from './data-dir.ts';

export interface ClusterFlags {
  readonly bootstrapServer?: string;
  readonly schemaRegistry?: string;
}

export interface ClusterAddresses {
  readonly bootstrapServers: string;
  readonly schemaRegistryUrl: string;
  readonly ksqlUrl: string;
}

export async function clusterAddresses({ bootstrapServer, schemaRegistry }: ClusterFlags): Promise<ClusterAddresses> {
  const running = await statusOf(await chosenDataDirectory({}));
  return {
    bootstrapServers: bootstrapServer ?? running?.bootstrapServers ?? 'localhost:9092',
    schemaRegistryUrl: schemaRegistry ?? running?.schemaRegistryUrl ?? 'http://localhost:8081',
    ksqlUrl: running?.ksqlUrl ?? 'http://localhost:8088',
  };
}
