import { expect, it } from 'vitest';
import { avroCodec } from '../../../src/formats/avro/codec.ts';
import { parseAvroSchema } from '../../../src/formats/avro/schema.ts';
import type { ConnectValue } from '../../../src/connect/data/schema.ts';
import { compileGenerator } from '../../../src/connect/datagen/generator.ts';
import { JavaRandom } from '../../../src/connect/datagen/java-random.ts';

function values(type: unknown, count = 400, generated = 0, files: Record<string, Buffer> = {}): ConnectValue[] {
  const random = new JavaRandom();
  random.setSeed(1n);
  const next = compileGenerator(parseAvroSchema(JSON.stringify(type)), {
    generated,
    readFile: (path) => {
      const content = files[path];
      if (content === undefined) throw Object.assign(new Error('missing'), { code: 'ENOENT' });
      return content;
    },
  });
  return Array.from({ length: count }, () => next(random));
}

const annotated = (type: string, properties: unknown, more: object = {}): object => ({
  type,
  ...more,
  'arg.properties': properties,
});
const distinct = (type: unknown): unknown[] => [...new Set(values(type))].sort();

it('the walk-through: options, and a range whose maximum is left out', () => {
  expect(distinct(annotated('string', { options: ['Acme', 'Globex'] }))).toEqual(['Acme', 'Globex']);
  expect(distinct(annotated('int', { options: [30, 45, 60] }))).toEqual([30, 45, 60]);
  expect(distinct(annotated('int', { range: { min: 1, max: 5 } }))).toEqual([1, 2, 3, 4]);
});

it('ranges', () => {
  for (const value of values(annotated('long', { range: { min: 1487715775521, max: 1519273364600 } }))) {
    expect(Number.isSafeInteger(value)).toBe(true);
    expect(value).toBeGreaterThanOrEqual(1487715775521);
    expect(value).toBeLessThan(1519273364600);
  }
  for (const value of values(annotated('long', { range: { min: -5 } }))) expect(value).toBeGreaterThanOrEqual(-5);
  for (const value of values(annotated('int', { range: { max: 0 } }))) expect(value).toBeLessThan(0);
  for (const value of values(annotated('double', { range: {} }))) expect(Number.isFinite(value)).toBe(true);
  for (const value of values(annotated('float', { range: { min: 1, max: 2 } })))
    expect(Math.fround(value as number)).toBe(value);
});

it('types without annotations', () => {
  for (const text of values('string') as string[]) {
    expect(text.length).toBeGreaterThanOrEqual(8);
    expect(text.length).toBeLessThan(16);
    for (let i = 0; i < text.length; i++) expect(text.charCodeAt(i)).toBeLessThan(128);
  }
  expect((values('long') as bigint[]).some((value) => value > 2n ** 60n)).toBe(true);
  for (const value of values('double')) expect(value).toBeLessThan(1);
  expect(new Set(values({ type: 'enum', name: 'e', symbols: ['A', 'B', 'C'] }))).toEqual(new Set(['A', 'B', 'C']));
  expect(distinct('boolean')).toEqual([false, true]);
  expect((values({ type: 'fixed', name: 'f', size: 5 }) as Buffer[]).every(({ length }) => length === 5)).toBe(true);
});

it('iterations count, wrap before the restart, and go on behind what was generated', () => {
  const some = (iteration: unknown, type = 'int', generated = 0): ConnectValue[] =>
    values(annotated(type, { iteration }), 5, generated);
  expect(some({ start: 0 })).toEqual([0, 1, 2, 3, 4]);
  expect(some({ start: 1, step: 10 }, 'long')).toEqual([1, 11, 21, 31, 41]);
  expect(some({ start: 0, restart: 3 })).toEqual([0, 1, 2, 0, 1]);
  expect(some({ start: 3, restart: 0 })).toEqual([3, 2, 1, 3, 2]);
  expect(some({ start: 0, restart: 10, step: 4, initial: 2 })).toEqual([2, 6, 0, 4, 8]);
  expect(some({ start: 0, restart: 3 }, 'int', 7)).toEqual([1, 2, 0, 1, 2]);
  expect(some({ start: 0.1, step: 0.1 }, 'double')).toEqual([0.1, 0.2, 0.3, 0.4, 0.5]);
  expect(some({ start: 0, restart: 1, step: 0.25 }, 'float', 2)).toEqual([0.5, 0.75, 0, 0.25, 0.5]);
  expect(some({ start: true }, 'boolean', 1)).toEqual([false, true, false, true, false]);
  expect(values(annotated('string', { iteration: { start: 7 }, prefix: 'u-', suffix: '!' }), 2)).toEqual([
    'u-7!',
    'u-8!',
  ]);
  // Past what a number holds.
  expect(some({ start: 9007199254740990, step: 2 }, 'long').map(String)).toEqual([
    '9007199254740990',
    '9007199254740992',
    '9007199254740994',
    '9007199254740996',
    '9007199254740998',
  ]);
});

it('lengths, prefixes, map keys, odds', () => {
  for (const text of values(annotated('string', { length: 3, prefix: '<', suffix: '>' })) as string[])
    expect(text).toHaveLength(5);
  for (const list of values(annotated('array', { length: { min: 1, max: 3 } }, { items: 'int' })) as unknown[][])
    expect([1, 2]).toContain(list.length);
  for (const bytes of values(annotated('bytes', { length: { max: 2 } })) as Buffer[])
    expect(bytes.length).toBeLessThan(2);
  const maps = values(annotated('map', { length: 2, keys: { options: ['a', 'b'] } }, { values: 'boolean' }));
  for (const map of maps as Map<string, boolean>[]) for (const key of map.keys()) expect(['a', 'b']).toContain(key);
  for (const map of values(annotated('map', { keys: { regex: 'k[0-9]' } }, { values: 'int' })) as Map<string, number>[])
    for (const key of map.keys()) expect(key).toMatch(/^k[0-9]$/);
  expect(distinct(annotated('boolean', { odds: 1 }))).toEqual([true]);
  expect(distinct(annotated('boolean', { odds: 0.0 }))).toEqual([false]);
});

