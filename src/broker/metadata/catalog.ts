/**
 * What exists: topics with their partitions and configurations, configurations of brokers and groups, quotas, credentials,
 * feature levels and the next producer id. A state machine over the metadata log: nothing here changes but by a record.
 */
import type { LogConfig } from '../../storage/log-config.ts';
import { safeNumber } from '../../core/assert.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import { resourceTypes } from '../config/definition.ts';
import { logConfigOf } from '../config/topic-config.ts';
import type { Partition } from '../partition.ts';
import type { AppliedRecord } from './metadata-log.ts';
import { collisionKey, isInternalTopic } from './topic-names.ts';

/** A topic; `partitions` grows, never shrinks. */
export interface Topic {
  readonly name: string;
  /** 22 characters of base64url. */
  readonly id: string;
  readonly internal: boolean;
  readonly partitions: Partition[];
  /** What was set for this topic. */
  readonly config: Map<string, string>;
  logConfig: LogConfig;
}

export interface ScramCredential {
  readonly iterations: number;
  readonly salt: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

export interface QuotaEntity {
  /** Entity type and name; null is the default of the type. */
  readonly entity: readonly { readonly type: string; readonly name: string | null }[];
  readonly values: Map<string, number>;
}

export interface CatalogOptions {
  readonly config: BrokerConfig;
  readonly nodeId: number;
  readonly durability: LogConfig['durability'];
  readonly createPartition: (topic: Topic, index: number) => Partition;
  /** A topic is gone: its files and what others know of it should go too. */
  readonly topicRemoved: (topic: Topic) => void;
}

export class Catalog {
  readonly topics: Map<string, Topic> = new Map();
  readonly topicsById: Map<string, Topic> = new Map();
  /** Ids of topics that were deleted: what is left of their files may be removed. */
  readonly removedTopicIds: Set<string> = new Set();
  /** Configurations of groups and client metrics subscriptions by their names. */
  readonly groupConfigs: Map<string, Map<string, string>> = new Map();
  readonly clientMetricsConfigs: Map<string, Map<string, string>> = new Map();
  readonly features: Map<string, number> = new Map();
  readonly quotas: Map<string, QuotaEntity> = new Map();
  /** User → mechanism → credential. */
  readonly scram: Map<string, Map<number, ScramCredential>> = new Map();
  nextProducerId = 0;
  /**
   * The epoch in which this node leads every partition: how often a start found data. Each start begins a new one before it writes
   * anything, so that what power took and what was written in its place differ (KIP-101, KIP-320).
   */
  leaderEpoch = 0;
  private readonly collisions = new Map<string, string>();
  private readonly options: CatalogOptions;

  constructor(options: CatalogOptions) {
    this.options = options;
  }

  topic(name: string): Topic | undefined {
    return this.topics.get(name);
  }

  topicById(id: string): Topic | undefined {
    return this.topicsById.get(id);
  }

  partition(name: string, index: number): Partition | undefined {
    return this.topics.get(name)?.partitions[index];
  }

  /** A topic whose name could not live beside `name`. */
  collidingTopic(name: string): string | undefined {
    return this.collisions.get(collisionKey(name));
  }

