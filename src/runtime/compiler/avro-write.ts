/** Plain values as Avro bytes, for what the generated encoder does not inline. */
import type { SqlType } from '../../sql/types.ts';
import { writeZigzag, writeZigzagBigint } from '../output.ts';
import type { AvroShape } from './avro-shape.ts';
import { malformed } from './bytes.ts';

type ValueWriter = (value: never) => Buffer;

/** The writer of a type into a shape; undefined when the shape cannot hold the type. */
export function avroWriter(shape: AvroShape, type: SqlType): ValueWriter | undefined {
  switch (shape.type) {
    case 'union': {
      const nullBranch = shape.branches.findIndex((branch) => branch.type === 'null');
      const branch = shape.branches.findIndex((one) => one.type !== 'null' && avroWriter(one, type) !== undefined);
      const chosen = shape.branches[branch];
      if (chosen === undefined) return undefined;
      const write = avroWriter(chosen, type) as (value: unknown) => Buffer;
      return ((value: unknown) => {
        if (value !== null) return Buffer.concat([integer(branch), write(value)]);
        if (nullBranch < 0) throw malformed('a null is not allowed by the schema of the sink');
        return integer(nullBranch);
      }) as ValueWriter;
    }
    case 'boolean':
      return type.kind === 'BOOLEAN' ? (((value: boolean) => Buffer.from([value ? 1 : 0])) as ValueWriter) : undefined;
    case 'int':
      return ['INTEGER', 'DATE', 'TIME'].includes(type.kind) ? (integer as ValueWriter) : undefined;
    case 'long':
      return ['BIGINT', 'INTEGER', 'TIMESTAMP', 'TIME'].includes(type.kind) ? (integer as ValueWriter) : undefined;
    case 'float':
    case 'double': {
      if (type.kind !== 'DOUBLE' && !(type.kind === 'INTEGER' && shape.type === 'double')) return undefined;
      const single = shape.type === 'float';
      return ((value: number) => {
        const out = Buffer.allocUnsafe(single ? 4 : 8);
        if (single) out.writeFloatLE(value);
        else out.writeDoubleLE(value);
        return out;
      }) as ValueWriter;
    }
    case 'string':
      return type.kind === 'STRING' ? (((value: string) => sized(Buffer.from(value))) as ValueWriter) : undefined;
    case 'enum': {
      const { symbols } = shape;
      return type.kind === 'STRING'
        ? (((value: string) => {
            const at = symbols.indexOf(value);
            if (at < 0) throw malformed(`${JSON.stringify(value)} is no symbol of the enum`);
            return integer(at);
          }) as ValueWriter)
        : undefined;
    }
    case 'bytes':
    case 'fixed': {
      const fixed = shape.type === 'fixed' ? shape.size : undefined;
      if (type.kind === 'BYTES') {
        return ((value: Buffer) => {
          if (fixed !== undefined && value.length !== fixed)
            throw malformed(`${value.length} bytes do not fit a fixed of ${fixed}`);
          return fixed === undefined ? sized(value) : value;
        }) as ValueWriter;
      }
      if (type.kind !== 'DECIMAL' || shape.logical?.name !== 'decimal') return undefined;
      const { scale } = shape.logical;
      return ((value: string) => {
        const bytes = decimalBytes(value, scale, fixed);
        return fixed === undefined ? sized(bytes) : bytes;
      }) as ValueWriter;
    }
    case 'array': {
      if (type.kind === 'MAP') return entriesWriter(shape.items, type);
      const item =
        type.kind === 'ARRAY' ? (avroWriter(shape.items, type.element) as (value: unknown) => Buffer) : undefined;
      if (item === undefined) return undefined;
      return ((value: unknown[]) =>
        Buffer.concat(
          value.length === 0 ? [integer(0)] : [integer(value.length), ...value.map(item), integer(0)],
        )) as ValueWriter;
    }
    case 'map': {
      const inner =
        type.kind === 'MAP' ? (avroWriter(shape.values, type.value) as (value: unknown) => Buffer) : undefined;
      if (inner === undefined) return undefined;
      return ((value: Record<string, unknown>) => {
        const entries = Object.entries(value);
        if (entries.length === 0) return integer(0);
        return Buffer.concat([
          integer(entries.length),
          ...entries.flatMap(([k, v]) => [sized(Buffer.from(k)), inner(v)]),
          integer(0),
        ]);
      }) as ValueWriter;
    }
    case 'record': {
      if (type.kind !== 'STRUCT') return undefined;
      const fields = shape.fields.map((field) => {
        const own = type.fields.find((one) => one.name.toLowerCase() === field.name.toLowerCase());
        return {
          name: own?.name ?? '',
          write:
            own === undefined
              ? undefined
              : (avroWriter(field.shape, own.type) as ((value: unknown) => Buffer) | undefined),
        };
      });
      if (fields.some((field) => field.write === undefined)) return undefined;
      return ((value: Record<string, unknown>) =>
        Buffer.concat(
          fields.map(({ name, write }) => (write as (v: unknown) => Buffer)(value[name] ?? null)),
        )) as ValueWriter;
    }
    default:
      return undefined;
  }
}

