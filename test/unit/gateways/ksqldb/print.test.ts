/** What PRINT makes of bytes. */
import { expect, test } from 'vitest';
import { registryClient } from '../../../../src/client/schema-registry.ts';
import { avroCodec } from '../../../../src/formats/avro/codec.ts';
import { parseAvroSchema } from '../../../../src/formats/avro/schema.ts';
import { FormatGuess } from '../../../../src/gateways/ksqldb/print/formats.ts';

const schema = JSON.stringify({
  type: 'record',
  name: 'r',
  fields: [
    { name: 'brand', type: 'string' },
    { name: 'duration', type: 'int' },
    { name: 'mean', type: ['null', 'double'] },
    { name: 'tags', type: { type: 'map', values: { type: 'array', items: 'long' } } },
  ],
});
const bodies: Readonly<Record<string, object>> = {
  '/schemas/ids/1': { schema },
  '/schemas/ids/2': {
    schemaType: 'PROTOBUF',
    schema:
      'syntax = "proto3"; message Outer { message Row { string brand = 1; double mean = 2; float part = 3; } Row row = 1; }',
  },
  '/schemas/ids/3': { schemaType: 'JSON', schema: '{"type": "object"}' },
};
const registry = registryClient(async (_, path) => {
  const body = bodies[path];
  return body === undefined
    ? { status: 404, body: { error_code: 40403, message: 'Schema not found' } }
    : { status: 200, body };
});

function framed(value: Parameters<ReturnType<typeof avroCodec>['encode']>[0]): Buffer {
  return Buffer.concat([Buffer.from([0, 0, 0, 0, 1]), avroCodec(parseAvroSchema(schema)).encode(value)]);
}

test('Avro prints as the Java library prints it', async () => {
  const guess = new FormatGuess('value', registry);
  const value = { brand: 'Acme', duration: 30, mean: 45, tags: new Map([['t', [1, 2]]]) };
  expect(await guess.text(framed(value))).toBe(
    '{"brand": "Acme", "duration": 30, "mean": 45.0, "tags": {"t": [1, 2]}}',
  );
  expect(guess.names()[0]).toBe('AVRO');
  expect(await guess.text(framed({ ...value, mean: null }))).toContain('"mean": null');
});

test('Protobuf prints as the Java library prints it in one line', async () => {
  const row = Buffer.from('0a0441636d651100000000008046401dcdcccc3d', 'hex');
  const guess = new FormatGuess('value', registry);
  const nested = Buffer.concat([Buffer.from([0, 0, 0, 0, 2, 4, 0, 0]), row]);
  expect(await guess.text(nested)).toBe('brand: "Acme" mean: 45.0 part: 0.1');
  expect(guess.names()[0]).toBe('PROTOBUF');
  const outer = Buffer.concat([Buffer.from([0, 0, 0, 0, 2, 0, 0x0a, row.length]), row]);
  expect(await guess.text(outer)).toBe('row { brand: "Acme" mean: 45.0 part: 0.1 }');
});

test('JSON with a schema prints without blanks', async () => {
  const guess = new FormatGuess('value', registry);
  const bytes = Buffer.concat([Buffer.from([0, 0, 0, 0, 3]), Buffer.from('{"a": [1, 2.50], "b c": "x \\" y"}')]);
  expect(await guess.text(bytes)).toBe('{"a":[1,2.50],"b c":"x \\" y"}');
  expect(guess.names()[0]).toBe('JSON_SR');
});

test('what a later record rules out is ruled out for good', async () => {
  const guess = new FormatGuess('value', registry);
  expect(guess.names()).toEqual(['¯\\_(ツ)_/¯ - no data processed']);
  expect(await guess.text(Buffer.from('1234'))).toBe('1234');
  expect(guess.names()).toEqual(['JSON', 'KAFKA_INT', 'KAFKA_STRING']);
  expect(await guess.text(Buffer.from('Acme'))).toBe('1097035109');
  expect(guess.names()).toEqual(['KAFKA_INT', 'KAFKA_STRING']);
  expect(await guess.text(Buffer.from('Globex'))).toBe('Globex');
  expect(await guess.text(null)).toBe('<null>');
  expect(guess.names()).toEqual(['KAFKA_STRING']);
});

test('bytes of no format are shown as they are', async () => {
  const guess = new FormatGuess('value', registry);
  expect(await guess.text(Buffer.from([0x41, 0xff, 0x5c]))).toBe('A\\xFF\\x5C');
  expect(guess.names()).toEqual([]);
});

test('a windowed key shows its window', async () => {
  const guess = new FormatGuess('key', registry);
  const start = Buffer.alloc(8);
  start.writeBigInt64BE(1_600_000_000_000n);
  expect(await guess.text(Buffer.concat([Buffer.from('Acme'), start]))).toBe('[1097035109@1600000000000/-]');
  expect(await guess.text(Buffer.concat([Buffer.from('Globex'), start]))).toBe('[Globex@1600000000000/-]');
  expect(guess.names()).toEqual(['HOPPING(KAFKA_STRING)', 'TUMBLING(KAFKA_STRING)']);
});
