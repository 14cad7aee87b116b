/** Messages as text, held against what Google's library for Python prints of the same bytes. */
import { expect, test } from 'vitest';
import { protoSchema } from '../../../../src/formats/protobuf/message-type.ts';
import { protobufText } from '../../../../src/formats/protobuf/text-format.ts';

const schema = protoSchema(`syntax = "proto3"; package t;
enum Kind { NONE = 0; BIG = 2; }
message R {
  string name = 1; int32 age = 2; Place place = 3; repeated string tags = 4; repeated sint64 nums = 5; Kind kind = 6;
  bytes raw = 7; bool ok = 8; uint64 u = 9; fixed32 fx = 10; repeated Place more = 11;
}
message Place { string city = 1; }
message M { map<string, int32> counts = 1; optional int32 maybe = 2; float f = 3; double d = 4; }`);

function text(type: string, hex: string): string {
  const message = schema.byName.get(type);
  if (message === undefined) throw new Error(type);
  return protobufText(message, Buffer.from(hex, 'hex'), { float: (one) => `${one}f`, double: String });
}

test('every kind of field, and what the schema does not know', () => {
  expect(
    text(
      't.R',
      '0a0a5a6fc3ab202278220a5c10fbffffffffffffffff011a0022016122002a070180808080804030023a0300ff41400148ffffffffffffffffff0155070000005a060a04426f6e6e5a00f80705820803616263',
    ),
  ).toBe(
    String.raw`name: "Zo\303\253 \"x\"\n\\" age: -5 place { } tags: "a" tags: "" nums: -1 nums: 1099511627776 kind: BIG raw: "\000\377A" ok: true u: 18446744073709551615 fx: 7 more { city: "Bonn" } more { } 127: 5 128: "abc"`,
  );
});

test('defaults are left out unless they say that they are there; entries of maps have both parts', () => {
  expect(text('t.R', '0a001000')).toBe('');
  expect(text('t.R', '')).toBe('');
  expect(text('t.M', '0a050a016110000a050a0162100210001d0000c03f210000000000000000')).toBe(
    'counts { key: "a" value: 0 } counts { key: "b" value: 2 } maybe: 0 f: 1.5f',
  );
});

test('the last of several values counts, enums without a name are numbers, other wire types are unknown', () => {
  expect(text('t.R', '0a01610a0162')).toBe('name: "b"');
  expect(text('t.R', '3007')).toBe('kind: 7');
  expect(text('t.R', '0805')).toBe('1: 5');
});

test.each(['0a', '0a05', '07', '0aff01', '1d0000'])('%s is no message', (hex) => {
  expect(() => text('t.R', hex)).toThrow('no message of this Protobuf type');
});
