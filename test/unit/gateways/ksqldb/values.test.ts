import { expect, test } from 'vitest';
import { rowWriter, schemaText } from '../../../../src/gateways/ksqldb/values.ts';
import { schemaInfo } from '../../../../src/gateways/ksqldb/entities.ts';
import { sqlTypes } from '../../../../src/sql/types.ts';
import type { SqlType } from '../../../../src/sql/types.ts';

const struct: SqlType = {
  kind: 'STRUCT',
  fields: [
    { name: 'A', type: sqlTypes.integer },
    { name: 'b', type: { kind: 'ARRAY', element: sqlTypes.double } },
  ],
};

test.each<[SqlType, unknown, string]>([
  [sqlTypes.bigint, 9223372036854775807n, '9223372036854775807'],
  [sqlTypes.double, 100, '100.0'],
  [sqlTypes.double, 1e-4, '1.0E-4'],
  [sqlTypes.double, Number.NaN, '"NaN"'],
  [{ kind: 'DECIMAL', precision: 6, scale: 2 }, '1.10', '1.10'],
  [sqlTypes.string, 'a"\n', '"a\\"\\n"'],
  [sqlTypes.bytes, Buffer.from([0, 255]), '"AP8="'],
  [sqlTypes.date, 19_000, '"2022-01-08"'],
  [sqlTypes.time, 3_600_000, '"01:00"'],
  [sqlTypes.time, 3_661_999, '"01:01:01"'],
  [sqlTypes.timestamp, 1_234, '"1970-01-01T00:00:01.234"'],
  [struct, { A: 1, b: [0.5, null] }, '{"A":1,"b":[0.5,null]}'],
  [{ kind: 'MAP', key: sqlTypes.string, value: sqlTypes.boolean }, { x: true, y: null }, '{"x":true,"y":null}'],
  [sqlTypes.integer, null, 'null'],
])('a value of %o', (type, value, text) => {
  expect(rowWriter([type])([value as never])).toBe(`[${text}]`);
});

test('a header quotes names and marks keys where they are wanted', () => {
  const columns = [
    { name: 'K`', type: sqlTypes.string, key: true },
    { name: 'V', type: struct, key: false },
  ];
  expect(schemaText(columns, true)).toBe('`K``` STRING KEY, `V` STRUCT<`A` INTEGER, `b` ARRAY<DOUBLE>>');
  expect(schemaText(columns, false)).toBe('`K``` STRING, `V` STRUCT<`A` INTEGER, `b` ARRAY<DOUBLE>>');
});

test('a type as DESCRIBE lays it out', () => {
  expect(schemaInfo({ kind: 'MAP', key: sqlTypes.string, value: { kind: 'DECIMAL', precision: 4, scale: 1 } })).toEqual(
    {
      type: 'MAP',
      fields: null,
      memberSchema: { type: 'DECIMAL', fields: null, memberSchema: null, parameters: { precision: 4, scale: 1 } },
    },
  );
  expect(schemaInfo(struct)).toMatchObject({
    type: 'STRUCT',
    fields: [{ name: 'A' }, { name: 'b', schema: { memberSchema: { type: 'DOUBLE' } } }],
  });
});
