/**
 * A ksqlDB server: its state out of the command topic, its REST interface as a router.
 *
 *   const ksql = await createKsqlServer({ kafka, registry, queries, clock, random, logger, config: {}, version: '0.29.0' });
 *   await serveHttp({ router: ksql.router, port: 8088 });
 */
import type { KafkaClient } from '../../client/kafka-client.ts';
import type { SchemaRegistryClient } from '../../client/schema-registry.ts';
import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { Random } from '../../core/random.ts';
import { Router } from '../../http/router.ts';
import type { QueryManager } from '../../runtime/jobs.ts';
import type { ConnectDoor, KsqlContext } from './context.ts';
import { ksqldbDialect } from './dialect.ts';
import type { KsqlDialect } from './dialect.ts';
import { KsqlEngine } from './engine.ts';
import { ksqlErrorShape } from './errors.ts';
import { Inserts } from './inserts.ts';
import type { ProcessingLog } from './processing-log.ts';
import { serverSettings } from './properties.ts';
import type { Settings } from './properties.ts';
import { addInfoRoutes } from './routes/info.ts';
import { addInsertsRoute } from './routes/inserts-stream.ts';
import { addQueryStreamRoutes } from './routes/query-stream.ts';
import { addQueryRoutes } from './routes/query.ts';
import { addStatementRoutes } from './routes/statements.ts';
import { addWebSocketRoute } from './routes/web-socket.ts';
import { TransientQueries } from './transient-queries.ts';

export interface KsqlServerOptions {
  readonly kafka: KafkaClient;
  readonly registry: SchemaRegistryClient;
  /** Absent: connector statements answer that there is none. */
  readonly connect?: ConnectDoor;
  /** Stays the caller's: closing the server leaves its queries to `queries.close()`. */
  readonly queries: QueryManager;
  /** What `queries` tells its errors; the server opens and closes it, and declares its stream. Absent: there is none. */
  readonly processingLog?: ProcessingLog;
  /** ksqlDB's; tests put in another. */
  readonly dialect?: KsqlDialect;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** ksqlDB's property names, as in a server's properties file. */
  readonly config: Settings;
  /** What `/info` says. */
  readonly version: string;
  /** `host:port` under which the server names itself; `localhost:8088` by default. */
  readonly advertisedHost?: string;
}

export interface KsqlServer {
  readonly router: Router;
  /** Ends push queries and stops reading commands. */
  close(): Promise<void>;
}

/** Resolves once every command was read; queries may still be restoring their state. */
export async function createKsqlServer(options: KsqlServerOptions): Promise<KsqlServer> {
  const { kafka, registry, connect, queries, dialect = ksqldbDialect, clock, random, logger, version } = options;
  const { processingLog } = options;
  const settings = serverSettings({ 'ksql.service.id': 'default_', ...options.config });
  await processingLog?.open();
  const engine = await KsqlEngine.open({ kafka, registry, queries, dialect, clock, random, logger, settings });
  const transient = new TransientQueries(queries, clock);
  const inserts = new Inserts(kafka);
  const host = options.advertisedHost ?? 'localhost:8088';
  const context: KsqlContext = {
    ...{
      engine,
      kafka,
      registry,
      connect,
      queries,
      transient,
      inserts,
      dialect,
      clock,
      random,
      logger,
      settings,
      host,
    },
  };
  if (processingLog !== undefined) await declareStream(context, processingLog);
  const router = new Router(ksqlErrorShape);
  addStatementRoutes(router, context);
  addQueryRoutes(router, context);
  addQueryStreamRoutes(router, context);
  addWebSocketRoute(router, context);
  addInsertsRoute(router, context);
  addInfoRoutes(router, context, version);
  const close = async (): Promise<void> => {
    await transient.closeAll();
    await engine.close();
    await inserts.close();
    await processingLog?.close();
  };
  return { router, close };
}

/** The stream over the processing log, unless there is something of its name. A server without it still serves. */
async function declareStream(context: KsqlContext, { streamName, streamStatement }: ProcessingLog): Promise<void> {
  if (streamStatement === undefined || context.engine.catalog.sources.has(streamName)) return;
  try {
    for (const statement of context.dialect.parse(streamStatement, {})) await context.engine.distribute(statement, {});
  } catch (error) {
    context.logger.warn(`The stream of the processing log is not created: ${messageOf(error)}`);
  }
}
