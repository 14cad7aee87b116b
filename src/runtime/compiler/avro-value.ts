/**
 * Avro values that generated loops do not inline: nested ones, enums, DECIMAL, conversions to STRING. Each becomes a
 * function (bytes, position, end) → plain value that leaves the position behind the value in the cursor.
 */
import type { SqlType } from '../../sql/types.ts';
import { javaDouble } from '../../sql/functions/java-double.ts';
import type { AvroShape } from './avro-shape.ts';
import { cursor, doubleLittle, floatLittle, longBigint, longNumber, malformed } from './bytes.ts';

type ValueReader = (b: Buffer, at: number, end: number) => unknown;

/** The reader of a shape as a SQL type; undefined when the shape is not one. */
export function decodeAvroValue(shape: AvroShape, type: SqlType): ValueReader | undefined {
  switch (shape.type) {
    case 'union': {
      const branches = shape.branches.map((branch) =>
        branch.type === 'null' ? nothing : decodeAvroValue(branch, type),
      );
      if (branches.includes(undefined)) return undefined;
      return (b, at, end) => {
        const reader = branches[longNumber(b, at)];
        if (reader === undefined) throw malformed('its union names no branch');
        return reader(b, cursor.at, end);
      };
    }
    case 'enum': {
      if (type.kind !== 'STRING') return undefined;
      const { symbols } = shape;
      return (b, at) => {
        const symbol = symbols[longNumber(b, at)];
        if (symbol === undefined) throw malformed('its enum names no symbol');
        return symbol;
      };
    }
    case 'boolean':
      if (type.kind === 'STRING') return asText(decodeAvroValue(shape, { kind: 'BOOLEAN' }));
      return type.kind === 'BOOLEAN' ? (b, at) => ((cursor.at = at + 1), b[at] === 1) : undefined;
    case 'int':
    case 'long':
      if (type.kind === 'STRING') return asText(decodeAvroValue(shape, { kind: 'BIGINT' }));
      if (type.kind === 'BIGINT') {
        return (b, at) => {
          const value = longNumber(b, at);
          return value === value ? value : longBigint(b, at);
        };
      }
      if (type.kind === 'TIME' || type.kind === 'DATE' || type.kind === 'TIMESTAMP' || type.kind === 'DOUBLE')
        return longNumber;
      return type.kind === 'INTEGER' && shape.type === 'int' ? longNumber : undefined;
    case 'float':
    case 'double': {
      if (type.kind === 'STRING') {
        const number = decodeAvroValue(shape, { kind: 'DOUBLE' });
        return number && ((b, at, end) => javaDouble(number(b, at, end) as number));
      }
      if (type.kind !== 'DOUBLE') return undefined;
      const bytes = shape.type === 'float' ? 4 : 8;
      const read = shape.type === 'float' ? floatLittle : doubleLittle;
      return (b, at, end) => {
        if (end - at < bytes) throw malformed('it is shorter than its schema');
        cursor.at = at + bytes;
        return read(b, at);
      };
    }
    case 'string':
      return type.kind === 'STRING' ? (b, at, end) => span(b, at, end).toString('utf8') : undefined;
    case 'bytes':
    case 'fixed': {
      const raw: (b: Buffer, at: number, end: number) => Buffer = shape.type === 'bytes' ? span : fixed(shape.size);
      if (type.kind === 'BYTES') return (b, at, end) => Buffer.from(raw(b, at, end));
      if (type.kind !== 'DECIMAL' || shape.logical?.name !== 'decimal') return undefined;
      const { scale } = shape.logical;
      return (b, at, end) => decimalText(raw(b, at, end), scale);
    }
    case 'array': {
      if (type.kind === 'MAP') return entriesReader(shape.items, type);
      if (type.kind !== 'ARRAY') return undefined;
      const item = decodeAvroValue(shape.items, type.element);
      if (item === undefined) return undefined;
      return (b, at, end) => {
        const out: unknown[] = [];
        readBlocks(b, at, end, () => out.push(item(b, cursor.at, end)));
        return out;
      };
    }
    case 'map': {
      if (type.kind !== 'MAP') return undefined;
      const value = decodeAvroValue(shape.values, type.value);
      if (value === undefined) return undefined;
      return (b, at, end) => {
        const out = new Map<string, unknown>();
        readBlocks(b, at, end, () => {
          const key = span(b, cursor.at, end).toString('utf8');
          out.set(key, value(b, cursor.at, end));
        });
        return Object.fromEntries(out);
      };
    }
    case 'record': {
      if (type.kind !== 'STRUCT') return undefined;
      // Every writer field is read in order; those that the type does not name are read as what they are and dropped.
      const fields = shape.fields.map((field) => {
        const wanted = type.fields.find((candidate) => candidate.name.toLowerCase() === field.name.toLowerCase());
        return {
          name: wanted?.name,
          read:
            wanted === undefined
              ? decodeAvroValue(field.shape, naturalType(field.shape, 0))
              : decodeAvroValue(field.shape, wanted.type),
        };
      });
      if (fields.some((field) => field.read === undefined)) return undefined;
      return (b, at, end) => {
        const out: Record<string, unknown> = {};
        for (const field of type.fields) out[field.name] = null;
        cursor.at = at;
        for (const { name, read } of fields) {
          const value = (read as ValueReader)(b, cursor.at, end);
          if (name !== undefined) out[name] = value;
        }
        return out;
      };
    }
    default:
      return undefined;
  }
}

