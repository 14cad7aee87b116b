import { expect, test } from 'vitest';
import { avroJson } from '../../../src/cli/kafka/avro-json.ts';
import { avroCodec } from '../../../src/formats/avro/codec.ts';
import type { AvroValue } from '../../../src/formats/avro/codec.ts';
import { parseAvroSchema } from '../../../src/formats/avro/schema.ts';

function json(schema: unknown, value: AvroValue): string {
  const parsed = parseAvroSchema(JSON.stringify(schema));
  const codec = avroCodec(parsed);
  return avroJson(parsed, codec.encode(value));
}

test('the record of the walk-through', () => {
  const fields = [
    { name: 'brand', type: 'string' },
    { name: 'duration', type: 'int' },
    { name: 'rating', type: 'int' },
  ];
  const schema = { type: 'record', name: 'commercialrating', fields };
  expect(json(schema, { brand: 'Acme', duration: 30, rating: 2 })).toBe('{"brand":"Acme","duration":30,"rating":2}');
});

test('values of unions name their branch, null does not', () => {
  expect(json(['null', 'long'], 5)).toBe('{"long":5}');
  expect(json(['null', 'double'], 2.5)).toBe('{"double":2.5}');
  expect(json(['null', 'double'], null)).toBe('null');
  const named = { type: 'enum', name: 'E', namespace: 'n', symbols: ['A'] };
  expect(json(['null', named], 'A')).toBe('{"n.E":"A"}');
});

test('numbers as Java prints them, bytes as text', () => {
  expect(json('double', 1)).toBe('1.0');
  expect(json('double', 1e10)).toBe('1.0E10');
  expect(json('float', Math.fround(0.1))).toBe('0.1');
  expect(json('bytes', Buffer.from([0x41, 0xff]))).toBe('"A\u00ff"');
  expect(json({ type: 'map', values: 'int' }, new Map([['a', 1]]))).toBe('{"a":1}');
  expect(json({ type: 'array', items: 'int' }, [1, 2])).toBe('[1,2]');
});
