/**
 * The Schema Registry as a service: REST routes over the topic `_schemas`, apart from any socket.
 *
 *   const registry = await createRegistry({ kafka, clock: systemClock, random: systemRandom, logger, version });
 *   await registry.router.handle(request);   // or serveHttp({ router: registry.router, port: 8081 })
 */
import type { Clock } from '../core/clock.ts';
import { StackError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Random } from '../core/random.ts';
import type { KafkaClient } from '../client/kafka-client.ts';
import { Router } from '../http/router.ts';
import type { ErrorShape, HttpRequest, HttpResponse } from '../http/router.ts';
import { Deletion } from './deletion.ts';
import { RegistryError, errorResponse, schemaTooLarge, storeFailed, timedOut } from './errors.ts';
import { SchemaLookup } from './lookup.ts';
import { compatibilityLevels } from './model.ts';
import type { CompatibilityLevel } from './model.ts';
import { acceptedType, isUnderstood } from './media-types.ts';
import { Registration } from './registration.ts';
import { compatibilityRoutes } from './routes/compatibility.ts';
import { schemaRoutes } from './routes/schemas.ts';
import { serverRoutes } from './routes/server.ts';
import type { Services } from './routes/services.ts';
import { settingsRoutes } from './routes/settings.ts';
import { subjectRoutes } from './routes/subjects.ts';
import { SchemaParser } from './schema-parser.ts';
import { SchemasTopic } from './schemas-topic.ts';
import { Settings } from './settings.ts';

export interface RegistryOptions {
  readonly kafka: KafkaClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** True when other registries may write to the same `_schemas` (a Kafka of others); changes are fenced then. False by default. */
  readonly shared?: boolean;
  /** `schema.compatibility.level`: what holds where no level was set; BACKWARD by default. */
  readonly defaultLevel?: string;
  /** What `/v1/metadata/version` says. */
  readonly version?: string;
}

export interface Registry {
  /** Answers requests, with or without a socket in front. */
  readonly router: Router;
  /** Ends what runs, after the changes under way. The client stays open: it is its owner's. */
  close(): Promise<void>;
}

/**
 * Reads what is there and is ready to answer when the promise resolves.
 * @throws StackError MILLRACE_CONFIG_INVALID when `_schemas` is not fit to hold schemas, MILLRACE_UNREACHABLE, KafkaError
 */
export async function createRegistry(options: RegistryOptions): Promise<Registry> {
  const { kafka, clock, random, logger, shared = false, version = '0.0.0' } = options;
  const level = defaultLevelOf(options.defaultLevel ?? 'BACKWARD');
  const topic = await SchemasTopic.open({ kafka, clock, random, logger, shared });
  topic.state.defaultLevel = level;
  const parser = new SchemaParser(topic.state);
  const lookup = new SchemaLookup(topic.state, parser);
  const services: Services = {
    state: topic.state,
    parser,
    lookup,
    registration: new Registration(topic, parser, lookup),
    deletion: new Deletion(topic),
    settings: new Settings(topic),
    clusterId: () => kafka.clusterId(),
    version,
  };
  const router = new RegistryRouter(errorShape(logger));
  for (const routes of [subjectRoutes, schemaRoutes, compatibilityRoutes, settingsRoutes, serverRoutes])
    routes(router, services);
  return { router, close: () => topic.close() };
}

function defaultLevelOf(text: string): CompatibilityLevel {
  const level = compatibilityLevels.find((one) => one === text.trim().toUpperCase());
  if (level === undefined)
    throw new StackError(
      'MILLRACE_CONFIG_INVALID',
      `Unknown compatibility level: ${text}. schema.compatibility.level is one of ${compatibilityLevels.join(', ')}.`,
    );
  return level;
}

/** Takes and gives the registry's media types. */
class RegistryRouter extends Router {
  override async handle(request: HttpRequest): Promise<HttpResponse> {
    const type = acceptedType(request);
    if (type === undefined) return this.errors.problem(406, 'HTTP 406 Not Acceptable', request);
    if (!isUnderstood(request)) return this.errors.problem(415, 'HTTP 415 Unsupported Media Type', request);
    const response = await super.handle(request);
    if (response.headers?.['content-type'] === undefined) return response;
    return { ...response, headers: { ...response.headers, 'content-type': type } };
  }
}

function errorShape(logger: Logger): ErrorShape {
  return {
    problem: (status, message) => errorResponse(status, status, message),
    failure(error, { method, path }) {
      const known = knownFailure(error);
      if (known.status >= 500)
        logger.error('a request to the schema registry failed', { method, path, error: messageOf(error) });
      return errorResponse(known.status, known.code, known.message);
    },
  };
}

/** What stands behind an error, in the registry's terms. */
function knownFailure(error: unknown): RegistryError {
  if (error instanceof RegistryError) return error;
  if (!(error instanceof StackError)) return new RegistryError(500, 'Internal Server Error', error);
  const { errorName } = error.details;
  if (errorName === 'MESSAGE_TOO_LARGE' || errorName === 'RECORD_LIST_TOO_LARGE') return schemaTooLarge();
  if (error.code === 'MILLRACE_TIMEOUT' || error.code === 'MILLRACE_UNREACHABLE')
    return timedOut(`Write to the Kafka store timed out: ${error.message}`, error);
  return storeFailed(`Error while writing to the Kafka store: ${error.message}`, error);
}
