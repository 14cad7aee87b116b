/** The environments of the classic compose file's containers (cp-all-in-one 7.0.1, and a later one without ZooKeeper) are taken as they stand there. */
import { expect, it } from 'vitest';
import { nodeDisk } from '../../../../src/core/disk.ts';
import { checkProperties } from '../../../../src/server/configuration/known-properties.ts';
import { kafkaListeners } from '../../../../src/server/configuration/listeners.ts';
import { readConfiguration } from '../../../../src/server/configuration/read.ts';

const zookeeperYears = {
  KAFKA_BROKER_ID: '1',
  KAFKA_ZOOKEEPER_CONNECT: 'zookeeper:2181',
  KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,PLAINTEXT_HOST:PLAINTEXT',
  KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://broker:29092,PLAINTEXT_HOST://localhost:9092',
  KAFKA_METRIC_REPORTERS: 'io.confluent.metrics.reporter.ConfluentMetricsReporter',
  KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
  KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
  KAFKA_CONFLUENT_LICENSE_TOPIC_REPLICATION_FACTOR: '1',
  KAFKA_CONFLUENT_BALANCER_TOPIC_REPLICATION_FACTOR: '1',
  KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
  KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
  KAFKA_JMX_PORT: '9101',
  KAFKA_JMX_HOSTNAME: 'localhost',
  KAFKA_CONFLUENT_SCHEMA_REGISTRY_URL: 'http://schema-registry:8081',
  CONFLUENT_METRICS_REPORTER_BOOTSTRAP_SERVERS: 'broker:29092',
  CONFLUENT_METRICS_ENABLE: 'true',
};

const kraftYears = {
  KAFKA_NODE_ID: '1',
  KAFKA_PROCESS_ROLES: 'broker,controller',
  KAFKA_CONTROLLER_QUORUM_VOTERS: '1@broker:29093',
  KAFKA_LISTENERS: 'PLAINTEXT://broker:29092,CONTROLLER://broker:29093,PLAINTEXT_HOST://0.0.0.0:9092',
  KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PLAINTEXT_HOST:PLAINTEXT',
  KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://broker:29092,PLAINTEXT_HOST://localhost:9092',
  KAFKA_INTER_BROKER_LISTENER_NAME: 'PLAINTEXT',
  KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
  KAFKA_LOG_DIRS: '/tmp/kraft-combined-logs',
  CLUSTER_ID: 'MkU3OEVBNTcwNTJENDM2Qk',
};

const services = {
  SCHEMA_REGISTRY_HOST_NAME: 'schema-registry',
  SCHEMA_REGISTRY_KAFKASTORE_BOOTSTRAP_SERVERS: 'broker:29092',
  SCHEMA_REGISTRY_LISTENERS: 'http://0.0.0.0:8081',
  CONNECT_BOOTSTRAP_SERVERS: 'broker:29092',
  CONNECT_REST_ADVERTISED_HOST_NAME: 'connect',
  CONNECT_GROUP_ID: 'compose-connect-group',
  CONNECT_CONFIG_STORAGE_TOPIC: 'docker-connect-configs',
  CONNECT_CONFIG_STORAGE_REPLICATION_FACTOR: '1',
  CONNECT_OFFSET_FLUSH_INTERVAL_MS: '10000',
  CONNECT_OFFSET_STORAGE_TOPIC: 'docker-connect-offsets',
  CONNECT_OFFSET_STORAGE_REPLICATION_FACTOR: '1',
  CONNECT_STATUS_STORAGE_TOPIC: 'docker-connect-status',
  CONNECT_STATUS_STORAGE_REPLICATION_FACTOR: '1',
  CONNECT_KEY_CONVERTER: 'org.apache.kafka.connect.storage.StringConverter',
  CONNECT_VALUE_CONVERTER: 'io.confluent.connect.avro.AvroConverter',
  CONNECT_VALUE_CONVERTER_SCHEMA_REGISTRY_URL: 'http://schema-registry:8081',
  CLASSPATH: '/usr/share/java/monitoring-interceptors/monitoring-interceptors-7.0.1.jar',
  CONNECT_PRODUCER_INTERCEPTOR_CLASSES: 'io.confluent.monitoring.clients.interceptor.MonitoringProducerInterceptor',
  CONNECT_CONSUMER_INTERCEPTOR_CLASSES: 'io.confluent.monitoring.clients.interceptor.MonitoringConsumerInterceptor',
  CONNECT_PLUGIN_PATH: '/usr/share/java,/usr/share/confluent-hub-components',
  CONNECT_LOG4J_LOGGERS: 'org.apache.zookeeper=ERROR,org.I0Itec.zkclient=ERROR,org.reflections=ERROR',
  KSQL_CONFIG_DIR: '/etc/ksql',
  KSQL_BOOTSTRAP_SERVERS: 'broker:29092',
  KSQL_HOST_NAME: 'ksqldb-server',
  KSQL_LISTENERS: 'http://0.0.0.0:8088',
  KSQL_CACHE_MAX_BYTES_BUFFERING: '0',
  KSQL_KSQL_SCHEMA_REGISTRY_URL: 'http://schema-registry:8081',
  KSQL_PRODUCER_INTERCEPTOR_CLASSES: 'io.confluent.monitoring.clients.interceptor.MonitoringProducerInterceptor',
  KSQL_CONSUMER_INTERCEPTOR_CLASSES: 'io.confluent.monitoring.clients.interceptor.MonitoringConsumerInterceptor',
  KSQL_KSQL_CONNECT_URL: 'http://connect:8083',
  KSQL_KSQL_LOGGING_PROCESSING_TOPIC_REPLICATION_FACTOR: '1',
  KSQL_KSQL_LOGGING_PROCESSING_TOPIC_AUTO_CREATE: 'true',
  KSQL_KSQL_LOGGING_PROCESSING_STREAM_AUTO_CREATE: 'true',
};

it.each([
  ['with ZooKeeper', zookeeperYears, ['metric.reporters', 'zookeeper.connect']],
  ['without', kraftYears, ['controller.quorum.voters', 'log.dirs', 'process.roles']],
] as const)('%s', async (_when, broker, idle) => {
  const options = await readConfiguration({ disk: nodeDisk, environment: { ...broker, ...services }, flags: {} });
  const listeners = kafkaListeners(options.broker ?? {}, { hosts: ['127.0.0.1'], port: 9092, portOffset: 0 });
  expect(listeners.map(({ port, advertised }) => [port, advertised])).toEqual([
    [29_092, { host: 'broker', port: 29_092 }],
    [9092, { host: 'localhost', port: 9092 }],
  ]);
  // What has no effect is named, in a warning.
  expect(checkProperties('broker', options.broker ?? {})).toEqual(expect.arrayContaining([...idle]));
  expect(checkProperties('connect', options.connect ?? {})).toEqual(
    expect.arrayContaining(['group.id', 'plugin.path', 'producer.interceptor.classes']),
  );
  expect(checkProperties('ksqldb-server', options.ksql ?? {})).toContain('producer.interceptor.classes');
  expect(checkProperties('schema-registry', options.registry ?? {})).toEqual([]);
});