/** A default, as schemas write it, as bytes; undefined when it is none of the shape. Of a union it is the first branch's. */
export function avroDefault(shape: AvroShape, value: unknown): Buffer | undefined {
  const all = (parts: (Buffer | undefined)[]): Buffer | undefined =>
    parts.includes(undefined) ? undefined : Buffer.concat(parts as Buffer[]);
  switch (shape.type) {
    case 'null':
      return Buffer.alloc(0);
    case 'union': {
      const [first] = shape.branches;
      const bytes = first && avroDefault(first, value);
      return bytes && Buffer.concat([integer(0), bytes]);
    }
    case 'boolean':
      return Buffer.from([value === true ? 1 : 0]);
    case 'int':
    case 'long':
      return typeof value === 'number' ? integer(value) : undefined;
    case 'float':
    case 'double':
      return (avroWriter(shape, { kind: 'DOUBLE' }) as ((number: number) => Buffer) | undefined)?.(Number(value));
    case 'string':
      return sized(Buffer.from(String(value)));
    case 'bytes':
      return sized(Buffer.from(String(value), 'latin1'));
    case 'fixed':
      return Buffer.from(String(value), 'latin1');
    case 'enum':
      return integer(shape.symbols.indexOf(String(value)));
    case 'array':
    case 'map': {
      const entries = Object.entries(value as object);
      if (entries.length === 0) return integer(0);
      const items = entries.flatMap(([key, one]) =>
        shape.type === 'array'
          ? [avroDefault(shape.items, one)]
          : [sized(Buffer.from(key)), avroDefault(shape.values, one)],
      );
      return all([integer(entries.length), ...items, integer(0)]);
    }
    case 'record':
      return all(
        shape.fields.map(({ name, shape: of, byDefault }) =>
          avroDefault(of, (value as Record<string, unknown>)[name] ?? byDefault),
        ),
      );
  }
}

/** Maps whose keys may be null are arrays of entries to Connect's converter, and to ksqlDB all are. */
function entriesWriter(items: AvroShape, type: SqlType & { readonly kind: 'MAP' }): ValueWriter | undefined {
  const entry: SqlType = {
    kind: 'STRUCT',
    fields: [
      { name: 'key', type: type.key },
      { name: 'value', type: type.value },
    ],
  };
  const write = avroWriter({ type: 'array', items }, { kind: 'ARRAY', element: entry });
  if (write === undefined) return undefined;
  return ((value: Record<string, unknown>) =>
    (write as (list: unknown) => Buffer)(
      Object.entries(value).map(([key, one]) => ({ key, value: one })),
    )) as ValueWriter;
}

function integer(value: number | bigint): Buffer {
  const out = Buffer.allocUnsafe(10);
  const end = typeof value === 'bigint' ? writeZigzagBigint(out, 0, value) : writeZigzag(out, 0, value);
  return out.subarray(0, end);
}

function sized(bytes: Buffer): Buffer {
  return Buffer.concat([integer(bytes.length), bytes]);
}

/** Decimal text as two's complement bytes at the schema's scale; of a fixed size when given. */
function decimalBytes(text: string, scale: number, size: number | undefined): Buffer {
  const match = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text);
  if (match === null) throw malformed(`${JSON.stringify(text)} is not a decimal`);
  const [, sign = '', whole = '0', fraction = ''] = match;
  if (fraction.length > scale && /[1-9]/.test(fraction.slice(scale)))
    throw malformed(`${text} has more than ${scale} decimals`);
  const unscaled = BigInt(`${sign}${whole}${fraction.padEnd(scale, '0').slice(0, scale)}`);
  let length = 1;
  while (BigInt.asIntN(length * 8, unscaled) !== unscaled) length++;
  if (size !== undefined && length > size) throw malformed(`${text} does not fit ${size} bytes`);
  const bytes = size ?? length;
  return Buffer.from(
    BigInt.asUintN(bytes * 8, unscaled)
      .toString(16)
      .padStart(bytes * 2, '0'),
    'hex',
  );
}
