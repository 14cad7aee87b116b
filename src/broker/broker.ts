/** The broker: one node that is controller, coordinator and leader of everything. */
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import type { Disk } from '../core/disk.ts';
import type { Logger } from '../core/logger.ts';
import { randomUuid } from '../core/random.ts';
import type { Random } from '../core/random.ts';
import { OpenSegments } from '../storage/open-segments.ts';
import { PartitionLog } from '../storage/partition-log.ts';
import type { ApiName, Input, RequestBody, ResponseBody } from '../wire/codecs.ts';
import { complete } from '../wire/complete.ts';
import type { AnyHandler, ApiHandler } from './api-handler.ts';
import { BrokerConfig } from './config/broker-config.ts';
import { resourceTypes } from './config/definition.ts';
import type { RequestContext } from './context.ts';
import { initialFeatures } from './features.ts';
import { FetchSessions } from './fetch-sessions.ts';
import { GroupCoordinator } from './groups/coordinator.ts';
import { handlers } from './handlers.ts';
import { InternalTopic } from './internal-topic.ts';
import { Maintenance } from './maintenance.ts';
import { openMeta } from './meta.ts';
import { Catalog } from './metadata/catalog.ts';
import type { Topic } from './metadata/catalog.ts';
import { MetadataLog } from './metadata/metadata-log.ts';
import { TopicManager } from './metadata/topic-manager.ts';
import { groupOffsetsTopic, transactionStateTopic } from './metadata/topic-names.ts';
import { Partition } from './partition.ts';
import { Metadata } from './services.ts';
import type { Services } from './services.ts';
import { TransactionCoordinator } from './transactions/coordinator.ts';
import { ProducerIds } from './transactions/producer-ids.ts';

export interface BrokerOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Holds `meta`, `metadata/` and `topics/`; exists, and belongs to this process. */
  readonly dataDir: string;
  /** Kafka's broker properties by their names (`num.partitions`, `auto.create.topics.enable` …). */
  readonly config?: Readonly<Record<string, string>>;
  /** 1 by default. */
  readonly nodeId?: number;
  /** `page-cache` by default: acknowledged when written. `fsync`: acknowledged when on the disk. */
  readonly durability?: 'page-cache' | 'fsync';
}

/** What a `SegmentReader` in another thread opens a partition with; survives a structured clone. */
export interface PartitionReaderDescriptor {
  readonly topic: string;
  readonly partition: number;
  readonly directory: string;
  readonly view: SharedArrayBuffer;
}

/** Each has a few files open; syncs that run at once share the writes of the file system's journal. */
const logsClosedAtOnce = 32;

type MovedListener = (topic: string, partition: number) => void;

export class Broker {
  readonly nodeId: number;
  private readonly services: Services;
  private readonly metadataLog: MetadataLog;
  private readonly maintenance: Maintenance;
  private readonly movedListeners: Set<MovedListener>;
  private closed = false;

  private constructor(
    services: Services,
    metadataLog: MetadataLog,
    maintenance: Maintenance,
    movedListeners: Set<MovedListener>,
  ) {
    this.nodeId = services.nodeId;
    this.services = services;
    this.metadataLog = metadataLog;
    this.maintenance = maintenance;
    this.movedListeners = movedListeners;
  }

