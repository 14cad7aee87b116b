import { describe, expect, it, test } from 'vitest';
import { avroCodec } from '../../../../src/formats/avro/codec.ts';
import type { AvroValue } from '../../../../src/formats/avro/codec.ts';
import { foldAvro } from '../../../../src/formats/avro/fold.ts';
import { avroJsonEncoder } from '../../../../src/formats/avro/json-encoding.ts';
import { parseAvroSchema } from '../../../../src/formats/avro/schema.ts';
import type { AvroSchema } from '../../../../src/formats/avro/schema.ts';

const schemaOf = (schema: unknown): AvroSchema => parseAvroSchema(JSON.stringify(schema));
const bytesOf = (schema: unknown, json: string): Buffer => avroJsonEncoder(schemaOf(schema)).encode(json);
const valueOf = (schema: unknown, json: string): AvroValue => avroCodec(schemaOf(schema)).decode(bytesOf(schema, json));
const record = (...fields: unknown[]): unknown => ({ type: 'record', name: 'R', fields });

test('values of every kind', () => {
  for (const [schema, json, value] of [
    ['null', 'null', null],
    ['boolean', 'true', true],
    ['int', '-5', -5],
    ['long', '9223372036854775807', 9223372036854775807n],
    ['long', '-9007199254740993', -9007199254740993n],
    ['double', '1.5', 1.5],
    ['double', '"NaN"', Number.NaN],
    ['double', '12345678901234567890', 1.2345678901234567e19],
    ['string', '"1234567890123456789"', '1234567890123456789'],
    ['bytes', '"A\u00ff"', Buffer.from([0x41, 0xff])],
    [{ type: 'fixed', name: 'F', size: 2 }, '"AB"', Buffer.from('AB')],
    [{ type: 'enum', name: 'E', symbols: ['A', 'B'] }, '"B"', 'B'],
    [{ type: 'array', items: 'int' }, '[1, 2]', [1, 2]],
    [{ type: 'array', items: 'int' }, '[]', []],
    [{ type: 'map', values: 'int' }, '{"a": 1}', new Map([['a', 1]])],
    [record({ name: 'b', type: 'int' }, { name: 'a', type: 'string' }), '{"a": "x", "b": 2}', { b: 2, a: 'x' }],
  ] as const)
    expect(valueOf(schema, json), json).toEqual(value);
});

test('a union takes the branch that is named', () => {
  const inner = (name: string): unknown => ({
    type: 'record',
    name,
    namespace: 'n',
    fields: [{ name: 'x', type: 'int' }],
  });
  expect(bytesOf(['int', 'long'], '{"long": 5}').toString('hex')).toBe('020a');
  expect(bytesOf(['null', 'long'], 'null').toString('hex')).toBe('00');
  expect(bytesOf([inner('A'), inner('B')], '{"n.B": {"x": 1}}').toString('hex')).toBe('0202');
});

describe('what does not fit', () => {
  for (const [schema, json, why] of [
    ['int', '"a"', 'Expected int. Got VALUE_STRING'],
    ['int', '2147483648', 'Expected int. Got VALUE_NUMBER_INT'],
    ['int', '1.5', 'Expected int. Got VALUE_NUMBER_FLOAT'],
    ['long', '9223372036854775808', 'Expected long. Got VALUE_NUMBER_INT'],
    ['string', 'true', 'Expected string. Got VALUE_TRUE'],
    [['null', 'int'], '5', 'Expected start-union. Got VALUE_NUMBER_INT'],
    [['null', 'int'], '{"long": 5}', 'Unknown union branch long'],
    [record({ name: 'a', type: 'int' }), '{}', 'Expected field name not found: a'],
    [record({ name: 'a', type: 'int' }), '[]', 'Expected record-start. Got START_ARRAY'],
    [{ type: 'enum', name: 'E', symbols: ['A'] }, '"B"', 'Unknown symbol in enum B'],
    ['int', '{', 'JSON'],
  ] as const)
    it(`${json} as ${JSON.stringify(schema)}`, () => expect(() => bytesOf(schema, json)).toThrow(why));
});

test('a fold sees the branch that was written', () => {
  const schema = schemaOf({ type: 'array', items: ['int', 'long', 'null'] });
  const bytes = avroJsonEncoder(schema).encode('[{"long": 1}, {"int": 1}, null]');
  const kinds = foldAvro<string>(schema, bytes, {
    scalar: (_schema, value) => String(value),
    array: (items) => items.join(' '),
    object: () => '',
    union: ({ kind }, text) => `${kind}:${text}`,
  });
  expect(kinds).toBe('long:1 int:1 null:null');
});

test('bytes that are cut, too long, or promise more than there is', () => {
  const schema = schemaOf({ type: 'array', items: 'null' });
  const fold = { scalar: () => 0, array: () => 0, object: () => 0, union: () => 0 };
  for (const hex of ['02', '000000', 'feffffff0f'])
    expect(() => foldAvro(schema, Buffer.from(hex, 'hex'), fold), hex).toThrow('Avro');
});
