/**
 * Code that decodes the needed columns of one Protobuf message: one switch over the tags, everything else is skipped. The
 * position is the local `o`, the end of the value the local `ve`. Columns meet fields by name without regard to case.
 */
import type { MessageField, MessageType } from '../../formats/protobuf/message-type.ts';
import type { SqlType } from '../../sql/types.ts';
import { cursor, malformed } from './bytes.ts';
import type { Code, CodeMode, CodeValue } from './code.ts';
import { plain, unsupported } from './code.ts';
import type { WantedColumn } from './decode-avro.ts';
import { fieldReader, readPacked, unionOf } from './protobuf-value.ts';
import type { FieldReader, ProtobufReading } from './protobuf-value.ts';
import { skipField, span } from './protobuf-wire.ts';

/** Emits the decoder; `columns` gets a value for each wanted column. */
export function protobufDecoder(
  code: Code,
  message: MessageType,
  wanted: readonly WantedColumn[],
  columns: Map<number, CodeValue>,
  mode: CodeMode,
  reading: ProtobufReading,
): void {
  const cases: string[] = [];
  const after: string[] = [];
  const seen = new Map<string, CodeValue>();
  for (const column of wanted) {
    const key = column.name.toLowerCase();
    const known = seen.get(key);
    if (known !== undefined) {
      columns.set(column.index, known);
      continue;
    }
    const field = message.fields.find(({ name }) => name.toLowerCase() === key);
    const union = field === undefined && column.type.kind === 'STRUCT' ? unionOf(message, column.name) : undefined;
    let value = plain(column.type, 'true', 'null');
    if (field !== undefined) value = readField(code, field, column.type, cases, after, mode, reading);
    else if (union !== undefined && column.type.kind === 'STRUCT')
      value = readUnion(code, message, column.type, cases, reading);
    columns.set(column.index, value);
    seen.set(key, value);
  }
  code.line(
    'while (o < ve) {',
    'let t = b[o];',
    'if (t < 128) o++; else { t = readVarint(b, o); o = cursor.at; }',
    'switch (t) {',
    ...cases,
    `default: o = ${code.constant(skipField)}(b, o, ve, t);`,
    '} }',
    "if (o !== ve) throw malformed('it is shorter than its schema');",
    ...after,
  );
}

function readField(
  code: Code,
  field: MessageField,
  type: SqlType,
  cases: string[],
  after: string[],
  mode: CodeMode,
  reading: ProtobufReading,
): CodeValue {
  const reader = fieldReader(field, type, reading);
  if (reader === undefined) throw unsupported(`the field ${field.name} is no ${type.kind}`);
  const name = code.name('c');
  const absent = reader.initial() === null;
  const inBatch =
    field.type.kind === 'scalar' &&
    !field.repeated &&
    ((type.kind === 'STRING' && field.type.scalar === 'string') ||
      (type.kind === 'BYTES' && field.type.scalar === 'bytes'));
  if (inBatch) {
    const nul = absent ? code.name('n') : 'false';
    if (absent) code.line(`let ${nul} = true;`);
    code.line(`let ${name}o = 0, ${name}l = 0;`);
    cases.push(
      `case ${reader.tag}: ${name}o = ${code.constant(span)}(b, o, ve); ${name}l = cursor.at - ${name}o; o = cursor.at; ${absent ? `${nul} = false; ` : ''}break;`,
    );
    return { form: 'bytes', type, nul, buffer: 'b', offset: `${name}o`, length: `${name}l` };
  }
  if (reader.collect === undefined) {
    code.line(`let ${name} = ${absent ? 'null' : initialText(code, reader)};`);
    cases.push(`case ${reader.tag}: ${name} = ${code.constant(reader.read)}(b, o, ve); o = cursor.at; break;`);
  } else {
    const made = code.constant(reader);
    code.line(`const ${name} = ${made}.initial();`);
    cases.push(`case ${reader.tag}: ${made}.collect(${name}, ${made}.read(b, o, ve)); o = cursor.at; break;`);
    if (reader.packedTag !== undefined)
      cases.push(`case ${reader.packedTag}: o = ${code.constant(readPacked)}(b, o, ve, ${made}, ${name}); break;`);
  }
  const nul = absent ? code.name('n') : 'false';
  if (absent) after.push(`const ${nul} = ${name} === null;`);
  if (type.kind !== 'BIGINT') return plain(type, nul, name);
  if (!mode.exact) {
    after.push(`if (typeof ${name} === 'bigint') { inexact = true; ${name} = 0; }`);
    return plain(type, nul, name);
  }
  const wide = code.name('v');
  after.push(`const ${wide} = ${absent ? `${nul} ? 0n : ` : ''}BigInt(${name});`);
  return plain(type, nul, wide);
}

function initialText(code: Code, reader: FieldReader): string {
  const value = reader.initial();
  return typeof value === 'object' ? code.constant(value) : JSON.stringify(value);
}

/** A oneof as a struct: the member that is there, and nulls. */
function readUnion(
  code: Code,
  message: MessageType,
  type: SqlType & { readonly kind: 'STRUCT' },
  cases: string[],
  reading: ProtobufReading,
): CodeValue {
  const name = code.name('c');
  const nul = code.name('n');
  code.line(`let ${name} = null, ${nul} = true;`);
  const none = code.constant(Object.fromEntries(type.fields.map((field) => [field.name, null])));
  for (const { name: of, type: inner } of type.fields) {
    const field = message.fields.find((one) => one.name.toLowerCase() === of.toLowerCase());
    const reader = field && fieldReader(field, inner, reading);
    if (reader === undefined) continue;
    cases.push(
      `case ${reader.tag}: ${name} = { ...${none}, ${JSON.stringify(of)}: ${code.constant(reader.read)}(b, o, ve) }; ${nul} = false; o = cursor.at; break;`,
    );
  }
  return plain(type, nul, name);
}

/** The indexes of the message behind a record's schema id; where its bytes begin is left in the cursor. */
export function readMessageIndexes(b: Buffer, at: number, end: number): number[] {
  const count = zigzag(b, at);
  if (count === 0) return [0];
  if (!(count > 0 && count <= end - at)) throw malformed('the message indexes are longer than the record');
  return Array.from({ length: count }, () => zigzag(b, cursor.at));
}

/** A zigzag varint. */
function zigzag(b: Buffer, position: number): number {
  let at = position;
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = b[at++] ?? 0;
    value |= (byte & 127) << shift;
    if (byte < 128) break;
  }
  cursor.at = at;
  return (value >>> 1) ^ -(value & 1);
}
