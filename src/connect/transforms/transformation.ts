/** What a transformation and a predicate are: a class name, keys, and a function of records made from their values. */
import type { ConfigKey } from '../config/config-def.ts';
import { configException, ConnectException } from '../errors.ts';
import type { ConnectRecord } from './record.ts';

/** The record that goes on; null when it goes no further. Throws DataException. */
export type Transform = (record: ConnectRecord) => ConnectRecord | null;
export type Predicate = (record: ConnectRecord) => boolean;

/** The values of a plugin's keys, with defaults. */
export class PluginValues {
  private readonly values: ReadonlyMap<string, string | null>;

  constructor(values: ReadonlyMap<string, string | null>) {
    this.values = values;
  }

  text(name: string): string {
    return this.values.get(name) ?? '';
  }

  optional(name: string): string | undefined {
    return this.values.get(name) ?? undefined;
  }

  flag(name: string): boolean {
    return this.values.get(name) === 'true';
  }

  list(name: string): readonly string[] {
    const text = this.text(name);
    return text === '' ? [] : text.split(',');
  }
}

export interface TransformationPlugin {
  readonly class: string;
  readonly type: 'transformation';
  readonly keys: readonly ConfigKey[];
  /** @throws ConnectException (ConfigException) for values that do not go together */
  create(values: PluginValues): Transform;
}

export interface PredicatePlugin {
  readonly class: string;
  readonly type: 'predicate';
  readonly keys: readonly ConfigKey[];
  create(values: PluginValues): Predicate;
}

const classes = 'org.apache.kafka.connect.transforms.';

export function transformation(
  name: string,
  keys: readonly ConfigKey[],
  create: (values: PluginValues) => Transform,
): TransformationPlugin {
  return { class: classes + name, type: 'transformation', keys, create };
}

/** One for keys and one for values. */
export function onBothSides(
  name: string,
  keys: readonly ConfigKey[],
  create: (values: PluginValues, side: 'Key' | 'Value') => Transform,
): readonly TransformationPlugin[] {
  return (['Key', 'Value'] as const).map((side) =>
    transformation(`${name}$${side}`, keys, (values) => create(values, side)),
  );
}

export function predicate(
  name: string,
  keys: readonly ConfigKey[],
  create: (values: PluginValues) => Predicate,
): PredicatePlugin {
  return { class: `${classes}predicates.${name}`, type: 'predicate', keys, create };
}

export function key(
  name: string,
  type: ConfigKey['type'],
  importance: ConfigKey['importance'],
  documentation: string,
  more: Partial<ConfigKey> = {},
): ConfigKey {
  return { name, type, importance, documentation, ...more };
}

/** Most transformations have it. */
export const replaceNullKey: ConfigKey = key(
  'replace.null.with.default',
  'BOOLEAN',
  'MEDIUM',
  "Take a field's default where its value is null.",
  { default: 'true' },
);

export function wrongConfiguration(message: string): ConnectException {
  return new ConnectException(message, { javaClass: configException });
}
