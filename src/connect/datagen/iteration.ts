/**
 * `iteration`: values that count from `start` towards `restart`, which is never reached, and begin again. What was generated before a restart of the
 * task is counted in, so that the sequence goes on.
 */
import type { AvroSchema } from '../../formats/avro/schema.ts';
import { excludeOthers, integerOf, javaClassOfJson, numberOf, wrong } from './arg-properties.ts';
import type { ArgProperties } from './arg-properties.ts';
import type { Generate } from './generator.ts';

/** The generator of a type with `iteration`. */
export function iterationOf(schema: AvroSchema, properties: ArgProperties, generated: number): Generate {
  excludeOthers(properties, 'iteration', ['length', 'regex', 'options', 'range']);
  const iteration = properties['iteration'];
  if (typeof iteration !== 'object' || iteration === null || Array.isArray(iteration))
    throw wrong(`iteration prop must be an object, was ${javaClassOfJson(iteration)} instead`);
  const given = iteration as ArgProperties;
  switch (schema.kind) {
    case 'boolean':
      return booleans(given, generated);
    case 'int':
      return integers(given, 'int', generated);
    case 'long':
      return integers(given, 'long', generated);
    case 'float':
    case 'double':
      return decimals(given, schema.kind, generated);
    case 'string': {
      const { prefix = '', suffix = '' } = properties;
      const next = integers(given, 'int', generated);
      if (typeof prefix !== 'string') throw wrong('prefix property must be a string');
      if (typeof suffix !== 'string') throw wrong('suffix property must be a string');
      return (random) => `${prefix}${String(next(random))}${suffix}`;
    }
    default:
      throw wrong(
        `iteration property can only be specified on numeric, boolean or string schemas, not ${schema.kind.toUpperCase()} schema`,
      );
  }
}

function booleans(given: ArgProperties, generated: number): Generate {
  const { start } = given;
  if (start === undefined || start === null) throw wrong('iteration property must contain start field');
  if (typeof start !== 'boolean')
    throw wrong(
      `start field of iteration property for a boolean schema must be a boolean, was ${javaClassOfJson(start)} instead`,
    );
  for (const field of ['restart', 'step'])
    if (given[field] !== undefined)
      throw wrong(`iteration property cannot contain ${field} field for a boolean schema`);
  let current = (generated % 2 === 1) !== start;
  return () => {
    current = !current;
    return !current;
  };
}

interface Counting<N> {
  readonly start: N;
  readonly restart: N;
  readonly step: N;
  readonly initial: N;
}

/** Defaults and contradictions, alike for whole and for decimal numbers. */
function countingOf<N extends number | bigint>(
  given: { readonly [K in keyof Counting<N>]: N | undefined },
  limits: { readonly high: N; readonly low: N; readonly one: N; readonly minusOne: N },
): Counting<N> {
  const { start, restart, step, initial = start } = given;
  if (start === undefined || initial === undefined) throw wrong('iteration property must contain start field');
  if (step !== undefined && Number(step) === 0) throw wrong('step field of iteration property cannot be zero');
  if (restart === undefined) {
    const by = step ?? limits.one;
    return { start, initial, step: by, restart: Number(by) > 0 ? limits.high : limits.low };
  }
  if (restart === start) throw wrong('start and restart fields of iteration property cannot be equal');
  if (step !== undefined && restart > start && Number(step) < 0)
    throw wrong('step field of iteration property must be positive when restart field is greater than start field');
  if (step !== undefined && restart < start && Number(step) > 0)
    throw wrong('step field of iteration property must be negative when restart field is less than start field');
  return { start, initial, restart, step: step ?? (restart > start ? limits.one : limits.minusOne) };
}

function integers(given: ArgProperties, type: 'int' | 'long', generated: number): Generate {
  const field = (name: string): bigint | undefined => integerOf('iteration', name, given, type);
  const bits = type === 'int' ? 31n : 63n;
  const { start, restart, step, initial } = countingOf(
    { start: field('start'), restart: field('restart'), step: field('step'), initial: field('initial') },
    { high: 2n ** bits - 1n, low: -(2n ** bits), one: 1n, minusOne: -1n },
  );
  const span = absolute(restart - start);
  const sign = step < 0n ? -1n : 1n;
  let offset = initial - start;
  if (generated > 0) offset = sign * (absolute(BigInt(generated) * step + offset) % span);
  const next = (): bigint => {
    const value = BigInt.asIntN(64, start + offset);
    offset = sign * (absolute(offset + step) % span);
    return value;
  };
  // As numbers, as long as everything on the way is exact.
  const limit = 2 ** 52;
  const [base, by] = [Number(start), Number(step)];
  if (Math.abs(base) > limit || Math.abs(by) > limit) return next;
  const wrapAt = Number(span);
  let fast: number | undefined = Number(offset);
  return () => {
    if (fast === undefined || Math.abs(fast) > limit) {
      if (fast !== undefined) offset = BigInt(fast);
      fast = undefined;
      return next();
    }
    const value = base + fast;
    const moved = Math.abs(fast + by);
    fast = (moved < wrapAt ? moved : moved % wrapAt) * (by < 0 ? -1 : 1);
    return value;
  };
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

const floatMax = 3.4028234663852886e38;

function decimals(given: ArgProperties, type: 'float' | 'double', generated: number): Generate {
  const field = (name: string): number | undefined => {
    const value = numberOf('iteration', name, given);
    if (type === 'double' || value === undefined) return value;
    if (Math.abs(value) > floatMax)
      throw wrong(`'${name}' field of iteration property must be a valid float for float schemas`);
    return Math.fround(value);
  };
  const high = type === 'float' ? floatMax : Number.MAX_VALUE;
  const counting = countingOf(
    { start: field('start'), restart: field('restart'), step: field('step'), initial: field('initial') },
    { high, low: -high, one: 1, minusOne: -1 },
  );
  // Exact decimal arithmetic on whole numbers of one common scale: 0.1, 0.2, 0.3 and not 0.30000000000000004.
  const scale = Math.max(...Object.values(counting).map(decimalPlaces));
  const [start, restart, step, initial] = [counting.start, counting.restart, counting.step, counting.initial].map(
    (value) => scaled(value, scale),
  ) as [bigint, bigint, bigint, bigint];
  const span = restart - start;
  let offset = initial - start;
  if (generated > 0) offset = (BigInt(generated) * step + offset) % span;
  return () => {
    const value = unscaled(start + offset, scale);
    offset = (offset + step) % span;
    return type === 'float' ? Math.fround(value) : value;
  };
}

function decimalPlaces(value: number): number {
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  return Math.max(0, (digits.split('.')[1]?.length ?? 0) - Number(exponent));
}

function scaled(value: number, scale: number): bigint {
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  const [whole = '', fraction = ''] = digits.split('.');
  return BigInt(whole + fraction) * 10n ** BigInt(Number(exponent) - fraction.length + scale);
}

function unscaled(value: bigint, scale: number): number {
  return scale === 0 ? Number(value) : Number(`${value}e-${scale}`);
}
