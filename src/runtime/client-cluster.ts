/** The runtime's cluster, filled from our client: embedded or real Kafka, the runtime cannot tell. */
import type { KafkaClient, Producer } from '../client/kafka-client.ts';
import type { RuntimeCluster, RuntimeProducer } from './cluster.ts';

export function clientCluster(kafka: KafkaClient): RuntimeCluster {
  const { admin, openReader } = kafka;
  return {
    clusterId: () => kafka.clusterId(),
    describeTopic: (topic) => admin.describeTopic(topic),
    createTopic: (topic, { partitions, config }) => admin.ensureTopic({ topic, partitions, config }),
    deleteTopic: (topic) => admin.deleteTopic(topic),
    deleteGroup: (group) => admin.deleteGroup(group),
    offsets: (topic, partition, isolation) => admin.offsets(topic, partition, isolation),
    endOfEpoch: (topic, partition, leaderEpoch) => admin.endOfEpoch(topic, partition, leaderEpoch),
    committed: (group, topic) => admin.committedPositions(group, topic),
    commit: (group, offsets) => admin.commitOffsets(group, offsets),
    fetch: (topic, partition, offset, options) => kafka.fetchBatches(topic, partition, offset, options),
    ...(openReader === undefined ? {} : { openReader: (topic, partition) => openReader.call(kafka, topic, partition) }),
    producer: async ({ transactionalId }) =>
      runtimeProducer(await kafka.producer(transactionalId === undefined ? {} : { transactionalId })),
  };
}

function runtimeProducer(producer: Producer): RuntimeProducer {
  return {
    begin: () => producer.begin(),
    produce: (topic, partition, batch) => producer.produceBatch(topic, partition, batch),
    sendOffsets: (group, offsets) => producer.sendOffsets(group, offsets),
    commit: () => producer.commit(),
    abort: () => producer.abort(),
    close: () => producer.close(),
  };
}
