/**
 * Random values of an Avro schema under `arg.properties`, compiled once per schema into one function per type. Rules and error texts are those of
 * Confluent's avro-random-generator: options first, then iteration, then what the type does. Values come in Connect's form (data/schema.ts).
 */
import type { AvroSchema } from '../../formats/avro/schema.ts';
import { unionFieldName } from '../data/avro-data.ts';
import type { ConnectValue } from '../data/schema.ts';
import { integerOf, lengthBounds, numberOf, propertiesOf, wrong } from './arg-properties.ts';
import type { ArgProperties } from './arg-properties.ts';
import { iterationOf } from './iteration.ts';
import type { JavaRandom } from './java-random.ts';
import { optionsOf } from './options.ts';
import { regexGenerator } from './regex-generator.ts';

export type Generate = (random: JavaRandom) => ConnectValue;

export interface GeneratorContext {
  /** How many records were generated before: iterations go on from there. */
  readonly generated: number;
  /** Reads an options file. */
  readonly readFile: (path: string) => Buffer;
}

/**
 * The generator of a schema.
 * @throws GeneratorError for annotations that contradict themselves or the type
 */
export function compileGenerator(schema: AvroSchema, context: GeneratorContext): Generate {
  return new Compiler(context).of(schema);
}

class Compiler {
  private readonly context: GeneratorContext;
  private readonly known = new Map<AvroSchema, Generate>();

  constructor(context: GeneratorContext) {
    this.context = context;
  }

  of(schema: AvroSchema): Generate {
    const found = this.known.get(schema);
    if (found !== undefined) return found;
    const properties = propertiesOf(schema);
    if (properties['options'] !== undefined) return choice(optionsOf(schema, properties, this.context.readFile));
    if (properties['iteration'] !== undefined) return iterationOf(schema, properties, this.context.generated);
    switch (schema.kind) {
      case 'null':
        return () => null;
      case 'boolean':
        return booleans(properties);
      case 'int':
        return ints(properties);
      case 'long':
        return longs(properties);
      case 'float':
        return floats(properties);
      case 'double':
        return doubles(properties);
      case 'string':
        return strings(properties);
      case 'bytes':
        return bytes(schema, properties);
      case 'fixed':
        return fixed(schema);
      case 'enum':
        return choice(schema.symbols);
      case 'array': {
        const { min, max } = lengthBounds(properties);
        const item = this.of(schema.items);
        return (random) => {
          const items: ConnectValue[] = [];
          for (let n = min + random.nextInt(max - min); n > 0; n--) items.push(item(random));
          return items;
        };
      }
      case 'map':
        return this.map(schema, properties);
      case 'union':
        return this.union(schema.branches);
      case 'record':
        return this.record(schema);
    }
  }

  private map(schema: AvroSchema & { readonly kind: 'map' }, properties: ArgProperties): Generate {
    const { min, max } = lengthBounds(properties);
    const value = this.of(schema.values);
    const keys = this.keys(properties);
    return (random) => {
      const entries = new Map<string, ConnectValue>();
      for (let n = min + random.nextInt(max - min); n > 0; n--) {
        const key = keys(random) as string;
        entries.set(key, value(random));
      }
      return entries;
    };
  }

  private keys(properties: ArgProperties): Generate {
    const { keys } = properties;
    if (keys === undefined) return (random) => randomString(random, 1);
    if (typeof keys !== 'object' || keys === null || Array.isArray(keys)) throw wrong('keys prop must be an object');
    const ofKeys = keys as ArgProperties;
    const text = { kind: 'string', properties: {} } as const;
    return ofKeys['options'] === undefined ? strings(ofKeys) : choice(optionsOf(text, ofKeys, this.context.readFile));
  }

  private union(branches: readonly AvroSchema[]): Generate {
    const optional = branches.length === 2 && branches.some((branch) => branch.kind === 'null');
    const fields = branches.filter((branch) => branch.kind !== 'null').map(unionFieldName);
    const none = Object.fromEntries(fields.map((field) => [field, null]));
    const generators = branches.map((branch): Generate => {
      if (branch.kind === 'null') return () => null;
      const value = this.of(branch);
      if (optional) return value;
      const field = unionFieldName(branch);
      return (random) => ({ ...none, [field]: value(random) });
    });
    return (random) => generators[random.nextInt(generators.length)]?.(random) ?? null;
  }

  private record(schema: AvroSchema & { readonly kind: 'record' }): Generate {
    let generate: Generate = () => null;
    this.known.set(schema, (random) => generate(random)); // a record may hold itself
    const fields = schema.fields.map(({ type }) => this.of(type));
    // One literal, so that all of its records have one shape. `["name"]`, since `"__proto__"` alone would mean something else.
    const members = schema.fields.map(({ name }, i) => `[${JSON.stringify(name)}]: f[${i}](random)`);
    generate = new Function('f', `return (random) => ({ ${members.join(', ')} });`)(fields) as Generate;
    return generate;
  }
}

function choice(values: readonly ConnectValue[]): Generate {
  const { length } = values;
  return (random) => values[random.nextInt(length)] ?? null;
}

function booleans(properties: ArgProperties): Generate {
  const odds = numberOf('arg.properties', 'odds', properties);
  if (odds === undefined) return (random) => random.nextBoolean();
  if (odds < 0 || odds > 1) throw wrong('odds property must be in the range [0.0, 1.0]');
  return (random) => random.nextDouble() < odds;
}

/** `range` as an object; undefined when there is none. */
function rangeOf(properties: ArgProperties): ArgProperties | undefined {
  const { range } = properties;
  if (range === undefined || range === null) return undefined;
  if (typeof range !== 'object' || Array.isArray(range)) throw wrong('range property must be an object');
  return range as ArgProperties;
}

