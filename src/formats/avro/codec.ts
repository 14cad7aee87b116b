/**
 * Avro values as bytes and back (specification 1.12, "Binary Encoding"), as functions compiled once per schema.
 *
 * In JavaScript: null, boolean, number (int, float, double; long when it is exact), bigint (long beyond 2^53), string, Buffer (bytes,
 * fixed), symbol text (enum), array, Map with string keys (map), object with the fields (record). A union holds the value of its branch;
 * encoding takes the first branch that the value fits.
 */
import { StackError } from '../../core/errors.ts';
import type { AvroRecord, AvroSchema } from './schema.ts';

export type AvroValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly AvroValue[]
  | ReadonlyMap<string, AvroValue>
  | { readonly [field: string]: AvroValue };

export interface AvroCodec {
  /** Reads one value from `offset` to the end. Throws MILLRACE_DECODE_FAILED when the bytes are not exactly one. */
  decode(bytes: Buffer, offset?: number): AvroValue;
  /** Reads one value of several that lie one after the other; `next` is where the following one begins. */
  decodeNext(bytes: Buffer, offset: number): { readonly value: AvroValue; readonly next: number };
  /** Throws MILLRACE_DECODE_FAILED, naming the field, when the value does not fit the schema. */
  encode(value: AvroValue): Buffer;
}

export function avroCodec(schema: AvroSchema): AvroCodec {
  const read = reader(schema, new Map());
  const write = writer(schema, new Map());
  return {
    decode(bytes, offset = 0) {
      const input = new Input(bytes, offset);
      const value = read(input);
      if (input.position !== bytes.length)
        throw failed(`${bytes.length - input.position} bytes are left behind the value`);
      return value;
    },
    decodeNext(bytes, offset) {
      const input = new Input(bytes, offset);
      const value = read(input);
      return { value, next: input.position };
    },
    encode(value) {
      const output = new Output();
      write(output, value, '$');
      return output.finish();
    },
  };
}

function failed(why: string): StackError {
  return new StackError('MILLRACE_DECODE_FAILED', `Avro: ${why}.`);
}

class Input {
  readonly bytes: Buffer;
  position: number;

  constructor(bytes: Buffer, position: number) {
    this.bytes = bytes;
    this.position = position;
  }

  take(length: number): number {
    const at = this.position;
    if (length < 0 || length > this.bytes.length - at)
      throw failed(`the value ends at byte ${this.bytes.length}, ${length} more are needed at ${at}`);
    this.position = at + length;
    return at;
  }

  /** Zig-zag varint: exact as a number up to 2^53, else a bigint. */
  long(): number | bigint {
    const start = this.position;
    let low = 0;
    for (let shift = 0; shift < 49; shift += 7) {
      const byte = this.bytes[this.take(1)] ?? 0;
      low += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return low % 2 === 0 ? low / 2 : -(low + 1) / 2;
    }
    this.position = start;
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.take(1)] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        const signed = BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
        return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
      }
    }
    throw failed(`a number at byte ${start} is longer than ten bytes`);
  }

  /** A long that counts or chooses something. */
  count(): number {
    const value = this.long();
    if (typeof value === 'bigint') throw failed(`a count of ${value}`);
    return value;
  }
}

type Read = (input: Input) => AvroValue;

function reader(schema: AvroSchema, known: Map<AvroSchema, Read>): Read {
  const found = known.get(schema);
  if (found !== undefined) return found;
  switch (schema.kind) {
    case 'null':
      return () => null;
    case 'boolean':
      return (input) => input.bytes[input.take(1)] !== 0;
    case 'int':
      return (input) => {
        const value = input.count();
        if (value !== (value | 0)) throw failed(`${value} is no int`);
        return value;
      };
    case 'long':
      return (input) => input.long();
    case 'float':
      return (input) => input.bytes.readFloatLE(input.take(4));
    case 'double':
      return (input) => input.bytes.readDoubleLE(input.take(8));
    case 'bytes':
      return (input) => readBytes(input, input.count());
    case 'fixed':
      return (input) => readBytes(input, schema.size);
    case 'string':
      return readString;
    case 'enum':
      return (input) => {
        const index = input.count();
        const symbol = schema.symbols[index];
        if (symbol === undefined) throw failed(`${schema.name} has no symbol ${index}`);
        return symbol;
      };
    case 'array': {
      const item = reader(schema.items, known);
      return (input) => {
        const values: AvroValue[] = [];
        readBlocks(input, () => void values.push(item(input)));
        return values;
      };
    }
    case 'map': {
      const item = reader(schema.values, known);
      return (input) => {
        const values = new Map<string, AvroValue>();
        readBlocks(input, () => void values.set(readString(input), item(input)));
        return values;
      };
    }
    case 'union': {
      const branches = schema.branches.map((branch) => reader(branch, known));
      return (input) => {
        const index = input.count();
        const branch = branches[index];
        if (branch === undefined) throw failed(`a union has no branch ${index}`);
        return branch(input);
      };
    }
    case 'record':
      return recordReader(schema, known);
  }
}

