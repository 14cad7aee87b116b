/**
 * Properties from environment variables, by the rules of Confluent's images: the prefix says the component, then `_` is a point, `__` a dash,
 * `___` an underscore. `KAFKA_NUM_PARTITIONS=3` is the broker's `num.partitions`.
 */
import type { Component } from './component.ts';
import { listOf } from './listeners.ts';
import { otherVariables, ownSettings } from './own-settings.ts';
import { StackError } from '../../core/errors.ts';

const prefixes: readonly (readonly [string, Component])[] = [
  ['KAFKA_', 'broker'],
  ['SCHEMA_REGISTRY_', 'schema-registry'],
  ['CONNECT_', 'connect'],
  ['KSQL_', 'ksqldb-server'],
];

/** What the images' start scripts and the JVM read themselves; no property of a server. */
const ofTheImages =
  /^(KAFKA|SCHEMA_REGISTRY|CONNECT|KSQL)_(HEAP_OPTS|OPTS|JMX_OPTS|JMX_PORT|JMX_HOSTNAME|JVM_PERFORMANCE_OPTS|GC_LOG_OPTS|LOG4J_.*|TOOLS_LOG4J_LOGLEVEL|HOME|VERSION|CLASSPATH|DEBUG|GROUP|USER|CONFIG_DIR|CUB_CLASSPATH|CLUSTER_ID|CONNECT_(?:HOME)|LOG_DIR|KSQL_QUERIES_FILE)$/;

export interface FromEnvironment {
  readonly own: ReadonlyMap<string, string>;
  /** By component: property → value and variable. */
  readonly properties: ReadonlyMap<
    Component,
    ReadonlyMap<string, { readonly value: string; readonly variable: string }>
  >;
}

/** @throws StackError MILLRACE_CONFIG_INVALID for a `MILLRACE_…` that means nothing */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>>): FromEnvironment {
  const own = new Map<string, string>();
  const properties = new Map<Component, Map<string, { value: string; variable: string }>>();
  for (const [variable, value] of Object.entries(environment)) {
    if (value === undefined || ofTheImages.test(variable)) continue;
    if (variable.startsWith('MILLRACE_')) {
      const setting = ownSettings.find((one) => one.variable === variable);
      if (setting !== undefined) own.set(setting.name, value);
      else if (!otherVariables.has(variable)) {
        throw new StackError(
          'MILLRACE_CONFIG_INVALID',
          `The environment variable ${variable} means nothing to Millrace. There are ${ownSettings.map((one) => one.variable).join(', ')}.`,
        );
      }
      continue;
    }
    const [prefix, component] = prefixes.find(([one]) => variable.startsWith(one)) ?? [];
    if (prefix === undefined || component === undefined) continue;
    const of = properties.get(component) ?? new Map<string, { value: string; variable: string }>();
    properties.set(component, of);
    of.set(propertyOf(variable.slice(prefix.length)), { value, variable });
  }
  deriveListeners(properties.get('broker'));
  return { own, properties };
}

function propertyOf(name: string): string {
  return name.toLowerCase().replace(/_+/g, (run) => (run.length === 1 ? '.' : run.length === 2 ? '-' : '_'));
}

/** As the image does: who only says what is advertised listens on the same ports, at all addresses. */
function deriveListeners(broker: Map<string, { value: string; variable: string }> | undefined): void {
  const advertised = broker?.get('advertised.listeners');
  if (broker === undefined || advertised === undefined || broker.has('listeners')) return;
  const value = listOf(advertised.value)
    .map((part) => part.replace(/:\/\/.*:(\d+)$/, '://0.0.0.0:$1'))
    .join(',');
  broker.set('listeners', { value, variable: advertised.variable });
}
