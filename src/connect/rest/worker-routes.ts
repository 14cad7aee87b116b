/** The worker itself, its plugins and their configurations, its loggers. */
import { json } from '../../http/router.ts';
import type { HttpResponse, RoutedRequest, Router } from '../../http/router.ts';
import { validateConnector } from '../config/validate.ts';
import type { ConfigKey, DefinedValue } from '../config/config-def.ts';
import { ConnectRestError } from '../errors.ts';
import { converters, datagen, findPlugin, headerConverters } from '../plugins.ts';
import type { Plugin } from '../plugins.ts';
import { predicates } from '../transforms/predicates.ts';
import { transformations } from '../transforms/transformations.ts';
import { kafkaCommit, kafkaVersion } from '../version.ts';
import type { Worker } from '../worker.ts';
import { readBody, readConfig, asObject } from './body.ts';
import { requireConnector } from './connector-routes.ts';

export function addWorkerRoutes(router: Router, worker: Worker): void {
  const loggers = new Loggers(worker);
  router
    .on('GET', '/', async () =>
      json({ version: kafkaVersion, commit: kafkaCommit, kafka_cluster_id: await worker.ports.kafka.clusterId() }),
    )
    .on('GET', '/health', () =>
      json({ status: 'healthy', message: 'Worker has completed startup and is ready to handle requests.' }),
    )
    .on('GET', '/connector-plugins', listPlugins)
    .on('GET', '/connector-plugins/:plugin/config', ({ params }) => pluginConfig(params['plugin'] ?? ''))
    .on('PUT', '/connector-plugins/:plugin/config/validate', (request) => validate(worker, request))
    .on('GET', '/admin/loggers', () => json(loggers.all()))
    .on('GET', '/admin/loggers/:logger', ({ params }) => json(loggers.one(params['logger'] ?? '')))
    .on('PUT', '/admin/loggers/:logger', (request) => loggers.set(request));
}

/** In the order in which the real worker lists them. */
const everyPlugin: readonly Plugin[] = [
  datagen,
  ...[...transformations, ...predicates].map((one) => ({ ...one, version: kafkaVersion })),
  ...converters,
  ...headerConverters,
];

function listPlugins({ query }: RoutedRequest): HttpResponse {
  const all = query.get('connectorsOnly') === 'false' ? everyPlugin : [datagen];
  return json(all.map(({ class: name, type, version }) => ({ class: name, type, version })));
}

function pluginConfig(name: string): HttpResponse {
  const plugin = findPlugin(everyPlugin, name);
  if (plugin === undefined) throw new ConnectRestError(404, `Unknown plugin ${name}.`);
  return json(plugin.keys.map(definition));
}

function validate(worker: Worker, request: RoutedRequest): HttpResponse {
  const plugin = request.params['plugin'] ?? '';
  const config = readConfig(readBody(request), 'java.util.LinkedHashMap');
  const connectorClass = config['connector.class'];
  if (connectorClass === undefined || connectorClass === null) {
    const shown = Object.entries(config).map(([key, value]) => `${key}=${value}`);
    throw new ConnectRestError(400, `Connector config {${shown.join(', ')}} contains no connector type`);
  }
  const matches = [connectorClass, plugin].map((name) => findPlugin([datagen], name.trim()) !== undefined);
  if (matches[0] !== matches[1] || (matches[0] === false && connectorClass.trim() !== plugin))
    throw new ConnectRestError(400, `Included connector type ${connectorClass} does not match request type ${plugin}`);
  requireConnector(connectorClass);
  const { groups, values, errors } = validateConnector(config, {
    defaults: worker.config.defaults,
    readFile: worker.readFile,
  });
  return json({ name: connectorClass, error_count: errors.length, groups, configs: values.map(validated) });
}

function validated({ key, value }: DefinedValue): object {
  return {
    definition: definition(key),
    value: {
      name: value.name,
      value: value.value,
      recommended_values: value.recommended,
      errors: value.errors,
      visible: true,
    },
  };
}

function definition(key: ConfigKey): object {
  return {
    name: key.name,
    type: key.type,
    required: key.default === undefined,
    default_value: key.default ?? null,
    importance: key.importance,
    documentation: key.documentation,
    group: key.group ?? null,
    // The name since Kafka 4.3, and the one that Connect's clients have known before.
    order_in_group: key.order ?? -1,
    order: key.order ?? -1,
    width: key.width ?? 'NONE',
    display_name: key.displayName ?? key.name,
    dependents: [],
  };
}

interface Level {
  readonly level: string;
  readonly last_modified: number | null;
}

const levelNames = ['OFF', 'FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE', 'ALL'];

/** Levels that were asked for, by Java's names of loggers; the process logs at the level that it was started with. */
class Loggers {
  private readonly worker: Worker;
  private readonly known = new Map<string, Level>();

  constructor(worker: Worker) {
    this.worker = worker;
    this.known.set('root', { level: 'INFO', last_modified: null });
    for (const [name, level] of worker.stores.configs.loggerLevels)
      this.known.set(name, { level, last_modified: null });
  }

  all(): object {
    return Object.fromEntries([...this.known].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  one(name: string): Level {
    const level = this.known.get(name);
    if (level === undefined) throw new ConnectRestError(404, `Logger ${name} not found.`);
    return level;
  }

  async set(request: RoutedRequest): Promise<HttpResponse> {
    const { params, query } = request;
    const name = params['logger'] ?? '';
    const body = readBody(request);
    if (body === undefined || body === null)
      throw new ConnectRestError(500, 'Cannot invoke "java.util.Map.get(Object)" because "levelMap" is null');
    const given = readConfig(asObject(body, 'java.util.LinkedHashMap'), 'java.util.LinkedHashMap');
    const wanted = given['level'] ?? null;
    if (wanted === null) throw new ConnectRestError(400, "Desired 'level' parameter was not specified in request.");
    const level = wanted.toUpperCase();
    if (!levelNames.includes(level)) throw new ConnectRestError(404, `invalid log level '${wanted}'.`);
    const changed = this.known.get(name)?.level !== level;
    if (changed) this.known.set(name, { level, last_modified: this.worker.ports.clock.now() });
    if (query.get('scope') === 'cluster') {
      await this.worker.stores.configs.putLoggerLevel(name, level);
      return { status: 204 };
    }
    return json(changed ? [name] : []);
  }
}