  /**
   * Opens the data directory, recovers logs and coordinators, and completes the transactions that were decided.
   * @throws StackError MILLRACE_DATA_DIR_NEWER, MILLRACE_DATA_DIR_UNUSABLE, MILLRACE_CONFIG_INVALID
   */
  static async open(options: BrokerOptions): Promise<Broker> {
    const { disk, clock, random, logger, dataDir, nodeId = 1, durability = 'page-cache' } = options;
    const config = new BrokerConfig(options.config);
    // Before `meta`, whose sync makes sure of this name too: a folder whose name is lost takes all that was synced in it along.
    disk.makeDirectorySync(join(dataDir, 'topics'));
    const { clusterId } = openMeta(disk, random, dataDir);
    const movedListeners = new Set<MovedListener>();
    const open = new OpenSegments();
    // Set once they exist; the catalog is filled before.
    let coordinators: { readonly groups: GroupCoordinator; readonly transactions: TransactionCoordinator } | undefined;

    const createPartition = (topic: Topic, index: number): Partition =>
      new Partition(
        topic,
        index,
        partitionDirectory(dataDir, topic.id, index),
        (directory, logConfig) => PartitionLog.open({ disk, clock, logger, directory, config: logConfig, open }),
        (partition) => coordinators?.transactions.abortUnknown(partition),
        () => {
          for (const listener of movedListeners) listener(topic.name, index);
        },
      );
    const topicRemoved = (topic: Topic): void => {
      for (const partition of topic.partitions) {
        partition.discard();
        disk.removeSync(partition.directory);
      }
      coordinators?.groups.topicDeleted(topic);
      if (topic.name === transactionStateTopic) coordinators?.transactions.clear();
    };

    const catalog = new Catalog({ config, nodeId, durability, createPartition, topicRemoved });
    const directory = join(dataDir, 'metadata');
    const metadataLog = MetadataLog.open({ disk, clock, logger, directory, durability }, (record) =>
      catalog.apply(record),
    );
    const metadata = new Metadata(metadataLog, (record) => catalog.apply(record));
    if (metadataLog.endOffset === 0) {
      metadata.change([
        ...Object.entries(initialFeatures).map(
          ([name, featureLevel]) => ({ name: 'FeatureLevelRecord', body: { name, featureLevel } }) as const,
        ),
        // With eligible leader replicas (KIP-966) a new cluster keeps this value for all brokers.
        {
          name: 'ConfigRecord',
          body: { resourceType: resourceTypes.broker, resourceName: '', name: 'min.insync.replicas', value: '1' },
        },
      ]);
    } else {
      const incarnationId = randomUuid(random).toString('base64url');
      metadata.change([
        {
          name: 'RegisterBrokerRecord',
          body: { brokerId: nodeId, incarnationId, brokerEpoch: metadataLog.endOffset, fenced: false },
        },
      ]);
      await metadata.sync();
    }
    const topics = new TopicManager({ nodeId, random, config, catalog, metadata });
    const producerIds = new ProducerIds({ catalog, metadata, nodeId });
    const internalTopic = (name: string): InternalTopic => new InternalTopic({ name, clock, catalog, topics });
    const groups = new GroupCoordinator({
      ...{ clock, random, logger, config, catalog },
      topic: internalTopic(groupOffsetsTopic),
      metadataVersion: () => metadataLog.endOffset,
    });
    const transactions = new TransactionCoordinator({
      clock,
      logger,
      config,
      catalog,
      producerIds,
      topic: internalTopic(transactionStateTopic),
      offsetsDecided: (partition, producerId, commit) => groups.decide(partition, producerId, commit),
    });
    coordinators = { groups, transactions };
    groups.load();
    transactions.load();
    await transactions.recover();
    const fetchSessions = new FetchSessions(random, config.number('max.incremental.fetch.session.cache.slots'));
    const services: Services = {
      ...{ nodeId, clusterId, dataDir, disk, clock, random, logger, config, catalog, metadata, topics },
      ...{ fetchSessions, producerIds, groups, transactions },
    };
    const maintenance = new Maintenance({ clock, logger, config, catalog, groups, transactions });
    return new Broker(services, metadataLog, maintenance, movedListeners);
  }

  /** 22 characters of base64url. */
  get clusterId(): string {
    return this.services.clusterId;
  }

  /** Lowest and highest version of an API that this broker serves; undefined when it does not serve it. */
  versionsOf(api: ApiName): readonly [min: number, max: number] | undefined {
    return handlers.get(api)?.versions;
  }

  /**
   * Answers one request; the door of clients in the same process. Missing fields of the request are their defaults, the answer
   * has every field. Null where Kafka sends no answer (produce with acks 0).
   * The `records` of a produce request are changed in place (offsets), those of a fetch answer must not be changed.
   */
  async handle<N extends ApiName>(
    context: RequestContext,
    api: N,
    version: number,
    body: Input<RequestBody<N>>,
  ): Promise<ResponseBody<N> | null> {
    const whole = complete(`${api}Request`, body) as RequestBody<N>;
    const answer = await this.answer(context, api, version, whole);
    return answer === null ? null : (complete(`${api}Response`, answer) as ResponseBody<N>);
  }

  /** As {@link Broker.handle}, for requests that were decoded and answers that will be encoded: nothing is filled in. */
  async answer<N extends ApiName>(
    context: RequestContext,
    api: N,
    version: number,
    body: RequestBody<N>,
  ): Promise<Input<ResponseBody<N>> | null> {
    const handler = handlers.get(api) as AnyHandler as unknown as ApiHandler<N>;
    return handler.handle(this.services, { version, body, context });
  }

  /** What another thread needs to read a partition's files itself; undefined when there is no such partition. */
  openReader(topic: string, partition: number): PartitionReaderDescriptor | undefined {
    const found = this.services.catalog.partition(topic, partition);
    if (found === undefined) return undefined;
    return { topic, partition, directory: found.directory, view: found.log.view.buffer };
  }

  /** Calls `listener` whenever a high watermark, last stable offset or log start moved. Returns the function that ends it. */
  onPartitionMoved(listener: MovedListener): () => void {
    this.movedListeners.add(listener);
    return () => this.movedListeners.delete(listener);
  }

  /** Ends all waits and closes every log in order. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    const { catalog, groups, transactions, logger } = this.services;
    this.maintenance.close();
    groups.close();
    transactions.close();
    const partitions = Array.from(catalog.topics.values(), (topic) => topic.partitions).flat();
    const closeSome = async (): Promise<void> => {
      for (let partition = partitions.pop(); partition !== undefined; partition = partitions.pop()) {
        try {
          await partition.close();
        } catch (error) {
          logger.error('a log could not be closed in order', { partition: partition.name, error });
        }
      }
    };
    await Promise.all(Array.from({ length: logsClosedAtOnce }, closeSome));
    await this.metadataLog.close();
  }
}

/** Folders are named by the hex topic id, as names of topics collide on file systems that ignore case. */
function partitionDirectory(dataDir: string, topicId: string, index: number): string {
  return join(dataDir, 'topics', `${Buffer.from(topicId, 'base64url').toString('hex')}-${index}`);
}
