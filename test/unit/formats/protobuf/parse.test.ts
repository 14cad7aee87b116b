/** .proto files: the grammar, the registry's text of them, the one spelling of all that mean the same, and compiled files. */
import { expect, it } from 'vitest';
import { compiledProtoFile, parseCompiledProtoFile } from '../../../../src/formats/protobuf/descriptor.ts';
import { indexesOf, messageAt, protoSchema } from '../../../../src/formats/protobuf/message-type.ts';
import { parseProtoFile } from '../../../../src/formats/protobuf/parse.ts';
import { printProtoFile } from '../../../../src/formats/protobuf/print.ts';
import { ProtoTypes } from '../../../../src/formats/protobuf/type-index.ts';

const print = (text: string): string => printProtoFile(parseProtoFile(text));
const normal = (text: string): string => {
  const file = parseProtoFile(text);
  return printProtoFile(file, { types: new ProtoTypes(file, []) });
};

it('prints everything a file can hold, in the registry’s layout', () => {
  const text = `// a comment
syntax='proto3'; package a.b;
import "google/protobuf/timestamp.proto"; import public "google/type/date.proto";
option java_package = "x\\ty"; option (my).deep.er = { a: 1, b: "t" b: [true, ENUM], c { d: -1.5 } };
/* another
   comment */
message Order {
  reserved 4, 10 to 12, "old"; reserved 100 to max;
  option deprecated = true;
  int64 id = 1 [(confluent.field_meta) = {doc: "key", params: [{key: "k", value: "v"}]}];
  optional string note = 2 [json_name = "theNote", deprecated = true];
  repeated .a.b.Order.Line lines = 3;
  map<string, Line> by_name = 5;
  oneof pay { string card = 6; int32 cash = 7; }
  message Line { double price = 1; }
  enum State { option allow_alias = true; NEW = 0; OLD = 1 [deprecated = true]; SAME = 1; }
  google.protobuf.Timestamp at = 8;
  ;
}
enum Top { NONE = 0; NEG = -1; }
service Orders { option deprecated = true; rpc Get (stream Order) returns (Order); rpc Put (Order) returns (stream Order) { option idempotency_level = IDEMPOTENT; } }
`;
  const printed = print(text);
  expect(printed).toBe(`syntax = "proto3";
package a.b;

import "google/protobuf/timestamp.proto";
import public "google/type/date.proto";

option java_package = "x\\ty";
option (my).deep.er = {
  a: 1,
  b: [
    "t",
    true,
    ENUM
  ],
  c: {
    d: -1.5
  }
};

message Order {
  reserved 4, 10 to 12, "old";
  reserved 100 to 536870911;

  option deprecated = true;

  int64 id = 1 [(confluent.field_meta) = {
    doc: "key",
    params: [
      {
        key: "k",
        value: "v"
      }
    ]
  }];
  optional string note = 2 [
    deprecated = true,
    json_name = "theNote"
  ];
  repeated .a.b.Order.Line lines = 3;
  map<string, Line> by_name = 5;
  google.protobuf.Timestamp at = 8;

  oneof pay {
    string card = 6;
    int32 cash = 7;
  }

  message Line {
    double price = 1;
  }
  enum State {
    option allow_alias = true;
    NEW = 0;
    OLD = 1 [deprecated = true];
    SAME = 1;
  }
}
enum Top {
  NONE = 0;
  NEG = -1;
}

service Orders {
  option deprecated = true;

  rpc Get (stream Order) returns (Order);
  rpc Put (Order) returns (stream Order) {
    option idempotency_level = IDEMPOTENT;
  };
}
`);
  // What was printed says the same.
  expect(print(printed)).toBe(printed);
});

it('proto2: required, defaults, groups, extensions, names that are keywords', () => {
  const text = `syntax = "proto2";
message M {
  required string message = 1 [default = "a"];
  optional int32 reserved = 2 [default = -7];
  optional group Part = 3 { optional bool option = 1; }
  extensions 100 to 199;
  extend .M { optional int32 more = 100; }
}
`;
  expect(print(text)).toBe(`syntax = "proto2";

message M {
  required string message = 1 [default = "a"];
  optional int32 reserved = 2 [default = -7];

  optional group Part = 3 {
    optional bool option = 1;
  }

  extensions 100 to 199;
}

extend .M {
  optional int32 more = 100;
}
`);
});

it('one spelling for all that mean the same', () => {
  const one = `syntax = "proto3"; package p; import "google/type/date.proto"; import "google/protobuf/any.proto";
message A { B b = 2; int32 a = 1; repeated ME m = 3; message B {} message ME { option map_entry = true; string key = 1; B value = 2; } }`;
  const two = `syntax = "proto3"; package p; import "google/protobuf/any.proto"; import "google/type/date.proto"; import "google/type/date.proto";
message A { int32 a = 1; .p.A.B b = 2; map<string, .p.A.B> m = 3; message B {} }`;
  expect(normal(one)).toBe(normal(two));
  expect(normal(one)).toContain('map<string, .p.A.B> m = 3;');
});

it('tells where a file is wrong', () => {
  const message = (text: string): string => {
    try {
      protoSchema(text);
      return 'fine';
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect(message('syntax = "proto3";\nmessage A {\n  int32 = 1;\n}')).toBe(
    "Syntax error in :3:9: unexpected '=': expected a name",
  );
  expect(message('message A {')).toBe('Syntax error in :1:12: unexpected end of file');
  expect(message('foo')).toBe("Syntax error in :1:1: unexpected 'foo'");
  expect(message('message A { B b = 1; }')).toBe('"B" is not defined (in A)');
  expect(message('import "x.proto"; message A {}')).toBe('Could not find the import "x.proto"');
});

it('message indexes name messages at every depth', () => {
  const schema = protoSchema('message A { message B { message C {} } message D {} enum E { X = 0; } } message F {}');
  for (const [name, indexes] of [
    ['A', [0]],
    ['A.B', [0, 0]],
    ['A.B.C', [0, 0, 0]],
    ['A.D', [0, 1]],
    ['F', [1]],
  ] as const) {
    expect(indexesOf(schema, name)).toEqual(indexes);
    expect(messageAt(schema, indexes)?.fullName).toBe(name);
  }
  expect(messageAt(schema, [2])).toBeUndefined();
  expect(indexesOf(schema, 'G')).toBeUndefined();
});

it('compiled files and back', () => {
  const text = `syntax = "proto3";
package a;

import "google/protobuf/timestamp.proto";

option java_package = "j";

message M {
  reserved 9 to 11;
  reserved "gone";

  string s = 1;
  optional int32 o = 2;
  repeated sint64 r = 3;
  .google.protobuf.Timestamp t = 4;
  .a.E e = 5 [deprecated = true];

  oneof u {
    bytes b = 6;
    bool f = 7;
  }
}
enum E {
  Z = 0;
  N = -3;
}
`;
  const file = parseProtoFile(text);
  const compiled = compiledProtoFile(file, new ProtoTypes(file, []));
  const again = parseCompiledProtoFile(compiled);
  expect(again && printProtoFile(again)).toBe(text);
  expect(parseCompiledProtoFile(Buffer.from('no such thing'))).toBeUndefined();
});
