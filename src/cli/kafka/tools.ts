/** Kafka's command-line tools by their names; each file is loaded when its tool was typed. */
import type { KafkaTool } from './tool.ts';

const tools: Readonly<Record<string, () => Promise<KafkaTool>>> = {
  'kafka-topics': async () => (await import('./topics.ts')).kafkaTopics,
  'kafka-console-producer': async () => (await import('./console-producer.ts')).consoleProducer,
  'kafka-console-consumer': async () => (await import('./console-consumer.ts')).consoleConsumer,
  'kafka-avro-console-consumer': async () => (await import('./avro-console-consumer.ts')).avroConsoleConsumer,
  'kafka-avro-console-producer': async () => (await import('./avro-console-producer.ts')).avroConsoleProducer,
  'kafka-consumer-groups': async () => (await import('./consumer-groups.ts')).consumerGroups,
  'kafka-get-offsets': async () => (await import('./get-offsets.ts')).getOffsets,
  'kafka-configs': async () => (await import('./configs.ts')).configs,
  'kafka-delete-records': async () => (await import('./delete-records.ts')).deleteRecords,
  'kafka-log-dirs': async () => (await import('./log-dirs.ts')).logDirs,
  'kafka-transactions': async () => (await import('./transactions.ts')).transactions,
  'kafka-acls': async () => (await import('./acls.ts')).acls,
  'kafka-broker-api-versions': async () => (await import('./broker-api-versions.ts')).brokerApiVersions,
  'kafka-cluster': async () => (await import('./cluster.ts')).cluster,
  'kafka-features': async () => (await import('./features.ts')).features,
  'kafka-metadata-quorum': async () => (await import('./metadata-quorum.ts')).metadataQuorum,
  'kafka-leader-election': async () => (await import('./leader-election.ts')).leaderElection,
  'kafka-reassign-partitions': async () => (await import('./reassign-partitions.ts')).reassignPartitions,
  'kafka-dump-log': async () => (await import('./dump-log.ts')).dumpLog,
  'kafka-producer-perf-test': async () => (await import('./producer-perf.ts')).producerPerf,
  'kafka-consumer-perf-test': async () => (await import('./consumer-perf.ts')).consumerPerf,
  cub: async () => (await import('./cub.ts')).cub,
};

/** With or without the `.sh` of Kafka's own distribution; undefined when there is no such tool. */
export function toolNamed(name: string): (() => Promise<KafkaTool>) | undefined {
  const bare = name.replace(/\.sh$/, '');
  return Object.hasOwn(tools, bare) ? tools[bare] : undefined;
}

export function toolNames(): readonly string[] {
  return Object.keys(tools);
}
