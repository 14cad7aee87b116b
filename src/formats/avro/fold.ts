/**
 * Avro bytes as something else than values, branch by branch as they were written: a union says in the bytes which of its branches it
 * holds, which a decoded value does not (an int may be one of a long, a record one of two). So texts are made from the bytes.
 */
import { StackError } from '../../core/errors.ts';
import { avroCodec } from './codec.ts';
import type { AvroCodec, AvroValue } from './codec.ts';
import type { AvroSchema } from './schema.ts';

type Scalar = Exclude<AvroSchema, { readonly kind: 'array' | 'map' | 'record' | 'union' }>;

/** What becomes of each kind of value; parts come before the whole. */
export interface AvroFold<T> {
  scalar(schema: Scalar, value: AvroValue): T;
  array(items: readonly T[]): T;
  /** Of a map or a record. */
  object(members: readonly (readonly [name: string, value: T])[]): T;
  union(branch: AvroSchema, value: T): T;
}

/** Folds the one value that the bytes are. @throws StackError MILLRACE_DECODE_FAILED when they are not exactly one */
export function foldAvro<T>(schema: AvroSchema, bytes: Buffer, fold: AvroFold<T>): T {
  const reader = new Reader(bytes, fold);
  const whole = reader.read(schema);
  if (reader.at !== bytes.length)
    throw new StackError(
      'MILLRACE_DECODE_FAILED',
      `Avro: ${bytes.length - reader.at} bytes are left behind the value.`,
    );
  return whole;
}

/** JSON of a value that has no parts; `numberText` writes what has a fraction, `NaN` and `Infinity`, which are texts in JSON. */
export function avroScalarText({ kind }: Scalar, value: AvroValue, numberText: (value: number) => string): string {
  switch (kind) {
    case 'float':
    case 'double':
      return Number.isFinite(value) ? numberText(value as number) : JSON.stringify(numberText(value as number));
    case 'bytes':
    case 'fixed':
      return JSON.stringify(Buffer.from(value as Uint8Array).toString('latin1'));
    case 'string':
    case 'enum':
      return JSON.stringify(value);
    default:
      return String(value);
  }
}

const codecs = new WeakMap<AvroSchema, AvroCodec>();
const long: AvroSchema = { kind: 'long', properties: {} };

class Reader<T> {
  at = 0;
  private readonly bytes: Buffer;
  private readonly fold: AvroFold<T>;

  constructor(bytes: Buffer, fold: AvroFold<T>) {
    this.bytes = bytes;
    this.fold = fold;
  }

  read(schema: AvroSchema): T {
    switch (schema.kind) {
      case 'record':
        return this.fold.object(schema.fields.map(({ name, type }) => [name, this.read(type)] as const));
      case 'array':
        return this.fold.array(this.blocks(() => this.read(schema.items)));
      case 'map':
        return this.fold.object(this.blocks(() => [String(this.value(text)), this.read(schema.values)] as const));
      case 'union': {
        const index = Number(this.value(long));
        const branch = schema.branches[index];
        if (branch === undefined)
          throw new StackError('MILLRACE_DECODE_FAILED', `Avro: a union has no branch ${index}.`);
        return this.fold.union(branch, this.read(branch));
      }
      default:
        return this.fold.scalar(schema, this.value(schema));
    }
  }

  private value(schema: AvroSchema): AvroValue {
    let codec = codecs.get(schema);
    if (codec === undefined) {
      codec = avroCodec(schema);
      codecs.set(schema, codec);
    }
    const { value, next } = codec.decodeNext(this.bytes, this.at);
    this.at = next;
    return value;
  }

  /** Items come in blocks; a negative count is followed by the bytes of its block, and 0 ends them. */
  private blocks<I>(readItem: () => I): I[] {
    const items: I[] = [];
    for (;;) {
      const count = Number(this.value(long));
      if (count === 0) return items;
      if (count < 0) this.value(long);
      for (let i = Math.abs(count); i > 0; i--) {
        if (this.at > this.bytes.length || items.length > this.bytes.length * itemsPerByteMax)
          throw new StackError('MILLRACE_DECODE_FAILED', `Avro: a block of ${count} items does not fit the bytes.`);
        items.push(readItem());
      }
    }
  }
}

const text: AvroSchema = { kind: 'string', properties: {} };
/** Items of no bytes (nulls, empty records) must not make a few bytes a whole memory full. */
const itemsPerByteMax = 1000;
