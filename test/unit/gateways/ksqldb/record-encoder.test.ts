import { expect, test } from 'vitest';
import { avroCodec } from '../../../../src/formats/avro/codec.ts';
import { parseAvroSchema } from '../../../../src/formats/avro/schema.ts';
import { literalValue, sideEncoder } from '../../../../src/gateways/ksqldb/record-encoder.ts';
import type { FormatSpec, SourceColumn } from '../../../../src/sql/catalog/source.ts';
import { sqlTypes } from '../../../../src/sql/types.ts';
import type { SqlType } from '../../../../src/sql/types.ts';

const column = (name: string, type: SqlType): SourceColumn => ({ name, type, place: 'value' });
const two = [column('A', sqlTypes.bigint), column('B', sqlTypes.string)];
const one = [column('A', sqlTypes.bigint)];
const encoded = (
  side: 'key' | 'value',
  columns: readonly SourceColumn[],
  spec: FormatSpec,
  values: unknown[],
): string | undefined => sideEncoder(side, columns, spec, undefined)(values)?.toString('latin1');

test.each<[string, 'key' | 'value', readonly SourceColumn[], FormatSpec, unknown[], string | undefined]>([
  ['JSON', 'value', two, { format: 'JSON' }, [9007199254740993n, 'x'], '{"A":9007199254740993,"B":"x"}'],
  ['JSON with nulls', 'value', two, { format: 'JSON' }, [null, null], '{"A":null,"B":null}'],
  ['a single JSON value in its object', 'value', one, { format: 'JSON' }, [1], '{"A":1}'],
  ['a single JSON value bare', 'value', one, { format: 'JSON', wrapSingle: false }, [1], '1'],
  ['a single JSON key', 'key', one, { format: 'JSON' }, [1], '1'],
  ['a null key', 'key', one, { format: 'JSON' }, [null], undefined],
  ['DELIMITED', 'value', two, { format: 'DELIMITED' }, [1, 'a,b'], '1,"a,b"'],
  ['DELIMITED with its own delimiter', 'value', two, { format: 'DELIMITED', delimiter: '|' }, [1, 'a,b'], '1|a,b'],
  ['KAFKA text', 'key', [column('K', sqlTypes.string)], { format: 'KAFKA' }, ['Acme'], 'Acme'],
  ['KAFKA INTEGER', 'key', [column('K', sqlTypes.integer)], { format: 'KAFKA' }, [258], '\0\0\u0001\u0002'],
  ['KAFKA BIGINT', 'key', one, { format: 'KAFKA' }, [-1], 'ÿÿÿÿÿÿÿÿ'],
  ['NONE', 'key', one, { format: 'NONE' }, [1], undefined],
])('%s', (_, side, columns, spec, values, expected) => {
  expect(encoded(side, columns, spec, values)).toBe(expected);
});

test('Avro is framed with the id of its schema, fields found without regard to case', () => {
  const schema =
    '{"type":"record","name":"r","fields":[{"name":"b","type":["null","string"]},{"name":"A","type":["null","long"]}]}';
  const bytes = sideEncoder('value', two, { format: 'AVRO' }, { id: 7, schema })([5, 'x']);
  expect(bytes?.subarray(0, 5)).toEqual(Buffer.from([0, 0, 0, 0, 7]));
  expect(avroCodec(parseAvroSchema(schema)).decode(bytes ?? Buffer.alloc(0), 5)).toEqual({ b: 'x', A: 5 });
});

test('what cannot be written says so', () => {
  expect(() => sideEncoder('value', two, { format: 'PROTOBUF' }, undefined)).toThrow(
    'There is no registered schema to write the record with.',
  );
  expect(() => sideEncoder('value', two, { format: 'AVRO' }, undefined)).toThrow('There is no registered schema');
  const schema = '{"type":"record","name":"r","fields":[{"name":"A","type":"boolean"}]}';
  expect(() => sideEncoder('value', one, { format: 'AVRO' }, { id: 1, schema })).toThrow(
    'The columns do not fit the registered schema 1',
  );
});

test('literals of plans as plain values', () => {
  expect(literalValue('9007199254740993', sqlTypes.bigint)).toBe(9007199254740993n);
  expect(literalValue('12', sqlTypes.bigint)).toBe(12);
  expect(literalValue('AP8=', sqlTypes.bytes)).toEqual(Buffer.from([0, 255]));
  expect(literalValue('1.10', { kind: 'DECIMAL', precision: 3, scale: 2 })).toBe('1.10');
  expect(literalValue(undefined, sqlTypes.string)).toBeNull();
});
