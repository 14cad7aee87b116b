import { describe, expect, it } from 'vitest';
import { describeIncompatibility, incompatibilities } from '../../../../src/formats/avro/compatibility.ts';
import { parseAvroSchema } from '../../../../src/formats/avro/schema.ts';

const found = (reader: unknown, writer: unknown): string[] =>
  incompatibilities(parseAvroSchema(JSON.stringify(reader)), parseAvroSchema(JSON.stringify(writer))).map(
    ({ type, path, info }) => `${type} ${path} ${info}`,
  );
const record = (...fields: unknown[]): unknown => ({ type: 'record', name: 'R', fields });
const field = (name: string, type: unknown, more: object = {}): unknown => ({ name, type, ...more });

describe('compatible', () => {
  for (const [what, reader, writer] of [
    ['the same', record(field('a', 'int')), record(field('a', 'int'))],
    [
      'a new field with a default',
      record(field('a', 'int'), field('b', 'int', { default: 0 })),
      record(field('a', 'int')),
    ],
    ['a field less', record(), record(field('a', 'int'))],
    ['promotions', record(field('a', 'double'), field('b', 'bytes')), record(field('a', 'int'), field('b', 'string'))],
    ['a field renamed by alias', record(field('b', 'int', { aliases: ['a'] })), record(field('a', 'int'))],
    ['a union around what was written', record(field('a', ['null', 'long'])), record(field('a', 'int'))],
    ['one branch out of a union that has only it', 'long', ['int', 'long']],
    [
      'an enum with a default for symbols that it lacks',
      { type: 'enum', name: 'E', symbols: ['A'], default: 'A' },
      { type: 'enum', name: 'E', symbols: ['A', 'B'] },
    ],
    ['another namespace', { type: 'fixed', name: 'a.F', size: 1 }, { type: 'fixed', name: 'b.F', size: 1 }],
    ['a list that holds itself', record(field('n', ['null', 'R'])), record(field('n', ['null', 'R']))],
  ] as const) {
    it(what, () => expect(found(reader, writer)).toEqual([]));
  }
});

describe('incompatible', () => {
  for (const [what, reader, writer, expected] of [
    [
      'a new field without a default',
      record(field('a', 'int'), field('b', 'int')),
      record(field('a', 'int')),
      'READER_FIELD_MISSING_DEFAULT_VALUE /fields/1 b',
    ],
    [
      'another type',
      record(field('a', 'int')),
      record(field('a', 'string')),
      'TYPE_MISMATCH /fields/0/type reader type: INT not compatible with writer type: STRING',
    ],
    ['a narrower number', 'int', 'long', 'TYPE_MISMATCH / reader type: INT not compatible with writer type: LONG'],
    [
      'a branch less',
      record(field('a', ['null', 'int'])),
      record(field('a', ['null', 'string', 'int'])),
      'MISSING_UNION_BRANCH /fields/0/type/1 reader union lacking writer type: STRING',
    ],
    [
      'a symbol less',
      { type: 'enum', name: 'E', symbols: ['A'] },
      { type: 'enum', name: 'E', symbols: ['A', 'B'] },
      'MISSING_ENUM_SYMBOLS /symbols [B]',
    ],
    [
      'another size',
      { type: 'fixed', name: 'F', size: 2 },
      { type: 'fixed', name: 'F', size: 1 },
      'FIXED_SIZE_MISMATCH /size expected: 1, found: 2',
    ],
    ['another name', { type: 'record', name: 'S', fields: [] }, record(), 'NAME_MISMATCH /name expected: R'],
    [
      'deep inside',
      { type: 'array', items: { type: 'map', values: 'int' } },
      { type: 'array', items: { type: 'map', values: 'boolean' } },
      'TYPE_MISMATCH /items/values reader type: INT not compatible with writer type: BOOLEAN',
    ],
  ] as const) {
    it(what, () => expect(found(reader, writer)).toEqual([expected]));
  }
});

it('is worded as the registry words it', () => {
  const [finding] = incompatibilities(
    parseAvroSchema(JSON.stringify(record(field('a', 'int'), field('b', 'int')))),
    parseAvroSchema(JSON.stringify(record(field('a', 'int')))),
  );
  expect(finding && describeIncompatibility(finding, 'new')).toBe(
    "{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'b' at path '/fields/1' in the new schema has no default value and is missing in the old schema', additionalInfo:'b'}",
  );
});
