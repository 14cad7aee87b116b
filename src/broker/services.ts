/** What the handlers of requests work with. `Broker` puts it together. */
import type { Clock } from '../core/clock.ts';
import type { Disk } from '../core/disk.ts';
import type { Logger } from '../core/logger.ts';
import type { Random } from '../core/random.ts';
import type { BrokerConfig } from './config/broker-config.ts';
import type { FetchSessions } from './fetch-sessions.ts';
import type { GroupCoordinator } from './groups/coordinator.ts';
import type { Catalog } from './metadata/catalog.ts';
import type { AppliedRecord, MetadataLog, MetadataRecord } from './metadata/metadata-log.ts';
import type { TopicManager } from './metadata/topic-manager.ts';
import type { ProducerIds } from './transactions/producer-ids.ts';
import type { TransactionCoordinator } from './transactions/coordinator.ts';

export interface Services {
  readonly nodeId: number;
  readonly clusterId: string;
  readonly dataDir: string;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly config: BrokerConfig;
  readonly catalog: Catalog;
  readonly metadata: Metadata;
  readonly topics: TopicManager;
  readonly fetchSessions: FetchSessions;
  readonly producerIds: ProducerIds;
  readonly groups: GroupCoordinator;
  readonly transactions: TransactionCoordinator;
}

/** Changes of the metadata: written to their log, then applied to the catalog. */
export class Metadata {
  private readonly log: MetadataLog;
  private readonly apply: (record: AppliedRecord) => void;

  constructor(log: MetadataLog, apply: (record: AppliedRecord) => void) {
    this.log = log;
    this.apply = apply;
  }

  get endOffset(): number {
    return this.log.endOffset;
  }

  /** Writes and applies one change. Throws when the disk fails; nothing has changed then. */
  change(records: readonly MetadataRecord[]): void {
    if (records.length === 0) return;
    for (const record of this.log.append(records)) this.apply(record);
  }

  /** Makes all changes durable, whatever the policy. */
  sync(): Promise<void> {
    return this.log.sync();
  }

  /** Resolves once all changes may be acknowledged. */
  whenDurable(): Promise<void> {
    return this.log.whenDurable();
  }
}
