import { describe, expect, it } from 'vitest';
import { parseAvroSchema, printAvroSchema } from '../../../../src/formats/avro/schema.ts';

const round = (schema: unknown): string => printAvroSchema(parseAvroSchema(JSON.stringify(schema)));

describe('printing', () => {
  it('primitives', () => {
    expect(round('string')).toBe('"string"');
    expect(round({ type: 'int' })).toBe('"int"');
    expect(round({ type: 'int', logicalType: 'date' })).toBe('{"type":"int","logicalType":"date"}');
    expect(printAvroSchema(parseAvroSchema('long'))).toBe('"long"');
  });

  it('the schema of the walk-through, as a converter registers it', () => {
    const text =
      '{"type":"record","name":"commercialrating","fields":[{"name":"brand","type":"string"},{"name":"duration","type":"int"},{"name":"rating","type":"int"}],"connect.name":"commercialrating"}';
    expect(printAvroSchema(parseAvroSchema(text))).toBe(text);
  });

  it('a record that refers to itself, in a namespace', () => {
    expect(
      round({
        doc: 'd',
        name: 'a.b.Node',
        type: 'record',
        fields: [
          { name: 'next', type: ['null', 'Node'], default: null },
          { name: 'other', type: { type: 'fixed', name: 'x.F', size: 2 }, order: 'ignore', doc: 'two', aliases: ['o'] },
          { name: 'same', type: 'x.F' },
        ],
        aliases: ['Old', 'z.Older'],
      }),
    ).toBe(
      '{"type":"record","name":"Node","namespace":"a.b","doc":"d","fields":[{"name":"next","type":["null","Node"],"default":null},' +
        '{"name":"other","type":{"type":"fixed","name":"F","namespace":"x","size":2},"doc":"two","order":"ignore","aliases":["o"]},{"name":"same","type":"x.F"}],' +
        '"aliases":["Old","z.Older"]}',
    );
  });

  it('collections and enums', () => {
    expect(round({ type: 'array', items: { type: 'map', values: 'bytes' } })).toBe(
      '{"type":"array","items":{"type":"map","values":"bytes"}}',
    );
    expect(round({ type: 'enum', name: 'E', symbols: ['A', 'B'], default: 'A' })).toBe(
      '{"type":"enum","name":"E","symbols":["A","B"],"default":"A"}',
    );
  });

  it('types from references', () => {
    const reference = parseAvroSchema('{"type":"record","name":"r.Inner","fields":[]}');
    const schema = parseAvroSchema('{"type":"record","name":"Outer","fields":[{"name":"i","type":"r.Inner"}]}', [
      reference,
    ]);
    expect(schema).toMatchObject({ fields: [{ type: { name: 'r.Inner' } }] });
  });
});

describe('refusals name the place', () => {
  const record = (...fields: unknown[]): unknown => ({ type: 'record', name: 'R', fields });
  for (const [what, schema, message] of [
    ['an unknown name', record({ name: 'a', type: 'Nope' }), /Undefined name: "Nope" \(at \$\.fields\[0\]\.type\)/],
    ['no type', { name: 'x' }, /No type/],
    ['no name', { type: 'record', fields: [] }, /No name/],
    ['no fields', { type: 'record', name: 'R' }, /Record has no fields/],
    ['an illegal name', record({ name: 'a b', type: 'int' }), /Illegal character in: a b/],
    [
      'a field twice',
      record({ name: 'a', type: 'int' }, { name: 'a', type: 'int' }),
      /Duplicate field a in record R \(at \$\.fields\[1\]\)/,
    ],
    ['a union in a union', ['int', ['null']], /Nested union/],
    ['a branch twice', ['int', 'int'], /Duplicate in union: int/],
    [
      'a default of another type',
      record({ name: 'a', type: 'int', default: 'x' }),
      /Invalid default for field a: "x" not a "int"/,
    ],
    ['a default out of range', record({ name: 'a', type: 'int', default: 2 ** 31 }), /Invalid default/],
    ['a name twice', record({ name: 'a', type: { type: 'fixed', name: 'R', size: 1 } }), /Can't redefine: R/],
    ['a name that is a primitive', { type: 'fixed', name: 'int', size: 1 }, /may not be named after primitives/],
    ['a wrong size', { type: 'fixed', name: 'F', size: -1 }, /Invalid or no size/],
    ['a symbol twice', { type: 'enum', name: 'E', symbols: ['A', 'A'] }, /Duplicate enum symbol: A/],
    ['a number', 7, /7 is not a schema/],
  ] as const) {
    it(what, () =>
      expect(() => round(schema)).toThrow(
        expect.objectContaining({ code: 'MILLRACE_SCHEMA_INVALID', message: expect.stringMatching(message) }),
      ),
    );
  }
  it('what is no JSON', () => expect(() => parseAvroSchema('{')).toThrow(/not JSON/));
});
