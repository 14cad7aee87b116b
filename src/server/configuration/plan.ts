/** What a stack consists of, from its options: which parts run here, and where those are that do not. Refuses what contradicts itself. */
import { BrokerConfig, brokerConfigs } from '../../broker/config/broker-config.ts';
import { createUrlAliases } from '../../client/url-aliases.ts';
import { readWorkerConfig } from '../../connect/worker-config.ts';
import { StackError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { serverSettings } from '../../gateways/ksqldb/properties.ts';
import type { StackOptions } from '../stack.ts';
import { components } from './component.ts';
import type { Component, Properties } from './component.ts';
import { checkProperties } from './known-properties.ts';
import { httpListener, kafkaListeners, listOf, loopback } from './listeners.ts';

export interface StackPlan {
  runs(component: Component): boolean;
  /** Of another cluster; absent: the broker runs here. */
  readonly bootstrapServers?: string;
  /** Of another registry, if there is one. */
  readonly schemaRegistryUrl?: string;
  readonly connectUrl?: string;
}

/** @throws StackError MILLRACE_CONFIG_INVALID, MILLRACE_UNSUPPORTED */
export function planStack(options: StackOptions, logger: Logger): StackPlan {
  const properties: Readonly<Record<Component, Properties>> = {
    broker: options.broker ?? {},
    'schema-registry': options.registry ?? {},
    connect: options.connect ?? {},
    'ksqldb-server': options.ksql ?? {},
  };
  const others = new Set<Component>();
  if (options.bootstrapServers !== undefined) others.add('broker');
  if (options.schemaRegistryUrl !== undefined) others.add('schema-registry');
  if (options.connectUrl !== undefined) others.add('connect');
  const running = new Set((options.services ?? components).filter((component) => !others.has(component)));
  for (const component of running) {
    const withoutEffect = checkProperties(component, properties[component]);
    if (withoutEffect.length > 0)
      logger.warn(`These properties of ${component} have no effect in Millrace.`, { properties: withoutEffect });
  }
  checkValues(options, properties, running);
  const bootstrapServers = serversOf(options, properties, running);
  const ksql = properties['ksqldb-server'];
  const schemaRegistryUrl =
    options.schemaRegistryUrl ??
    (running.has('schema-registry')
      ? undefined
      : (ksql['ksql.schema.registry.url'] ?? properties.connect['value.converter.schema.registry.url']));
  if (running.has('ksqldb-server') && !running.has('schema-registry') && schemaRegistryUrl === undefined)
    throw invalid(
      'ksqldb-server needs a Schema Registry: run one here (services), or name it with --schema-registry or ksql.schema.registry.url.',
    );
  const connectUrl = options.connectUrl ?? (running.has('connect') ? undefined : ksql['ksql.connect.url']);
  return {
    runs: (component) => running.has(component),
    ...(bootstrapServers === undefined ? {} : { bootstrapServers }),
    ...(schemaRegistryUrl === undefined ? {} : { schemaRegistryUrl }),
    ...(connectUrl === undefined ? {} : { connectUrl }),
  };
}

/** What the parts would refuse when they start is refused before anything has started. */
function checkValues(
  { listen = loopback }: StackOptions,
  properties: Readonly<Record<Component, Properties>>,
  running: ReadonlySet<Component>,
): void {
  const anywhere = { hosts: listen, port: 0, portOffset: 0 };
  if (running.has('broker')) {
    kafkaListeners(properties.broker, anywhere);
    void new BrokerConfig(
      Object.fromEntries(Object.entries(properties.broker).filter(([name]) => brokerConfigs.has(name))),
    );
  }
  for (const component of running) if (component !== 'broker') httpListener(properties[component], anywhere);
  if (running.has('connect')) readWorkerConfig(properties.connect);
  if (running.has('ksqldb-server')) serverSettings(properties['ksqldb-server']);
}

/** The one cluster of all parts. What the parts' own properties say of it has to agree. */
function serversOf(
  options: StackOptions,
  properties: Readonly<Record<Component, Properties>>,
  running: ReadonlySet<Component>,
): string | undefined {
  const named = new Map<string, string>();
  for (const [component, name] of [
    ['schema-registry', 'kafkastore.bootstrap.servers'],
    ['connect', 'bootstrap.servers'],
    ['ksqldb-server', 'bootstrap.servers'],
  ] as const) {
    const value = properties[component][name];
    if (value === undefined || !running.has(component)) continue;
    named.set(
      listOf(value.replace(/\w+:\/\//g, ''))
        .sort()
        .join(','),
      `${component}: ${name}=${value}`,
    );
  }
  if (running.has('broker')) {
    const own = ownAddresses(properties.broker);
    for (const [servers, shown] of named)
      if (!listOf(servers).every((address) => own(address)))
        throw invalid(
          `${shown} names another Kafka than the broker that runs here. Give it to all parts with --bootstrap-server, or leave it away.`,
        );
    return undefined;
  }
  const [first] = named.keys();
  const all = options.bootstrapServers ?? first;
  if (all === undefined)
    throw invalid('Without the broker (services) the other parts need a Kafka: name it with --bootstrap-server.');
  if (options.bootstrapServers === undefined && named.size > 1)
    throw invalid(`The parts of one stack use one Kafka; here they name several: ${[...named.values()].join('; ')}.`);
  return all;
}

/** Is an address one of our broker's: advertised, listened at, or its name in the compose files? */
function ownAddresses(broker: Properties): (address: string) => boolean {
  const aliases = createUrlAliases({ kafka: 'own' });
  const known = new Set(
    ['listeners', 'advertised.listeners'].flatMap((name) =>
      listOf(broker[name] ?? '').map((text) => text.replace(/^\w+:\/\//, '')),
    ),
  );
  return (address) =>
    known.has(address) ||
    aliases.bootstrapServers(address) === 'own' ||
    /^(localhost|127\.0\.0\.1):9092$/.test(address);
}

function invalid(text: string): StackError {
  return new StackError('MILLRACE_CONFIG_INVALID', text);
}
