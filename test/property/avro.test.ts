/** Avro values survive the way to bytes and back; any bytes are a value or a refusal. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { StackError } from '../../src/core/errors.ts';
import { avroCodec } from '../../src/formats/avro/codec.ts';
import type { AvroValue } from '../../src/formats/avro/codec.ts';
import { parseAvroSchema } from '../../src/formats/avro/schema.ts';

const schema = parseAvroSchema(
  JSON.stringify({
    type: 'record',
    name: 'R',
    fields: [
      { name: 'i', type: 'int' },
      { name: 'l', type: 'long' },
      { name: 's', type: ['null', 'string'] },
      { name: 'd', type: 'double' },
      { name: 'f', type: 'float' },
      { name: 'b', type: 'bytes' },
      { name: 'x', type: { type: 'fixed', name: 'X', size: 3 } },
      { name: 'e', type: { type: 'enum', name: 'E', symbols: ['A', 'B', 'C'] } },
      { name: 'a', type: { type: 'array', items: 'boolean' } },
      { name: 'm', type: { type: 'map', values: 'long' } },
      { name: 'next', type: ['null', 'R'] },
    ],
  }),
);
const long = fc
  .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  .map((n) => (Number.isSafeInteger(Number(n)) ? Number(n) : n));
const bytes = (constraints: fc.IntArrayConstraints): fc.Arbitrary<Buffer> =>
  fc.uint8Array(constraints).map((array) => Buffer.from(array));
const value = fc.letrec<{ record: AvroValue }>((tie) => ({
  record: fc.record({
    i: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    l: fc.oneof(long, fc.constantFrom(2 ** 52, -(2 ** 52), 2 ** 53 - 1, -(2 ** 53) + 1, 0, -1)),
    s: fc.option(fc.string({ unit: 'grapheme' })),
    d: fc.double({ noNaN: true }),
    f: fc.float({ noNaN: true }),
    b: bytes({ maxLength: 20 }),
    x: bytes({ minLength: 3, maxLength: 3 }),
    e: fc.constantFrom('A', 'B', 'C'),
    a: fc.array(fc.boolean()),
    m: fc.dictionary(fc.string(), long).map((object) => new Map(Object.entries(object))),
    next: fc.option(tie('record'), { depthSize: 'small' }),
  }) as fc.Arbitrary<AvroValue>,
})).record;

const codec = avroCodec(schema);

it('round trips', () => {
  fc.assert(
    fc.property(value, (one) => {
      expect(codec.decode(codec.encode(one))).toEqual(one);
    }),
  );
});

it('any bytes, and values cut short', () => {
  const refusesOrAnswers = (input: Buffer): void => {
    try {
      codec.decode(input);
    } catch (error) {
      expect(error).toBeInstanceOf(StackError);
    }
  };
  fc.assert(fc.property(bytes({ maxLength: 200 }), refusesOrAnswers), { numRuns: 3000 });
  fc.assert(fc.property(value, fc.nat(100), (one, cut) => refusesOrAnswers(codec.encode(one).subarray(0, cut))));
});

it('the bytes of the walk-through', () => {
  const rating = avroCodec(
    parseAvroSchema(
      '{"type":"record","name":"c","fields":[{"name":"brand","type":"string"},{"name":"duration","type":"int"},{"name":"rating","type":"int"}]}',
    ),
  );
  expect(rating.encode({ brand: 'Acme', duration: 30, rating: 2 }).toString('hex')).toBe('0841636d653c04');
  expect(() => rating.encode({ brand: 'Acme', duration: 30.5, rating: 2 })).toThrow('30.5 at $.duration is no int');
  expect(() => rating.encode({ brand: 'Acme', rating: 2 })).toThrow('nothing at $.duration is no int');
  expect(() => rating.decode(Buffer.from('0841636d653c0400', 'hex'))).toThrow('1 bytes are left');
});
