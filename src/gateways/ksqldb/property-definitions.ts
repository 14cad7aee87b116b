/**
 * Names of settings that a ksqlDB server knows: its own, those of Kafka Streams and those of the clients below it. What is not here is
 * refused, as ksqlDB does. `used` marks what has an effect in this engine; the others are accepted and answered with a warning.
 */

export type PropertyType = 'STRING' | 'LIST' | 'BOOLEAN' | 'INT' | 'LONG' | 'DOUBLE';

export interface PropertyDefinition {
  readonly name: string;
  readonly type: PropertyType;
  /** Absent: it has none, and LIST PROPERTIES shows it only when it is set. */
  readonly default?: string;
  /** Allowed values, in any case. */
  readonly oneOf?: readonly string[];
  readonly min?: number;
  readonly used?: boolean;
  /** A session may not change it. */
  readonly immutable?: boolean;
}

const hiddenTopics =
  '_confluent.*,__confluent.*,_schemas,__consumer_offsets,__transaction_state,connect-configs,connect-offsets,connect-status,connect-statuses';

const guarantees = ['at_least_once', 'exactly_once', 'exactly_once_beta', 'exactly_once_v2'];

/** Settings with a type, a default or an effect. */
const described: readonly PropertyDefinition[] = [
  { name: 'auto.offset.reset', type: 'STRING', default: 'latest', oneOf: ['latest', 'earliest', 'none'], used: true },
  { name: 'processing.guarantee', type: 'STRING', default: 'at_least_once', oneOf: guarantees, used: true },
  { name: 'cache.max.bytes.buffering', type: 'LONG', default: '10000000', min: 0, used: true },
  { name: 'statestore.cache.max.bytes', type: 'LONG', min: 0, used: true },
  { name: 'commit.interval.ms', type: 'LONG', default: '2000', min: 0, used: true },
  { name: 'bootstrap.servers', type: 'LIST', immutable: true },
  { name: 'application.id', type: 'STRING' },
  { name: 'application.server', type: 'STRING' },
  { name: 'num.stream.threads', type: 'INT', default: '4', min: 1 },
  { name: 'num.standby.replicas', type: 'INT', default: '0', min: 0 },
  { name: 'replication.factor', type: 'INT' },
  { name: 'state.dir', type: 'STRING' },
  { name: 'max.task.idle.ms', type: 'LONG', min: -1 },
  { name: 'topology.optimization', type: 'STRING', default: 'all' },
  { name: 'ksql.service.id', type: 'STRING', default: 'default_', used: true, immutable: true },
  { name: 'ksql.schema.registry.url', type: 'STRING', default: '' },
  { name: 'ksql.connect.url', type: 'STRING', default: 'http://localhost:8083' },
  { name: 'ksql.persistence.default.format.key', type: 'STRING', default: 'KAFKA', used: true },
  { name: 'ksql.persistence.default.format.value', type: 'STRING', used: true },
  { name: 'ksql.persistence.wrap.single.values', type: 'BOOLEAN', used: true },
  { name: 'ksql.persistent.prefix', type: 'STRING', default: 'query_' },
  { name: 'ksql.transient.prefix', type: 'STRING', default: 'transient_' },
  { name: 'ksql.output.topic.name.prefix', type: 'STRING', default: '', used: true },
  { name: 'ksql.fail.on.deserialization.error', type: 'BOOLEAN', default: 'false', used: true },
  { name: 'ksql.fail.on.production.error', type: 'BOOLEAN', default: 'true' },
  { name: 'ksql.insert.into.values.enabled', type: 'BOOLEAN', default: 'true', used: true },
  { name: 'ksql.create.or.replace.enabled', type: 'BOOLEAN', default: 'true', used: true },
  { name: 'ksql.variable.substitution.enable', type: 'BOOLEAN', default: 'true', used: true },
  { name: 'ksql.lambdas.enabled', type: 'BOOLEAN', default: 'true', used: true },
  { name: 'ksql.suppress.enabled', type: 'BOOLEAN', default: 'true', used: true },
  { name: 'ksql.headers.columns.enabled', type: 'BOOLEAN', default: 'true', used: true, immutable: true },
  { name: 'ksql.source.table.materialization.enabled', type: 'BOOLEAN', default: 'true', used: true, immutable: true },
  { name: 'ksql.timestamp.throw.on.invalid', type: 'BOOLEAN', default: 'false', used: true },
  { name: 'ksql.cast.strings.preserve.nulls', type: 'BOOLEAN', default: 'true', used: true },
  { name: 'ksql.nested.error.set.null', type: 'BOOLEAN', default: 'true', used: true },
  { name: 'ksql.hidden.topics', type: 'LIST', default: hiddenTopics, used: true, immutable: true },
  { name: 'ksql.readonly.topics', type: 'LIST', default: hiddenTopics, used: true, immutable: true },
  { name: 'ksql.internal.topic.replicas', type: 'INT', default: '1' },
  { name: 'ksql.internal.topic.min.insync.replicas', type: 'INT', default: '1' },
  { name: 'ksql.query.persistent.active.limit', type: 'INT', default: '2147483647', used: true, immutable: true },
  { name: 'ksql.max.push.queries', type: 'INT', default: '100', used: true, immutable: true },
  { name: 'ksql.pull.queries.enable', type: 'BOOLEAN', default: 'true', used: true, immutable: true },
  { name: 'ksql.query.pull.table.scan.enabled', type: 'BOOLEAN', default: 'true', used: true },
  { name: 'ksql.query.pull.range.scan.enabled', type: 'BOOLEAN', default: 'true', used: true },
  { name: 'ksql.query.pull.stream.enabled', type: 'BOOLEAN', default: 'true', used: true },
  { name: 'ksql.query.pull.interpreter.enabled', type: 'BOOLEAN', default: 'true' },
  { name: 'ksql.query.pull.limit.clause.enabled', type: 'BOOLEAN', default: 'true', used: true },
  { name: 'ksql.query.push.v2.enabled', type: 'BOOLEAN', default: 'false', used: true },
  { name: 'ksql.assert.topic.default.timeout.ms', type: 'INT', default: '1000', min: 0, used: true },
  { name: 'ksql.assert.schema.default.timeout.ms', type: 'INT', default: '1000', min: 0, used: true },
  { name: 'ksql.server.command.response.timeout.ms', type: 'LONG', default: '5000', min: 0, used: true },
  { name: 'ksql.logging.processing.topic.auto.create', type: 'BOOLEAN', default: 'false', used: true, immutable: true },
  { name: 'ksql.logging.processing.topic.name', type: 'STRING', used: true, immutable: true },
  { name: 'ksql.logging.processing.topic.partitions', type: 'INT', default: '1', min: 1, used: true, immutable: true },
  { name: 'ksql.logging.processing.topic.replication.factor', type: 'INT', default: '1', used: true, immutable: true },
  {
    name: 'ksql.logging.processing.stream.auto.create',
    type: 'BOOLEAN',
    default: 'false',
    used: true,
    immutable: true,
  },
  {
    name: 'ksql.logging.processing.stream.name',
    type: 'STRING',
    default: 'KSQL_PROCESSING_LOG',
    used: true,
    immutable: true,
  },
  { name: 'ksql.logging.processing.rows.include', type: 'BOOLEAN', default: 'false', used: true, immutable: true },
  { name: 'ksql.extension.dir', type: 'STRING', default: 'ext', immutable: true },
  { name: 'ksql.udfs.enabled', type: 'BOOLEAN', default: 'true' },
  { name: 'ksql.endpoint.migrate.query', type: 'BOOLEAN', default: 'true' },
  { name: 'ksql.properties.overrides.denylist', type: 'LIST', default: '', used: true, immutable: true },
];

