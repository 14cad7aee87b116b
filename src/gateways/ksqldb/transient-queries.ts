/** Push queries: each belongs to one asker and ends with them, at its limit, or by `/close-query` and TERMINATE. */
import type { Clock } from '../../core/clock.ts';
import { StackError } from '../../core/errors.ts';
import type { PushQuery, QueryManager, QueryStatus, Row } from '../../runtime/jobs.ts';
import type { PhysicalPlan } from '../../sql/physical/plan.ts';
import { Feed } from './feed.ts';
import { queryConfig } from './persistent-queries.ts';
import type { Settings } from './properties.ts';

/** Rows that may wait for an asker. */
const waitingRowsMax = 250_000;

export interface TransientQuery {
  readonly queryId: string;
  readonly statementText: string;
  readonly rows: Feed<Row>;
  /** It ends by itself after so many rows. */
  readonly limit: number | undefined;
}

export interface StartTransient {
  readonly statementText: string;
  readonly queryId: string;
  readonly plan: PhysicalPlan;
  readonly settings: Settings;
  /** It ends by itself once it has read these partitions so far. */
  readonly until?: ReadonlyMap<number, number>;
}

export class TransientQueries {
  readonly #manager: QueryManager;
  readonly #clock: Clock;
  readonly #running = new Map<string, { query: TransientQuery; push: PushQuery | undefined }>();

  constructor(manager: QueryManager, clock: Clock) {
    this.#manager = manager;
    this.#clock = clock;
  }

  all(): TransientQuery[] {
    return [...this.#running.values()].map((one) => one.query);
  }

  async start({ statementText, queryId, plan, settings, until }: StartTransient): Promise<TransientQuery> {
    const rows = new Feed<Row>(this.#clock, waitingRowsMax);
    const limit = plan.root.node === 'result-sink' ? plan.root.limit : undefined;
    const query: TransientQuery = { queryId, statementText, rows, limit };
    const entry: { query: TransientQuery; push: PushQuery | undefined } = { query, push: undefined };
    this.#running.set(queryId, entry);
    try {
      entry.push = await this.#manager.push({
        queryId,
        plan,
        config: queryConfig(settings),
        onRows: (batch) => {
          rows.push(batch);
          if (rows.ended) void this.close(queryId);
        },
        onPositions: (positions) => {
          if (until !== undefined && reached(until, positions)) void this.close(queryId);
        },
        onEnd: (error) => {
          rows.end(error === undefined ? undefined : new StackError('MILLRACE_QUERY_FAILED', error.message));
          this.#running.delete(queryId);
        },
      });
    } catch (error) {
      this.#running.delete(queryId);
      throw error;
    }
    if (rows.ended) await entry.push.cancel();
    return query;
  }

  /** A query over nothing: it has ended before it began. */
  nothing(statementText: string, queryId: string): TransientQuery {
    const rows = new Feed<Row>(this.#clock, waitingRowsMax);
    rows.end();
    return { queryId, statementText, rows, limit: undefined };
  }

  /** False when there is no such query. */
  async close(queryId: string): Promise<boolean> {
    const entry = this.#running.get(queryId);
    if (entry === undefined) return false;
    this.#running.delete(queryId);
    entry.query.rows.end();
    await entry.push?.cancel();
    return true;
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((id) => this.close(id)));
  }
}

function reached(until: ReadonlyMap<number, number>, positions: QueryStatus['positions']): boolean {
  return [...until].every(([partition, end]) =>
    positions.some((one) => one.partition === partition && one.position >= end),
  );
}
