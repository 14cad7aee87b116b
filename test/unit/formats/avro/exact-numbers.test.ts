import { expect, it } from 'vitest';
import { normalizeAvroSchema } from '../../../../src/formats/avro/normalize.ts';
import { parseAvroSchema, printAvroSchema } from '../../../../src/formats/avro/schema.ts';

const field = (type: string, value: string): string =>
  `{"type":"record","name":"R","fields":[{"name":"f","type":"${type}","default":${value}}]}`;

it('prints defaults as Java does', () => {
  for (const [type, written, printed = written] of [
    ['double', '0.0'],
    ['double', '-1.0'],
    ['double', '1'],
    ['double', '0.50', '0.5'],
    ['double', '1e3', '1000.0'],
    ['double', '1e7', '1.0E7'],
    ['double', '1.5e-7', '1.5E-7'],
    ['double', '0.001'],
    ['long', '9007199254740993'],
    ['long', '-9223372036854775808'],
    ['int', '7'],
  ] as const) {
    const schema = parseAvroSchema(field(type, written));
    expect(printAvroSchema(schema)).toBe(field(type, printed));
    expect(printAvroSchema(normalizeAvroSchema(schema))).toBe(field(type, printed));
    expect(schema).toMatchObject({ fields: [{ default: Number(written) }] });
  }
});

it('keeps the numbers of attributes, and gives plain ones to readers', () => {
  const text = '{"type":"float","arg.properties":{"range":{"min":0.0,"max":1.5e10}},"note":"1.0"}';
  const schema = parseAvroSchema(text);
  expect(printAvroSchema(schema)).toBe(text.replace('1.5e10', '1.5E10'));
  expect(schema).toMatchObject({ properties: { 'arg.properties': { range: { min: 0, max: 1.5e10 } } } });
  expect(Object.keys('properties' in schema ? schema.properties : {})).toEqual(['arg.properties', 'note']);
  expect(printAvroSchema(normalizeAvroSchema(schema))).toBe(
    '{"type":"float","arg.properties":{"range":{"max":1.5E10,"min":0.0}},"note":"1.0"}',
  );
});

it('a text that looks like a mark of ours does not break the schema', () => {
  for (const doc of ['\\u0000number:x', '\\u0000number:', '\\u0000number:1'])
    expect(() =>
      JSON.parse(printAvroSchema(parseAvroSchema(`{"type":"record","name":"R","doc":"${doc}","v":1.0,"fields":[]}`))),
    ).not.toThrow();
});
