/** What a broker does from time to time: retention, compaction, and forgetting offsets, producers and transactional ids. */
import type { Clock, Timer } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { BrokerConfig } from './config/broker-config.ts';
import type { GroupCoordinator } from './groups/coordinator.ts';
import type { Catalog } from './metadata/catalog.ts';
import type { Partition } from './partition.ts';
import type { TransactionCoordinator } from './transactions/coordinator.ts';

export interface MaintenanceOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: BrokerConfig;
  readonly catalog: Catalog;
  readonly groups: GroupCoordinator;
  readonly transactions: TransactionCoordinator;
}

const producerCheckMs = 600_000;

export class Maintenance {
  private readonly options: MaintenanceOptions;
  private readonly timers = new Map<string, Timer>();
  private closed = false;

  constructor(options: MaintenanceOptions) {
    this.options = options;
    const { config, groups, transactions } = options;
    const ms = (name: string) => (): number => config.number(name);
    this.every('retention', ms('log.retention.check.interval.ms'), () =>
      this.eachLog((log) => void log.applyRetention()),
    );
    if (config.flag('log.cleaner.enable')) this.every('compaction', ms('log.cleaner.backoff.ms'), () => this.compact());
    this.every(
      'producers',
      () => producerCheckMs,
      () => this.eachLog((log) => log.expireProducers()),
    );
    this.every('offsets', ms('offsets.retention.check.interval.ms'), async () => groups.expire());
    this.every('transactions', ms('transaction.remove.expired.transaction.cleanup.interval.ms'), async () =>
      transactions.expire(),
    );
  }

  /** Does a task again and again, each time so long after the last one ended. What it throws is logged. */
  private every(task: string, intervalMs: () => number, run: () => Promise<void>): void {
    const { clock, logger } = this.options;
    const arm = (): void => {
      if (this.closed) return;
      const timer = clock.setTimer(() => {
        run()
          .catch((error: unknown) => logger.error('a periodic task failed', { task, error }))
          .finally(arm);
      }, intervalMs());
      this.timers.set(task, timer);
    };
    arm();
  }

  /** Visits the log of every partition, with a pause after each: requests go first. */
  private async eachLog(visit: (log: Partition['log']) => void): Promise<void> {
    const { catalog, clock, logger } = this.options;
    for (const topic of [...catalog.topics.values()]) {
      for (const partition of topic.partitions) {
        if (this.closed) return;
        try {
          visit(partition.log);
        } catch (error) {
          logger.error('a log could not be tidied', { partition: partition.name, error });
        }
        await new Promise<void>((resolve) => clock.defer(resolve));
      }
    }
  }

  private async compact(): Promise<void> {
    const { catalog, logger } = this.options;
    for (const topic of [...catalog.topics.values()]) {
      if (!topic.logConfig.cleanupCompact) continue;
      for (const partition of topic.partitions) {
        if (this.closed) return;
        if (!partition.openLog?.needsCompaction) continue; // a log that nobody used since the start has nothing new
        try {
          await partition.openLog.compact();
        } catch (error) {
          logger.error('a log could not be compacted', { partition: partition.name, error });
        }
      }
    }
  }

  close(): void {
    this.closed = true;
    for (const timer of this.timers.values()) timer.cancel();
  }
}