  apply(record: AppliedRecord): void {
    switch (record.name) {
      case 'TopicRecord':
        return this.addTopic(record.body.name, record.body.topicId);
      case 'PartitionRecord': {
        const topic = this.topicsById.get(record.body.topicId);
        if (topic !== undefined)
          topic.partitions[record.body.partitionId] = this.options.createPartition(topic, record.body.partitionId);
        return;
      }
      case 'RemoveTopicRecord':
        return this.removeTopic(record.body.topicId);
      case 'ConfigRecord':
        return this.setConfig(record.body.resourceType, record.body.resourceName, record.body.name, record.body.value);
      case 'FeatureLevelRecord':
        if (record.body.featureLevel === 0) this.features.delete(record.body.name);
        else this.features.set(record.body.name, record.body.featureLevel);
        return;
      case 'RegisterBrokerRecord':
        this.leaderEpoch++;
        return;
      case 'ProducerIdsRecord':
        this.nextProducerId = safeNumber(record.body.nextProducerId);
        return;
      case 'ClientQuotaRecord': {
        const { entity, key, value, remove } = record.body;
        return this.setQuota(
          entity.map(({ entityType, entityName }) => ({ type: entityType, name: entityName })),
          key,
          remove ? undefined : value,
        );
      }
      case 'UserScramCredentialRecord': {
        const { name, mechanism, iterations, salt, storedKey, serverKey } = record.body;
        const user = this.scram.get(name) ?? new Map<number, ScramCredential>();
        user.set(mechanism, { iterations, salt, storedKey, serverKey });
        this.scram.set(name, user);
        return;
      }
      case 'RemoveUserScramCredentialRecord': {
        const user = this.scram.get(record.body.name);
        user?.delete(record.body.mechanism);
        if (user?.size === 0) this.scram.delete(record.body.name);
      }
    }
  }

  private addTopic(name: string, id: string): void {
    const config = new Map<string, string>();
    const topic: Topic = {
      name,
      id,
      internal: isInternalTopic(name),
      partitions: [],
      config,
      logConfig: this.logConfig(config),
    };
    this.topics.set(name, topic);
    this.topicsById.set(id, topic);
    this.collisions.set(collisionKey(name), name);
  }

  private removeTopic(id: string): void {
    const topic = this.topicsById.get(id);
    this.removedTopicIds.add(id);
    if (topic === undefined) return;
    this.topicsById.delete(id);
    this.topics.delete(topic.name);
    this.collisions.delete(collisionKey(topic.name));
    this.options.topicRemoved(topic);
  }

  private logConfig(config: ReadonlyMap<string, string>): LogConfig {
    return logConfigOf(config, this.options.config, this.options.durability);
  }

  private setConfig(type: number, resource: string, name: string, value: string | null): void {
    const config = this.configOf(type, resource);
    if (config === undefined) return;
    if (value === null) config.delete(name);
    else config.set(name, value);
    if (type === resourceTypes.topic) this.refresh(this.topics.get(resource));
    else if (type === resourceTypes.broker) for (const topic of this.topics.values()) this.refresh(topic);
    if (config.size > 0) return;
    if (type === resourceTypes.group) this.groupConfigs.delete(resource);
    if (type === resourceTypes.clientMetrics) this.clientMetricsConfigs.delete(resource);
  }

  private refresh(topic: Topic | undefined): void {
    if (topic === undefined) return;
    topic.logConfig = this.logConfig(topic.config);
    for (const partition of topic.partitions) partition.configChanged();
  }

  private configOf(type: number, resource: string): Map<string, string> | undefined {
    const { config, nodeId } = this.options;
    if (type === resourceTypes.topic) return this.topics.get(resource)?.config;
    if (type === resourceTypes.broker) {
      return resource === '' ? config.dynamicDefaults : resource === String(nodeId) ? config.dynamic : undefined;
    }
    const named =
      type === resourceTypes.group
        ? this.groupConfigs
        : type === resourceTypes.clientMetrics
          ? this.clientMetricsConfigs
          : undefined;
    if (named === undefined) return undefined;
    const found = named.get(resource) ?? new Map<string, string>();
    named.set(resource, found);
    return found;
  }

  private setQuota(entity: QuotaEntity['entity'], key: string, value: number | undefined): void {
    const id = JSON.stringify(entity.map(({ type, name }) => [type, name]).sort());
    const quota = this.quotas.get(id) ?? { entity, values: new Map<string, number>() };
    if (value === undefined) quota.values.delete(key);
    else quota.values.set(key, value);
    if (quota.values.size === 0) this.quotas.delete(id);
    else this.quotas.set(id, quota);
  }
}