it('unions: null or a type is that type, others are a struct with a field for each branch', () => {
  expect(new Set(values(['null', annotated('int', { options: [1] })]))).toEqual(new Set([null, 1]));
  const both = values([annotated('string', { options: ['x'] }), annotated('int', { options: [1] })]);
  expect(both).toContainEqual({ string: 'x', int: null });
  expect(both).toContainEqual({ string: null, int: 1 });
});

it('options of every type, widened where the schema is wider', () => {
  expect(values(annotated('long', { options: [1] }), 1)).toEqual([1]);
  expect(values(annotated('float', { options: [0.1] }), 1)).toEqual([Math.fround(0.1)]);
  expect(values(annotated('bytes', { options: ['ab'] }), 1)).toEqual([Buffer.from('ab')]);
  const user = {
    name: 'u',
    fields: [
      { name: 'id', type: 'long' },
      { name: 'nick', type: ['null', 'string'], default: null },
    ],
  };
  expect(values(annotated('record', { options: [{ id: 4 }] }, user), 1)).toEqual([{ id: 4, nick: null }]);
});

it('options from files', () => {
  const schema = parseAvroSchema('{"type":"record","name":"r","fields":[{"name":"a","type":["null","string"]}]}');
  const codec = avroCodec(schema);
  const binary = Buffer.concat([codec.encode({ a: 'x' }), codec.encode({ a: null })]);
  const files = { '/b': binary, '/j': Buffer.from('{"a":{"string":"x"}}\n{"a":null}') };
  const record = { name: 'r', fields: [{ name: 'a', type: ['null', 'string'] }] };
  for (const [file, encoding] of [
    ['/b', 'binary'],
    ['/j', 'json'],
  ]) {
    const found = values(annotated('record', { options: { file, encoding } }, record), 50, 0, files);
    expect(new Set(found.map((one) => JSON.stringify(one)))).toEqual(new Set(['{"a":"x"}', '{"a":null}']));
  }
});

it('decimals of full precision', () => {
  const decimals = values({ type: 'bytes', logicalType: 'decimal', precision: 4, scale: 2 }) as Buffer[];
  for (const bytes of decimals) {
    const value = BigInt.asIntN(8 * bytes.length, BigInt(`0x${bytes.toString('hex')}`));
    expect(value < 10000n && value > -10000n).toBe(true);
  }
  const fixed = values({
    type: 'fixed',
    name: 'd',
    size: 8,
    logicalType: 'decimal',
    precision: 3,
    scale: 0,
  }) as Buffer[];
  for (const bytes of fixed) expect(Math.abs(Number(bytes.readBigInt64BE()))).toBeLessThan(1000);
});

it.each([
  [annotated('int', 5), 'arg.properties property must be given as object, was java.lang.Integer instead'],
  [annotated('int', { options: [] }), 'options property cannot be empty'],
  [annotated('int', { options: ['x'] }), "Invalid option for int schema: type java.lang.String, value 'x'"],
  [annotated('int', { options: 3 }), 'options prop must be an array or an object, was java.lang.Integer instead'],
  [annotated('int', { options: [1], range: {} }), 'Cannot specify range prop when options prop is given'],
  [annotated('int', { options: { file: '/none', encoding: 'json' } }), "Unable to locate options file '/none'"],
  [annotated('int', { options: { file: '/none' } }), "options property must contain 'file' field when given as object"],
  [annotated('int', { iteration: {} }), 'iteration property must contain start field'],
  [
    annotated('int', { iteration: { start: 1, restart: 1 } }),
    'start and restart fields of iteration property cannot be equal',
  ],
  [annotated('int', { iteration: { start: 1, step: 0 } }), 'step field of iteration property cannot be zero'],
  [
    annotated('int', { iteration: { start: 1, restart: 5, step: -1 } }),
    'step field of iteration property must be positive when restart field is greater than start field',
  ],
  [
    annotated('boolean', { iteration: { start: true, step: 1 } }),
    'iteration property cannot contain step field for a boolean schema',
  ],
  [
    annotated('bytes', { iteration: { start: 1 } }),
    'iteration property can only be specified on numeric, boolean or string schemas, not BYTES schema',
  ],
  [
    annotated('int', { range: { min: 5, max: 5 } }),
    "'min' field must be strictly less than 'max' field in range property",
  ],
  [
    annotated('int', { range: { min: 1.5 } }),
    "'min' field of range property must be an integral number, was java.lang.Double instead",
  ],
  [
    annotated('int', { range: { max: 3000000000 } }),
    "'max' field of range property must be a valid int for int schemas",
  ],
  [annotated('string', { length: -1 }), 'when given as integral number, length property cannot be negative'],
  [
    annotated('string', { length: {} }),
    "length property must contain at least one of 'min' or 'max' fields when given as object",
  ],
  [
    annotated('string', { length: { min: 3, max: 3 } }),
    'max field must be strictly greater than min field for length property',
  ],
  [annotated('string', { regex: 4 }), 'regex property must be a string'],
  [annotated('string', { prefix: 4 }), 'prefix property must be a string'],
  [annotated('boolean', { odds: 2 }), 'odds property must be in the range [0.0, 1.0]'],
  [annotated('map', { keys: 1 }, { values: 'int' }), 'keys prop must be an object'],
])('%j: the generator says what is wrong', (type, message) => {
  expect(() => values(type, 1)).toThrow(message);
});
