/** Changes of Protobuf schemas and what the registry says of them. */
import { expect, it } from 'vitest';
import { describeProtoDifference, protoDifferences } from '../../../../src/formats/protobuf/compatibility.ts';
import { parseProtoFile } from '../../../../src/formats/protobuf/parse.ts';
import { ProtoTypes } from '../../../../src/formats/protobuf/type-index.ts';

const side = (text: string, references: { name: string; schema: string }[] = []) => {
  const file = parseProtoFile(`syntax = "proto3"; ${text}`);
  return { file, types: new ProtoTypes(file, references) };
};
const changes = (before: string, after: string): string[] =>
  protoDifferences(side(before), side(after)).map(({ type, path }) => `${type} ${path}`);

it.each<[string, string, string[]]>([
  // Harmless.
  ['message A { int32 a = 1; }', 'message A { int32 b = 1; string c = 2; } message B {} enum E { Z = 0; }', []],
  ['message A { int32 a = 1; int32 b = 2; }', 'message A { int32 a = 1; }', []],
  ['message A { int32 a = 1; }', 'message A { uint64 a = 1; }', []],
  ['message A { E a = 1; } enum E { Z = 0; }', 'message A { bool a = 1; }', []],
  ['message A { string a = 1; }', 'message A { bytes a = 1; }', []],
  ['message A { string a = 1; }', 'message A { oneof o { string a = 1; } }', []],
  ['message A { oneof o { string a = 1; } }', 'message A { string a = 1; }', []],
  ['message A { oneof o { string a = 1; } }', 'message A { oneof p { string a = 1; int32 b = 2; } }', []],
  ['message A { map<string, int32> m = 1; }', 'message A { map<string, int64> m = 1; }', []],
  // Not.
  ['package a; message A {}', 'package b; message A {}', ['PACKAGE_CHANGED #/']],
  ['message A {} message B {}', 'message A {}', ['MESSAGE_REMOVED #/B']],
  ['message A { message B {} }', 'message A {}', ['MESSAGE_REMOVED #/A/B']],
  ['message A { int32 a = 1; }', 'message A { string a = 1; }', ['FIELD_SCALAR_KIND_CHANGED #/A/1']],
  ['message A { sint32 a = 1; }', 'message A { int32 a = 1; }', ['FIELD_SCALAR_KIND_CHANGED #/A/1']],
  ['message A { int32 a = 1; }', 'message A { B a = 1; } message B {}', ['FIELD_KIND_CHANGED #/A/1']],
  [
    'message A { B a = 1; } message B {} message C {}',
    'message A { C a = 1; } message B {} message C {}',
    ['FIELD_NAMED_TYPE_CHANGED #/A/1'],
  ],
  [
    'message A { map<string, int32> m = 1; }',
    'message A { map<string, string> m = 1; }',
    ['FIELD_SCALAR_KIND_CHANGED #/A/1'],
  ],
  [
    'message A { oneof o { int32 a = 1; int32 b = 2; } }',
    'message A { oneof o { int32 a = 1; } }',
    ['ONEOF_FIELD_REMOVED #/A/o/2'],
  ],
  [
    'message A { int32 a = 1; int32 b = 2; }',
    'message A { oneof o { int32 a = 1; int32 b = 2; } }',
    ['MULTIPLE_FIELDS_MOVED_TO_ONEOF #/A/o'],
  ],
  [
    'message A { int32 a = 1; oneof o { int32 b = 2; } }',
    'message A { oneof o { int32 a = 1; int32 b = 2; } }',
    ['FIELD_MOVED_TO_EXISTING_ONEOF #/A/o'],
  ],
  ['message A { int32 a = 1; }', 'message A { oneof o { string a = 1; } }', ['FIELD_SCALAR_KIND_CHANGED #/A/1']],
  ['message A { A a = 1; int32 b = 2; }', 'message A { A a = 1; string b = 2; }', ['FIELD_SCALAR_KIND_CHANGED #/A/2']],
])('%s → %s', (before, after, expected) => {
  expect(changes(before, after)).toEqual(expected);
});

it('a message of an import is compared with what the import was', () => {
  const text = 'import "b.proto"; message A { B b = 1; }';
  const of = (schema: string) => side(text, [{ name: 'b.proto', schema }]);
  expect(protoDifferences(of('message B { int32 x = 1; }'), of('message B { string x = 1; }'))).toEqual([
    { type: 'FIELD_SCALAR_KIND_CHANGED', path: '#/B/1' },
    { type: 'FIELD_NAMED_TYPE_CHANGED', path: '#/A/1' },
  ]);
});

it('says it in the registry’s words', () => {
  expect(describeProtoDifference({ type: 'FIELD_SCALAR_KIND_CHANGED', path: '#/A/1' }, 'new')).toBe(
    `{errorType:"FIELD_SCALAR_KIND_CHANGED", description:"The kind of a SCALAR field at path '#/A/1' in the new schema does not match its kind in the old schema"}`,
  );
  expect(describeProtoDifference({ type: 'MESSAGE_REMOVED', path: '#/B' }, 'new')).toBe(
    `{errorType:"MESSAGE_REMOVED", description:"The new schema is missing a MESSAGE type at path '#/B' in the old schema"}`,
  );
});
