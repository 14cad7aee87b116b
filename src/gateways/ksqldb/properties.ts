/**
 * The settings of a server and of a session: which names there are, which values they take, and what holds when a session's are laid
 * over the server's. Names may be written with or without `ksql.streams.`; past this file they are without.
 */
import { badRequest, badStatement } from './errors.ts';
import { propertyDefinitions } from './property-definitions.ts';
import type { PropertyDefinition } from './property-definitions.ts';

/** Settings by name, as text. */
export type Settings = Readonly<Record<string, string>>;

const streamsPrefix = 'ksql.streams.';

/** Without the prefix that says where a setting goes, which makes no difference here. */
export function plainName(name: string): string {
  return name.startsWith(streamsPrefix) ? name.slice(streamsPrefix.length) : name;
}

/** What is known of a name; undefined when there is no such setting. */
export function definitionOf(name: string): PropertyDefinition | undefined {
  const plain = plainName(name);
  const known = propertyDefinitions.get(plain) ?? propertyDefinitions.get(name);
  if (known !== undefined) return known;
  const below = /^(?:(?:main|restore|global)\.)?(?:consumer|producer|admin|topic)\.(.+)$/.exec(plain)?.[1];
  const free = plain.startsWith('ksql.functions.') || plain.startsWith('__emit.interval.ms.');
  return below !== undefined || free ? { name: plain, type: 'STRING' } : undefined;
}

/** Checks a value as Kafka's configuration classes do; gives the text of what is wrong. */
export function problemOf({ name, type, oneOf, min }: PropertyDefinition, value: string): string | undefined {
  const wrong = (why: string): string => `Invalid value ${value} for configuration ${name}: ${why}`;
  if (oneOf !== undefined && !oneOf.includes(value.toLowerCase()))
    return wrong(`String must be one of: ${oneOf.join(', ')}`);
  if (type === 'BOOLEAN' && !/^(true|false)$/i.test(value.trim()))
    return wrong('Expected value to be either true or false');
  if (type === 'INT' || type === 'LONG' || type === 'DOUBLE') {
    const number = Number(value.trim());
    const whole = type === 'DOUBLE' ? Number.isFinite(number) : /^[+-]?\d+$/.test(value.trim());
    if (!whole || value.trim() === '' || (type === 'INT' && Math.abs(number) > 2 ** 31))
      return wrong(`Not a number of type ${type}`);
    if (min !== undefined && number < min) return wrong(`Value must be at least ${min}`);
  }
  if (name === 'auto.offset.reset' && value.toLowerCase() === 'none')
    return "'none' is not valid for this property within KSQL";
  return undefined;
}

/** The settings that came with a request, checked. @throws KsqlError 40000 */
export function requestSettings(given: Readonly<Record<string, unknown>>, server: Settings): Map<string, string> {
  const settings = new Map<string, string>();
  for (const [name, raw] of Object.entries(given)) {
    if (raw === null || raw === undefined) continue;
    const value = String(raw);
    const problem = overrideProblem(name, value, server);
    if (problem !== undefined)
      throw badRequest(
        problem.denied ? problem.text : `Failed to set '${name}' to '${value}'\nCaused by: ${problem.text}`,
      );
    settings.set(plainName(name), value);
  }
  return settings;
}

/** SET. @throws KsqlError 40001 */
export function checkSet(name: string, value: string, statementText: string, server: Settings): void {
  if (definitionOf(name) === undefined) throw badStatement(`Unknown property: ${name}`, statementText);
  const problem = overrideProblem(name, value, server);
  if (problem !== undefined) throw badStatement(problem.text, statementText);
}

/** UNSET. @throws KsqlError 40001 */
export function checkUnset(name: string, statementText: string): void {
  if (definitionOf(name) === undefined) throw badStatement(`Unknown property: ${name}`, statementText);
}

/** `/is_valid_property`. @throws KsqlError 40000 */
export function checkOverridable(name: string, server: Settings): void {
  if (definitionOf(name) === undefined)
    throw badRequest(`Not recognizable as ksql, streams, consumer, or producer property: '${name}'`);
  if (isDenied(name, server)) throw badRequest(deniedText(name));
}

function overrideProblem(name: string, value: string, server: Settings): { text: string; denied: boolean } | undefined {
  const definition = definitionOf(name);
  if (definition === undefined)
    return { text: `Not recognizable as ksql, streams, consumer, or producer property: '${name}'`, denied: false };
  if (isDenied(name, server)) return { text: deniedText(name), denied: true };
  if (definition.immutable === true) return { text: `Cannot override property '${name}'`, denied: false };
  const text = problemOf(definition, value);
  return text === undefined ? undefined : { text, denied: false };
}

function isDenied(name: string, server: Settings): boolean {
  const denied = (server['ksql.properties.overrides.denylist'] ?? '').split(',').map((one) => one.trim());
  return name === 'ksql.service.id' || denied.includes(name) || denied.includes(plainName(name));
}

function deniedText(name: string): string {
  return `One or more properties overrides set locally are prohibited by the KSQL server denylist (use UNSET to reset their default value): [${name}]`;
}

/** The server's settings by plain name, checked. Unknown names of a server's own file are kept: it also configures other parts. */
export function serverSettings(config: Settings): Settings {
  const settings: Record<string, string> = {};
  for (const [name, value] of Object.entries(config)) {
    const definition = definitionOf(name);
    const problem = definition === undefined ? undefined : problemOf(definition, value);
    if (problem !== undefined) throw badRequest(problem);
    settings[plainName(name)] = value;
  }
  return settings;
}

/** The value that holds: the session's, the server's, the default. */
export function settingOf(name: string, settings: Settings): string | undefined {
  return settings[name] ?? propertyDefinitions.get(name)?.default;
}

export function booleanSetting(name: string, settings: Settings): boolean {
  return settingOf(name, settings)?.trim().toLowerCase() === 'true';
}

export function numberSetting(name: string, settings: Settings): number {
  return Number(settingOf(name, settings) ?? '0');
}

/** Overrides that are accepted and change nothing here, for a warning with the answer. */
export function withoutEffect(names: Iterable<string>): string[] {
  return [...names].filter((name) => definitionOf(name)?.used !== true);
}
