/** The Protobuf codec of rows: every type there and back, what is absent, bytes of others, and bytes that are no message. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { messageAt, protoSchema } from '../../../src/formats/protobuf/message-type.ts';
import type { MessageType } from '../../../src/formats/protobuf/message-type.ts';
import { StackError } from '../../../src/core/errors.ts';
import { Code } from '../../../src/runtime/compiler/code.ts';
import type { CodeValue } from '../../../src/runtime/compiler/code.ts';
import { protobufDecoder } from '../../../src/runtime/compiler/decode-protobuf.ts';
import { toPlain } from '../../../src/runtime/compiler/expressions.ts';
import { messageIndexBytes, protobufWriter } from '../../../src/runtime/compiler/protobuf-write.ts';
import { generated } from '../../../src/runtime/rows/row-expression.ts';
import { protobufText } from '../../../src/sql/protobuf-text.ts';
import { parseTypeText } from '../../../src/sql/types.ts';
import type { SqlField, SqlType } from '../../../src/sql/types.ts';

const type = (text: string): SqlType => parseTypeText(text) as SqlType;

function reader(
  message: MessageType,
  columns: readonly SqlField[],
  optionalIsNull = false,
): (bytes: Buffer) => unknown[] {
  const code = new Code();
  const values = new Map<number, CodeValue>();
  const wanted = columns.map(({ name, type: of }, index) => ({ name, type: of, index }));
  protobufDecoder(code, message, wanted, values, { exact: true }, { optionalIsNull });
  for (const [index, value] of values) code.line(`r[${index}] = ${toPlain(value, true)};`);
  const read = generated<(b: Buffer, o: number, ve: number, r: unknown[]) => void>(
    code,
    `function decode(b, o, ve, r) {\n${code.text()}\n}`,
  );
  return (bytes) => {
    const row: unknown[] = [];
    read(bytes, 0, bytes.length, row);
    return row;
  };
}

function codec(columns: readonly SqlField[], nullable?: 'OPTIONAL' | 'WRAPPER') {
  const schema = protoSchema(protobufText(columns, nullable && { nullable }));
  const message = messageAt(schema, [0]) as MessageType;
  const write = protobufWriter(message, columns);
  if (write === undefined) throw new Error('no writer');
  return { write, read: reader(message, columns, nullable === 'OPTIONAL') };
}

const samples: readonly (readonly [string, readonly unknown[], unknown])[] = [
  ['INTEGER', [0, 1, -1, 2147483647, -2147483648], 0],
  ['BIGINT', [0, -1, 2 ** 40, 9223372036854775807n, -9223372036854775808n], 0],
  ['DOUBLE', [0, 1.5, -1e300, Number.NaN, Number.POSITIVE_INFINITY], 0],
  ['BOOLEAN', [true, false], false],
  ['STRING', ['', 'höhe', '\u{1f600}'], ''],
  ['BYTES', [Buffer.alloc(0), Buffer.from([0, 255])], Buffer.alloc(0)],
  ['DATE', [0, -1, 18262, -25567], null],
  ['TIME', [0, 1, 86399999], null],
  ['TIMESTAMP', [0, 1, -1, 1600000000123], null],
  ['DECIMAL(10, 2)', ['0.00', '-12.34', '12345678.90'], null],
  ['ARRAY<BIGINT>', [[], [0, -5, 9223372036854775807n]], []],
  ['ARRAY<STRING>', [[], ['', 'a']], []],
  ['MAP<STRING, DOUBLE>', [{}, { a: 1.5, '': 0 }], {}],
  [
    'STRUCT<`A` INTEGER, `B` STRUCT<`C` STRING>>',
    [
      { A: 1, B: { C: 'x' } },
      { A: 0, B: null },
    ],
    null,
  ],
  ['ARRAY<STRUCT<`A` INTEGER>>', [[{ A: 0 }, { A: 7 }]], []],
  ['MAP<STRING, STRUCT<`A` ARRAY<INTEGER>>>', [{ k: { A: [1, 2] }, l: { A: [] } }], {}],
];

it.each(samples)('%s there and back; absent it is what Connect makes of it', (text, values, absent) => {
  const columns = [{ name: 'X', type: type(text) }];
  const { write, read } = codec(columns);
  for (const value of values) expect(read(write([value]))).toEqual([value]);
  expect(read(write([null]))).toEqual([absent]);
});

it.each<['OPTIONAL' | 'WRAPPER']>([['OPTIONAL'], ['WRAPPER']])('null and default differ with %s', (nullable) => {
  for (const [text, values] of samples.slice(0, 6)) {
    const { write, read } = codec([{ name: 'X', type: type(text) }], nullable);
    for (const value of [...values, null]) expect(read(write([value])), text).toEqual([value]);
  }
});

it('fields are known by number: unknown ones are skipped, of several the last counts, lists come packed and unpacked', () => {
  const columns: SqlField[] = [
    { name: 'A', type: type('INTEGER') },
    { name: 'L', type: type('ARRAY<INTEGER>') },
  ];
  const message = messageAt(
    protoSchema('syntax = "proto3"; message M { int32 a = 1; repeated int32 l = 3; }'),
    [0],
  ) as MessageType;
  const read = reader(message, columns);
  const hex = (text: string): unknown[] => read(Buffer.from(text.replaceAll(' ', ''), 'hex'));
  expect(hex('0801 0802')).toEqual([2, []]);
  expect(hex('1807 1a020809 1801')).toEqual([0, [7, 8, 9, 1]]);
  // Of a varint, eight bytes, a length, a group, four bytes: none is known.
  expect(hex('1096ff01 210000000000000000 2a0161 33080134 2d00000000 0805')).toEqual([5, []]);
  expect(hex('08ffffffffffffffffff01')).toEqual([-1, []]);
});

it('a oneof is a struct with the member that is there', () => {
  const message = messageAt(
    protoSchema('syntax = "proto3"; message M { oneof pay { string card = 1; int32 cash = 2; } }'),
    [0],
  ) as MessageType;
  const columns = [{ name: 'PAY_0', type: type('STRUCT<`CARD` STRING, `CASH` INTEGER>') }];
  const read = reader(message, columns);
  const write = protobufWriter(message, columns);
  for (const value of [{ CARD: 'x', CASH: null }, { CARD: null, CASH: 0 }, null])
    expect(read(write?.([value]) ?? Buffer.alloc(0))).toEqual([value]);
});

it('the indexes of a message stand in front of it; a zero for the first', () => {
  const schema = protoSchema('message A { message B {} } message C {}');
  expect(messageIndexBytes(schema, 'A')).toEqual(Buffer.from([0]));
  expect(messageIndexBytes(schema, 'C')).toEqual(Buffer.from([2, 2]));
  expect(messageIndexBytes(schema, 'A.B')).toEqual(Buffer.from([4, 0, 0]));
});

it('bytes that are no message are refused, whatever they are', () => {
  const columns = samples.map(([text], i) => ({ name: `C${i}`, type: type(text) }));
  const { read } = codec(columns);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      try {
        read(Buffer.from(bytes));
      } catch (error) {
        if (!(error instanceof StackError)) throw error;
      }
    }),
    { numRuns: 2000 },
  );
});