function recordReader(schema: AvroRecord, known: Map<AvroSchema, Read>): Read {
  let read: Read = () => null;
  known.set(schema, (input) => read(input)); // a record may hold itself
  const fields = schema.fields.map(({ type }) => reader(type, known));
  const assignments = schema.fields.map(({ name }, i) => `${JSON.stringify(name)}: f[${i}](input)`);
  read = new Function('f', `return (input) => ({ ${assignments.join(', ')} });`)(fields) as Read;
  return read;
}

function readBytes(input: Input, length: number): Buffer {
  const at = input.take(length);
  return input.bytes.subarray(at, at + length);
}

function readString(input: Input): string {
  const length = input.count();
  const at = input.take(length);
  return input.bytes.toString('utf8', at, at + length);
}

/** Blocks of items; a negative count is followed by the block's size in bytes. */
function readBlocks(input: Input, item: () => void): void {
  for (let count = input.count(); count !== 0; count = input.count()) {
    if (count < 0) {
      count = -count;
      input.count();
    }
    for (let i = 0; i < count; i++) {
      const before = input.position;
      item();
      // Items without bytes (nulls) could be claimed by the billion.
      if (input.position === before && i > 1_000_000) throw failed(`a block of ${count} empty items`);
    }
  }
}

class Output {
  private bytes: Buffer = Buffer.allocUnsafe(256);
  private position = 0;

  reserve(length: number): number {
    const at = this.position;
    if (at + length > this.bytes.length) {
      const grown = Buffer.allocUnsafe((at + length) * 2);
      this.bytes.copy(grown, 0, 0, at);
      this.bytes = grown;
    }
    this.position = at + length;
    return at;
  }

  byte(value: number): void {
    const at = this.reserve(1);
    this.bytes[at] = value;
  }

  long(value: number | bigint): void {
    // Doubled, a number stays exact only below 2^52.
    if (typeof value === 'bigint' || value >= 2 ** 52 || value < -(2 ** 52)) {
      const wide = BigInt(value);
      let z = BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n));
      for (; z > 0x7fn; z >>= 7n) this.byte(Number(z & 0x7fn) | 0x80);
      this.byte(Number(z));
      return;
    }
    let z = value >= 0 ? value * 2 : -value * 2 - 1;
    for (; z > 0x7f; z = Math.floor(z / 128)) this.byte((z % 128) | 0x80);
    this.byte(z);
  }

  float(value: number): void {
    const at = this.reserve(4);
    this.bytes.writeFloatLE(value, at);
  }
  double(value: number): void {
    const at = this.reserve(8);
    this.bytes.writeDoubleLE(value, at);
  }
  raw(value: Uint8Array): void {
    const at = this.reserve(value.length);
    this.bytes.set(value, at);
  }
  string(value: string): void {
    const length = Buffer.byteLength(value);
    this.long(length);
    const at = this.reserve(length);
    this.bytes.write(value, at, length, 'utf8');
  }
  finish(): Buffer {
    return Buffer.from(this.bytes.subarray(0, this.position));
  }
}

type Write = (output: Output, value: AvroValue | undefined, path: string) => void;

