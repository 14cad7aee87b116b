import { describe, expect, it } from 'vitest';
import { jsonDifferences } from '../../../../src/formats/json-schema/compatibility.ts';
import { describeJsonDifference } from '../../../../src/formats/json-schema/differences.ts';
import { JsonSchemaDocument } from '../../../../src/formats/json-schema/schema.ts';

const found = (original: unknown, update: unknown): string[] =>
  jsonDifferences(
    new JsonSchemaDocument(JSON.stringify(original)).root,
    new JsonSchemaDocument(JSON.stringify(update)).root,
  ).map(({ type, path }) => `${type} #/${path.join('/')}`);

const open = (properties: object, more: object = {}): object => ({ type: 'object', properties, ...more });
const closed = (properties: object, more: object = {}): object =>
  open(properties, { additionalProperties: false, ...more });
const [int, text] = [{ type: 'integer' }, { type: 'string' }];

describe('fits', () => {
  for (const [what, original, update] of [
    ['the same', open({ a: int }), open({ a: int })],
    ['a property less in an open object', open({ a: int, b: text }), open({ a: int })],
    ['a property more in a closed object', closed({ a: int }), closed({ a: int, b: text })],
    [
      'a required property with a default in a closed object',
      closed({}),
      closed({ b: { ...text, default: '' } }, { required: ['b'] }),
    ],
    ['a property of any kind in an open object', open({}), open({ a: true })],
    [
      'a property that the partly open object already allowed',
      open({}, { additionalProperties: text }),
      open({ a: text }, { additionalProperties: text }),
    ],
    ['an object that opens', closed({ a: int }), open({ a: int })],
    ['a wider number', int, { type: 'number' }],
    ['looser limits', { type: 'string', maxLength: 3, pattern: 'a' }, { type: 'string', maxLength: 4 }],
    ['a coarser multiple that becomes finer', { type: 'number', multipleOf: 0.3 }, { type: 'number', multipleOf: 0.1 }],
    ['one type of several', text, { type: ['null', 'string'] }],
    ['one of a union', text, { oneOf: [int, text] }],
    ['more values', { enum: ['a'] }, { enum: ['b', 'a'] }],
    ['anything', int, true],
    ['what nothing fitted', false, int],
    ['parts in another order', { anyOf: [int, text] }, { anyOf: [text, int] }],
    [
      'items more in a closed list',
      { items: [int], additionalItems: false },
      { items: [int, text], additionalItems: false },
    ],
    ['the newest draft', { prefixItems: [int], items: false }, { prefixItems: [int, text], items: false }],
    [
      'through references',
      { $ref: '#/definitions/a', definitions: { a: int } },
      { $ref: '#/$defs/b', $defs: { b: int } },
    ],
    [
      'a schema that holds itself',
      { ...open({ next: { $ref: '#' }, v: int }) },
      { ...open({ next: { $ref: '#' }, v: { type: 'number' } }) },
    ],
  ] as const) {
    it(what, () => expect(found(original, update)).toEqual([]));
  }
});

describe('does not fit', () => {
  for (const [what, original, update, expected] of [
    [
      'a property more in an open object',
      open({ a: int }),
      open({ a: int, b: text }),
      ['OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL #/properties/b'],
    ],
    [
      'a required property more',
      closed({}),
      closed({ a: int }, { required: ['a'] }),
      ['REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL #/properties/a'],
    ],
    [
      'a property less in a closed object',
      closed({ a: int, b: text }),
      closed({ a: int }),
      ['PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL #/properties/b'],
    ],
    [
      'a property that the partly open object did not allow',
      open({}, { additionalProperties: text }),
      open({ a: int }, { additionalProperties: text }),
      ['TYPE_CHANGED #/properties/a', 'PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL #/properties/a'],
    ],
    [
      'what becomes required',
      open({ a: int }),
      open({ a: int }, { required: ['a'] }),
      ['REQUIRED_ATTRIBUTE_ADDED #/required/a'],
    ],
    ['an object that closes', open({}), closed({}), ['ADDITIONAL_PROPERTIES_REMOVED #/additionalProperties']],
    ['another type', open({ a: int }), open({ a: text }), ['TYPE_CHANGED #/properties/a']],
    ['a narrower number', { type: 'number' }, int, ['TYPE_NARROWED #/']],
    [
      'stricter limits',
      { type: 'number', maximum: 5 },
      { type: 'number', maximum: 4, minimum: 0 },
      ['MAXIMUM_DECREASED #/maximum', 'MINIMUM_ADDED #/minimum'],
    ],
    ['fewer values', { enum: ['a', 'b'] }, { enum: ['a'] }, ['ENUM_ARRAY_NARROWED #/enum']],
    ['a union of fewer', { oneOf: [int, text] }, { oneOf: [int] }, ['SUM_TYPE_NARROWED #/']],
    [
      'a union of others',
      { oneOf: [int, text] },
      { oneOf: [int, { type: 'boolean' }] },
      ['COMBINED_TYPE_SUBSCHEMAS_CHANGED #/'],
    ],
    [
      'items that become unique',
      { type: 'array' },
      { type: 'array', uniqueItems: true },
      ['UNIQUE_ITEMS_ADDED #/uniqueItems'],
    ],
    [
      'an item of another type',
      { type: 'array', items: int },
      { type: 'array', items: text },
      ['TYPE_CHANGED #/items'],
    ],
    [
      'deep inside a schema that holds itself',
      open({ next: { $ref: '#' }, v: { type: 'number' } }),
      open({ next: { $ref: '#' }, v: int }),
      ['TYPE_NARROWED #/properties/next/properties/v', 'TYPE_NARROWED #/properties/v'],
    ],
  ] as const) {
    it(what, () => expect(found(original, update)).toEqual(expected));
  }
});

it('is worded as the registry words it', () => {
  const [difference] = jsonDifferences(
    new JsonSchemaDocument('{"type":"object","properties":{}}').root,
    new JsonSchemaDocument('{"type":"object","properties":{"a":{"type":"string"}}}').root,
  );
  expect(difference && describeJsonDifference(difference, 'new')).toBe(
    `{errorType:"OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL", description:"The new schema has an open content model and has a property or item at path '#/properties/a' which is missing in the old schema'}`,
  );
});

it('refuses what is no schema', () => {
  for (const [text, message] of [
    ['{', 'Invalid JSON'],
    ['5', 'A schema is an object or a boolean'],
    ['{"type":"strin"}', '#/type: expected the name of a type, or names, found "strin"'],
    ['{"properties":{"a":{"minLength":-1}}}', '#/properties/a/minLength: expected a count, found -1'],
    ['{"$ref":"#/definitions/none"}', "Unresolved $ref '#/definitions/none'"],
    ['{"$ref":"other.json"}', "Unresolved $ref 'other.json'"],
    ['{"$ref":"#"}', 'leads to itself'],
  ] as const)
    expect(() => new JsonSchemaDocument(text)).toThrow(message);
  const references = new Map([['other.json', '{"definitions":{"a":{"type":"string"}}}']]);
  expect(new JsonSchemaDocument('{"$ref":"other.json#/definitions/a"}', references).root.kind).toBe('string');
});
