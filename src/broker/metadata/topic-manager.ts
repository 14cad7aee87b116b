/** Creating, growing and deleting topics: the rules of Kafka's controller for a cluster of one node, and its words. */
import type { Random } from '../../core/random.ts';
import { randomUuid } from '../../core/random.ts';
import { kafkaError } from '../../wire/error-codes.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import { resourceTypes } from '../config/definition.ts';
import { checkTopicConfig } from '../config/topic-config.ts';
import type { Metadata } from '../services.ts';
import type { Catalog, Topic } from './catalog.ts';
import type { MetadataRecord } from './metadata-log.ts';
import { checkTopicName, clusterMetadataTopic, groupOffsetsTopic, transactionStateTopic } from './topic-names.ts';

/** Most partitions that one request may make. */
const partitionsPerRequestMax = 10_000;

export interface NewTopic {
  readonly name: string;
  /** −1 = the broker's default. */
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Replicas of each partition, when they are given. */
  readonly assignments?: readonly { readonly partition: number; readonly replicas: readonly number[] }[];
  readonly config: ReadonlyMap<string, string | null>;
}

/** A topic that may be made: checked, with an id, not yet written. */
export interface PlannedTopic {
  readonly name: string;
  readonly id: string;
  readonly partitions: number;
  readonly config: ReadonlyMap<string, string>;
}

export interface TopicManagerOptions {
  readonly nodeId: number;
  readonly random: Random;
  readonly config: BrokerConfig;
  readonly catalog: Catalog;
  readonly metadata: Metadata;
}

export class TopicManager {
  private readonly nodeId: number;
  private readonly random: Random;
  private readonly config: BrokerConfig;
  private readonly catalog: Catalog;
  private readonly metadata: Metadata;

  constructor(options: TopicManagerOptions) {
    this.nodeId = options.nodeId;
    this.random = options.random;
    this.config = options.config;
    this.catalog = options.catalog;
    this.metadata = options.metadata;
  }

  /** Checks a new topic against the rules. Throws KafkaError. */
  plan(topic: NewTopic): PlannedTopic {
    const { name } = topic;
    if (name === clusterMetadataTopic)
      throw kafkaError('INVALID_REQUEST', `Creation of internal topic ${name} is prohibited.`);
    checkTopicName(name);
    if (this.catalog.topic(name) !== undefined)
      throw kafkaError('TOPIC_ALREADY_EXISTS', `Topic '${name}' already exists.`);
    const colliding = this.catalog.collidingTopic(name);
    if (colliding !== undefined)
      throw kafkaError('INVALID_TOPIC_EXCEPTION', `Topic '${name}' collides with existing topic: ${colliding}`);
    const partitions = this.partitionsOf(topic);
    const config = new Map<string, string>();
    for (const [key, value] of topic.config) {
      if (value === null) throw kafkaError('INVALID_CONFIG', `Null value not supported for topic configs: ${key}`);
      config.set(key, value);
    }
    checkTopicConfig(config);
    return { name, id: this.newTopicId(), partitions, config };
  }

  private partitionsOf({ partitions, replicationFactor, assignments = [] }: NewTopic): number {
    if (assignments.length > 0) {
      if (replicationFactor !== -1)
        throw kafkaError(
          'INVALID_REQUEST',
          'A manual partition assignment was specified, but replication factor was not set to -1.',
        );
      if (partitions !== -1)
        throw kafkaError(
          'INVALID_REQUEST',
          'A manual partition assignment was specified, but numPartitions was not set to -1.',
        );
      for (const { replicas } of assignments) this.checkReplicas(replicas);
      const indexes = assignments.map(({ partition }) => partition).sort((a, b) => a - b);
      if (indexes.some((index, i) => index !== i))
        throw kafkaError('INVALID_REPLICA_ASSIGNMENT', 'partitions should be a consecutive 0-based integer sequence');
      return assignments.length;
    }
    if (replicationFactor < -1 || replicationFactor === 0)
      throw kafkaError(
        'INVALID_REPLICATION_FACTOR',
        'Replication factor must be larger than 0, or -1 to use the default value.',
      );
    if (partitions < -1 || partitions === 0)
      throw kafkaError('INVALID_PARTITIONS', 'Number of partitions was set to an invalid non-positive value.');
    const replicas = replicationFactor === -1 ? this.config.number('default.replication.factor') : replicationFactor;
    if (replicas > 1) {
      throw kafkaError(
        'INVALID_REPLICATION_FACTOR',
        `Unable to replicate the partition ${replicas} time(s): The target replication factor of ${replicas} cannot be reached because only 1 broker(s) are registered or some brokers have all their log directories cordoned.`,
      );
    }
    const count = partitions === -1 ? this.config.number('num.partitions') : partitions;
    if (count > partitionsPerRequestMax)
      throw kafkaError('POLICY_VIOLATION', 'Excessively large number of partitions per request.');
    return count;
  }

