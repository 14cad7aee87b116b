/** The JSON of a case as Avro by a registered schema, and Avro back to JSON that can be compared. */
import { LosslessNumber } from 'lossless-json';
import { avroCodec } from '../../../src/formats/avro/codec.ts';
import type { AvroValue } from '../../../src/formats/avro/codec.ts';
import { parseAvroSchema } from '../../../src/formats/avro/schema.ts';
import type { AvroSchema } from '../../../src/formats/avro/schema.ts';
import { jsonText } from './cases.ts';

/** A value behind the registry's five bytes. Fields match without regard to case; unknown ones are dropped, missing ones null. */
export function avroBytes(value: unknown, id: number, text: string): Buffer {
  const schema = parseAvroSchema(text);
  const head = Buffer.alloc(5);
  head.writeInt32BE(id, 1);
  return Buffer.concat([head, avroCodec(schema).encode(toAvro(value, schema))]);
}

export function avroJson(bytes: Buffer, text: string): unknown {
  const schema = parseAvroSchema(text);
  return toJson(avroCodec(schema).decode(bytes, 5), schema);
}

function toAvro(value: unknown, schema: AvroSchema): AvroValue {
  if (schema.kind === 'union') {
    if (value === null || value === undefined) return null;
    return toAvro(value, schema.branches.find(({ kind }) => kind !== 'null') as AvroSchema);
  }
  const text = value instanceof LosslessNumber ? value.toString() : String(value);
  switch (schema.kind) {
    case 'null':
      return null;
    case 'boolean':
      return value === true;
    case 'int':
    case 'float':
    case 'double':
      return Number(text);
    case 'long':
      return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text);
    case 'string':
    case 'enum':
      return typeof value === 'string' ? value : jsonText(value);
    case 'bytes':
    case 'fixed':
      if (schema.properties['logicalType'] !== 'decimal') return Buffer.from(text, 'base64');
      return decimalBytes(text, Number(String(schema.properties['scale'] ?? 0)));
    case 'array':
      if (!Array.isArray(value)) {
        // A map whose keys are no texts is a list of entries.
        return Object.entries(value as object).map(([key, one]) => toAvro({ key, value: one }, schema.items));
      }
      return value.map((one) => toAvro(one, schema.items));
    case 'map':
      return new Map(Object.entries(value as object).map(([key, one]) => [key, toAvro(one, schema.values)]));
    case 'record': {
      const given =
        typeof value === 'object' && value !== null && !(value instanceof LosslessNumber)
          ? Object.entries(value)
          : undefined;
      // A single column may stand without its name.
      if (given === undefined)
        return Object.fromEntries(schema.fields.map((field) => [field.name, toAvro(value, field.type)]));
      return Object.fromEntries(
        schema.fields.map((field) => {
          const own = given.find(([name]) => name.toUpperCase() === field.name.toUpperCase());
          return [field.name, toAvro(own === undefined ? null : (own[1] as unknown), field.type)];
        }),
      );
    }
  }
}

function toJson(value: AvroValue, schema: AvroSchema): unknown {
  if (value === null) return null;
  switch (schema.kind) {
    case 'union':
      return toJson(value, schema.branches.find(({ kind }) => kind !== 'null') as AvroSchema);
    case 'int':
    case 'long':
    case 'float':
    case 'double':
      // What JSON has no number for stands as text, as Jackson writes it.
      return Number.isFinite(Number(value)) ? new LosslessNumber(String(value)) : String(value);
    case 'bytes':
    case 'fixed':
      if (schema.properties['logicalType'] !== 'decimal') return Buffer.from(value as Uint8Array).toString('base64');
      return new LosslessNumber(decimalOf(value as Uint8Array, Number(String(schema.properties['scale'] ?? 0))));
    case 'array': {
      const items = (value as AvroValue[]).map((one) => toJson(one, schema.items));
      // A map is a list of entries.
      const entry =
        schema.items.kind === 'union' ? schema.items.branches.find(({ kind }) => kind !== 'null') : schema.items;
      const map = entry?.kind === 'record' && entry.fields.map(({ name }) => name).join() === 'key,value';
      return map
        ? Object.fromEntries((items as { key: string; value: unknown }[]).map(({ key, value: one }) => [key, one]))
        : items;
    }
    case 'map':
      return Object.fromEntries(
        [...(value as Map<string, AvroValue>)].map(([key, one]) => [key, toJson(one, schema.values)]),
      );
    case 'record':
      return Object.fromEntries(
        schema.fields.map((field) => [
          field.name,
          toJson((value as Record<string, AvroValue>)[field.name] ?? null, field.type),
        ]),
      );
    default:
      return value;
  }
}

function decimalBytes(text: string, scale: number): Buffer {
  const [whole = '0', fraction = ''] = text.split('.');
  const unscaled = BigInt(whole + fraction.padEnd(scale, '0').slice(0, scale));
  let bytes = 1;
  while (BigInt.asIntN(bytes * 8, unscaled) !== unscaled) bytes++;
  return Buffer.from(
    BigInt.asUintN(bytes * 8, unscaled)
      .toString(16)
      .padStart(bytes * 2, '0'),
    'hex',
  );
}

function decimalOf(bytes: Uint8Array, scale: number): string {
  const unscaled =
    bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
  if (scale === 0) return String(unscaled);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
