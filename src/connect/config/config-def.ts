/** Definitions of configuration keys, and what Kafka's `ConfigDef` makes of the texts given for them. */

export type ConfigType = 'BOOLEAN' | 'STRING' | 'INT' | 'SHORT' | 'LONG' | 'DOUBLE' | 'LIST' | 'CLASS' | 'PASSWORD';

export interface ConfigKey {
  readonly name: string;
  readonly type: ConfigType;
  /** Absent: required. Null: optional without a value. */
  readonly default?: string | null;
  readonly importance: 'HIGH' | 'MEDIUM' | 'LOW';
  readonly documentation: string;
  readonly group?: string;
  readonly order?: number;
  readonly width?: 'NONE' | 'SHORT' | 'MEDIUM' | 'LONG';
  readonly displayName?: string;
  readonly recommended?: readonly string[];
  /** What is wrong with a value of the right type; undefined when nothing is. `null`: there is none. */
  readonly check?: (value: string | null) => string | readonly string[] | undefined;
  /** The full name of a class that is given by an alias; undefined when there is none. */
  readonly classOf?: (name: string) => string | undefined;
}

export type Config = Readonly<Record<string, string>>;

export interface ConfigValue {
  readonly name: string;
  value: string | null;
  readonly recommended: readonly string[];
  readonly errors: string[];
}

export interface DefinedValue {
  readonly key: ConfigKey;
  readonly value: ConfigValue;
}

/** `ConfigException`'s text. */
export function invalidValue(value: string | null, name: string, why: string): string {
  return `Invalid value ${value} for configuration ${name}: ${why}`;
}

export function missingValue(name: string): string {
  return `Missing required configuration "${name}" which has no default value.`;
}

/**
 * Reads each key from `config`, with its errors. `prefix` stands before the keys in `config` and in the answer, not in the
 * texts of errors about values (as in Kafka); with `fullNames` those about a value's type have it (as in Kafka, too).
 */
export function evaluate(
  keys: readonly ConfigKey[],
  config: Config,
  prefix = '',
  { fullNames = false }: { readonly fullNames?: boolean } = {},
): DefinedValue[] {
  return keys.map((key) => {
    const name = prefix + key.name;
    const errors: string[] = [];
    const given = Object.hasOwn(config, name) ? config[name] : undefined;
    let value: string | null = null;
    if (given !== undefined) {
      const parsed = parse(key, given);
      if (parsed.error === undefined) value = parsed.value;
      else errors.push(invalidValue(given, fullNames ? name : key.name, parsed.error));
    } else if (key.default === undefined) errors.push(missingValue(fullNames ? name : key.name));
    else value = key.default;
    // Kafka asks a key's validator even when the value did not parse; most take no offence at null.
    const wrong = key.check?.(value);
    if (wrong !== undefined) errors.push(...[wrong].flat());
    return { key: { ...key, name }, value: { name, value, recommended: key.recommended ?? [], errors } };
  });
}

type Parsed = { readonly value: string; readonly error?: undefined } | { readonly error: string };

const integerLimits = { SHORT: 2n ** 15n, INT: 2n ** 31n, LONG: 2n ** 63n } as const;

function parse(key: ConfigKey, text: string): Parsed {
  const trimmed = text.trim();
  switch (key.type) {
    case 'BOOLEAN': {
      const lower = trimmed.toLowerCase();
      if (lower === 'true' || lower === 'false') return { value: lower };
      return { error: 'Expected value to be either true or false' };
    }
    case 'SHORT':
    case 'INT':
    case 'LONG': {
      const limit = integerLimits[key.type];
      const value = /^[+-]?\d+$/.test(trimmed) ? BigInt(trimmed.replace(/^\+/, '')) : undefined;
      if (value === undefined || value < -limit || value >= limit) return { error: `Not a number of type ${key.type}` };
      return { value: String(value) };
    }
    case 'DOUBLE':
      return trimmed === '' || Number.isNaN(Number(trimmed))
        ? { error: 'Not a number of type DOUBLE' }
        : { value: trimmed };
    case 'LIST':
      return { value: listOf(trimmed).join(',') };
    case 'CLASS': {
      const name = key.classOf?.(trimmed);
      return name === undefined ? { error: `Class ${trimmed} could not be found.` } : { value: name };
    }
    case 'STRING':
    case 'PASSWORD':
      return { value: trimmed };
  }
}

/** The items of a LIST. */
export function listOf(text: string | null): string[] {
  return text === null || text.trim() === '' ? [] : text.trim().split(/\s*,\s*/);
}

/** A check that a number is there and not below a limit. */
export function atLeast(name: string, min: number): (value: string | null) => string | undefined {
  return (value) => {
    if (value === null) return invalidValue(null, name, 'Value must be non-null');
    return BigInt(value) < BigInt(min) ? invalidValue(value, name, `Value must be at least ${min}`) : undefined;
  };
}

export function oneOf(name: string, values: readonly string[]): (value: string | null) => string | undefined {
  return (value) =>
    value !== null && values.includes(value)
      ? undefined
      : invalidValue(value, name, `String must be one of: ${values.join(', ')}`);
}

export function oneOfAnyCase(name: string, values: readonly string[]): (value: string | null) => string | undefined {
  return (value) =>
    value !== null && values.includes(value.toUpperCase())
      ? undefined
      : invalidValue(value, name, `String must be one of (case insensitive): ${values.join(', ')}`);
}
