/** Kafka's command-line tools by their names; each file is loaded when its tool was typed. */
import type { KafkaTool } from './tool.ts';

const tools: Readonly<Record<string, () => Promise<KafkaTool>>> = {
  'kafka-topics': async () => (await import('./topics.ts')).kafkaTopics,
  'kafka-console-producer': async () => (await import('./console-producer.ts')).consoleProducer,
  'kafka-console-consumer': async () => (await import('./console-consumer.ts')).consoleConsumer,
  'kafka-avro-console-consumer': async () => (await import('./avro-console-consumer.ts')).avroConsoleConsumer,
  'kafka-consumer-groups': async () => (await import('./consumer-groups.ts')).consumerGroups,
  'kafka-get-offsets': async () => (await import('./get-offsets.ts')).getOffsets,
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
