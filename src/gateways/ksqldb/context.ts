/** What every statement and route of the server works with. */
import type { KafkaClient } from '../../client/kafka-client.ts';
import type { SchemaRegistryClient } from '../../client/schema-registry.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { Random } from '../../core/random.ts';
import type { QueryManager } from '../../runtime/jobs.ts';
import type { KsqlDialect } from './dialect.ts';
import type { KsqlEngine } from './engine.ts';
import type { Inserts } from './inserts.ts';
import { booleanSetting } from './properties.ts';
import type { Settings } from './properties.ts';
import type { TransientQueries } from './transient-queries.ts';

/** A request to the REST interface of Kafka Connect, over the network or in this process. */
export type ConnectDoor = (
  method: string,
  path: string,
  body?: unknown,
) => Promise<{ readonly status: number; readonly body: string }>;

export interface KsqlContext {
  readonly engine: KsqlEngine;
  readonly kafka: KafkaClient;
  readonly registry: SchemaRegistryClient;
  readonly connect: ConnectDoor | undefined;
  readonly queries: QueryManager;
  readonly transient: TransientQueries;
  readonly inserts: Inserts;
  readonly dialect: KsqlDialect;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The server's settings, by plain name. */
  readonly settings: Settings;
  /** `host:port` under which the server names itself in answers. */
  readonly host: string;
}

/** What SET and DEFINE change, for the rest of one request. */
export interface Session {
  readonly settings: Map<string, string>;
  readonly variables: Map<string, string>;
}

/** The server's settings with the session's laid over them. */
export function effectiveSettings(context: KsqlContext, session: Session): Settings {
  return { ...context.settings, ...Object.fromEntries(session.settings) };
}

/** What stands for `${name}` in a request's text; undefined when it stands for itself. */
export function variablesOf(context: KsqlContext, session: Session): Readonly<Record<string, string>> | undefined {
  const enabled = booleanSetting('ksql.variable.substitution.enable', effectiveSettings(context, session));
  return enabled ? Object.fromEntries(session.variables) : undefined;
}