  /** Throws INVALID_REPLICA_ASSIGNMENT for replicas that are not this one node. */
  checkReplicas(replicas: readonly number[]): void {
    if (replicas.length === 0)
      throw kafkaError('INVALID_REPLICA_ASSIGNMENT', 'The manual partition assignment includes an empty replica list.');
    const other = replicas.find((id) => id !== this.nodeId);
    if (other !== undefined) {
      throw kafkaError(
        'INVALID_REPLICA_ASSIGNMENT',
        `The manual partition assignment includes broker ${other}, but no such broker is registered.`,
      );
    }
    if (replicas.length > 1) {
      throw kafkaError(
        'INVALID_REPLICA_ASSIGNMENT',
        `The manual partition assignment includes the broker ${this.nodeId} more than once.`,
      );
    }
  }

  /** Makes planned topics, all in one change. */
  create(planned: readonly PlannedTopic[]): void {
    const records: MetadataRecord[] = [];
    for (const { name, id, partitions, config } of planned) {
      records.push({ name: 'TopicRecord', body: { name, topicId: id } });
      for (const [key, value] of config) {
        records.push({
          name: 'ConfigRecord',
          body: { resourceType: resourceTypes.topic, resourceName: name, name: key, value },
        });
      }
      for (let i = 0; i < partitions; i++) records.push(this.partitionRecord(id, i));
    }
    this.metadata.change(records);
  }

  /**
   * The topic, made with the broker's defaults if it is missing: who answers for it waits for {@link TopicManager.whenDurable}.
   * Throws what {@link TopicManager.plan} throws.
   */
  ensure(name: string): Topic {
    if (this.catalog.topic(name) === undefined) this.create([this.plan(this.automatic(name))]);
    const topic = this.catalog.topic(name);
    if (topic === undefined) throw kafkaError('UNKNOWN_TOPIC_OR_PARTITION');
    return topic;
  }

  /** Resolves once the topics that were made so far may be relied on. */
  whenDurable(): Promise<void> {
    return this.metadata.whenDurable();
  }

  /** What a topic is like that is made because somebody uses it. */
  private automatic(name: string): NewTopic {
    const internal = (partitions: string, segmentBytes: string): NewTopic => ({
      name,
      partitions: this.config.number(partitions),
      replicationFactor: 1,
      config: new Map([
        ['compression.type', name === groupOffsetsTopic ? 'producer' : 'uncompressed'],
        ['cleanup.policy', 'compact'],
        ['segment.bytes', String(this.config.number(segmentBytes))],
        ...(name === transactionStateTopic
          ? ([
              ['min.insync.replicas', '1'],
              ['unclean.leader.election.enable', 'false'],
            ] as const)
          : []),
      ]),
    });
    if (name === groupOffsetsTopic) return internal('offsets.topic.num.partitions', 'offsets.topic.segment.bytes');
    if (name === transactionStateTopic)
      return internal('transaction.state.log.num.partitions', 'transaction.state.log.segment.bytes');
    return { name, partitions: -1, replicationFactor: 1, config: new Map() };
  }

  /** Grows a topic to `count` partitions; with `validateOnly` only checks. Throws KafkaError. */
  grow(
    name: string,
    count: number,
    assignments: readonly { readonly brokerIds: readonly number[] }[] | null,
    validateOnly: boolean,
  ): void {
    const topic = this.catalog.topic(name);
    if (topic === undefined) throw kafkaError('UNKNOWN_TOPIC_OR_PARTITION');
    const current = topic.partitions.length;
    if (count === current) throw kafkaError('INVALID_PARTITIONS', `Topic already has ${current} partition(s).`);
    if (count < current) {
      throw kafkaError(
        'INVALID_PARTITIONS',
        `The topic ${name} currently has ${current} partition(s); ${count} would not be an increase.`,
      );
    }
    const added = count - current;
    if (added > partitionsPerRequestMax)
      throw kafkaError('POLICY_VIOLATION', 'Excessively large number of additional partitions per request.');
    if (assignments !== null) {
      if (assignments.length !== added) {
        throw kafkaError(
          'INVALID_REPLICA_ASSIGNMENT',
          `Attempted to add ${added} additional partition(s), but only ${assignments.length} assignment(s) were specified.`,
        );
      }
      for (const { brokerIds } of assignments) this.checkReplicas(brokerIds);
    }
    if (validateOnly) return;
    this.metadata.change(Array.from({ length: added }, (_, i) => this.partitionRecord(topic.id, current + i)));
  }

  delete(topic: Topic): void {
    this.metadata.change([{ name: 'RemoveTopicRecord', body: { topicId: topic.id } }]);
  }

  private partitionRecord(topicId: string, partitionId: number): MetadataRecord {
    const replicas = [this.nodeId];
    return {
      name: 'PartitionRecord',
      body: { partitionId, topicId, replicas, isr: replicas, leader: this.nodeId, leaderEpoch: 0, partitionEpoch: 0 },
    };
  }

  /** A fresh id; Kafka keeps ids that begin with a dash for itself, as they are awkward in shells. */
  private newTopicId(): string {
    for (;;) {
      const id = randomUuid(this.random).toString('base64url');
      if (!id.startsWith('-') && this.catalog.topicById(id) === undefined) return id;
    }
  }
}
