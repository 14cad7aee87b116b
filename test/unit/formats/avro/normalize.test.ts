import { expect, it } from 'vitest';
import { normalizeAvroSchema } from '../../../../src/formats/avro/normalize.ts';
import { parseAvroSchema, printAvroSchema } from '../../../../src/formats/avro/schema.ts';

const normalized = (schema: unknown): unknown =>
  JSON.parse(printAvroSchema(normalizeAvroSchema(parseAvroSchema(JSON.stringify(schema)))));

it('sorts attributes, those of a logical type first', () => {
  expect(
    printAvroSchema(
      normalizeAvroSchema(
        parseAvroSchema(
          '{"type":"bytes","z":{"b":1,"a":[{"d":1,"c":2}]},"scale":2,"precision":9,"logicalType":"decimal"}',
        ),
      ),
    ),
  ).toBe('{"type":"bytes","logicalType":"decimal","precision":9,"scale":2,"z":{"a":[{"c":2,"d":1}],"b":1}}');
});

it('keeps what a reader can see', () => {
  const schema = {
    type: 'record',
    name: 'R',
    namespace: 'n',
    doc: 'd',
    fields: [
      { name: 'next', type: ['null', 'R'], default: null },
      { name: 'e', type: { type: 'enum', name: 'E', symbols: ['B', 'A'], default: 'A' }, order: 'ignore' },
      { name: 'm', type: { type: 'map', values: { type: 'array', items: 'n.E' } }, doc: '' },
    ],
    aliases: ['B', 'A'],
  };
  expect(normalized(schema)).toEqual({
    ...schema,
    fields: [
      schema.fields[0],
      schema.fields[1],
      { ...schema.fields[2], type: { type: 'map', values: { type: 'array', items: 'E' } } },
    ],
    aliases: ['A', 'B'],
  });
  expect(normalized({ ...schema, doc: '' })).not.toHaveProperty('doc');
});

it('refers to names that references define', () => {
  const inner = parseAvroSchema('{"type":"fixed","name":"n.F","size":2}');
  const outer = parseAvroSchema('{"type":"array","items":"n.F"}', [inner]);
  expect(printAvroSchema(outer, [inner])).toBe('{"type":"array","items":"n.F"}');
  expect(printAvroSchema(outer)).toBe('{"type":"array","items":{"type":"fixed","name":"F","namespace":"n","size":2}}');
});
