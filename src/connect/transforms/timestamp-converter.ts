/** `TimestampConverter`: timestamps between texts, Unix numbers and Connect's logical types. */
import { DataException, javaClassOf, logicalNames } from '../data/schema.ts';
import type { ConnectSchema, ConnectValue } from '../data/schema.ts';
import { oneOf } from '../config/config-def.ts';
import { ConnectException } from '../errors.ts';
import { fieldValue, halfOf, perSchema, requireStructOrNull, schemaText, structLike, withHalf } from './record.ts';
import { simpleDateFormat } from './simple-date-format.ts';
import { key, onBothSides, replaceNullKey, wrongConfiguration } from './transformation.ts';
import type { TransformationPlugin } from './transformation.ts';

const targets = ['string', 'unix', 'Date', 'Time', 'Timestamp'] as const;
type Target = (typeof targets)[number];
const precisions = ['nanoseconds', 'microseconds', 'milliseconds', 'seconds'];

const keys = [
  key('field', 'STRING', 'HIGH', 'The field that has the timestamp; the whole when empty.', { default: '' }),
  key('target.type', 'STRING', 'HIGH', 'string, unix, Date, Time or Timestamp.', {
    check: oneOf('target.type', targets),
  }),
  key('format', 'STRING', 'MEDIUM', 'The form of texts, as of java.text.SimpleDateFormat, in UTC.', { default: '' }),
  key(
    'unix.precision',
    'STRING',
    'LOW',
    'What Unix numbers count: seconds, milliseconds, microseconds or nanoseconds.',
    {
      default: 'milliseconds',
      check: oneOf('unix.precision', precisions),
    },
  ),
  replaceNullKey,
];

const schemas: Readonly<Record<Target, Omit<ConnectSchema, 'optional'>>> = {
  string: { type: 'STRING' },
  unix: { type: 'INT64' },
  Date: { type: 'INT32', name: logicalNames.date, version: 1 },
  Time: { type: 'INT32', name: logicalNames.time, version: 1 },
  Timestamp: { type: 'INT64', name: logicalNames.timestamp, version: 1 },
};

const dayMs = 86_400_000;

export const timestampConverter: readonly TransformationPlugin[] = onBothSides(
  'TimestampConverter',
  keys,
  (values, side) => {
    const name = values.text('field');
    const target = targets.find((one) => one === values.text('target.type')) ?? 'Timestamp';
    const pattern = values.text('format');
    if (target === 'string' && pattern.trim() === '')
      throw wrongConfiguration(
        'TimestampConverter requires format option to be specified when using string timestamps',
      );
    const format =
      pattern.trim() === ''
        ? undefined
        : simpleDateFormat(pattern, (why) =>
            wrongConfiguration(
              `Invalid value java.lang.IllegalArgumentException: ${why} for configuration TimestampConverter requires a SimpleDateFormat-compatible pattern for string timestamps: ${pattern}`,
            ),
          );
    const precision = values.text('unix.precision');
    const replaceNull = values.flag('replace.null.with.default');

    const convert = (schema: ConnectSchema, value: ConnectValue): ConnectValue => {
      if (value === null) return null;
      const ms = toMs(schema, value);
      switch (target) {
        case 'string':
          return format?.format(ms) ?? '';
        case 'unix':
          return fromMs(ms, precision);
        case 'Date':
          return Math.floor(ms / dayMs);
        case 'Time':
          return ((ms % dayMs) + dayMs) % dayMs;
        case 'Timestamp':
          return ms;
      }
    };
    const toMs = (schema: ConnectSchema, value: ConnectValue): number => {
      switch (typeFrom(schema)) {
        case 'string': {
          if (typeof value !== 'string')
            throw new DataException(`Expected string timestamp to be a String, but found class ${javaClassOf(schema)}`);
          const ms = format?.parse(value);
          if (ms === undefined)
            throw new DataException(`Could not parse timestamp: value (${value}) does not match pattern (${pattern})`);
          return ms;
        }
        case 'unix':
          return toMsFromUnix(value as number | bigint, precision);
        case 'Date':
          return Number(value) * dayMs;
        default:
          return Number(value);
      }
    };
    const updated = perSchema((schema) => {
      const struct = structLike(
        schema,
        (schema.fields ?? []).map((field) =>
          field.name === name ? { name, schema: { ...schemas[target], optional: field.schema.optional } } : field,
        ),
      );
      return { ...struct, optional: schema.optional };
    });
    return (record) => {
      const half = halfOf(record, side);
      if (name === '')
        return withHalf(record, side, {
          schema: { ...schemas[target], optional: half.schema.optional },
          value: convert(half.schema, half.value),
        });
      const struct = requireStructOrNull(half, 'converting timestamp formats');
      if (struct === null) return withHalf(record, side, { schema: updated(half.schema), value: null });
      const value: Record<string, ConnectValue> = {};
      for (const field of half.schema.fields ?? []) {
        const before = fieldValue(struct, field, replaceNull);
        value[field.name] = field.name === name ? convert(field.schema, before) : before;
      }
      return withHalf(record, side, { schema: updated(half.schema), value });
    };
  },
);

function typeFrom(schema: ConnectSchema): Target {
  if (schema.name === logicalNames.timestamp) return 'Timestamp';
  if (schema.name === logicalNames.date) return 'Date';
  if (schema.name === logicalNames.time) return 'Time';
  if (schema.type === 'STRING') return 'string';
  if (schema.type === 'INT64') return 'unix';
  throw new ConnectException(`Schema ${schemaText(schema)} does not correspond to a known timestamp type format`);
}

/** Nanoseconds do not fit a double. */
function toMsFromUnix(value: number | bigint, precision: string): number {
  switch (precision) {
    case 'seconds':
      return Number(value) * 1000;
    case 'microseconds':
      return Number(BigInt(value) / 1000n);
    case 'nanoseconds':
      return Number(BigInt(value) / 1_000_000n);
    default:
      return Number(value);
  }
}

function fromMs(ms: number, precision: string): number | bigint {
  switch (precision) {
    case 'seconds':
      return Math.trunc(ms / 1000);
    case 'microseconds':
      return ms * 1000;
    case 'nanoseconds':
      return BigInt(ms) * 1_000_000n;
    default:
      return ms;
  }
}