function ordered<N extends number | bigint>(min: N, max: N): void {
  if (min >= max) throw wrong("'min' field must be strictly less than 'max' field in range property");
}

function ints(properties: ArgProperties): Generate {
  const range = rangeOf(properties);
  if (range === undefined) return (random) => random.next32();
  const min = Number(integerOf('range', 'min', range, 'int') ?? -(2 ** 31));
  const max = Number(integerOf('range', 'max', range, 'int') ?? 2 ** 31 - 1);
  ordered(min, max);
  const width = max - min;
  return (random) => min + Math.floor(random.nextDouble() * width);
}

function longs(properties: ArgProperties): Generate {
  const range = rangeOf(properties);
  if (range === undefined) return (random) => random.nextLong();
  const min = integerOf('range', 'min', range, 'long') ?? -(2n ** 63n);
  const max = integerOf('range', 'max', range, 'long') ?? 2n ** 63n - 1n;
  ordered(min, max);
  const width = Number(max - min);
  const from = Number(min);
  if (Number.isSafeInteger(from) && Number.isSafeInteger(Number(max)) && Number.isSafeInteger(width))
    return (random) => from + Math.floor(random.nextDouble() * width);
  return (random) => {
    const value = min + BigInt(Math.floor(random.nextDouble() * width));
    return value < max ? value : max - 1n;
  };
}

const floatMax = 3.4028234663852886e38;

function floats(properties: ArgProperties): Generate {
  const range = rangeOf(properties);
  if (range === undefined) return (random) => random.nextFloat();
  const side = (name: string): number | undefined => {
    const value = numberOf('range', name, range);
    if (value !== undefined && Math.abs(value) > floatMax)
      throw wrong(`'${name}' field of range property must be a valid float for float schemas`);
    return value === undefined ? undefined : Math.fround(value);
  };
  const min = side('min') ?? -floatMax;
  const max = side('max') ?? floatMax;
  ordered(min, max);
  return (random) => Math.fround(min + random.nextFloat() * (max - min));
}

function doubles(properties: ArgProperties): Generate {
  const range = rangeOf(properties);
  if (range === undefined) return (random) => random.nextDouble();
  const min = numberOf('range', 'min', range) ?? -Number.MAX_VALUE;
  const max = numberOf('range', 'max', range) ?? Number.MAX_VALUE;
  ordered(min, max);
  // Half by half where the width itself would be infinite.
  const width = max - min;
  if (Number.isFinite(width)) return (random) => min + random.nextDouble() * width;
  return (random) => {
    const part = random.nextDouble();
    return min * (1 - part) + max * part;
  };
}

function strings(properties: ArgProperties): Generate {
  const { regex, prefix = '', suffix = '' } = properties;
  const { min, max } = lengthBounds(properties);
  if (typeof prefix !== 'string') throw wrong('prefix property must be a string');
  if (typeof suffix !== 'string') throw wrong('suffix property must be a string');
  if (regex === undefined || regex === null) {
    return (random) => prefix + randomString(random, min + random.nextInt(max - min)) + suffix;
  }
  if (typeof regex !== 'string') throw wrong('regex property must be a string');
  const text = regexGenerator(regex, min, max - 1);
  return (random) => prefix + text(random) + suffix;
}

/** ASCII, control characters included. */
function randomString(random: JavaRandom, length: number): string {
  let text = '';
  for (let i = 0; i < length; i++) text += String.fromCharCode(random.nextInt(128));
  return text;
}

function bytes(schema: AvroSchema & { readonly kind: 'bytes' | string }, properties: ArgProperties): Generate {
  const precision = decimalPrecisionOf(schema);
  if (precision !== undefined) return (random) => twosComplement(randomDecimal(random, precision));
  const { min, max } = lengthBounds(properties);
  return (random) => {
    const value = Buffer.allocUnsafe(min + random.nextInt(max - min));
    random.nextBytes(value);
    return value;
  };
}

function fixed(schema: AvroSchema & { readonly kind: 'fixed' }): Generate {
  const { size } = schema;
  const precision = decimalPrecisionOf(schema);
  return (random) => {
    const value = Buffer.allocUnsafe(size);
    if (precision === undefined) random.nextBytes(value);
    else {
      const digits = twosComplement(randomDecimal(random, precision));
      value.fill((digits[0] ?? 0) >= 0x80 ? 0xff : 0);
      digits.copy(value, Math.max(0, size - digits.length), Math.max(0, digits.length - size));
    }
    return value;
  };
}

function decimalPrecisionOf(schema: AvroSchema): number | undefined {
  if (schema.kind === 'union') return undefined;
  const { logicalType, precision } = schema.properties;
  return logicalType === 'decimal' && typeof precision === 'number' && precision > 0 ? precision : undefined;
}

/** A random number of `precision` decimal digits with a random sign, fifteen digits at a time. */
function randomDecimal(random: JavaRandom, precision: number): bigint {
  const step = 1_000_000_000_000_000;
  let value = 0n;
  let digits = 0;
  for (; digits < precision; digits += 15)
    value = value * BigInt(step) + BigInt(Math.floor(random.nextDouble() * step));
  value /= 10n ** BigInt(digits - precision);
  return random.nextBoolean() ? -value : value;
}

/** The fewest bytes, as Java's `BigInteger.toByteArray`. */
function twosComplement(value: bigint): Buffer {
  let length = 1;
  while (BigInt.asIntN(8 * length, value) !== value) length++;
  return Buffer.from(
    BigInt.asUintN(8 * length, value)
      .toString(16)
      .padStart(2 * length, '0'),
    'hex',
  );
}
