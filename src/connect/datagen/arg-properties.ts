/** Reading `arg.properties`, with the complaints of the avro-random-generator (Java's `RuntimeException`s). */
import type { AvroSchema } from '../../formats/avro/schema.ts';

export type ArgProperties = Readonly<Record<string, unknown>>;

/** Annotations that cannot be followed; the task that meets one fails with `java.lang.RuntimeException: <message>`. */
export class GeneratorError extends Error {
  override readonly name = 'GeneratorError';
}

export function wrong(message: string): GeneratorError {
  return new GeneratorError(message);
}

/** The annotations of a type; empty when it has none. */
export function propertiesOf(schema: AvroSchema): ArgProperties {
  if (schema.kind === 'union') return {};
  const properties = schema.properties['arg.properties'];
  if (properties === undefined || properties === null) return {};
  if (typeof properties !== 'object' || Array.isArray(properties))
    throw wrong(`arg.properties property must be given as object, was ${javaClassOfJson(properties)} instead`);
  return properties as ArgProperties;
}

export function excludeOthers(properties: ArgProperties, included: string, excluded: readonly string[]): void {
  for (const other of excluded)
    if (properties[other] !== undefined) throw wrong(`Cannot specify ${other} prop when ${included} prop is given`);
}

/** A number of `properties`; undefined when it is not there. */
export function numberOf(property: string, field: string, properties: ArgProperties): number | undefined {
  const value = properties[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number')
    throw wrong(`'${field}' field of ${property} property must be a number, was ${javaClassOfJson(value)} instead`);
  return value;
}

/** A whole number of the type's range; one beyond int64, which JSON cannot hold exactly, counts as its end. */
export function integerOf(
  property: string,
  field: string,
  properties: ArgProperties,
  type: 'int' | 'long',
): bigint | undefined {
  const value = properties[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || Math.abs(value) > 2 ** 63)
    throw wrong(
      `'${field}' field of ${property} property must be an integral number, was ${javaClassOfJson(value)} instead`,
    );
  if (type === 'int' && (value < -(2 ** 31) || value >= 2 ** 31))
    throw wrong(`'${field}' field of ${property} property must be a valid int for int schemas`);
  return value === 2 ** 63 ? 2n ** 63n - 1n : BigInt(value);
}

/** `length`: at least `min`, below `max`; 8 … 15 by default. */
export function lengthBounds(properties: ArgProperties): { readonly min: number; readonly max: number } {
  const { length } = properties;
  if (length === undefined || length === null) return { min: 8, max: 16 };
  if (typeof length === 'number' && Number.isInteger(length) && Math.abs(length) < 2 ** 31) {
    if (length < 0) throw wrong('when given as integral number, length property cannot be negative');
    return { min: length, max: length + 1 };
  }
  if (typeof length !== 'object' || Array.isArray(length))
    throw wrong(
      `length property must either be an integral number or an object, was ${javaClassOfJson(length)} instead`,
    );
  const given = length as ArgProperties;
  const min = integerOf('length', 'min', given, 'int');
  const max = integerOf('length', 'max', given, 'int');
  if (min === undefined && max === undefined)
    throw wrong("length property must contain at least one of 'min' or 'max' fields when given as object");
  const from = Number(min ?? 0n);
  const to = Number(max ?? 2n ** 31n - 1n);
  if (from < 0) throw wrong('min field of length property cannot be negative');
  if (to <= from) throw wrong('max field must be strictly greater than min field for length property');
  return { min: from, max: to };
}

/** The Java class that Jackson makes of a JSON value, for error texts. */
export function javaClassOfJson(value: unknown): string {
  if (typeof value === 'string') return 'java.lang.String';
  if (typeof value === 'boolean') return 'java.lang.Boolean';
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) return 'java.lang.Double';
    if (Math.abs(value) < 2 ** 31) return 'java.lang.Integer';
    return Math.abs(value) < 2 ** 63 ? 'java.lang.Long' : 'java.math.BigInteger';
  }
  return Array.isArray(value) ? 'java.util.ArrayList' : 'java.util.LinkedHashMap';
}