/** A value that is read as text, as Connect's converter to text gives it. */
function asText(read: ValueReader | undefined): ValueReader | undefined {
  return read && ((b, at, end) => String(read(b, at, end)));
}

/** A map as an array of entries, as Connect's converter writes those whose keys may be null. */
function entriesReader(items: AvroShape, type: SqlType & { readonly kind: 'MAP' }): ValueReader | undefined {
  const entry: SqlType = {
    kind: 'STRUCT',
    fields: [
      { name: 'key', type: type.key },
      { name: 'value', type: type.value },
    ],
  };
  const read = decodeAvroValue({ type: 'array', items }, { kind: 'ARRAY', element: entry });
  return (
    read &&
    ((b, at, end) =>
      Object.fromEntries(
        (read(b, at, end) as { key: unknown; value: unknown }[]).map(({ key, value }) => [String(key), value]),
      ))
  );
}

const nothing: ValueReader = (_, at) => {
  cursor.at = at;
  return null;
};

function span(b: Buffer, at: number, end: number): Buffer {
  const length = longNumber(b, at);
  const from = cursor.at;
  if (!(length >= 0 && length <= end - from)) throw malformed('a text is longer than the record');
  cursor.at = from + length;
  return b.subarray(from, from + length);
}

function fixed(size: number): (b: Buffer, at: number, end: number) => Buffer {
  return (b, at, end) => {
    if (size > end - at) throw malformed('it is shorter than its schema');
    cursor.at = at + size;
    return b.subarray(at, at + size);
  };
}

function readBlocks(b: Buffer, at: number, end: number, item: () => void): void {
  cursor.at = at;
  for (;;) {
    let count = longNumber(b, cursor.at);
    if (count === 0) return;
    if (count < 0) {
      count = -count;
      longNumber(b, cursor.at);
    }
    if (!(count <= end - at)) throw malformed('an array is longer than the record');
    for (; count > 0; count--) {
      item();
      if (!(cursor.at <= end)) throw malformed('it is shorter than its schema');
    }
  }
}

/** A decimal's two's complement bytes as text with its scale. */
export function decimalText(bytes: Buffer, scale: number): string {
  const unscaled = bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
  if (scale === 0) return unscaled.toString();
  const negative = unscaled < 0n;
  const digits = (negative ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  return `${negative ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** Some SQL type that a shape can be read as. */
function naturalType(shape: AvroShape, depth: number): SqlType {
  if (depth > 32) return { kind: 'STRING' };
  switch (shape.type) {
    case 'boolean':
      return { kind: 'BOOLEAN' };
    case 'int':
      return { kind: 'INTEGER' };
    case 'long':
      return { kind: 'BIGINT' };
    case 'float':
    case 'double':
      return { kind: 'DOUBLE' };
    case 'bytes':
    case 'fixed':
      return { kind: 'BYTES' };
    case 'array':
      return { kind: 'ARRAY', element: naturalType(shape.items, depth + 1) };
    case 'map':
      return { kind: 'MAP', key: { kind: 'STRING' }, value: naturalType(shape.values, depth + 1) };
    case 'record':
      return {
        kind: 'STRUCT',
        fields: shape.fields.map((field) => ({ name: field.name, type: naturalType(field.shape, depth + 1) })),
      };
    case 'union':
      return naturalType(shape.branches.find((branch) => branch.type !== 'null') ?? { type: 'string' }, depth + 1);
    default:
      return { kind: 'STRING' };
  }
}
