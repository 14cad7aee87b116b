/** The configuration of a stack from everywhere it may stand: the command line over the environment over `millrace.yaml`. */
import { StackError } from '../../core/errors.ts';
import type { StackOptions } from '../stack.ts';
import { components, isComponent } from './component.ts';
import type { Component } from './component.ts';
import { readEnvironment } from './environment.ts';
import { loadConfigurationFile } from './file.ts';
import type { FileSources } from './file.ts';
import { checkProperties } from './known-properties.ts';
import { hostsOf, listOf } from './listeners.ts';
import { ownSettings } from './own-settings.ts';
import type { OwnSetting } from './own-settings.ts';

export interface ConfigurationSources extends FileSources {
  /** Our own settings by name (`port.offset`), as they stand on the command line. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  /** `COMPONENT.PROPERTY=VALUE`, as given by `--set`. */
  readonly set?: readonly string[];
}

/**
 * Reads and checks all of it.
 * @throws StackError MILLRACE_CONFIG_INVALID for what nobody knows or cannot be used, by its name and where it stands
 */
export async function readConfiguration(sources: ConfigurationSources): Promise<StackOptions> {
  const file = await loadConfigurationFile(sources);
  const environment = readEnvironment(sources.environment);
  const given = propertiesGiven(sources.set ?? []);
  const own = new Map([...file.own, ...environment.own]);
  for (const [name, value] of Object.entries(sources.flags)) if (value !== undefined) own.set(name, value);
  for (const setting of ownSettings) checkOwn(setting, own.get(setting.name));
  const properties = (component: Component): Record<string, string> => {
    const origins = new Map<string, string>();
    const merged: Record<string, string> = {};
    const take = (name: string, value: string, from: string): void => {
      merged[name] = value;
      origins.set(name, from);
    };
    for (const [name, value] of file.properties.get(component) ?? []) take(name, value, `in ${file.path}`);
    for (const [name, { value, variable }] of environment.properties.get(component) ?? [])
      take(name, value, `from ${variable} in the environment`);
    for (const [name, value] of given.get(component) ?? []) take(name, value, 'from --set');
    checkProperties(component, merged, (name) => origins.get(name));
    return merged;
  };
  const [broker, registry, connect, ksql] = components.map(properties) as [
    Record<string, string>,
    Record<string, string>,
    Record<string, string>,
    Record<string, string>,
  ];
  const text = (name: string): string | undefined => own.get(name);
  return definedOnly({
    dataDir: text('data.dir'),
    services: listOf(text('services') ?? '').length === 0 ? undefined : (listOf(text('services') ?? '') as Component[]),
    listen: text('listen') === undefined ? undefined : listOf(text('listen') ?? '').flatMap(hostsOf),
    allowedHosts: text('allowed.hosts') === undefined ? undefined : listOf(text('allowed.hosts') ?? ''),
    portOffset: Number(text('port.offset') ?? 0),
    bootstrapServers: text('bootstrap.servers'),
    schemaRegistryUrl: text('schema.registry.url'),
    connectUrl: text('connect.url'),
    hostAliases: text('host.aliases') !== 'false',
    durability: (text('durability') ?? 'page-cache') as 'page-cache' | 'fsync',
    logLevel: (text('log.level') ?? 'warn') as 'debug' | 'info' | 'warn' | 'error',
    broker,
    registry,
    connect,
    ksql,
  });
}

function propertiesGiven(set: readonly string[]): Map<Component, Map<string, string>> {
  const all = new Map<Component, Map<string, string>>();
  for (const entry of set) {
    const [, component = '', name = '', value = ''] = /^([^.=]+)\.([^=]+)=(.*)$/s.exec(entry) ?? [];
    if (!isComponent(component))
      throw new StackError(
        'MILLRACE_CONFIG_INVALID',
        `--set ${entry}: it is COMPONENT.PROPERTY=VALUE, with one of the components ${components.join(', ')}.`,
      );
    all.set(component, (all.get(component) ?? new Map<string, string>()).set(name.trim(), value));
  }
  return all;
}

function checkOwn({ name, variable, flag, oneOf, kind }: OwnSetting, value: string | undefined): void {
  if (value === undefined) return;
  const wrong = (why: string): StackError =>
    new StackError('MILLRACE_CONFIG_INVALID', `Invalid value ${value} for ${name} (${flag}, ${variable}): ${why}`);
  if (oneOf !== undefined && !oneOf.includes(value)) throw wrong(`it is one of ${oneOf.join(', ')}.`);
  if (kind === 'port' && (!/^\d+$/.test(value) || Number(value) > 65_535))
    throw wrong('it is a whole number from 0 to 65535.');
  if (kind === 'flag' && value !== 'true' && value !== 'false') throw wrong('it is true or false.');
  if (kind === 'list' && listOf(value).length === 0) throw wrong('it names nothing.');
  if (name === 'services') {
    const unknown = listOf(value).find((one) => !isComponent(one));
    if (unknown !== undefined) throw wrong(`there is no "${unknown}"; there are ${components.join(', ')}.`);
  }
}

type Undefinable<T> = { [K in keyof T]: T[K] | undefined };

function definedOnly(options: Undefinable<StackOptions>): StackOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as StackOptions;
}