/** Known by name only: accepted as text. */
const names = `
ksql.access.validator.enable ksql.admin.request.retry.timeout.ms ksql.authorization.cache.expiry.time.secs
ksql.authorization.cache.max.entries ksql.create.topic.inherit.source.replicas.enabled ksql.error.classifier.regex
ksql.fetch.remote.hosts.max.timeout.seconds ksql.json_sr.converter.deserializer.enabled ksql.metastore.backup.location
ksql.metrics.extension ksql.metrics.tags.custom ksql.new.query.planner.enabled ksql.query.cleanup.shutdown.timeout.ms
ksql.query.error.max.queue.size ksql.query.persistent.max.bytes.buffering.total ksql.query.pull.coordinator.queue.capacity
ksql.query.pull.enable.standby.reads ksql.query.pull.forwarding.timeout.ms ksql.query.pull.max.allowed.offset.lag
ksql.query.pull.max.concurrent.requests ksql.query.pull.max.hourly.bandwidth.megabytes ksql.query.pull.max.qps
ksql.query.pull.metrics.enabled ksql.query.pull.router.queue.capacity ksql.query.pull.router.thread.pool.size
ksql.query.pull.thread.pool.size ksql.query.push.v2.alos.enabled ksql.query.push.v2.continuation.tokens.enabled
ksql.query.push.v2.interpreter.enabled ksql.query.push.v2.max.hourly.bandwidth.megabytes ksql.query.push.v2.metrics.enabled
ksql.query.push.v2.registry.installed ksql.query.retry.backoff.initial.ms ksql.query.retry.backoff.max.ms
ksql.query.status.running.threshold.seconds ksql.query.transient.max.bytes.buffering.total ksql.queryanonymizer.cluster_namespace
ksql.queryanonymizer.logs_enabled ksql.runtime.feature.shared.enabled ksql.security.extension.class ksql.shared.runtimes.count
ksql.sink.window.change.log.additional.retention ksql.streams.shutdown.timeout.ms ksql.suppress.buffer.size.bytes
ksql.transient.query.cleanup.service.enable ksql.udf.collect.metrics ksql.udf.enable.security.manager
ksql.websocket.connection.max.timeout.ms request.ksql.query.pull.skip.forwarding request.ksql.internal.request
acceptable.recovery.lag buffered.records.per.partition built.in.metrics.version client.id connections.max.idle.ms
default.client.supplier default.deserialization.exception.handler default.dsl.store default.key.serde
default.production.exception.handler default.timestamp.extractor default.value.serde deserialization.exception.handler
dsl.store.suppliers.class log.summary.interval.ms max.warmup.replicas metadata.max.age.ms metric.reporters metrics.num.samples
metrics.recording.level metrics.sample.window.ms poll.ms probing.rebalance.interval.ms production.exception.handler
rack.aware.assignment.strategy rack.aware.assignment.tags receive.buffer.bytes reconnect.backoff.max.ms reconnect.backoff.ms
repartition.purge.interval.ms request.timeout.ms retries retry.backoff.ms rocksdb.config.setter security.protocol send.buffer.bytes
state.cleanup.delay.ms task.timeout.ms upgrade.from window.size.ms windowed.inner.class.serde
windowstore.changelog.additional.retention.ms
allow.auto.create.topics auto.commit.interval.ms check.crcs client.dns.lookup client.rack default.api.timeout.ms enable.auto.commit
exclude.internal.topics fetch.max.bytes fetch.max.wait.ms fetch.min.bytes group.id group.instance.id heartbeat.interval.ms
interceptor.classes isolation.level key.deserializer max.partition.fetch.bytes max.poll.interval.ms max.poll.records
partition.assignment.strategy session.timeout.ms value.deserializer
acks batch.size buffer.memory compression.type delivery.timeout.ms enable.idempotence key.serializer linger.ms max.block.ms
max.in.flight.requests.per.connection max.request.size metadata.max.idle.ms partitioner.class transaction.timeout.ms transactional.id
value.serializer`
  .trim()
  .split(/\s+/);

export const propertyDefinitions: ReadonlyMap<string, PropertyDefinition> = new Map(
  [...described, ...names.map((name): PropertyDefinition => ({ name, type: 'STRING' }))].map((one) => [one.name, one]),
);
