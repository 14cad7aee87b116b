/** What a broker does from time to time: retention, compaction, and forgetting offsets, producers and transactional ids. */
import type { Clock, Timer } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { BrokerConfig } from './config/broker-config.ts';
import type { GroupCoordinator } from './groups/coordinator.ts';
import type { Catalog } from './metadata/catalog.ts';
import type { TransactionCoordinator } from './transactions/coordinator.ts';

export interface MaintenanceOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: BrokerConfig;
  readonly catalog: Catalog;
  readonly groups: GroupCoordinator;
  readonly transactions: TransactionCoordinator;
}

export class Maintenance {
  private readonly options: MaintenanceOptions;
  private readonly timers = new Map<string, Timer>();
  private closed = false;

  constructor(options: MaintenanceOptions) {
    this.options = options;
    const { config, groups, transactions } = options;
    const ms = (name: string) => (): number => config.number(name);
    const cleaner = config.flag('log.cleaner.enable') ? ms('log.cleaner.backoff.ms') : (): number => Infinity;
    const retention = ms('log.retention.check.interval.ms');
    this.every(
      'cleaning',
      () => Math.min(retention(), cleaner()),
      () => this.clean(),
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

  /** Retention, compaction and forgetting idle producers in every log, with a pause after each: requests go first. */
  private async clean(): Promise<void> {
    const { catalog, clock, logger } = this.options;
    for (const topic of [...catalog.topics.values()]) {
      for (const partition of topic.partitions) {
        if (this.closed) return;
        try {
          await partition.log.clean();
        } catch (error) {
          logger.error('a log could not be cleaned', { partition: partition.name, error });
        }
        await new Promise<void>((resolve) => clock.defer(resolve));
      }
    }
  }

  close(): void {
    this.closed = true;
    for (const timer of this.timers.values()) timer.cancel();
  }
}
