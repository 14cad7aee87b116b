/** The queries that commands made: started, paused and ended together with what the catalogue says. */
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { QueryConfig, QueryManager } from '../../runtime/jobs.ts';
import type { PersistentQueryPlan } from '../../sql/dialects/ksqldb/plan.ts';
import type { Command } from './command.ts';
import { booleanSetting, settingOf } from './properties.ts';
import type { Settings } from './properties.ts';

export interface PersistentQuery {
  readonly query: PersistentQueryPlan;
  readonly statementText: string;
  /** The session's settings at the time of the statement. */
  readonly overrides: Settings;
  readonly paused: boolean;
  /** Why it could not be started. */
  readonly failure?: string;
}

export class PersistentQueries {
  readonly #manager: QueryManager;
  readonly #settings: Settings;
  readonly #logger: Logger;
  readonly #queries = new Map<string, PersistentQuery>();

  constructor(manager: QueryManager, settings: Settings, logger: Logger) {
    this.#manager = manager;
    this.#settings = settings;
    this.#logger = logger;
  }

  has(id: string): boolean {
    return this.#queries.has(id);
  }

  get(id: string): PersistentQuery | undefined {
    return this.#queries.get(id);
  }

  ids(): string[] {
    return [...this.#queries.keys()];
  }

  all(): PersistentQuery[] {
    return [...this.#queries.values()];
  }

  /** RUNNING, PAUSED, ERROR or UNRESPONSIVE, as LIST QUERIES shows it. */
  stateOf(id: string): string {
    const known = this.#queries.get(id);
    const state = this.#manager.status(id)?.state;
    if (known?.failure !== undefined || state === 'ERROR') return 'ERROR';
    return known?.paused === true || state === 'PAUSED' ? 'PAUSED' : 'RUNNING';
  }

  /** `live`: start it now; otherwise `startAll` does. */
  async add(query: PersistentQueryPlan, command: Command, live: boolean): Promise<void> {
    const { statement: statementText, streamsProperties: overrides } = command;
    this.#queries.set(query.queryId, { query, statementText, overrides, paused: false });
    if (live) await this.#start(query.queryId);
  }

  async remove(id: string, { live, dispose }: { live: boolean; dispose: boolean }): Promise<void> {
    // One that could not be started is not there to be stopped.
    if (this.#queries.delete(id) && live && this.#manager.status(id) !== undefined)
      await this.#manager.stop(id, { dispose });
  }

  async setPaused(id: string, paused: boolean, live: boolean): Promise<void> {
    const known = this.#queries.get(id);
    if (known === undefined || known.paused === paused) return;
    this.#queries.set(id, { ...known, paused });
    if (!live || known.failure !== undefined) return;
    if (paused) await this.#manager.pause(id);
    else await this.#manager.resume(id);
  }

  /** Starts everything after the commands were read; nobody waits for their state to be restored. */
  startAll(): void {
    for (const id of this.#queries.keys()) void this.#start(id);
  }

  /** A query that does not start is listed as failed. Never rejects. */
  async #start(id: string): Promise<void> {
    const known = this.#queries.get(id);
    if (known === undefined) return;
    try {
      const config = queryConfig({ ...this.#settings, ...known.overrides });
      await this.#manager.start({ queryId: id, plan: known.query.plan, config });
      if (known.paused) await this.#manager.pause(id);
    } catch (error) {
      this.#logger.error(`The query ${id} does not start: ${messageOf(error)}`);
      const now = this.#queries.get(id);
      if (now !== undefined) this.#queries.set(id, { ...now, failure: messageOf(error) });
    }
  }
}

/** The part of the settings that matters to a running query. */
export function queryConfig(settings: Settings): QueryConfig {
  const guarantee = settingOf('processing.guarantee', settings)?.toLowerCase() ?? '';
  const interval = settings['commit.interval.ms'];
  return {
    processingGuarantee: guarantee.startsWith('exactly_once') ? 'exactly_once_v2' : 'at_least_once',
    ...(interval === undefined ? {} : { commitIntervalMs: Number(interval) }),
    ...(settings['ksql.fail.on.deserialization.error'] === undefined
      ? {}
      : { failOnBadRecord: booleanSetting('ksql.fail.on.deserialization.error', settings) }),
  };
}