function writer(schema: AvroSchema, known: Map<AvroSchema, Write>): Write {
  const found = known.get(schema);
  if (found !== undefined) return found;
  const fits = fitter(schema);
  const check = (value: AvroValue | undefined, path: string): void => {
    if (value === undefined || !fits(value))
      throw failed(`${describe(value)} at ${path} is no ${'name' in schema ? schema.name : schema.kind}`);
  };
  switch (schema.kind) {
    case 'null':
      return (_output, value, path) => check(value, path);
    case 'boolean':
      return (output, value, path) => {
        check(value, path);
        output.byte(value === true ? 1 : 0);
      };
    case 'int':
    case 'long':
      return (output, value, path) => {
        check(value, path);
        output.long(value as number | bigint);
      };
    case 'float':
      return (output, value, path) => {
        check(value, path);
        output.float(value as number);
      };
    case 'double':
      return (output, value, path) => {
        check(value, path);
        output.double(value as number);
      };
    case 'bytes':
      return (output, value, path) => {
        check(value, path);
        output.long((value as Uint8Array).length);
        output.raw(value as Uint8Array);
      };
    case 'fixed':
      return (output, value, path) => {
        check(value, path);
        output.raw(value as Uint8Array);
      };
    case 'string':
      return (output, value, path) => {
        check(value, path);
        output.string(value as string);
      };
    case 'enum': {
      const indexes = new Map(schema.symbols.map((symbol, i) => [symbol, i]));
      return (output, value, path) => {
        check(value, path);
        output.long(indexes.get(value as string) ?? 0);
      };
    }
    case 'array': {
      const item = writer(schema.items, known);
      return (output, value, path) => {
        check(value, path);
        const values = value as readonly AvroValue[];
        if (values.length > 0) output.long(values.length);
        for (const [i, one] of values.entries()) item(output, one, `${path}[${i}]`);
        output.long(0);
      };
    }
    case 'map': {
      const item = writer(schema.values, known);
      return (output, value, path) => {
        check(value, path);
        const values = value as ReadonlyMap<string, AvroValue>;
        if (values.size > 0) output.long(values.size);
        for (const [key, one] of values) {
          output.string(key);
          item(output, one, `${path}.${key}`);
        }
        output.long(0);
      };
    }
    case 'union': {
      const branches = schema.branches.map((branch) => ({ fits: fitter(branch), write: writer(branch, known) }));
      return (output, value, path) => {
        const index = value === undefined ? -1 : branches.findIndex((branch) => branch.fits(value));
        const branch = branches[index];
        if (branch === undefined) throw failed(`${describe(value)} at ${path} fits no branch of the union`);
        output.long(index);
        branch.write(output, value, path);
      };
    }
    case 'record': {
      let fields: readonly { readonly name: string; readonly write: Write }[] = [];
      const write: Write = (output, value, path) => {
        check(value, path);
        const record = value as Readonly<Record<string, AvroValue>>;
        for (const field of fields) field.write(output, record[field.name], `${path}.${field.name}`);
      };
      known.set(schema, write); // a record may hold itself
      fields = schema.fields.map(({ name, type }) => ({ name, write: writer(type, known) }));
      return write;
    }
  }
}

/** A test whether a value is of a schema's kind, without looking into what it holds. */
function fitter(schema: AvroSchema): (value: AvroValue) => boolean {
  switch (schema.kind) {
    case 'null':
      return (value) => value === null;
    case 'boolean':
      return (value) => typeof value === 'boolean';
    case 'int':
      return (value) => typeof value === 'number' && value === (value | 0);
    case 'long':
      return (value) =>
        Number.isSafeInteger(value) || (typeof value === 'bigint' && BigInt.asIntN(64, value) === value);
    case 'float':
    case 'double':
      return (value) => typeof value === 'number';
    case 'bytes':
      return (value) => value instanceof Uint8Array;
    case 'fixed':
      return (value) => value instanceof Uint8Array && value.length === schema.size;
    case 'string':
      return (value) => typeof value === 'string';
    case 'enum':
      return (value) => typeof value === 'string' && schema.symbols.includes(value);
    case 'array':
      return (value) => Array.isArray(value);
    case 'map':
      return (value) => value instanceof Map;
    case 'record':
      return (value) =>
        typeof value === 'object' &&
        value !== null &&
        !Array.isArray(value) &&
        !(value instanceof Map) &&
        !(value instanceof Uint8Array);
    case 'union':
      return () => true;
  }
}

function describe(value: AvroValue | undefined): string {
  if (value === undefined) return 'nothing';
  const text =
    typeof value === 'object' && value !== null
      ? Array.isArray(value)
        ? 'an array'
        : 'an object'
      : typeof value === 'bigint'
        ? String(value)
        : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
