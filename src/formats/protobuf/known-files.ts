/** Files that may be imported without a reference: those that every Protobuf compiler has, and Confluent's types. Only what the wire needs of them. */

const proto3 = 'syntax = "proto3";';

const wrapper = (name: string, type: string): string => `message ${name}Value { ${type} value = 1; }`;

/** By the path of the import. */
export const knownProtoFiles: ReadonlyMap<string, string> = new Map([
  [
    'google/protobuf/timestamp.proto',
    `${proto3} package google.protobuf; message Timestamp { int64 seconds = 1; int32 nanos = 2; }`,
  ],
  [
    'google/protobuf/duration.proto',
    `${proto3} package google.protobuf; message Duration { int64 seconds = 1; int32 nanos = 2; }`,
  ],
  [
    'google/protobuf/any.proto',
    `${proto3} package google.protobuf; message Any { string type_url = 1; bytes value = 2; }`,
  ],
  ['google/protobuf/empty.proto', `${proto3} package google.protobuf; message Empty {}`],
  [
    'google/protobuf/field_mask.proto',
    `${proto3} package google.protobuf; message FieldMask { repeated string paths = 1; }`,
  ],
  [
    'google/protobuf/source_context.proto',
    `${proto3} package google.protobuf; message SourceContext { string file_name = 1; }`,
  ],
  [
    'google/protobuf/struct.proto',
    `${proto3} package google.protobuf; message Struct { map<string, Value> fields = 1; } message Value { oneof kind { NullValue null_value = 1; double number_value = 2; string string_value = 3; bool bool_value = 4; Struct struct_value = 5; ListValue list_value = 6; } } enum NullValue { NULL_VALUE = 0; } message ListValue { repeated Value values = 1; }`,
  ],
  [
    'google/protobuf/wrappers.proto',
    `${proto3} package google.protobuf; ${[
      ['Double', 'double'],
      ['Float', 'float'],
      ['Int64', 'int64'],
      ['UInt64', 'uint64'],
      ['Int32', 'int32'],
      ['UInt32', 'uint32'],
      ['Bool', 'bool'],
      ['String', 'string'],
      ['Bytes', 'bytes'],
    ]
      .map(([name = '', type = '']) => wrapper(name, type))
      .join(' ')}`,
  ],
  // Options only: no message of theirs is in a record.
  ['google/protobuf/descriptor.proto', 'syntax = "proto2"; package google.protobuf; message FieldOptions {}'],
  ['google/protobuf/type.proto', `${proto3} package google.protobuf;`],
  ['google/protobuf/api.proto', `${proto3} package google.protobuf;`],
  [
    'google/type/date.proto',
    `${proto3} package google.type; message Date { int32 year = 1; int32 month = 2; int32 day = 3; }`,
  ],
  [
    'google/type/timeofday.proto',
    `${proto3} package google.type; message TimeOfDay { int32 hours = 1; int32 minutes = 2; int32 seconds = 3; int32 nanos = 4; }`,
  ],
  [
    'google/type/money.proto',
    `${proto3} package google.type; message Money { string currency_code = 1; int64 units = 2; int32 nanos = 3; }`,
  ],
  [
    'google/type/latlng.proto',
    `${proto3} package google.type; message LatLng { double latitude = 1; double longitude = 2; }`,
  ],
  [
    'confluent/meta.proto',
    `${proto3} package confluent; message Meta { string doc = 1; map<string, string> params = 2; repeated string tags = 3; }`,
  ],
  [
    'confluent/type/decimal.proto',
    `${proto3} package confluent.type; message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }`,
  ],
]);
